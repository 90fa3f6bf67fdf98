"""What a rule in `conf/entities/NAME.yaml` may say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from lakehouse.settings import IDENTIFIER, Settings

Severity = Literal["warn", "quarantine", "fail"]
Ratio = Annotated[float, Field(ge=0, le=1)]


class _Rule(Settings):
    name: str | None = Field(None, pattern=IDENTIFIER, description="Default: the column and the kind of rule.")
    severity: Severity = Field(
        "quarantine",
        description="warn: the row passes with a mark. quarantine: the row is set aside. fail: the step stops.",
    )
    max_failed_ratio: Ratio | None = Field(
        None, description="The step stops (exit 3) when a larger share of the rows breaks the rule."
    )
    max_failed_rows: Annotated[int, Field(ge=0)] | None = Field(
        None, description="The step stops (exit 3) when more rows break the rule."
    )
    min_rows: Annotated[int, Field(ge=1)] = Field(
        100, description="With fewer rows in the batch `max_failed_ratio` is not applied: 1 of 3 is not 33 %."
    )


class _ColumnRule(_Rule):
    column: str = Field(description="The column of the entity that is checked.")

    @property
    def rule_name(self) -> str:
        """The name under which reasons and counts appear."""
        return self.name or f"{self.column}.{self.rule}"  # type: ignore[attr-defined]


class RequiredRule(_ColumnRule):
    """The column has a value: neither null nor blank."""

    rule: Literal["required"]


class PatternRule(_ColumnRule):
    """The whole value matches a regular expression (Java syntax); null passes."""

    rule: Literal["pattern"]
    pattern: str = Field(max_length=2000, description="Matched against the whole value, as if between \\A and \\z.")
    negate: bool = Field(False, description="Turns the rule round: the value must not match.")


class EmailRule(_ColumnRule):
    """The value is an e-mail address; null passes."""

    rule: Literal["email"]
    level: Literal["shape", "deliverable", "rfc5321"] = Field(
        "deliverable",
        description="shape: one @ and a dot. deliverable: what a mail server accepts. rfc5321: for audits.",
    )


class RangeRule(_ColumnRule):
    """The value lies between two bounds, both inclusive unless said; null passes, NaN fails."""

    rule: Literal["range"]
    min: float | str | None = Field(None, description="Lower bound: a number, or a date as yyyy-MM-dd.")
    max: float | str | None = Field(None, description="Upper bound.")
    min_exclusive: bool = Field(False, description="Whether the lower bound itself is out.")
    max_exclusive: bool = Field(False, description="Whether the upper bound itself is out.")

    @model_validator(mode="after")
    def _has_a_bound(self) -> RangeRule:
        if self.min is None and self.max is None:
            raise ValueError("a range rule needs `min`, `max` or both")
        return self


class AcceptedValuesRule(_ColumnRule):
    """The value is one of a list; null passes."""

    rule: Literal["accepted_values"]
    values: list[str | int | float | bool] = Field(min_length=1)


class DateRule(_ColumnRule):
    """The date or time lies in a window; `max_age_days` and `max_future_days` count from the run's `as_of`."""

    rule: Literal["date"]
    not_before: str | None = Field(None, pattern=r"\A\d{4}-\d{2}-\d{2}\Z", description="Earliest date, inclusive.")
    not_after: str | None = Field(None, pattern=r"\A\d{4}-\d{2}-\d{2}\Z", description="Latest date, inclusive.")
    max_age_days: Annotated[int, Field(ge=0)] | None = Field(None, description="Not older than this many days.")
    max_future_days: Annotated[int, Field(ge=0)] | None = Field(
        None, description="Not further ahead than this many days; 0 allows the day of `as_of` itself."
    )


class SqlRule(_Rule):
    """A Spark SQL condition over the columns of the entity that must hold; null counts as broken."""

    rule: Literal["sql"]
    name: str = Field(pattern=IDENTIFIER, description="Required for SQL rules.")
    condition: str = Field(min_length=1, max_length=4000, description="True for a good row.")
    on_null: Literal["break", "pass"] = Field("break", description="What a condition that yields null means.")

    @property
    def rule_name(self) -> str:
        """The name under which reasons and counts appear."""
        return self.name


RuleSettings = Annotated[
    RequiredRule | PatternRule | EmailRule | RangeRule | AcceptedValuesRule | DateRule | SqlRule,
    Field(discriminator="rule"),
]


class GateSettings(Settings):
    """When a whole batch is stopped, over and above the thresholds of single rules."""

    max_quarantined_ratio: Ratio | None = Field(
        None, description="The step stops (exit 3) when a larger share of its rows would be quarantined."
    )
    min_rows: Annotated[int, Field(ge=1)] = Field(100, description="Below this many rows the ratio is not applied.")


def expand_shorthand(rule: Any) -> Any:
    """Turn `{required: email}` into `{rule: required, column: email}`; anything else stays as it is."""
    shorthand = {"required", "email"}
    if isinstance(rule, dict) and "rule" not in rule:
        kind = next((key for key in rule if key in shorthand and isinstance(rule[key], str)), None)
        if kind:
            return {"rule": kind, "column": rule[kind], **{k: v for k, v in rule.items() if k != kind}}
    return rule
