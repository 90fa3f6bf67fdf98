"""A condition in plain English, for the people who use segments but do not write them."""

from __future__ import annotations

from datetime import date

from lakehouse.curated.conditions import (
    AllOf,
    AnyOf,
    Between,
    Compare,
    Condition,
    InSegment,
    Matches,
    Missing,
    Not,
    OneOf,
    Operator,
    Value,
    WithinLast,
)

_WORDS = {
    "=": "is",
    "!=": "is known and is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_DATE_WORDS = {"<": "is before", "<=": "is on or before", ">": "is after", ">=": "is on or after"}


def describe(condition: Condition) -> str:
    """Say a condition in plain English, with what happens to customers whose attribute is missing.

    >>> describe(parse_condition("country = 'DE' and orders_90d >= 2"))
    'Customers for whom country is "DE" and orders in the last 90 days is at least 2; only those who may be mailed.'
    """
    return f"Customers for whom {_clause(condition)}; only those who may be mailed."


def _clause(condition: Condition) -> str:
    match condition:
        case Not(inner):
            return _negated(inner)
        case AllOf(parts):
            return " and ".join(_grouped(part) for part in parts)
        case AnyOf(parts):
            return " or ".join(_grouped(part) for part in parts)
        case InSegment(segment):
            return f"segment {segment} applies"
    return _leaf(condition)


def _grouped(condition: Condition) -> str:
    return f"({_clause(condition)})" if isinstance(condition, AllOf | AnyOf) else _clause(condition)


def _negated(inner: Condition) -> str:
    match inner:
        case Missing(attribute):
            return f"{_name(attribute)} is known"
        case InSegment(segment):
            return f"segment {segment} does not apply"
        case Not() | AllOf() | AnyOf():
            return f"it is not so that ({_clause(inner)})"
    return f"it is not so that {_leaf(inner)} (unknown counts as not so)"


def _leaf(condition: Condition) -> str:
    match condition:
        case Compare(attribute, operator, value):
            clause = _comparison(attribute, operator, value)
        case OneOf(attribute, values):
            clause = f"{_name(attribute)} is one of {', '.join(_value(value) for value in values)}"
        case Matches(attribute, how, text):
            clause = f"{_name(attribute)} {how} {_value(text)}"
        case Between(attribute, low, high):
            clause = f"{_name(attribute)} is from {_value(low)} to {_value(high)}"
        case WithinLast(attribute, days):
            clause = f"{_name(attribute)} lies in the last {days} day{'s' if days > 1 else ''}"
        case Missing(attribute):
            clause = f"{_name(attribute)} is not known"
        case _:  # pragma: no cover
            raise TypeError(type(condition).__name__)
    return clause


def _comparison(attribute: str, operator: Operator, value: Value) -> str:
    words = _WORDS | _DATE_WORDS if isinstance(value, date) else _WORDS
    return f"{_name(attribute)} {words[operator]} {_value(value)}"


def _name(attribute: str) -> str:
    name, _, window = attribute.rpartition("_")
    if name and window[:-1].isdigit() and window.endswith("d"):
        return f"{name.replace('_', ' ')} in the last {window[:-1]} days"
    return attribute.removesuffix("_at").replace("_", " ")


def _value(value: Value) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return f'"{value}"'
        case date():
            return value.isoformat()
    return format(value, "f")
