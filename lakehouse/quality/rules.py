"""Rules -> one verdict per row: every rule of an entity is judged in the same pass over the data.

A rule's *broken* column is never null. `_reasons` and `_warnings` are never null either, so `size(_reasons) = 0` is
the one and only filter that decides, and no row can fall between accepted and quarantined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakehouse.columns.email import is_email
from lakehouse.columns.text import whole
from lakehouse.quality.settings import (
    AcceptedValuesRule,
    DateRule,
    EmailRule,
    PatternRule,
    RangeRule,
    RequiredRule,
    RuleSettings,
    SqlRule,
)

if TYPE_CHECKING:
    from datetime import datetime

    from pyspark.sql import Column, DataFrame


@dataclass(frozen=True)
class Check:
    """One way in which a row can be broken.

    Attributes:
        name: under which reasons and counts appear.
        broken: boolean Column, never null.
        severity: warn, quarantine or fail.
        detail: what goes behind the name in `_reasons`; a Column, or empty.
    """

    name: str
    broken: Column
    severity: str = "quarantine"
    detail: Column | None = None

    @property
    def reason(self) -> Column:
        """The text that stands in `_reasons` or `_warnings`."""
        return F.lit(self.name) if self.detail is None else F.concat(F.lit(f"{self.name}: "), self.detail)


def compile_rule(rule: RuleSettings, types: Mapping[str, str], *, as_of: datetime) -> Check:
    """Turn a rule into a check.

    Args:
        rule: the rule.
        types: column name -> Spark type name, as declared by the entity.
        as_of: the instant that relative dates count from; days are those of its time zone.
    """
    broken = _COMPILERS[type(rule)](rule, types, as_of)
    return Check(rule.rule_name, F.coalesce(broken, F.lit(False)), rule.severity)


def with_verdict(rows: DataFrame, checks: Sequence[Check]) -> DataFrame:
    """Judge every row by all checks.

    Args:
        rows: any rows.
        checks: what to look at; names may repeat.

    Returns:
        the rows with `_reasons` (of checks that quarantine or fail) and `_warnings`, both array<string>, never null.
    """
    hard = [check for check in checks if check.severity != "warn"]
    soft = [check for check in checks if check.severity == "warn"]
    return rows.withColumns({"_reasons": _names(hard), "_warnings": _names(soft)})


def is_accepted() -> Column:
    """Tell whether a judged row passes."""
    return F.size("_reasons") == 0


def _names(checks: Sequence[Check]) -> Column:
    nothing = F.array().cast("array<string>")
    if not checks:
        return nothing
    any_broken = checks[0].broken
    for check in checks[1:]:
        any_broken = any_broken | check.broken
    found = F.array_compact(F.array(*(F.when(check.broken, check.reason) for check in checks)))
    # Most rows are good: they pay for the conditions, not for building and filtering an array.
    return F.when(any_broken, found).otherwise(nothing)


def _required(rule: RequiredRule, types: Mapping[str, str], _as_of: datetime) -> Column:
    column = F.col(rule.column)
    if types.get(rule.column) == "string":
        return column.isNull() | (F.trim(column) == "")
    return column.isNull()


def _pattern(rule: PatternRule, _types: Mapping[str, str], _as_of: datetime) -> Column:
    matches = F.col(rule.column).rlike(whole(rule.pattern))
    return matches if rule.negate else ~matches


def _email(rule: EmailRule, _types: Mapping[str, str], _as_of: datetime) -> Column:
    return ~is_email(F.col(rule.column), rule.level)


def _range(rule: RangeRule, types: Mapping[str, str], _as_of: datetime) -> Column:
    column, kind = F.col(rule.column), types.get(rule.column, "string")
    broken = F.isnan(column) if kind == "double" else F.lit(False)
    if rule.min is not None:
        low = _bound(rule.min, kind)
        broken = broken | ((column <= low) if rule.min_exclusive else (column < low))
    if rule.max is not None:
        high = _bound(rule.max, kind)
        broken = broken | ((column >= high) if rule.max_exclusive else (column > high))
    return broken


def _bound(value: float | str, kind: str) -> Column:
    if isinstance(value, str):
        return F.lit(value).cast(kind)
    return F.lit(value) if kind == "double" else F.lit(Decimal(str(value)))


def _accepted_values(rule: AcceptedValuesRule, _types: Mapping[str, str], _as_of: datetime) -> Column:
    return ~F.col(rule.column).isin(*rule.values)


def _date(rule: DateRule, types: Mapping[str, str], as_of: datetime) -> Column:
    value = F.col(rule.column)
    if types[rule.column] == "timestamp":
        # The session's zone is UTC, and the days are those of another; one without a name is written `+02:00`.
        zone = getattr(as_of.tzinfo, "key", as_of.isoformat()[-len("+00:00") :])
        value = value if zone in ("UTC", "+00:00") else F.from_utc_timestamp(value, zone)
    day, today = value.cast("date"), F.lit(as_of.date())
    broken = F.lit(False)
    if rule.not_before:
        broken = broken | (day < F.lit(rule.not_before).cast("date"))
    if rule.not_after:
        broken = broken | (day > F.lit(rule.not_after).cast("date"))
    if rule.max_age_days is not None:
        broken = broken | (day < F.date_sub(today, rule.max_age_days))
    if rule.max_future_days is not None:
        broken = broken | (day > F.date_add(today, rule.max_future_days))
    return broken


def _sql(rule: SqlRule, _types: Mapping[str, str], _as_of: datetime) -> Column:
    condition = F.expr(rule.condition).cast("boolean")
    return ~F.coalesce(condition, F.lit(rule.on_null == "pass"))


_COMPILERS: dict[type, Callable[[Any, Mapping[str, str], datetime], Column]] = {
    RequiredRule: _required,
    PatternRule: _pattern,
    EmailRule: _email,
    RangeRule: _range,
    AcceptedValuesRule: _accepted_values,
    DateRule: _date,
    SqlRule: _sql,
}
