"""Distinct records -> candidate pairs: all pairs of a small table, else the pairs of the rules that fit the budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

from lakehouse.matching.blocking.candidates import candidate_pairs
from lakehouse.matching.blocking.rules import Equal, SharedToken, Within
from lakehouse.matching.comparison import level_names, level_pairs, measure_pairs
from lakehouse.matching.fitting import random_shares
from lakehouse.matching.proposals import block_predicates, pick_rules, propose_rules
from lakehouse.matching.rule_texts import read_rule
from lakehouse.matching.sampling import random_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.blocking.rules import BlockingRule, Predicate
    from lakehouse.matching.fields import Field
    from lakehouse.matching.records import Prepared
    from lakehouse.matching.settings import MatchSettings

ALL_PAIRS = "all pairs"
"""Stands for the rule that every pair is a candidate."""
FEW_PAIRS = 600_000
"""So many pairs are scored faster than rules are planned."""
LEAST_BUDGET, PER_RECORD, SMALL_TABLE = 4_000_000, 12, 60
"""Candidates that are affordable: 60 a record up to 4 million, then 12 a record."""


@dataclass(frozen=True)
class Strangers:
    """How much random pairs agree.

    Attributes:
        shares: for each field the share of random pairs on each level, "else" first.
        agreeing: blocking predicate -> share of random pairs that fulfill it.
    """

    shares: list[NDArray[np.float64]]
    agreeing: dict[Predicate, float]


def observe_strangers(records: Prepared, fields: Sequence[Field], count: int) -> Strangers:
    """Compare random pairs; runs one action."""
    offers = list(block_predicates(fields))
    measured = measure_pairs(random_pairs(records, count), records, fields)
    held = {f"_p{number}": _holds(one).cast("int") for number, one in enumerate(offers)}
    leveled = level_pairs(measured.withColumns(held), fields, records, keep=list(held))
    names = level_names(fields)
    # One histogram a field over one grouped table: patterns are few, pairs are many.
    table = leveled.groupBy(*names).agg(F.count("*").alias("n"), *(F.sum(name).alias(name) for name in held)).toArrow()
    n = table.column("n").to_numpy().astype(float)
    shares = []
    for name, field in zip(names, fields, strict=True):
        level = table.column(name).to_numpy()
        there = level >= 0
        counts = np.bincount(level[there], weights=n[there], minlength=field.kind.top + 1).astype(float)
        shares.append(random_shares(field.kind, counts))
    total = max(float(n.sum()), 1.0)
    sums = [float(np.nansum(table.column(name).to_numpy(zero_copy_only=False).astype(float))) for name in held]
    return Strangers(shares, {one: (found + 0.5) / total for one, found in zip(offers, sums, strict=True)})


def _holds(predicate: Predicate) -> Column:
    match predicate:
        case Within(column, distance, _):
            return F.expr(f"d_{column} between 0 and {distance}")
        case SharedToken(column):
            return F.arrays_overlap(f"l_{column}", f"r_{column}")
        case Equal(column):
            return F.col(f"l_{column}") == F.col(f"r_{column}")
        case _:
            return F.lit(None).cast("boolean")


def choose_blocking(
    records: Prepared, fields: Sequence[Field], strangers: Strangers, settings: MatchSettings
) -> list[BlockingRule]:
    """Pick the blocking rules; an empty list means that all pairs are candidates."""
    if settings.rules is not None:
        return [read_rule(text) for text in settings.rules if text != ALL_PAIRS]
    if records.pairs <= FEW_PAIRS:
        return []
    count = sum(records.counts)
    budget = settings.max_candidates or max(PER_RECORD * count, min(LEAST_BUDGET, SMALL_TABLE * count))
    proposals = propose_rules(fields, strangers.agreeing, records.filled, pairs=records.pairs, records=count)
    return [one.rule for one in pick_rules(proposals, budget=budget, records=count)]


def find_candidates(records: Prepared, rules: Sequence[BlockingRule]) -> DataFrame:
    """List the candidate pairs: `id_l`, `id_r`, `rules`."""
    if not rules:
        return random_pairs(records, records.pairs).withColumn("rules", F.array(F.lit(ALL_PAIRS)))
    columns = list(dict.fromkeys(column for rule in rules for column in rule.columns))
    blocked = records.distinct.select("_id", "_side", *columns)
    if not records.is_linkage:
        return candidate_pairs(blocked.drop("_side"), rules)
    left, right = (blocked.where(F.col("_side") == side).drop("_side") for side in (0, 1))
    return candidate_pairs(left, rules, other=right)
