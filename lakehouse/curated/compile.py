"""`Condition` -> Column. Names become columns and values become literals; no text is parsed as SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import and_, eq, ge, gt, le, lt, ne, or_

from pyspark.sql import Column
from pyspark.sql import functions as F

from lakehouse.curated.conditions import (
    AllOf,
    AnyOf,
    AttributeType,
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
from lakehouse.curated.windows import first_day_from, in_window, start_of_day, window_start

_OPERATORS: dict[Operator, Callable[[Column, Column], Column]] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}


def segment_column(segment: str) -> str:
    """Name the boolean column that says whether the condition of a segment holds."""
    return f"_in_{segment}"


def compile_condition(
    condition: Condition, attributes: Mapping[str, AttributeType], *, as_of: datetime, time_zone: str
) -> Column:
    """Turn a condition into a boolean Column that is never null.

    Args:
        condition: as `parse_condition` reads it.
        attributes: types of the columns; a NaN must have been made null before.
        as_of: end of all windows.
        time_zone: zone of the calendar days in the condition.
    """
    return _Compiler(attributes, as_of, time_zone).compile(condition)


@dataclass(frozen=True)
class _Compiler:
    attributes: Mapping[str, AttributeType]
    as_of: datetime
    time_zone: str

    def compile(self, condition: Condition) -> Column:
        match condition:
            case Not(inner):
                return ~self.compile(inner)
            case AllOf(parts):
                return _balanced(and_, [self.compile(part) for part in parts])
            case AnyOf(parts):
                return _balanced(or_, [self.compile(part) for part in parts])
            case InSegment(segment):
                return F.col(segment_column(segment))
            case Missing(attribute):
                return F.col(attribute).isNull()
        return F.coalesce(self._leaf(condition), F.lit(False))

    def _leaf(self, condition: Condition) -> Column:
        match condition:
            case Compare(attribute, operator, value):
                return self._compare(attribute, operator, value)
            case OneOf(attribute, values):
                return _balanced(or_, [self._compare(attribute, "=", value) for value in values])
            case Between(attribute, low, high):
                return self._compare(attribute, ">=", low) & self._compare(attribute, "<=", high)
            case Matches(attribute, how, text):
                column = F.col(attribute)
                tests = {"contains": column.contains, "starts with": column.startswith, "ends with": column.endswith}
                return tests[how](F.lit(text))
            case WithinLast(attribute, days):
                return self._within_last(attribute, days)
        raise TypeError(type(condition).__name__)  # pragma: no cover

    def _compare(self, attribute: str, operator: Operator, value: Value) -> Column:
        column = F.col(attribute)
        if self.attributes[attribute] != "timestamp" or not isinstance(value, date):
            return _OPERATORS[operator](column, F.lit(value))
        start = F.lit(start_of_day(value, self.time_zone))
        end = F.lit(start_of_day(value + timedelta(days=1), self.time_zone))
        match operator:
            case "=":
                return (column >= start) & (column < end)
            case "!=":
                return (column < start) | (column >= end)
            case "<" | ">=":
                return _OPERATORS[operator](column, start)
        return column >= end if operator == ">" else column < end

    def _within_last(self, attribute: str, days: int) -> Column:
        column = F.col(attribute)
        if self.attributes[attribute] == "timestamp":
            return in_window(column, days, self.as_of, self.time_zone)
        # a date stands for the first moment of its day
        first = first_day_from(window_start(self.as_of, days, self.time_zone), self.time_zone)
        return (column >= F.lit(first)) & (column < F.lit(first_day_from(self.as_of, self.time_zone)))


def _balanced(join: Callable[[Column, Column], Column], columns: list[Column]) -> Column:
    """Join columns as a balanced tree: a chain of 500 would be 500 levels deep for the optimizer."""
    if len(columns) == 1:
        return columns[0]
    middle = len(columns) // 2
    return join(_balanced(join, columns[:middle]), _balanced(join, columns[middle:]))
