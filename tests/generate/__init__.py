"""Write the reference tables of `lakehouse/columns/tables/`; see `__main__`."""
