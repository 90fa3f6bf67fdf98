"""A company that never was: its customers, its files with planted faults, and the truth about them."""
