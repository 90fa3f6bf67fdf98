"""Rows -> tables on a terminal, in which no value is cut and none steers the terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from lakehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def known_columns(columns: Sequence[str], known: Sequence[str]) -> list[str]:
    """Quote the names of columns that were asked for.

    Raises:
        ConfigurationError: there is none of that name.
    """
    unknown = [name for name in columns if name.strip() not in known]
    if unknown:
        raise ConfigurationError(
            f"there is no column `{unknown[0]}`", where="--columns", remedy=f"known: {', '.join(known)}"
        )
    return [f"`{name.strip()}`" for name in columns]


def with_told_times(rows: DataFrame, *, as_json: bool) -> DataFrame:
    """Turn times into texts: in Python they would be on the clock of this machine, and not all of them fit."""
    from pyspark.sql import functions as F  # noqa: PLC0415

    form = "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX" if as_json else "yyyy-MM-dd HH:mm:ss"
    return rows.withColumns({n: F.date_format(f"`{n}`", form) for n, kind in rows.dtypes if kind == "timestamp"})


def folding_table(*columns: str, numbers: Sequence[str] = ()) -> Table:
    """Start a table that folds long values and never cuts them."""
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(Text(name), justify="right" if name in numbers else "left", overflow="fold")
    return table


def flat_table(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> Table:
    """A line for each row."""
    table = folding_table(*columns)
    for row in rows:
        table.add_row(*(Text(_cell(row[name])) for name in columns))
    return table


def upright_table(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> Table:
    """A line for each value that is there: for rows that are wider than the terminal."""
    table = folding_table("column", "value")
    table.show_header = False
    for row in rows:
        for name in columns:
            if row[name] not in (None, [], {}):
                table.add_row(Text(name, style="dim"), Text(_cell(row[name])))
        table.add_row("", "")
    return table


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = json.dumps(value, default=jsonable, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return harmless(text.replace("\n", "�"))


def harmless(text: str) -> str:
    """Return a text without what could steer the terminal: hostile data, or a name somebody made up."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)


def jsonable(value: object) -> object:
    """Write what JSON does not know as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()  # Spark gives times within lists and maps on the clock of this machine
    return value.isoformat() if isinstance(value, date) else str(value)
