"""What a segment's condition is once it has been read: a tree of frozen dataclasses, free of Spark and of text.

Missing values: every leaf is false for a customer whose attribute is missing (except `Missing`, which is true), so
`Not` of a leaf is true for them. There is no third truth value.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from lakehouse.errors import ConfigurationError

AttributeType = Literal["text", "number", "boolean", "date", "timestamp"]
"""What a condition may know about an attribute; whole numbers, decimals and doubles are all `number`."""

Value = Decimal | str | bool | date
"""A literal in a condition. A `date` compared with a time stamp means that calendar day in the lake's zone."""

Operator = Literal["=", "!=", "<", "<=", ">", ">="]
TextMatch = Literal["contains", "starts with", "ends with"]


@dataclass(frozen=True)
class Compare:
    """`attribute operator value`; false where the attribute is missing, for `!=` too."""

    attribute: str
    operator: Operator
    value: Value


@dataclass(frozen=True)
class OneOf:
    """`attribute in [a, b]`."""

    attribute: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Matches:
    """`attribute contains 'x'`, `starts with`, `ends with`; upper and lower case differ."""

    attribute: str
    how: TextMatch
    text: str


@dataclass(frozen=True)
class Between:
    """`attribute between low and high`, both inclusive."""

    attribute: str
    low: Value
    high: Value


@dataclass(frozen=True)
class WithinLast:
    """`attribute within last n days`: in `[as_of - n days, as_of)`, days of the lake's zone."""

    attribute: str
    days: int


@dataclass(frozen=True)
class Missing:
    """`attribute is missing`: null, or a number that is NaN."""

    attribute: str


@dataclass(frozen=True)
class InSegment:
    """`in segment other`: the condition of another segment holds."""

    segment: str


@dataclass(frozen=True)
class Not:
    """True exactly where the condition is false, so it includes customers whose attribute is missing."""

    condition: Condition


@dataclass(frozen=True)
class AllOf:
    """Every condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


Condition = Compare | OneOf | Matches | Between | WithinLast | Missing | InSegment | Not | AllOf | AnyOf


class ConditionError(ConfigurationError):
    """A segment's condition cannot be read; `line` and `column` (from 1) are places in the condition's text.

    Both are 0 where the error is about segments together, such as a cycle.
    """

    def __init__(self, problem: str, *, line: int = 0, column: int = 0, found: str = "", remedy: str = "") -> None:
        self.line = line
        self.column = column
        where = f"line {line}, column {column}" if line else ""
        super().__init__(problem, where=where, found=found, remedy=remedy)


def referenced_segments(condition: Condition) -> frozenset[str]:
    """Name the segments that a condition asks for directly with `in segment`."""
    match condition:
        case InSegment(segment):
            return frozenset({segment})
        case Not(inner):
            return referenced_segments(inner)
        case AllOf(parts) | AnyOf(parts):
            return frozenset().union(*(referenced_segments(part) for part in parts))
    return frozenset()
