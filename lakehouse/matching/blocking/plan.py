"""How each rule finds its pairs: the predicate to anchor on and how its texts are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.matching.blocking.anchors import Texts
from lakehouse.matching.blocking.predicates import is_equality
from lakehouse.matching.blocking.rules import BlockingRule, Near, Predicate, SharedToken, Swapped, Within
from lakehouse.matching.blocking.segments import Segmentation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class RulePlan:
    """How one rule finds its pairs.

    Attributes:
        rule: the rule.
        anchor: the predicate by which pairs are found; None where the equality of keys finds them.
        texts: how texts are cut where the anchor is an edit distance.
    """

    rule: BlockingRule
    anchor: Predicate | None
    texts: Texts | None


@dataclass(frozen=True)
class BlockingPlan:
    """How every rule of a run finds its pairs, in the order of the rules."""

    rules: tuple[RulePlan, ...]


_SURVIVORS = {0: 1, 1: 3, 2: 3, 3: 2}


def plan_blocking(records: DataFrame, rules: Sequence[BlockingRule], *, other: DataFrame | None = None) -> BlockingPlan:
    """Plan how the rules find their pairs; one small job collects the lengths of the texts."""
    lengths = text_lengths(records, rules)
    if other is not None:
        there = text_lengths(other, rules)
        lengths = {column: sorted({*lengths[column], *there[column]}) for column in lengths}
    return BlockingPlan(tuple(_rule_plan(rule, lengths) for rule in rules))


def text_lengths(records: DataFrame, rules: Sequence[BlockingRule]) -> dict[str, list[int]]:
    columns = sorted(
        {c for rule in rules for p in rule.predicates if isinstance(p, Within | Swapped) for c in p.columns}
    )
    if not columns:
        return {}
    row = records.agg(*(F.collect_set(F.length(column)).alias(column) for column in columns)).collect()[0]
    return {column: sorted(row[column]) for column in columns}


def _rule_plan(rule: BlockingRule, lengths: dict[str, list[int]]) -> RulePlan:
    fuzzy = [predicate for predicate in rule.predicates if not is_equality(predicate)]
    ranked = sorted(fuzzy, key=lambda predicate: (Within, Swapped, SharedToken, Near).index(type(predicate)))
    anchor = ranked[0] if ranked else None
    if not isinstance(anchor, Within | Swapped):
        return RulePlan(rule, anchor, None)
    distance = 2 if isinstance(anchor, Within) and anchor.transpositions else anchor.distance
    all_lengths = sorted({length for column in anchor.columns for length in lengths[column]})
    return RulePlan(rule, anchor, Texts(Segmentation(distance, _SURVIVORS[distance]), all_lengths))
