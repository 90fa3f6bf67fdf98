"""groups, twice -> rows with join keys by which one predicate, the anchor of a rule, finds its pairs.

An anchor never loses a pair for which its predicate holds. What it finds beyond is sorted out by the condition of the
rule inside the same join, so that false candidates never reach a shuffle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.matching.blocking.predicates import number, tokens
from lakehouse.matching.blocking.rules import Near, Predicate, SharedToken, Swapped, Within
from lakehouse.matching.blocking.signatures import with_index_signatures, with_probe_signatures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.blocking.segments import Segmentation

_MARGIN = 1.01
"""Buckets a little wider than the tolerance: rounding cannot push two near numbers two buckets apart."""


@dataclass(frozen=True)
class Sides:
    """What to join: the rows of both sides, the columns that must be equal, and which one of two mirrored pairs counts.

    Attributes:
        left: rows that look up.
        right: rows that are found.
        on: columns of both sides.
        once: on columns with the prefixes `_l_` and `_r_`; keeps each pair of a self join once.
    """

    left: DataFrame
    right: DataFrame
    on: tuple[str, ...]
    once: Column


@dataclass(frozen=True)
class Texts:
    """How the texts of an edit-distance anchor are cut, and every length that occurs on either side."""

    segmentation: Segmentation
    lengths: Sequence[int]


def anchored_sides(anchor: Predicate | None, left: DataFrame, right: DataFrame | None, texts: Texts | None) -> Sides:
    """Give the rows of both sides the columns by which the anchor finds its pairs.

    Args:
        anchor: the predicate to find pairs by; None leaves it to the keys that the caller joins on beside.
        left: `_group` and the columns of the rule, one row a group.
        right: the same of the other table; None joins the left side with itself.
        texts: for an anchor that is an edit distance.
    """
    mirrored = F.lit(True) if right is not None else F.col("_l__group") < F.col("_r__group")
    other = left if right is None else right
    match anchor:
        case None:
            return Sides(left, other, (), mirrored)
        case Within(column=column):
            return _by_edits(left, other, column, _given(texts), mirrored, one_table=right is None)
        case Swapped(column_a=a, column_b=b):
            return _by_crossed_edits(left, other, (a, b), _given(texts), mirrored)
        case SharedToken(column=column):
            token = F.explode(F.array_distinct(tokens(column, dict(left.dtypes)[column]))).alias("_token")
            return Sides(left.select("*", token), other.select("*", token), ("_token",), mirrored)
        case Near(column=column, tolerance=tolerance):
            bucket = _bucket(column, dict(left.dtypes)[column], tolerance)
            around = F.explode(F.array(bucket - 1, bucket, bucket + 1)).alias("_bucket")
            return Sides(left.select("*", around), other.select("*", bucket.alias("_bucket")), ("_bucket",), mirrored)
        case _:
            raise TypeError(f"{anchor} is an equality of keys and needs no anchor")


def _by_edits(
    left: DataFrame, right: DataFrame, column: str, texts: Texts, mirrored: Column, *, one_table: bool
) -> Sides:
    probes = with_probe_signatures(left, column, texts.segmentation, lengths=texts.lengths, shorter_only=one_table)
    found = with_index_signatures(right, column, texts.segmentation, lengths=texts.lengths)
    if one_table:
        # The longer text of a pair looks the shorter up; of two equally long ones both do.
        left_length, right_length = F.col(f"_l__length_{column}"), F.col(f"_r__length_{column}")
        mirrored = (left_length > right_length) | ((left_length == right_length) & mirrored)
    return Sides(probes, found, ("_signature",), mirrored)


def _by_crossed_edits(
    left: DataFrame, right: DataFrame, columns: tuple[str, str], texts: Texts, mirrored: Column
) -> Sides:
    first, second = columns
    probes = with_probe_signatures(left, first, texts.segmentation, lengths=texts.lengths, shorter_only=False)
    found = with_index_signatures(right, second, texts.segmentation, lengths=texts.lengths)
    return Sides(probes, found, ("_signature",), mirrored)


def _bucket(column: str, kind: str, tolerance: float) -> Column:
    """Number the value so that two values within the tolerance are at most one bucket apart."""
    value = number(column, kind)
    return value if tolerance == 0 else F.floor(value / F.lit(tolerance * _MARGIN)).cast("double")


def _given(texts: Texts | None) -> Texts:
    if texts is None:
        raise TypeError("an edit distance needs its segmentation")
    return texts
