"""groups of equal records -> pairs of groups that fulfill a rule, also of a group with itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.matching.blocking.anchors import anchored_sides
from lakehouse.matching.blocking.masks import with_masks
from lakehouse.matching.blocking.predicates import condition, equality_keys, is_equality, with_phonetic_keys
from lakehouse.matching.blocking.rules import Within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.blocking.groups import Groups
    from lakehouse.matching.blocking.plan import RulePlan
    from lakehouse.matching.blocking.rules import Predicate


@dataclass(frozen=True)
class KeyedSides:
    """The two sides of the join that finds the pairs of a rule.

    Attributes:
        left, right: rows with the columns `on`; a row may come several times, each time with another key.
        on: columns that are equal for every pair of the rule.
        once: on columns with the prefixes `_l_` and `_r_`; keeps each pair of a self join once.
        repeats: a pair may meet under several keys.
    """

    left: DataFrame
    right: DataFrame
    on: tuple[str, ...]
    once: Column
    repeats: bool


def group_pairs(left: Groups, right: Groups | None, plan: RulePlan) -> DataFrame:
    """Find the pairs of groups for which the rule holds.

    Args:
        left: groups by the columns of the rule.
        right: groups of the other table; None pairs the groups of one table, each pair once, and each group of two or
            more records with itself.
        plan: the rule and its anchor.

    Returns:
        `_group_l`, `_group_r`, each pair once.
    """
    one = prepared_values(left.values, plan)
    two = None if right is None else prepared_values(right.values, plan)
    texts = text_anchor(plan)
    pairs = _by_distinct_texts(one, two, plan, texts) if texts else _joined(one, two, plan, plan.rule.predicates)
    return pairs if right is not None else pairs.unionByName(_within_group(one, plan.rule.predicates))


def text_anchor(plan: RulePlan) -> Within | None:
    """Return the anchor where similar texts are found first and then the groups that hold them.

    That is so where other columns count besides and none of them is part of the key: groups share their texts.
    """
    keyed = any(is_equality(predicate) for predicate in plan.rule.predicates)
    return plan.anchor if isinstance(plan.anchor, Within) and not keyed and len(plan.rule.columns) > 1 else None


def prepared_values(values: DataFrame, plan: RulePlan) -> DataFrame:
    """Add what the predicates of the rule need besides the columns: phonetic keys, masks and lengths."""
    fuzzy = [predicate for predicate in plan.rule.predicates if not is_equality(predicate)]
    return with_masks(with_phonetic_keys(values, plan.rule.predicates), fuzzy)


def keyed_sides(
    left: DataFrame, right: DataFrame | None, plan: RulePlan, predicates: Sequence[Predicate]
) -> KeyedSides:
    """Give both sides the keys of the anchor and of the equalities.

    Args:
        left: `_group` and the columns of `prepared_values`.
        right: the same of the other table; None joins the left side with itself.
        plan: the rule and its anchor.
        predicates: those of the rule that count.
    """
    sides = anchored_sides(plan.anchor, left, right, plan.texts)
    one, two = _with_keys(sides.left, predicates, 0), _with_keys(sides.right, predicates, 1)
    on = (*sides.on, *(name for name in one.columns if name.startswith("_key_")))
    return KeyedSides(one, two, on, sides.once, repeats=bool(sides.on))


def _joined(left: DataFrame, right: DataFrame | None, plan: RulePlan, predicates: Sequence[Predicate]) -> DataFrame:
    """Join on the keys, and verify inside the join."""
    sides = keyed_sides(left, right, plan, predicates)
    equal = [F.col(f"_l_{name}") == F.col(f"_r_{name}") for name in sides.on]
    holds = all_of([*equal, sides.once, *conditions(predicates, dict(left.dtypes))])
    found = prefixed(sides.left, "_l_").join(prefixed(sides.right, "_r_"), on=holds, how="inner").select(*_ends())
    return found.distinct() if sides.repeats else found


def _by_distinct_texts(left: DataFrame, right: DataFrame | None, plan: RulePlan, anchor: Within) -> DataFrame:
    """Find similar texts first, each pair of texts once, and then the groups that hold them."""
    texts = _similar_texts(left, right, plan, anchor)
    lefts, rights = prefixed(left, "_l_"), prefixed(left if right is None else right, "_r_")
    rest = [predicate for predicate in plan.rule.predicates if predicate is not anchor]
    holds = [F.col("_text_r") == F.col(f"_r_{anchor.column}"), *conditions(rest, dict(left.dtypes))]
    if right is None:
        holds.insert(1, (F.col("_text_l") != F.col("_text_r")) | (F.col("_l__group") < F.col("_r__group")))
    some = texts.join(lefts, on=F.col("_text_l") == F.col(f"_l_{anchor.column}"), how="inner")
    return some.join(rights, on=all_of(holds), how="inner").select(*_ends())


def _similar_texts(left: DataFrame, right: DataFrame | None, plan: RulePlan, anchor: Within) -> DataFrame:
    """Return `_text_l`, `_text_r`: every pair of texts within the distance, and each text of one table with itself."""
    text = anchor.column
    one = distinct_texts(left, text)
    two = None if right is None else distinct_texts(right, text)
    pairs = _joined(one, two, plan, [anchor])
    if right is None:
        pairs = pairs.unionByName(one.select(F.col(text).alias("_group_l"), F.col(text).alias("_group_r")))
    return pairs.toDF("_text_l", "_text_r")


def distinct_texts(values: DataFrame, text: str) -> DataFrame:
    """Return the texts of prepared groups, each once, as groups of their own: `_group` is the text itself."""
    wanted = [F.col(name) for name in (text, f"_mask_{text}", f"_length_{text}")]
    return values.select(*wanted, F.col(text).alias("_group")).distinct()


def _within_group(groups: DataFrame, predicates: Sequence[Predicate]) -> DataFrame:
    """Return each group of two or more records that fulfills the rule with itself."""
    several = groups.where("_size > 1")
    for lefts, rights in _equalities(predicates):
        several = several.where(all_of([a == b for a, b in zip(lefts, rights, strict=True)]))
    # Texts are within any distance of themselves: only the others can fail.
    others = [predicate for predicate in predicates if not isinstance(predicate, Within)]
    both = several.select(*(F.col(name).alias(f"{side}{name}") for name in groups.columns for side in ("_l_", "_r_")))
    return both.where(all_of(conditions(others, dict(groups.dtypes)))).select(*_ends())


def _with_keys(rows: DataFrame, predicates: Sequence[Predicate], side: int) -> DataFrame:
    columns = [key for keys in _equalities(predicates) for key in keys[side]]
    return rows.withColumns({f"_key_{number}": key for number, key in enumerate(columns)}) if columns else rows


def _equalities(predicates: Sequence[Predicate]) -> list[tuple[list[Column], list[Column]]]:
    return [equality_keys(predicate) for predicate in predicates if is_equality(predicate)]


def conditions(predicates: Sequence[Predicate], types: dict[str, str]) -> list[Column]:
    """Return the conditions of the predicates that are no equalities, on columns with the prefixes `_l_` and `_r_`."""
    return [condition(predicate, types) for predicate in predicates if not is_equality(predicate)]


def prefixed(rows: DataFrame, prefix: str) -> DataFrame:
    """Lead the name of every column with the prefix."""
    return rows.select(*(F.col(name).alias(f"{prefix}{name}") for name in rows.columns))


def _ends() -> tuple[Column, Column]:
    return F.col("_l__group").alias("_group_l"), F.col("_r__group").alias("_group_r")


def all_of(parts: Sequence[Column]) -> Column:
    """Return the conjunction of the conditions; true of none."""
    return reduce(lambda some, more: some & more, parts, F.lit(col=True))
