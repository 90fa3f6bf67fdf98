"""Delta tables: read, append, merge, replace, exactly once; the ledger, leases and progress beside them."""
