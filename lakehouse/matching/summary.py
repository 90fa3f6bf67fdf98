"""A result -> its figures in short: what was compared, what became of it, and what to know before believing it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

_ByRules = Counter[tuple[str, ...]]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse.matching.pair_classes import Calibration
    from lakehouse.matching.result import MatchResult

WEIGHTS = (-30, 40)
"""Whole bits between which match weights are counted; what lies outside is counted at the ends."""


@dataclass(frozen=True)
class RuleCount:
    """What a blocking rule found.

    Attributes:
        pairs: compared pairs.
        alone: those among them that no other rule found.
        matches: those that reach the threshold.
        matches_alone: those that reach it and that no other rule found: lost without the rule.
    """

    pairs: int
    alone: int
    matches: int
    matches_alone: int


@dataclass(frozen=True)
class RuleLeftOut:
    """A blocking rule that was considered and not used.

    Attributes:
        candidates: pairs that it was expected to bring.
        gain: share of the true pairs that it was expected to find and no rule in use does, of made-up ones.
        reason: why it was left out.
    """

    candidates: int
    gain: float
    reason: str


@dataclass(frozen=True)
class Summary:
    """Figures of a matching run; pairs are pairs of distinct records.

    Attributes:
        records: of each table.
        distinct: records that differ in something that is compared.
        possible: all pairs there are.
        candidates: pairs that were compared.
        pairs: those that reach the threshold.
        clusters: groups of two records or more.
        grouped: records in them.
        largest: records of the largest group.
        review: pairs for a person to judge.
        threshold, review_threshold: match weights in bits.
        links: how many partners a record may have; None where groups have any size.
        expected_precision, expected_recall: what the model expects of the pairs in clusters.
        columns: column -> what it was taken for, and why.
        rules: blocking rule -> what it found.
        sizes: records of a cluster -> how many clusters, those of one record included.
        weights: whole bits -> compared pairs whose weight begins with them.
        warnings: what to know before believing the clusters.
        calibration: what labels taught; None without labels.
        left_out: blocking rule that was not used -> what was expected of it, and why; those that would find most first.
    """

    records: tuple[int, ...]
    distinct: int
    possible: int
    candidates: int
    pairs: int
    clusters: int
    grouped: int
    largest: int
    review: int
    threshold: float
    review_threshold: float
    links: str | None
    expected_precision: float
    expected_recall: float
    columns: dict[str, tuple[str, str]]
    rules: dict[str, RuleCount]
    sizes: dict[int, int]
    weights: dict[int, int]
    warnings: tuple[str, ...]
    calibration: Calibration | None = None
    left_out: dict[str, RuleLeftOut] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [f"{name:<10} {text}" for name, text in self._lines().items()]
        lines += ["", "columns", *_aligned([(name, *meaning) for name, meaning in self.columns.items()])]
        found = [(rule, f"{one.pairs:,} pairs", f"{one.alone:,} by no other rule") for rule, one in self.rules.items()]
        lines += ["", "blocking rules", *_aligned(found)]
        return "\n".join([*lines, *(f"warning: {warning}" for warning in self.warnings)])

    def _lines(self) -> dict[str, str]:
        tables = "one table" if len(self.records) == 1 else "two tables"
        if len(self.records) > 1 and self.links is None:
            tables = "two tables, within each and between them"
        share = f" of {self.possible:,} ({self.candidates / self.possible:.2%})" if self.possible else ""
        lines = {
            "records": f"{' + '.join(f'{count:,}' for count in self.records)} in {tables}, {self.distinct:,} different",
            "compared": f"{self.candidates:,} pairs{share}",
            "pairs": f"{self.pairs:,} reach the threshold of {self.threshold:+.2f} bits",
            "clusters": f"{self.clusters:,} of two records or more, {self.grouped:,} records in them, the largest has "
            f"{self.largest:,}",
            "expected": f"precision {self.expected_precision:.3f}, recall {self.expected_recall:.3f} (the model's own guess)",
            "review": f"{self.review:,} pairs for a person to judge",
        }
        return {**lines, "labels": str(self.calibration)} if self.calibration else lines


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))] if rows else []
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def summarize(result: MatchResult) -> Summary:
    """Count what a result holds; runs actions."""
    model, expected = result.model, result.clustering.expected
    by_rules, weights, matches = _count_pairs(result)
    sizes = _cluster_sizes(result)
    several = {size: count for size, count in sizes.items() if size > 1}
    return Summary(
        records=_count_records(result), distinct=sum(result.records.counts), possible=result.records.pairs,
        candidates=sum(by_rules.values()), pairs=sum(matches.values()), clusters=sum(several.values()),
        grouped=sum(size * count for size, count in several.items()), largest=max(sizes, default=0),
        review=result.review.count(), threshold=model.threshold, review_threshold=model.review_threshold, links=model.links,
        expected_precision=expected.precision, expected_recall=expected.recall,
        columns={name: (one.kind, one.reason) for name, one in model.columns.items()},
        rules=_rule_counts(model.rules, by_rules, matches), sizes=sizes, weights=weights,
        warnings=tuple(dict.fromkeys((*model.warnings, *result.clustering.warnings))),
        calibration=result.fit.calibration if model.calibration else None,
        left_out={
            one.rule.name: RuleLeftOut(round(one.candidates), round(one.gain, 4), one.reason) for one in result.left_out
        },
    )  # fmt: skip


def _count_records(result: MatchResult) -> tuple[int, ...]:
    rows = result.records.members.groupBy("_side").count().collect()
    counts = {row["_side"]: row["count"] for row in rows}
    return tuple(counts.get(side, 0) for side in ((0, 1) if result.records.two_tables else (0,)))


def _count_pairs(result: MatchResult) -> tuple[_ByRules, dict[int, int], _ByRules]:
    """Count compared pairs by rules and by whole bits, and those at or above the threshold by rules."""
    bits = F.floor(F.greatest(F.least("match_weight", F.lit(WEIGHTS[1])), F.lit(WEIGHTS[0]))).alias("bits")
    above = (F.col("match_weight") >= result.model.threshold).alias("above")
    rows = result.scored.groupBy("rules", bits, above).count().collect()
    by_rules: _ByRules = Counter()
    matches: _ByRules = Counter()
    weights: Counter[int] = Counter()
    for row in rows:
        by_rules[tuple(row["rules"])] += row["count"]
        weights[int(row["bits"])] += row["count"]
        if row["above"]:
            matches[tuple(row["rules"])] += row["count"]
    return by_rules, dict(sorted(weights.items())), matches


def _rule_counts(rules: list[str], by_rules: _ByRules, matches: _ByRules) -> dict[str, RuleCount]:
    def found(rule: str, counts: _ByRules) -> tuple[int, int]:
        return sum(count for names, count in counts.items() if rule in names), counts.get((rule,), 0)

    return {rule: RuleCount(*found(rule, by_rules), *found(rule, matches)) for rule in rules}


def _cluster_sizes(result: MatchResult) -> dict[int, int]:
    sizes = result.clusters.groupBy("cluster_id").agg(F.count("*").alias("size")).groupBy("size").count().collect()
    return {row["size"]: row["count"] for row in sorted(sizes, key=lambda row: row["size"])}
