"""What does not fit together in an entity: its source, keys, history, columns and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.config.checks import Problem
from lakehouse.config.checks.columns import check_columns, check_reference, kind
from lakehouse.config.checks.formats import find_zone_problem
from lakehouse.config.checks.rules import check_rules
from lakehouse.config.shapes import suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from lakehouse.cleansed.settings import EntitySettings
    from lakehouse.sources.settings import FileSourceSettings


def check_entity(
    entity: EntitySettings, sources: Mapping[str, FileSourceSettings], source_names: Collection[str]
) -> Iterator[Problem]:
    """Find what does not fit together in an entity.

    Args:
        entity: the entity.
        sources: those whose settings are right.
        source_names: all that have a file.
    """
    if entity.source not in source_names:
        yield Problem(("source",), f"unknown source `{entity.source}`", suggest(entity.source, source_names))
    if problem := find_zone_problem(entity.time_zone):
        yield Problem(("time_zone",), *problem)
    yield from _check_keys(entity)
    yield from _check_history(entity)
    yield from check_columns(entity)
    yield from check_rules(entity)
    if entity.source in sources:
        yield from _check_fields(entity, sources[entity.source])


def _check_keys(entity: EntitySettings) -> Iterator[Problem]:
    for number, key in enumerate(entity.keys):
        path = ("keys", number)
        if entity.keys.index(key) < number:
            yield Problem(path, f"`{key}` stands twice", "remove one")
        else:
            yield from check_reference(path, key, entity)
        if key in entity.columns and entity.columns[key].type == "variant":
            yield Problem(
                path, f"`{key}` is of type variant, which cannot be compared", "take a column of another type"
            )


def _check_history(entity: EntitySettings) -> Iterator[Problem]:
    history, path = entity.history, ("history", "order_by")
    if history.order_by is None:
        return
    if history.type == "append":
        yield Problem(path, "this has no effect with history `append`", "remove it, or choose `latest` or `scd2`")
        return
    yield from check_reference(path, history.order_by, entity)
    column = entity.columns.get(history.order_by)
    if column and history.type == "scd2" and kind(column) not in ("date", "timestamp"):
        yield Problem(
            path,
            f"`{history.order_by}` is of type {kind(column)}, validity begins at a moment",
            "name a timestamp or date column",
        )
    if column and history.type == "latest" and kind(column) in ("variant", "boolean"):
        yield Problem(
            path,
            f"`{history.order_by}` is of type {kind(column)}, which says nothing about newer and older",
            "name a timestamp or a number that grows",
        )


def _check_fields(entity: EntitySettings, source: FileSourceSettings) -> Iterator[Problem]:
    """Where the settings name the columns of the files, the fields of the entity must be among them."""
    known = source.csv.columns if source.format == "csv" and not source.csv.header else []
    for name, column in entity.columns.items():
        field = column.source or name
        stored = not column.sql and not column.derived and not field.startswith("$")
        if known and stored and field not in known:
            path = ("columns", name, *(["from"] if column.source else []))
            yield Problem(
                path, f"`{field}` is not among `csv.columns` of source `{entity.source}`", suggest(field, known)
            )
