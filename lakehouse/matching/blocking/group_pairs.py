"""groups of equal records -> pairs of groups that fulfill a rule, also of a group with itself."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.matching.blocking.keyed_sides import all_of, joined_pairs, pair_ends, prefixed, prepared_values
from lakehouse.matching.blocking.masks import with_masks
from lakehouse.matching.blocking.predicates import condition, equality_keys, is_equality, with_phonetic_keys
from lakehouse.matching.blocking.rules import Within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.blocking.groups import Groups
    from lakehouse.matching.blocking.plan import RulePlan
    from lakehouse.matching.blocking.rules import Predicate
    from lakehouse.matching.blocking.similar_texts import SimilarTexts


def group_pairs(
    left: Groups, right: Groups | None, plans: Mapping[int, RulePlan], similar: Mapping[Within, SimilarTexts]
) -> DataFrame:
    """Find the pairs of groups for which a rule holds.

    Args:
        left: groups by the columns of the rules.
        right: groups of the other table; None pairs the groups of one table, each pair once, and each group of two or
            more records with itself.
        plans: bit -> rule; several begin with the same similar texts.
        similar: the similar texts of every rule that begins with them.

    Returns:
        `_group_l`, `_group_r`, `_rules` (bits of the rules that hold), each pair once.
    """
    two = None if right is None else right.values
    first = next(iter(plans.values()))
    if first.by_texts and isinstance(first.anchor, Within):
        texts = similar[first.anchor].within(first.anchor.distance)
        pairs = _by_similar_texts(left.values, two, first.anchor, texts, _rests(plans))
    else:
        one = prepared_values(left.values, first.search)
        found = joined_pairs(one, None if two is None else prepared_values(two, first.search), first.search)
        pairs = found.withColumn("_rules", _bit(next(iter(plans))))
    return pairs if right is not None else pairs.unionByName(_within_group(left.values, plans))


def _rests(plans: Mapping[int, RulePlan]) -> dict[int, list[Predicate]]:
    """Return what each rule asks for beside its anchor."""
    return {bit: [one for one in plan.rule.predicates if one is not plan.anchor] for bit, plan in plans.items()}


def _bit(bit: int) -> Column:
    return F.lit(1 << bit).cast("bigint")


def _by_similar_texts(
    left: DataFrame, right: DataFrame | None, anchor: Within, texts: DataFrame, rests: Mapping[int, Sequence[Predicate]]
) -> DataFrame:
    """Begin with the pairs of similar texts, and join the groups that hold them: once for all rules that begin so.

    Many pairs of groups meet, so that the other edit distances stand behind masks, too.
    """
    predicates = list(dict.fromkeys(one for rest in rests.values() for one in rest))
    one, two = (
        _with_sides(with_masks(with_phonetic_keys(rows, predicates), predicates), predicates, anchor.column, side)
        for side, rows in enumerate((left, left if right is None else right))
    )
    types = dict(left.dtypes)
    holds = {
        bit: all_of([_fulfilled(each, predicates.index(each), types) for each in rest]) for bit, rest in rests.items()
    }
    meets = [F.col("_text_r") == F.col("_r__text")]
    if right is None:
        meets.append((F.col("_text_l") != F.col("_text_r")) | (F.col("_l__group") < F.col("_r__group")))
    any_holds = reduce(lambda some, more: some | more, holds.values())
    # Hashes in place of texts: numbers sort several times faster, and two texts of one hash would only bring a pair too many.
    hashed = texts.select(F.xxhash64("_text_l").alias("_text_l"), F.xxhash64("_text_r").alias("_text_r"))
    some = hashed.join(prefixed(one, "_l_"), on=F.col("_text_l") == F.col("_l__text"), how="inner")
    found = some.join(prefixed(two, "_r_"), on=all_of([*meets, any_holds]), how="inner")
    # What holds of several rules is told anew for the few pairs that fulfill one; of a single rule the join has told it.
    return found.select(*pair_ends(), _bits(holds) if len(holds) > 1 else _bit(next(iter(holds))).alias("_rules"))


def _with_sides(rows: DataFrame, predicates: Sequence[Predicate], text: str, side: int) -> DataFrame:
    """Add `_text`, the hash of the anchor, and `_key_<place>_<n>` for every predicate that is an equality."""
    keys = {
        f"_key_{place}_{n}": key
        for place, one in enumerate(predicates) if is_equality(one)
        for n, key in enumerate(equality_keys(one)[side])
    }  # fmt: skip
    return rows.withColumns({"_text": F.xxhash64(text), **keys})


def _fulfilled(predicate: Predicate, place: int, types: Mapping[str, str]) -> Column:
    """Tell whether a predicate holds for a pair of rows of `_with_sides`; null where one of them lacks a value."""
    if not is_equality(predicate):
        return condition(predicate, types)
    keys = [f"_key_{place}_{n}" for n in range(len(equality_keys(predicate)[0]))]
    return all_of([F.col(f"_l_{key}") == F.col(f"_r_{key}") for key in keys])


def _bits(holds: Mapping[int, Column]) -> Column:
    bits = (F.when(held, _bit(bit)).otherwise(F.lit(0).cast("bigint")) for bit, held in holds.items())
    return reduce(lambda some, more: some.bitwiseOR(more), bits).alias("_rules")


def _within_group(groups: DataFrame, plans: Mapping[int, RulePlan]) -> DataFrame:
    """Return each group of two or more records that fulfills a rule with itself."""
    predicates = list(dict.fromkeys(one for plan in plans.values() for one in plan.rule.predicates))
    several = with_phonetic_keys(groups.where("_size > 1"), predicates)
    ends = (F.col(name).alias(f"{side}{name}") for name in groups.columns for side in ("_l_", "_r_"))
    types = dict(groups.dtypes)
    holds = {bit: all_of([_holds_within(one, types) for one in plan.rule.predicates]) for bit, plan in plans.items()}
    return several.select("*", *ends).select(*pair_ends(), _bits(holds)).where("_rules <> 0")


def _holds_within(predicate: Predicate, types: Mapping[str, str]) -> Column:
    """Tell whether a predicate holds between equal records; null where they lack a value."""
    if isinstance(predicate, Within):  # a text is within any distance of itself
        return F.col(f"_l_{predicate.column}").isNotNull()
    if not is_equality(predicate):
        return condition(predicate, types, masked=False)
    return all_of([a == b for a, b in zip(*equality_keys(predicate), strict=True)])
