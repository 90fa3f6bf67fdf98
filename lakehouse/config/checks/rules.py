"""What does not fit together in the rules of an entity: their columns, types and names."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING

from lakehouse.config.checks import Problem
from lakehouse.config.checks.columns import NUMBERS, check_reference, kind
from lakehouse.quality.settings import AcceptedValuesRule, DateRule, RangeRule, SqlRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse.cleansed.settings import EntitySettings

_ONLY_FOR = {
    "pattern": ("string",),
    "email": ("string",),
    "range": (*NUMBERS, "date", "timestamp"),
    "accepted_values": ("string", *NUMBERS, "boolean", "date", "timestamp"),
    "date": ("date", "timestamp"),
}


def check_rules(entity: EntitySettings) -> Iterator[Problem]:
    """Find rules about columns that are not there or of another type, and names that stand twice."""
    names = Counter(rule.rule_name for rule in entity.rules)
    for number, rule in enumerate(entity.rules):
        path = ("rules", number)
        if names[rule.rule_name] > 1:
            yield Problem(path, f"several rules have the name `{rule.rule_name}`", "give each a `name` of its own")
        if isinstance(rule, SqlRule):
            continue
        yield from check_reference((*path, "column"), rule.column, entity)
        if rule.column not in entity.columns:
            continue
        column = kind(entity.columns[rule.column])
        if column not in _ONLY_FOR.get(rule.rule, (column,)):
            wanted = ", ".join(_ONLY_FOR[rule.rule])
            yield Problem(
                path,
                f"`{rule.rule}` does not go with `{rule.column}`, which is of type {column}",
                f"it is for {wanted}",
            )
        elif isinstance(rule, RangeRule):
            yield from _check_range(path, rule, column)
        elif isinstance(rule, AcceptedValuesRule):
            yield from _check_values(path, rule, column)
        elif isinstance(rule, DateRule):
            yield from _check_dates(path, rule)


def _check_range(path: tuple[str | int, ...], rule: RangeRule, column: str) -> Iterator[Problem]:
    bounds = [(key, value) for key, value in (("min", rule.min), ("max", rule.max)) if value is not None]
    unfit = [(key, value) for key, value in bounds if not _fits(value, column)]
    for key, value in unfit:
        yield Problem((*path, key), f"`{_written(value)}` does not go with type {column}", f"write {_example(column)}")
    if rule.min is not None and rule.max is not None and not unfit and rule.min > rule.max:  # type: ignore[operator]
        yield Problem(path, "`min` is greater than `max`, no value can pass", "swap them")


def _check_values(path: tuple[str | int, ...], rule: AcceptedValuesRule, column: str) -> Iterator[Problem]:
    for number, value in enumerate(rule.values):
        if not _fits(value, column):
            yield Problem(
                (*path, "values", number),
                f"`{_written(value)}` does not go with type {column}",
                f"write {_example(column)}",
            )


def _fits(value: object, column: str) -> bool:
    if column in NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if column == "boolean":
        return isinstance(value, bool)
    if column in ("date", "timestamp"):
        return isinstance(value, str) and _is_moment(value, column)
    return isinstance(value, str)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _example(column: str) -> str:
    examples = {"date": "2026-01-31", "timestamp": "2026-01-31 or 2026-01-31 12:00:00", "boolean": "true or false",
                "string": "a text in quotes"}  # fmt: skip
    return examples.get(column, "a number, without quotes")


def _is_moment(text: str, column: str) -> bool:
    try:
        (date if column == "date" else datetime).fromisoformat(text)
    except ValueError:
        return False
    return True


def _check_dates(path: tuple[str | int, ...], rule: DateRule) -> Iterator[Problem]:
    bounds = {key: value for key in ("not_before", "not_after") if (value := getattr(rule, key))}
    for key, value in bounds.items():
        if not _is_moment(value, "date"):
            yield Problem((*path, key), f"`{value}` is not in the calendar", "write a day that exists")
    if len(bounds) > 1 and bounds["not_before"] > bounds["not_after"]:
        yield Problem(path, "`not_before` is after `not_after`, no value can pass", "swap them")
    if not bounds and rule.max_age_days is None and rule.max_future_days is None:
        yield Problem(path, "this rule checks nothing", "add not_before, not_after, max_age_days or max_future_days")
