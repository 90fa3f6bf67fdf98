"""The raw zone: every record as it came, with where it came from."""
