"""Names and texts -> SQL."""

from __future__ import annotations


def sql_name(path: str) -> str:
    """Return the SQL name of a table at a path, quoted."""
    return f"delta.{quote(path)}"


def quote(identifier: str) -> str:
    """Quote a name for SQL."""
    return "`" + identifier.replace("`", "``") + "`"


def literal(text: str) -> str:
    """Quote a text as a SQL literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
