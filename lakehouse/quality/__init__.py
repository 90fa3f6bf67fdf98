"""Rules that judge rows, and the gate that decides whether a batch may pass."""
