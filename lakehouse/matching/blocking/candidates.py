"""records and blocking rules -> candidate pairs: every pair that a rule describes, once, with the names of its rules."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.matching.blocking.group_pairs import group_pairs
from lakehouse.matching.blocking.groups import group_bundle
from lakehouse.matching.blocking.plan import plan_blocking
from lakehouse.matching.blocking.similar_texts import find_similar_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.blocking.groups import Groups
    from lakehouse.matching.blocking.plan import BlockingPlan, RulePlan
    from lakehouse.matching.blocking.rules import BlockingRule, Within
    from lakehouse.matching.blocking.similar_texts import SimilarTexts


def candidate_pairs(
    records: DataFrame,
    rules: Sequence[BlockingRule],
    *,
    other: DataFrame | None = None,
    plan: BlockingPlan | None = None,
) -> DataFrame:
    """Find every pair of records that fulfills a rule.

    Args:
        records: `_id` (unique, not null) and the columns of the rules in normal form.
        rules: at least one, with different names.
        other: another table; then pairs are between `records` and `other` only.
        plan: how each rule finds its pairs; None makes one, which runs small actions on the records.

    Returns:
        `id_l`, `id_r`, `rules` array<string> in the order of `rules`; each pair once. In one table `id_l < id_r`; of two
        tables `id_l` is of `records` and `id_r` of `other`.

    Raises:
        ConfigurationError: no rule, too many, two of one name, or one that does not fit the columns.
    """
    plan = plan or plan_blocking(records, rules, other=other)
    tables = [records] if other is None else [records, other]
    similar = find_similar_texts(tables, plan.rules)
    found = [_bundle_pairs(tables, bundle, similar) for bundle in plan.bundles]
    together = reduce(lambda some, more: some.unionByName(more), found)
    pairs = together.groupBy("id_l", "id_r").agg(F.bit_or("_rules").alias("_rules"))
    return pairs.select("id_l", "id_r", _names([one.rule for one in plan.rules]).alias("rules"))


def _names(rules: Sequence[BlockingRule]) -> Column:
    held = (F.when(F.col("_rules").bitwiseAND(F.lit(1 << bit)) != 0, rule.name) for bit, rule in enumerate(rules))
    return F.array_compact(F.array(*held))


def _bundle_pairs(
    tables: Sequence[DataFrame], bundle: Mapping[int, RulePlan], similar: Mapping[Within, SimilarTexts]
) -> DataFrame:
    """Find every pair of records that fulfills one of several rules: `id_l`, `id_r`, `_rules`, each pair once."""
    left, *more = [group_bundle(table, bundle) for table in tables]
    right = more[0] if more else None
    return _members(group_pairs(left, right, bundle, similar), left, right)


def _members(pairs: DataFrame, left: Groups, right: Groups | None) -> DataFrame:
    """Replace pairs of groups by pairs of their records; `_rules` stays."""
    one = left.members.select(F.col("_id").alias("_id_l"), F.col("_group").alias("_group_l"))
    two = (right or left).members.select(F.col("_id").alias("_id_r"), F.col("_group").alias("_group_r"))
    # Most groups are of one record, who names it: the others are few enough to be sent to every task.
    joined = pairs.join(one, on="_group_l", how="left").join(two, on="_group_r", how="left")
    ids = F.coalesce("_id_l", "_group_l").alias("_id_l"), F.coalesce("_id_r", "_group_r").alias("_id_r")
    named = joined.select("_group_l", "_group_r", *ids, "_rules")
    if right is not None:
        return named.select(F.col("_id_l").alias("id_l"), F.col("_id_r").alias("id_r"), "_rules")
    once = (F.col("_group_l") != F.col("_group_r")) | (F.col("_id_l") < F.col("_id_r"))
    ends = F.least("_id_l", "_id_r").alias("id_l"), F.greatest("_id_l", "_id_r").alias("id_r")
    return named.where(once).select(*ends, "_rules")
