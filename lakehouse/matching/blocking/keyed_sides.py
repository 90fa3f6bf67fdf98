"""rows, twice -> a join on keys that finds the pairs of predicates and verifies them inside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.matching.blocking.anchors import Texts, anchored_sides
from lakehouse.matching.blocking.masks import with_masks
from lakehouse.matching.blocking.predicates import condition, equality_keys, is_equality, with_phonetic_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

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


@dataclass(frozen=True)
class Search:
    """What to find pairs by.

    Attributes:
        predicates: all of which hold for a pair.
        anchor: the one by which pairs are found; None where the equality of keys finds them.
        texts: how texts are cut where the anchor is an edit distance.
    """

    predicates: tuple[Predicate, ...]
    anchor: Predicate | None
    texts: Texts | None

    @property
    def column(self) -> str:
        """The first column of the anchor."""
        return (self.anchor or self.predicates[0]).columns[0]


def prepared_values(values: DataFrame, search: Search) -> DataFrame:
    """Add what the predicates need besides the columns: phonetic keys, and masks and lengths of the texts of the anchor."""
    anchors = [] if search.anchor is None or is_equality(search.anchor) else [search.anchor]
    return with_masks(with_phonetic_keys(values, search.predicates), anchors)


def keyed_sides(left: DataFrame, right: DataFrame | None, search: Search) -> KeyedSides:
    """Give both sides the keys of the anchor and of the equalities.

    Args:
        left: `_group` and the columns of `prepared_values`.
        right: the same of the other table; None joins the left side with itself.
        search: what to find.
    """
    sides = anchored_sides(search.anchor, left, right, search.texts)
    one, two = with_keys(sides.left, search.predicates, 0), with_keys(sides.right, search.predicates, 1)
    on = (*sides.on, *(name for name in one.columns if name.startswith("_key_")))
    return KeyedSides(one, two, on, sides.once, repeats=bool(sides.on))


def joined_pairs(left: DataFrame, right: DataFrame | None, search: Search) -> DataFrame:
    """Join on the keys and verify inside the join, so that false candidates never reach a shuffle.

    Returns:
        `_group_l`, `_group_r`, each pair once, none of a row with itself.
    """
    sides = keyed_sides(left, right, search)
    equal = [F.col(f"_l_{name}") == F.col(f"_r_{name}") for name in sides.on]
    holds = all_of([*equal, sides.once, *conditions(search, dict(left.dtypes))])
    found = prefixed(sides.left, "_l_").join(prefixed(sides.right, "_r_"), on=holds, how="inner").select(*pair_ends())
    return found.distinct() if sides.repeats else found


def conditions(search: Search, types: Mapping[str, str]) -> list[Column]:
    """Conditions of the predicates that are no equalities, on columns with the prefixes `_l_` and `_r_`.

    The anchor comes first, behind its mask: of what meets by its keys it rules out the most. What is left for the others is
    so little that masks of their own would cost more than they save.
    """
    fuzzy = [predicate for predicate in search.predicates if not is_equality(predicate)]
    ordered = sorted(fuzzy, key=lambda one: one is not search.anchor)
    return [condition(one, types, masked=one is search.anchor) for one in ordered]


def equalities(predicates: Sequence[Predicate]) -> list[tuple[list[Column], list[Column]]]:
    """What must be equal on the left and on the right, of every predicate that is an equality of keys."""
    return [equality_keys(predicate) for predicate in predicates if is_equality(predicate)]


def with_keys(rows: DataFrame, predicates: Sequence[Predicate], side: int) -> DataFrame:
    """Add `_key_0`, `_key_1`, … that must be equal; side 0 is the left and 1 the right."""
    columns = [key for keys in equalities(predicates) for key in keys[side]]
    return rows.withColumns({f"_key_{number}": key for number, key in enumerate(columns)}) if columns else rows


def prefixed(rows: DataFrame, prefix: str) -> DataFrame:
    """Lead the name of every column with the prefix."""
    return rows.select(*(F.col(name).alias(f"{prefix}{name}") for name in rows.columns))


def pair_ends() -> tuple[Column, Column]:
    """The groups of a pair of prefixed rows: `_group_l`, `_group_r`."""
    return F.col("_l__group").alias("_group_l"), F.col("_r__group").alias("_group_r")


def all_of(parts: Sequence[Column]) -> Column:
    """Return the conjunction of the conditions; true of none."""
    return reduce(lambda some, more: some & more, parts, F.lit(col=True))
