"""More weighed pairs than the driver may hold -> parts of whole components, which it holds one after the other.

What is connected by no pair at or above a floor never comes into one cluster, so that components can be clustered apart.
They are found on the cluster where they are too many for the driver, too (randomized contraction).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.components.connected import connected_components

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SLACK = 2
"""Parts are made so many times more than would do if they were equal: they are not."""


def split_pairs(pairs: DataFrame, *, floor: float, count: int, limit: int) -> list[DataFrame]:
    """Split pairs into parts that share no component; runs actions.

    Args:
        pairs: `id_l`, `id_r`, `match_weight`.
        floor: the least weight that connects.
        count: how many pairs there are.
        limit: pairs that the driver may hold.

    Returns:
        the parts, with the columns of `pairs`; pairs of two components are in none.

    Raises:
        ConfigurationError: one component alone has more pairs than the driver may hold.
    """
    found = connected_components(pairs.where(F.col("match_weight") >= floor), max_driver_edges=limit)
    left, right = (found.select(F.col("id").alias(f"id_{side}"), F.col("component").alias(f"_{side}")) for side in "lr")
    parts = SLACK * -(-count // limit)
    within = pairs.join(left, on="id_l").join(right, on="id_r").where("_l = _r")
    numbered = within.withColumn("_part", F.pmod(F.xxhash64("_l"), F.lit(parts))).localCheckpoint()
    sizes = {row["_part"]: row["count"] for row in numbered.groupBy("_part").count().collect()}
    if max(sizes.values(), default=0) > SLACK * limit:
        largest = numbered.groupBy("_l").count().agg(F.max("count")).collect()[0][0]
        raise ConfigurationError(
            "One group of connected records has more pairs than the driver may hold.", where="clustering",
            found=f"{largest:,} pairs, {limit:,} allowed", remedy="raise `threshold`, or `max_edges` and the driver's memory",
        )  # fmt: skip
    return [numbered.where(F.col("_part") == part).select(*pairs.columns) for part in sorted(sizes)]
