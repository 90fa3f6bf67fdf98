"""The steps of a lake: read -> zone function -> check -> write -> ledger; the only place where these meet."""
