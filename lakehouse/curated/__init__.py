"""Customers as marketing sees them: profiles, RFM scores, and segments with only those who may be mailed."""
