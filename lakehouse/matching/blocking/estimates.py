"""Rules -> what they will cost: signatures, comparisons, pairs and CPU seconds, before a single pair is built.

Pairs of equal values are counted exactly, whatever their number: group sizes tell them. Pairs that an edit distance or a
tolerance makes are counted among some of the records, always the same ones, and scaled up. What meets in the join before
it is verified is counted by the sizes of the keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.matching.blocking.cuts import COMPARISONS_A_SECOND, SIGNATURES_A_SECOND
from lakehouse.matching.blocking.group_pairs import group_pairs
from lakehouse.matching.blocking.groups import group_records
from lakehouse.matching.blocking.keyed_sides import all_of, keyed_sides, prepared_values
from lakehouse.matching.blocking.plan import plan_blocking
from lakehouse.matching.blocking.predicates import equality_keys, is_equality, with_phonetic_keys
from lakehouse.matching.blocking.rules import BlockingRule, Phonetic
from lakehouse.matching.blocking.similar_texts import distinct_texts, find_similar_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lakehouse.matching.blocking.groups import Groups
    from lakehouse.matching.blocking.plan import RulePlan

SAMPLED = 10_000
"""Records of each table among which pairs are counted where group sizes do not tell their number."""
KEYED = 200_000
"""Records of each table whose keys are counted."""
MOST_MET = 20_000_000
"""Comparisons that counting pairs may take; the sample shrinks where a rule would take more."""
PAIRS_A_SECOND = 1_500_000.0
"""Pairs that one core hands on in a second: rough, to tell seconds from hours."""
_TOTAL = 1 << 20


@dataclass(frozen=True)
class RuleEstimate:
    """What one rule will cost.

    Attributes:
        rule: the rule.
        method: how its pairs are found, for people.
        signatures: rows of both sides of the join.
        comparisons: pairs of rows that meet in a join and are verified there. Where several rules begin with the same similar
            texts, the first of them bears the comparisons of the records that have them, which are made once for all.
        pairs: pairs of records that fulfill the rule.
        exact: `pairs` was counted and not scaled up from some of the records.
    """

    rule: BlockingRule
    method: str
    signatures: int
    comparisons: int
    pairs: int
    exact: bool

    @property
    def cpu_seconds(self) -> float:
        """Seconds of one core for finding the pairs."""
        made, met = self.signatures / SIGNATURES_A_SECOND, self.comparisons / COMPARISONS_A_SECOND
        return round(made + met + self.pairs / PAIRS_A_SECOND, 2)


@dataclass(frozen=True)
class _Joined:
    """Rows on both sides of a join, and how many pairs of a left and a right row have one key."""

    rows: float
    met: float


def estimate_pairs(
    records: DataFrame, rules: Sequence[BlockingRule], *, other: DataFrame | None = None, sampled: int = SAMPLED
) -> list[int]:
    """Forecast the number of pairs of each rule; runs a few small jobs.

    Args:
        records: `_id` and the columns of the rules in normal form.
        rules: at least one.
        other: another table; then pairs are between `records` and `other` only.
        sampled: records of each table among which pairs are counted.
    """
    return [one.pairs for one in estimate_rules(records, rules, other=other, sampled=sampled, keyed=sampled)]


def estimate_rules(
    records: DataFrame,
    rules: Sequence[BlockingRule],
    *,
    other: DataFrame | None = None,
    sampled: int = SAMPLED,
    keyed: int = KEYED,
) -> list[RuleEstimate]:
    """Forecast what each rule costs; runs a few small jobs and builds no pair of all records.

    Args:
        records: `_id` and the columns of the rules in normal form.
        rules: at least one.
        other: another table; then pairs are between `records` and `other` only.
        sampled: records of each table among which pairs are counted; of fewer records the counts are exact.
        keyed: records of each table whose keys are counted; of fewer records the counts are exact.

    Raises:
        ConfigurationError: as `plan_blocking` does.
    """
    plan = plan_blocking(records, rules, other=other)
    tables = [records] if other is None else [records, other]
    largest = max(*(table.count() for table in tables), 1)
    joined = _key_counts(tables, plan.rules, min(1.0, keyed / largest))
    by_size = {place: one.rule for place, one in enumerate(plan.rules) if _is_equality(one.rule)}
    found = _equal_pairs(tables, by_size)
    shares = {
        place: min(1.0, sampled / largest, (MOST_MET / max(joined[place].met, 1.0)) ** 0.5)
        for place in range(len(plan.rules))
        if place not in by_size
    }
    # What meets behind similar texts are all pairs of records that have them: as many as a rule of the texts alone brings.
    beginnings = plan.beginnings
    behind = {len(plan.rules) + place: (one, shares[place]) for place, one in beginnings.items()}
    found |= _sampled_pairs(tables, {place: (plan.rules[place], share) for place, share in shares.items()} | behind)
    return [
        RuleEstimate(
            rule=one.rule, method=one.method, signatures=round(joined[place].rows), pairs=round(found[place]),
            comparisons=round(joined[place].met + found.get(len(plan.rules) + place, 0.0)),
            exact=shares.get(place, 1.0) == 1.0,
        )
        for place, one in enumerate(plan.rules)
    ]  # fmt: skip


def _is_equality(rule: BlockingRule) -> bool:
    return all(is_equality(predicate) for predicate in rule.predicates)


def _some(table: DataFrame, share: float) -> DataFrame:
    """Take a share of the records by the hashes of their ids: the same ones whatever their order and partitions."""
    if share >= 1:
        return table
    return table.where(F.pmod(F.xxhash64("_id", F.lit(3)), F.lit(_TOTAL)) < round(share * _TOTAL))


def _equal_pairs(tables: Sequence[DataFrame], rules: Mapping[int, BlockingRule]) -> dict[int, float]:
    """Count the pairs of rules that are equalities of keys: of each key the records on either side, multiplied."""
    if not rules:
        return {}
    left, right = tables[0], tables[-1]
    keys = _sized(_rule_keys(left, rules, 0).unionByName(_rule_keys(right, rules, 1)))
    found = dict.fromkeys(rules, 0.0) | {row["_rule"]: row["met"] for row in keys.collect()}
    if len(tables) > 1:
        return found
    # In one table a record meets itself where its keys are equal, and every pair is met from both ends.
    itself = _rule_keys(left, rules, 0, to_itself=True).groupBy("_rule").count().collect()
    selves = {row["_rule"]: row["count"] for row in itself}
    return {place: (count - selves.get(place, 0)) / 2 for place, count in found.items()}


def _sized(keys: DataFrame) -> DataFrame:
    """Return `_rule`, `rows` and `met` (pairs of a left and a right row with one key) for rows of `_keyed`."""
    sizes = keys.groupBy("_rule", "_key").agg(F.sum("_l").alias("_l"), F.sum("_r").alias("_r"))
    met = F.sum(F.col("_l").cast("double") * F.col("_r")).alias("met")
    return sizes.groupBy("_rule").agg(F.sum(F.col("_l") + F.col("_r")).alias("rows"), met)


def _rule_keys(table: DataFrame, rules: Mapping[int, BlockingRule], side: int, *, to_itself: bool = False) -> DataFrame:
    """Return `_rule`, `_key`, `_l`, `_r` for every record and rule.

    Args:
        table: the records.
        rules: equalities of keys.
        side: 0 for the keys of a left side, 1 for those of a right side.
        to_itself: only records that have the same keys on both sides.
    """
    phonetic = {
        predicate: None for rule in rules.values() for predicate in rule.predicates if isinstance(predicate, Phonetic)
    }
    entries = []
    for place, rule in rules.items():
        keys = [[key for one in rule.predicates for key in equality_keys(one)[end]] for end in (0, 1)]
        there = all_of([key.isNotNull() for key in keys[side]])
        if to_itself:
            there &= all_of([a == b for a, b in zip(*keys, strict=True)])
        entries.append(F.when(there, F.struct(F.lit(place).alias("_rule"), F.xxhash64(*keys[side]).alias("_key"))))
    keyed = with_phonetic_keys(table, list(phonetic)).select(F.inline(F.array_compact(F.array(*entries))))
    return keyed.select("_rule", "_key", F.lit(1 - side).alias("_l"), F.lit(side).alias("_r"))


def _key_counts(tables: Sequence[DataFrame], plans: Sequence[RulePlan], share: float) -> list[_Joined]:
    """Count the rows of both sides of each join and the pairs of rows that meet in it, by the sizes of the keys."""
    some = [_some(table, share) for table in tables]
    rows = [one for place, plan in enumerate(plans) for one in _join_keys(some, plan, place)]
    found = {row["_rule"]: row for row in _sized(reduce(DataFrame.unionByName, rows)).collect()}
    return [
        _Joined(found[place]["rows"] / share, found[place]["met"] / share**2) if place in found else _Joined(0.0, 0.0)
        for place in range(len(plans))
    ]


def _join_keys(tables: Sequence[DataFrame], plan: RulePlan, place: int) -> list[DataFrame]:
    search = plan.text_search if plan.by_texts else plan.search
    if plan.by_texts:
        values = [distinct_texts(table, search) for table in tables]
    else:
        values = [prepared_values(group_records(table, plan.rule.columns).values, search) for table in tables]
    sides = keyed_sides(values[0], values[1] if len(values) > 1 else None, search)
    return [_keyed(sides.left, sides.on, place, 0), _keyed(sides.right, sides.on, place, 1)]


def _keyed(rows: DataFrame, on: Sequence[str], place: int, side: int) -> DataFrame:
    key, rule = F.xxhash64(*on).alias("_key"), F.lit(place).alias("_rule")
    return rows.na.drop(subset=list(on)).select(rule, key, F.lit(1 - side).alias("_l"), F.lit(side).alias("_r"))


def _sampled_pairs(tables: Sequence[DataFrame], plans: Mapping[int, tuple[RulePlan, float]]) -> dict[int, float]:
    """Count pairs among a share of the records, each rule with its own, and scale their number up."""
    if not plans:
        return {}
    counts = [_pair_count([_some(table, share) for table in tables], plan, at) for at, (plan, share) in plans.items()]
    found = reduce(DataFrame.unionByName, counts).collect()
    return {row["_rule"]: (row["n"] or 0.0) / plans[row["_rule"]][1] ** 2 for row in found}


def _pair_count(tables: Sequence[DataFrame], plan: RulePlan, place: int) -> DataFrame:
    """Return one row, `_rule` and `n`: the pairs of records, counted by pairs of groups and their sizes."""
    left, *more = [group_records(table, plan.rule.columns) for table in tables]
    right = more[0] if more else None
    pairs = group_pairs(left, right, {0: plan}, find_similar_texts(tables, [plan]))
    sized = pairs.join(_sizes(left, "l"), on="_group_l").join(_sizes(right or left, "r"), on="_group_r")
    records = F.col("_size_l").cast("double") * F.col("_size_r")
    if right is None:
        one = F.col("_size_l").cast("double")
        records = F.when(F.col("_group_l") == F.col("_group_r"), one * (one - 1) / 2).otherwise(records)
    return sized.agg(F.sum(records).alias("n")).select(F.lit(place).alias("_rule"), "n")


def _sizes(groups: Groups, side: str) -> DataFrame:
    return groups.values.select(F.col("_group").alias(f"_group_{side}"), F.col("_size").alias(f"_size_{side}"))
