"""Two records of a result -> why their pair weighs what it weighs: prior odds, field by field, rareness, a shared home."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.comparison import level_pairs, measure_pairs
from lakehouse.matching.kinds import MISSING
from lakehouse.matching.masking import shown_value
from lakehouse.matching.pair_classes import VERDICT, level_bits
from lakehouse.matching.scoring import moved_bits, no_match_bits, prior_bits, with_weights
from lakehouse.matching.sides import SIDES
from lakehouse.matching.waterfall import draw_waterfall, write_waterfall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from lakehouse.matching.fields import Field
    from lakehouse.matching.pair_classes import FieldShares
    from lakehouse.matching.result import MatchResult
    from lakehouse.matching.sides import End, Side

MICRO = 1_000_000
"""Match weights have six decimals; whole millionths of a bit add up without an error."""

_REASONS = {
    "related": ("shared home", "the same address or family may explain it"),
    "namesake": ("same name", "two people of one name may explain it"),
    "sibling": ("same series", "two things of one series may explain it"),
    "neighbor": ("same origin", "strangers of one country or town may explain it"),
}
"""Class between matches and strangers -> how its part of a weight is called, and what it means."""


@dataclass(frozen=True)
class Bar:
    """One part of a match weight.

    Attributes:
        name: the field, or what else adds to the weight.
        label: the level of agreement, or a reason, for people.
        bits: what it adds; above zero it speaks for a match.
        left, right: what was compared, masked unless values were asked for; None where a value is missing.
    """

    name: str
    label: str
    bits: float
    left: str | None = None
    right: str | None = None


@dataclass(frozen=True)
class Explanation:
    """Why a pair of records weighs what it weighs; the bars add up to the weight.

    Attributes:
        left, right: the ids.
        bars: in the order in which they are added.
        match_weight: log2 of the odds that the two are the same.
        score: the probability.
        threshold: mean weight from which clusters are joined.
        rules: the blocking rules that found the pair; empty where none did.
        joined: whether the two are in one cluster.
        notes: what else a reader should know.
    """

    left: str
    right: str
    bars: tuple[Bar, ...]
    match_weight: float
    score: float
    threshold: float
    rules: tuple[str, ...]
    joined: bool
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """One sentence about weight, threshold and cluster."""
        over = "reaches" if self.match_weight >= self.threshold else "stays below"
        cluster = "in one cluster" if self.joined else "in different clusters"
        return (
            f"Weight {self.match_weight:+.2f} bits, probability {self.score:.4f}: {over} the threshold of "
            f"{self.threshold:+.2f}; the two are {cluster}."
        )

    @property
    def found_by(self) -> str:
        """One sentence about the rules that found the pair."""
        if self.rules:
            return f"Found by: {'; '.join(self.rules)}."
        return "No blocking rule found this pair, so the run did not compare it."

    def __str__(self) -> str:
        return write_waterfall(self)

    def svg(self) -> str:
        """Draw the waterfall as an SVG picture that stands by itself."""
        return draw_waterfall(self)

    def _repr_html_(self) -> str:
        return f'<div style="max-width: 60em">{self.svg()}</div>'


def explain_pair(result: MatchResult, a: str, b: str, *, sides: tuple[Side, Side], show_values: bool) -> Explanation:
    """Explain one pair of ids; runs actions.

    Args:
        result: of `match`.
        a: id of a record.
        b: id of another.
        sides: of two tables, from which each of the two ids is.
        show_values: show what was compared instead of masking it.

    Raises:
        ConfigurationError: an id that no record has, twice the same record, or a side that is none.
    """
    _require_sides(sides)
    two = result.records.two_tables
    ends = ((sides[0] if two else SIDES[0], a), (sides[1] if two else SIDES[0], b))
    if ends[0] == ends[1]:
        raise ConfigurationError(
            "A record is not compared with itself.", where="explain", found="the same id twice",
            remedy="give the ids of two records",
        )  # fmt: skip
    found = explain_pairs(result, [ends], show_values=show_values)
    if not found:
        tables = " of the table on its side" if two else ""
        raise ConfigurationError(
            "An id is not that of a record.", where="explain", found=f"one of the two is no id{tables}",
            remedy="use ids as `clusters` shows them" + ("; name their tables by `sides`" if two else ""),
        )  # fmt: skip
    return found[0]


def _require_sides(sides: Sequence[str]) -> None:
    if len(sides) != 2 or not set(sides) <= set(SIDES):  # noqa: PLR2004  - a pair
        raise ConfigurationError(
            "There is no such side.", where="explain, sides", found=", ".join(map(str, sides)),
            remedy='give two of "left" and "right", as in sides=("left", "right")',
        )  # fmt: skip


def explain_pairs(
    result: MatchResult, pairs: Sequence[tuple[End, End]], *, show_values: bool = False
) -> list[Explanation]:
    """Explain pairs of records, in their order; pairs with an unknown id are left out; runs actions."""
    if not pairs:
        return []
    weighed = with_weights(_leveled(result, _known(result, pairs)), result.fields, result.fit)
    weighed = weighed.withColumns({f"_{name}": bits for name, bits in no_match_bits(result.fields, result.fit).items()})
    weighed = weighed.withColumn("_moved", moved_bits(result.fields, result.fit))
    judged = F.when(F.abs("match_weight") >= VERDICT, F.col("match_weight") > 0).alias("_judged")
    rules = result.scored.select("id_l", "id_r", "rules", judged)
    rows = weighed.join(rules, on=["id_l", "id_r"], how="left").orderBy("_order").collect()
    clusters = _clusters(result, pairs)
    found = []
    for row in rows:
        one, two = pairs[row["_order"]]
        within = result.records.is_linkage and one[0] == two[0]
        found.append(
            Explanation(
                one[1], two[1], _bars(row, result, show_values=show_values), row["match_weight"], row["score"],
                result.model.threshold, tuple(row["rules"] or ()), clusters.get(one) == clusters.get(two),
                _notes(row, within=within),
            )
        )  # fmt: skip
    return found


def _known(result: MatchResult, pairs: Sequence[tuple[End, End]]) -> DataFrame:
    """Return `_order`, `id_l`, `id_r` of the records that stand for the two, and whether they changed sides or are copies."""
    spark = result.scored.sparkSession
    table = {"_order": pa.array(range(len(pairs)), pa.int32())}
    for name, ends in zip("ab", zip(*pairs, strict=True), strict=True):
        table[name] = pa.array([key for _, key in ends], pa.string())
        table[f"_{name}_side"] = pa.array([SIDES.index(side) for side, _ in ends], pa.int32())
    known = spark.createDataFrame(pa.table(table))
    for name in "ab":
        members = result.records.members.select(
            F.col("_id").alias(f"_{name}"), F.col("_copy_of").alias(f"_{name}_copy")
        )
        known = known.withColumn(f"_{name}", F.xxhash64(F.col(f"_{name}_side"), F.col(name)))
        known = known.join(members, on=f"_{name}", how="inner")
    turned = F.col("_a_copy") > F.col("_b_copy")
    if result.records.is_linkage:
        apart = F.col("_a_side") != F.col("_b_side")
        turned = F.when(apart, F.col("_a_side") > F.col("_b_side")).otherwise(turned)
    return known.select(
        "_order", F.when(turned, F.col("_b_copy")).otherwise(F.col("_a_copy")).alias("id_l"),
        F.when(turned, F.col("_a_copy")).otherwise(F.col("_b_copy")).alias("id_r"), turned.alias("_turned"),
        ((F.col("_a") != F.col("_a_copy")) | (F.col("_b") != F.col("_b_copy"))).alias("_copied"),
    )  # fmt: skip


def _leveled(result: MatchResult, known: DataFrame) -> DataFrame:
    values = [f"{side}_{field.name}" for field in result.fields for side in "lr"]
    measured = measure_pairs(known, result.records, result.fields)
    return level_pairs(measured, result.fields, result.records, keep=[*known.columns, *values], apart=True)


def _clusters(result: MatchResult, pairs: Sequence[tuple[End, End]]) -> dict[End, str]:
    ids = sorted({key for pair in pairs for _, key in pair})
    rows = result.clusters.where(F.col("id").isin(ids)).collect()
    return {(row["side"] if "side" in row else SIDES[0], row["id"]): row["cluster_id"] for row in rows}


def _bars(row: Any, result: MatchResult, *, show_values: bool) -> tuple[Bar, ...]:
    """Cut the weight of a pair into parts; the millionths that rounding leaves go to the first."""
    line = result.fit.calibration
    parts = [Bar("before looking", "share of matches among all pairs", _rounded(prior_bits(result.fit)))]
    for field, shares in zip(result.fields, result.fit.fields, strict=True):
        parts += _field_bars(field, shares, row, result.records.typical.get(field.name, 1.0), show_values=show_values)
    if result.fit.moved:
        parts.append(Bar("moved", "people move: a whole address that differs counts once", _rounded(row["_moved"])))
    before = row["_stranger"]
    for name, (bar, label) in _REASONS.items():
        if getattr(result.fit, name) > 0:
            parts.append(Bar(bar, label, _rounded(before - row[f"_{name}"])))
            before = row[f"_{name}"]
    if line.moves_weights and (line.slope, line.offset) != (1.0, 0.0):
        parts = [replace(part, bits=_rounded(line.slope * part.bits)) for part in parts]
        parts.append(Bar("labels", f"calibrated: every part counts {line.slope:.2f} times", line.offset))
    rest = round(row["match_weight"] * MICRO) - sum(round(part.bits * MICRO) for part in parts)
    first = parts[0]
    return Bar(first.name, first.label, (round(first.bits * MICRO) + rest) / MICRO), *parts[1:]


def _field_bars(field: Field, shares: FieldShares, row: Any, typical: float, *, show_values: bool) -> list[Bar]:
    x = field.name
    level, rareness = row[f"g_{x}"], row[f"a_{x}"]
    values = [shown_value(row[f"{side}_{x}"], field.kind.name, show=show_values) for side in "lr"]
    left, right = reversed(values) if row["_turned"] else values
    if level == MISSING:
        exchanged = left is not None and right is not None
        return [Bar(x, "counted with the given name" if exchanged else "missing", 0.0, left, right)]
    # An equal value is worth what one of typical frequency is worth; how far it is from typical comes apart.
    usual = -float(np.log2(typical)) if level == field.kind.top else 0.0
    bits = float(level_bits(shares.match, shares.stranger)[level]) + usual
    bars = [Bar(x, field.kind.level(level).label, _rounded(bits), left, right)]
    rest = _rounded(rareness - usual)
    if rest:
        bars.append(Bar(x, "a rare value" if rest > 0 else "a common value", rest))
    return bars


def _rounded(bits: float) -> float:
    return round(bits * MICRO) / MICRO


def _notes(row: Any, *, within: bool) -> tuple[str, ...]:
    notes = []
    if row["_judged"] is not None:
        said = "a match" if row["_judged"] else "no match"
        notes.append(f"A person has labelled this pair {said}, which decides; the weight is that of the model.")
    if within:
        notes.append("Both are of one table: a linkage compares records of two tables only.")
    if row["id_l"] == row["id_r"]:
        notes.append("The two records are equal in everything that is compared.")
    elif row["_copied"]:
        notes.append("Records that are equal in everything that is compared were compared once for all of them.")
    return tuple(notes)
