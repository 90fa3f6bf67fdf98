"""edges -> fewer edges between fewer nodes with the same components: randomized contraction, a round at a time.

Every node takes the name of the first node of its closed neighborhood in an order that is new in each round; edges
are renamed, and what became a loop or a copy is dropped. An expected constant part of the nodes goes in every round,
whatever the graph (Bögeholz, Brand and Todor, "In-database connected component analysis", ICDE 2020). The order is a
one-to-one scrambling of the 64-bit names, so that the smallest scrambled name is a name itself and no pair of name
and order has to be carried along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_KEYS = 0x9E3779B97F4A7C15
"""The golden ratio in 64 bits; its multiples differ in all bits from round to round."""


@dataclass(frozen=True)
class Round:
    """One contraction.

    Attributes:
        names: `node`, `name`: the new name of every node that had an edge.
        edges: `node`, `neighbor` in new names, both directions of every edge once, no loops.
    """

    names: DataFrame
    edges: DataFrame


def both_directions(edges: DataFrame) -> DataFrame:
    """Return `node`, `neighbor` for `left`, `right`: each edge once in each direction, loops left out."""
    there = edges.select(F.col("left").alias("node"), F.col("right").alias("neighbor")).where("node <> neighbor")
    back = there.select(F.col("neighbor").alias("node"), F.col("node").alias("neighbor"))
    return there.unionByName(back).distinct()


def contracted(edges: DataFrame, number: int) -> Round:
    """Contract the graph once; runs two jobs, so that the plan of a round does not hold the rounds before."""
    order = scrambled(F.col("neighbor"), number)
    first = edges.groupBy("node").agg(F.min(order).alias("_first"))
    names = first.select("node", F.least("_first", scrambled(F.col("node"), number)).alias("name")).localCheckpoint()
    ends = names.select(F.col("node").alias("neighbor"), F.col("name").alias("_neighbor"))
    renamed = edges.join(names, on="node", how="inner").join(ends, on="neighbor", how="inner")
    kept = renamed.where("name <> _neighbor").select(F.col("name").alias("node"), F.col("_neighbor").alias("neighbor"))
    return Round(names, kept.distinct().localCheckpoint())


def scrambled(name: Column, number: int) -> Column:
    """Scramble a bigint one to one, differently in every round: xorshift (Marsaglia 2003) of the name and a key."""
    key = (_KEYS * (number + 1)) % 2**64
    mixed = name.bitwiseXOR(F.lit(key - 2**64 if key >= 2**63 else key))
    for _ in range(2):
        mixed = mixed.bitwiseXOR(F.shiftleft(mixed, 13))
        mixed = mixed.bitwiseXOR(F.shiftrightunsigned(mixed, 7))
        mixed = mixed.bitwiseXOR(F.shiftleft(mixed, 17))
    return mixed
