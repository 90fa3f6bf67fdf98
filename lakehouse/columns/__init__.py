"""Column -> Column: one module for each kind of value that customers and systems write in many ways."""
