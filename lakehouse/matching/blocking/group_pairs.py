"""groups of equal records -> pairs of groups that fulfill a rule, also of a group with itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.matching.blocking.keyed_sides import (
    all_of,
    conditions,
    equalities,
    joined_pairs,
    pair_ends,
    prefixed,
    prepared_values,
    with_keys,
)
from lakehouse.matching.blocking.predicates import condition, is_equality, with_phonetic_keys
from lakehouse.matching.blocking.rules import Within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from lakehouse.matching.blocking.groups import Groups
    from lakehouse.matching.blocking.plan import RulePlan
    from lakehouse.matching.blocking.rules import Predicate
    from lakehouse.matching.blocking.similar_texts import SimilarTexts


def group_pairs(
    left: Groups, right: Groups | None, plan: RulePlan, similar: Mapping[Within, SimilarTexts]
) -> DataFrame:
    """Find the pairs of groups for which the rule holds.

    Args:
        left: groups by the columns of the rule.
        right: groups of the other table; None pairs the groups of one table, each pair once, and each group of two or
            more records with itself.
        plan: the rule and its anchor.
        similar: the similar texts of every rule that begins with them.

    Returns:
        `_group_l`, `_group_r`, each pair once.
    """
    two = None if right is None else right.values
    if plan.by_texts and isinstance(plan.anchor, Within):
        pairs = _by_similar_texts(left.values, two, plan, similar[plan.anchor].within(plan.anchor.distance))
    else:
        one = prepared_values(left.values, plan.search)
        pairs = joined_pairs(one, None if two is None else prepared_values(two, plan.search), plan.search)
    return pairs if right is not None else pairs.unionByName(_within_group(left.values, plan.rule.predicates))


def _by_similar_texts(left: DataFrame, right: DataFrame | None, plan: RulePlan, texts: DataFrame) -> DataFrame:
    """Begin with the pairs of similar texts, and join the groups that hold them."""
    column = plan.search.column
    rest = replace(plan.search, predicates=tuple(one for one in plan.rule.predicates if one is not plan.anchor))
    one, two = (
        with_keys(with_phonetic_keys(rows, rest.predicates), rest.predicates, side)
        for side, rows in enumerate((left, left if right is None else right))
    )
    keys = [name for name in one.columns if name.startswith("_key_")]
    holds = [F.col("_text_r") == F.col(f"_r_{column}"), *(F.col(f"_l_{key}") == F.col(f"_r_{key}") for key in keys)]
    if right is None:
        holds.append((F.col("_text_l") != F.col("_text_r")) | (F.col("_l__group") < F.col("_r__group")))
    holds += conditions(rest, dict(left.dtypes))
    some = texts.join(prefixed(one, "_l_"), on=F.col("_text_l") == F.col(f"_l_{column}"), how="inner")
    return some.join(prefixed(two, "_r_"), on=all_of(holds), how="inner").select(*pair_ends())


def _within_group(groups: DataFrame, predicates: Sequence[Predicate]) -> DataFrame:
    """Return each group of two or more records that fulfills the rule with itself."""
    several = with_phonetic_keys(groups.where("_size > 1"), predicates)
    for lefts, rights in equalities(predicates):
        several = several.where(all_of([a == b for a, b in zip(lefts, rights, strict=True)]))
    # Texts are within any distance of themselves: only the others can fail.
    others = [one for one in predicates if not (is_equality(one) or isinstance(one, Within))]
    both = several.select(*(F.col(name).alias(f"{side}{name}") for name in groups.columns for side in ("_l_", "_r_")))
    types = dict(groups.dtypes)
    return both.where(all_of([condition(one, types, masked=False) for one in others])).select(*pair_ends())
