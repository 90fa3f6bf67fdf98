"""Blocking that misses nothing: which pairs of records are worth comparing, found completely and forecast before."""
