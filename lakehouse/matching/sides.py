"""Of which of two tables a record is, and how people name it: `left` for the first, which is also the only one, or `right`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, Row

    from lakehouse.matching.records import Prepared

LEFT, RIGHT = 0, 1
Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
End = tuple[Side, str]
"""A record: its table and its id."""


def side_name(side: Column) -> Column:
    """Name the table of a record for people."""
    return F.when(side == LEFT, SIDES[LEFT]).otherwise(SIDES[RIGHT])


def side_of(pairs: DataFrame, end: Literal["l", "r"], records: Prepared) -> Column:
    """Number the table of a record that people name in a pair: of two tables the first stands left, unless a column tells.

    Args:
        pairs: `id_l`, `id_r`, and of two tables perhaps `side_l` and `side_r`.
        end: which of the two.
        records: of the run.

    Returns:
        0 or 1; null where the column says neither `left` nor `right`.
    """
    if not records.two_tables or f"side_{end}" not in pairs.columns:
        return F.lit(RIGHT if end == "r" and records.two_tables else LEFT)
    said = F.lower(F.trim(F.col(f"side_{end}").cast("string")))
    return F.when(said == SIDES[LEFT], LEFT).when(said == SIDES[RIGHT], RIGHT)


def pair_ends(row: Row, records: Prepared) -> tuple[End, End]:
    """Name the two records of a row of `MatchResult.pairs`, `review` or `to_label`."""
    sides = (SIDES[LEFT], SIDES[RIGHT if records.two_tables else LEFT])
    if records.dedupe:
        sides = (row["side_l"], row["side_r"])
    return (sides[0], row["id_l"]), (sides[1], row["id_r"])
