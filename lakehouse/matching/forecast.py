"""What a matching run will cost, told before it runs: the rules, what each brings, and which were left out and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from lakehouse.matching.blocking.estimates import estimate_rules
from lakehouse.matching.pairing import blocked_tables
from lakehouse.matching.records import prepare_records
from lakehouse.matching.rule_choice import Choice, choose_rules, read_rules
from lakehouse.matching.rule_texts import ALL_PAIRS
from lakehouse.matching.strangers import observe_strangers
from lakehouse.matching.understanding import understand_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from lakehouse.matching.model import MatchModel
    from lakehouse.matching.records import Prepared
    from lakehouse.matching.settings import MatchSettings
    from lakehouse.matching.understanding import Understanding

SCORED_A_SECOND = 60_000.0
"""Candidates that one core compares, weighs and hands to the clustering in a second; rough."""
_TEXTS = ("rule", "found by")
SHOWN = 12
"""Rules that were left out and are still shown, those that would find most first."""


@dataclass(frozen=True)
class RuleForecast:
    """What is expected of one rule.

    Attributes:
        rule: as settings and models write it.
        method: how its pairs are found; empty where that was not looked at.
        chosen: whether `match` would use it.
        reason: why, or why not.
        candidates: pairs of distinct records that fulfill it.
        exact: the candidates were counted, not scaled up from some of the records.
        signatures: rows that are made to find them; 0 where that was not looked at.
        comparisons: pairs that meet and are verified.
        cpu_seconds: of one core, for finding the pairs.
    """

    rule: str
    method: str
    chosen: bool
    reason: str
    candidates: int
    exact: bool = False
    signatures: int = 0
    comparisons: int = 0
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Forecast:
    """What a matching run will cost.

    Attributes:
        records: distinct records of each table.
        pairs: all pairs of them.
        budget: candidates that are affordable.
        rules: the chosen ones first, in the order in which they were chosen.
    """

    records: tuple[int, ...]
    pairs: int
    budget: int
    rules: tuple[RuleForecast, ...]

    @property
    def candidates(self) -> int:
        """Candidates of the chosen rules; a pair that several rules find is counted by each."""
        return sum(one.candidates for one in self.rules if one.chosen)

    @property
    def cpu_seconds(self) -> float:
        """Seconds of one core for finding, comparing and scoring the candidates; reading the records comes besides."""
        found = sum(one.cpu_seconds for one in self.rules if one.chosen)
        return round(found + self.candidates / SCORED_A_SECOND, 1)

    @property
    def fits(self) -> bool:
        """Whether `match` would run; beyond the budget it refuses."""
        return any(one.chosen for one in self.rules) and self.candidates <= self.budget

    def to_dict(self) -> dict[str, object]:
        """Everything as plain values, for JSON."""
        totals = {"candidates": self.candidates, "cpu_seconds": self.cpu_seconds, "fits": self.fits}
        return {**asdict(self), **totals}

    def __str__(self) -> str:
        """A table for people."""
        counts = " + ".join(f"{count:,}" for count in self.records)
        head = f"{counts} distinct records, {self.pairs:,} pairs; budget {self.budget:,} candidates"
        chosen = [one for one in self.rules if one.chosen]
        lines = [head, "", *_table(chosen), ""]
        lines.append(f"in all about {self.candidates:,} candidates and {self.cpu_seconds:,.0f} CPU seconds")
        if not self.fits:
            lines.append("beyond the budget: match refuses; add a predicate to a rule, or raise max_candidates")
        left_out = [one for one in self.rules if not one.chosen]
        if left_out:
            lines += [
                "",
                "left out:",
                *(f"  {one.rule}  about {one.candidates:,}: {one.reason}" for one in left_out[:SHOWN]),
            ]
        if len(left_out) > SHOWN:
            lines.append(f"  … and {len(left_out) - SHOWN} more")
        return "\n".join(lines)


def _table(rules: Sequence[RuleForecast]) -> list[str]:
    head = ("rule", "found by", "signatures", "comparisons", "candidates", "CPU s")
    rows = [head] + [
        (
            one.rule, one.method, f"{one.signatures:,}", f"{one.comparisons:,}",
            ("" if one.exact else "~") + f"{one.candidates:,}", f"{one.cpu_seconds:,.1f}",
        )
        for one in rules
    ]  # fmt: skip
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    return [
        "  ".join(
            f"{cell:<{width}}" if head[place] in _TEXTS else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def forecast(
    records: DataFrame,
    other: DataFrame | None = None,
    *,
    id: str,  # noqa: A002  - as `match` calls it
    settings: MatchSettings | MatchModel | Mapping[str, object] | None = None,
) -> Forecast:
    """Tell what `match` would do with the same arguments, without building a pair; runs small jobs on the records.

    Args:
        records: one row for each record, any columns.
        other: a second table to link with the first.
        id: the column that identifies a record within its table.
        settings: what to decide otherwise than from the data, or a model that was fitted before.

    Raises:
        ConfigurationError: as `match` does, except where the rules exceed the budget: that is what the forecast tells.
    """
    tables = [records] if other is None else [records, other]
    understood = understand_tables(tables, key=id, settings=settings)
    prepared = prepare_records(tables, understood.fields, key=id, dedupe=understood.dedupe)
    choice = _choice(prepared, understood)
    counts = prepared.counts[: 1 + prepared.two_tables]
    return Forecast(counts, prepared.pairs, choice.budget, _forecasts(prepared, choice))


def _choice(prepared: Prepared, understood: Understanding) -> Choice:
    texts = understood.model.rules if understood.model else understood.settings.rules
    if texts is not None:
        return read_rules(understood.fields, texts, limit=understood.settings.max_candidates)
    strangers = observe_strangers(prepared, understood.fields, understood.settings.random_pairs)
    return choose_rules(prepared, understood.fields, strangers, understood.settings, refuse=False)


def _forecasts(prepared: Prepared, choice: Choice) -> tuple[RuleForecast, ...]:
    if not choice.rules:
        reason = "cheaper than planning rules" if not choice.verdicts else "no rule fits the budget"
        whole = RuleForecast(ALL_PAIRS, "all with all", True, reason, prepared.pairs, True, 0, prepared.pairs)
        return (whole, *_left_out(choice))
    left, right = blocked_tables(prepared, choice.rules)
    reasons = {one.rule: one.reason for one in choice.verdicts}
    chosen = tuple(
        RuleForecast(
            one.rule.name, one.method, True, reasons.get(one.rule, "given"), one.pairs, one.exact, one.signatures,
            one.comparisons, one.cpu_seconds,
        )
        for one in estimate_rules(left, choice.rules, other=right)
    )  # fmt: skip
    return (*chosen, *_left_out(choice))


def _left_out(choice: Choice) -> tuple[RuleForecast, ...]:
    return tuple(
        RuleForecast(one.rule.name, "", False, one.reason, round(one.candidates)) for one in choice.left_out
    )
