"""How records arrive: new files, opened as their first bytes demand."""
