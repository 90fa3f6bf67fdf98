"""What does not fit together in the columns of an entity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakehouse.config.checks import Problem
from lakehouse.config.checks.expressions import find_names
from lakehouse.config.checks.formats import find_format_problem, find_zone_problem
from lakehouse.config.shapes import nearest, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse.cleansed.settings import ColumnSettings, EntitySettings

NUMBERS = ("int", "bigint", "double", "decimal")
VALIDITY = {"valid_from": "timestamp", "valid_to": "timestamp", "is_current": "boolean"}
"""Columns that history `scd2` adds, with their types."""

_ONLY_FOR = {
    "formats": ("date", "timestamp"),
    "time_zone": ("timestamp",),
    "decimal_separator": NUMBERS,
    "true_values": ("boolean",),
    "false_values": ("boolean",),
    "unit": ("double", "decimal"),
    "minor_units": ("decimal",),
    **dict.fromkeys(("null_values", "normalize", "mapping"), (*NUMBERS, "string", "boolean", "date", "timestamp")),
}
_ALWAYS = {"type", "source", "sql", "derived", "description", "personal"}
_DIMENSIONS = (("kg", "g", "lb", "oz"), ("m", "cm", "mm", "in", "ft"), ("l", "ml"))
_REGIONAL = ("phone", "postal_code")
_JSON_PATH = re.compile(r"""\$(\.[^.\[]+|\[\d+\]|\['[^']+'\]|\["[^"]+"\])*""")


def kind(column: ColumnSettings) -> str:
    """Return the type of a column without its precision."""
    return column.type.split("(", maxsplit=1)[0]


def check_columns(entity: EntitySettings) -> Iterator[Problem]:
    """Find what does not fit together in the columns of an entity."""
    for name, column in entity.columns.items():
        for key, problem, remedy in _check_column(name, column, entity):
            yield Problem(("columns", name, *key), problem, remedy)
    yield from _check_names(entity)
    yield from _check_order(entity)


def _check_column(name: str, column: ColumnSettings, entity: EntitySettings) -> Iterator[Problem]:
    yield from _check_effect(column)
    yield from _check_texts(column)
    yield from _check_companions(name, column, entity)
    if column.derived and not entity.transform:
        yield Problem(("derived",), "nothing adds this column", "name the function in `transform`, or use `sql`")
    if column.source is not None and column.source.startswith("$") and not _JSON_PATH.fullmatch(column.source):
        yield Problem(("from",), "this is no JSON path", "write it as in $.address.city, $.items[0] or $['first name']")


def _check_effect(column: ColumnSettings) -> Iterator[Problem]:
    """A setting without effect is a misunderstanding, and better told than ignored."""
    for name in sorted(column.model_fields_set - _ALWAYS):
        if column.sql or column.derived:
            origin = "sql" if column.sql else "derived"
            yield Problem((name,), f"this has no effect on a column with `{origin}`", "remove it")
        elif kind(column) not in _ONLY_FOR.get(name, (kind(column),)):
            wanted = ", ".join(_ONLY_FOR[name])
            yield Problem((name,), f"this has no effect on type {kind(column)}", f"remove it; it is for {wanted}")
    if "unmapped" in column.model_fields_set and column.mapping is None:
        yield Problem(("unmapped",), "this has no effect without `mapping`", "remove it, or add a mapping")
    if column.region is not None and not set(column.normalize) & set(_REGIONAL):
        yield Problem(("region",), "this has no effect", "remove it, or add `normalize: phone` or `postal_code`")
    if column.unit and column.minor_units:
        yield Problem(("minor_units",), "this has no effect beside `unit`", "remove one of them")


def _check_texts(column: ColumnSettings) -> Iterator[Problem]:
    for number, pattern in enumerate(column.formats):
        if problem := find_format_problem(pattern):
            yield Problem(("formats", number), *problem)
    if column.time_zone is not None and (problem := find_zone_problem(column.time_zone)):
        yield Problem(("time_zone",), *problem)
    both = {text.strip().lower() for text in column.true_values} & {
        text.strip().lower() for text in column.false_values
    }
    for text in sorted(both):
        yield Problem(("true_values",), f"`{text}` means true and false", "take it out of one of the lists")
    meanings: dict[str, str] = {}
    for spelling, meaning in (column.mapping or {}).items():
        if meanings.setdefault(spelling.strip().casefold(), meaning) != meaning:
            yield Problem(("mapping", spelling), "this spelling has two meanings; case does not matter", "remove one")


def _check_companions(name: str, column: ColumnSettings, entity: EntitySettings) -> Iterator[Problem]:
    """Other columns, and codes, that a column needs."""
    if column.region is not None:
        yield from _check_code(name, ("region",), column.region, 2, "DE", entity)
    if column.minor_units:
        yield from _check_code(name, ("minor_units", "currency"), column.minor_units.currency, 3, "EUR", entity)
    if column.unit and column.unit.default:
        same = next(units for units in _DIMENSIONS if column.unit.to in units)
        if column.unit.default not in same:
            yield Problem(
                ("unit", "default"),
                f"`{column.unit.default}` cannot become `{column.unit.to}`",
                f"choose one of {', '.join(same)}",
            )


def _check_code(
    name: str, key: tuple[str, ...], value: str, length: int, example: str, entity: EntitySettings
) -> Iterator[Problem]:
    """A code, or the name of a column that holds one and is ready when it is needed."""
    if value in entity.columns:
        other = entity.columns[value]
        late = other.sql or other.derived or other.region or other.minor_units or set(other.normalize) & set(_REGIONAL)
        if late or value == name:
            yield Problem(
                key,
                f"`{value}` is not known yet when this column is made",
                "name a column that comes from the record and needs no other column",
            )
        elif other.type != "string":
            yield Problem(key, f"`{value}` is of type {kind(other)}, a code is text", "name a string column")
    elif not re.fullmatch(rf"[A-Za-z]{{{length}}}", value):
        near = nearest(value, entity.columns)
        remedy = f"did you mean `{near}`?" if near else f"write a code such as {example}, or the name of a column"
        yield Problem(key, f"`{value}` is neither a code of {length} letters nor a column", remedy)


def _check_names(entity: EntitySettings) -> Iterator[Problem]:
    reserved = {
        "record": "the raw record",
        **(dict.fromkeys(VALIDITY, "`scd2`") if entity.history.type == "scd2" else {}),
    }
    for name in sorted(reserved.keys() & entity.columns.keys()):
        yield Problem(
            ("columns", name), f"this name is taken by {reserved[name]}", "choose another one, and add `from:`"
        )


def _check_order(entity: EntitySettings) -> Iterator[Problem]:
    """`sql` columns are made in the order in which they stand; `transform` comes after them."""
    order = list(entity.columns)
    made = {
        name: find_names(column.sql) & entity.columns.keys() for name, column in entity.columns.items() if column.sql
    }
    for name, used in made.items():
        for other in sorted(used, key=order.index):
            path = ("columns", name, "sql")
            if entity.columns[other].derived:
                yield Problem(path, f"`{other}` is not known yet: `transform` adds it afterwards", "leave it out")
            elif other in made and (circle := _path(other, name, made)):
                yield Problem(
                    path, "columns refer to each other in a circle", f"break it: {' -> '.join([name, *circle])}"
                )
            elif other in made and order.index(other) > order.index(name):
                yield Problem(path, f"`{other}` is not known yet: it stands below", f"move `{other}` above `{name}`")


def _path(start: str, goal: str, made: dict[str, set[str]]) -> list[str]:
    """Return the way from one `sql` column to another along what they use; empty where there is none."""
    ways = [[start]]
    seen = {start}
    for way in ways:
        if way[-1] == goal:
            return way
        steps = sorted((made.get(way[-1], set()) & made.keys()) - seen)
        seen.update(steps)
        ways.extend([*way, step] for step in steps)
    return []


def check_reference(
    path: tuple[str | int, ...], name: str, entity: EntitySettings, *, empty: str = ""
) -> Iterator[Problem]:
    """Find out whether a column that settings name is one of the entity's.

    Args:
        path: where it is named.
        name: the column.
        entity: whose column it should be.
        empty: what to write where there is no such column; empty where it must be there.
    """
    if name not in entity.columns:
        remedy = suggest(name, entity.columns) + (f" If there is none: {empty}" if empty else "")
        yield Problem(path, f"unknown column `{name}`", remedy)
