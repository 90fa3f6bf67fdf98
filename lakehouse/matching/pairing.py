"""Distinct records and the rules of a run -> candidate pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.matching.blocking.candidates import candidate_pairs
from lakehouse.matching.rule_texts import ALL_PAIRS
from lakehouse.matching.sampling import random_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from lakehouse.matching.blocking.rules import BlockingRule
    from lakehouse.matching.records import Prepared


def find_candidates(records: Prepared, rules: Sequence[BlockingRule]) -> DataFrame:
    """List the candidate pairs: `id_l`, `id_r`, `rules`; without a rule all pairs are candidates."""
    if not rules:
        return random_pairs(records, records.pairs).withColumn("rules", F.array(F.lit(ALL_PAIRS)))
    left, right = blocked_tables(records, rules)
    return candidate_pairs(left, rules, other=right)


def blocked_tables(records: Prepared, rules: Sequence[BlockingRule]) -> tuple[DataFrame, DataFrame | None]:
    """Return `_id` and the columns of the rules of one table, or of two."""
    columns = list(dict.fromkeys(column for rule in rules for column in rule.columns))
    blocked = records.distinct.select("_id", "_side", *columns)
    if not records.is_linkage:
        return blocked.drop("_side"), None
    left, right = (blocked.where(F.col("_side") == side).drop("_side") for side in (0, 1))
    return left, right
