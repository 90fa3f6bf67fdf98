"""Records -> random pairs: the same for the same records, whatever their order and partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.matching.records import Prepared


def random_pairs(records: Prepared, count: int) -> DataFrame:
    """Draw about `count` pairs by the hashes of their ids: `id_l`, `id_r`; all pairs where there are no more.

    Each record falls into one bucket as a left and into one as a right side; the records that meet in a bucket are pairs.
    """
    left, right = records.distinct, records.distinct
    if records.is_linkage:
        left, right = left.where("_side = 0"), right.where("_side = 1")
    buckets = max(1, records.pairs * (1 if records.is_linkage else 2) // max(count, 1))
    if records.pairs <= count:
        buckets = 1
    # One bucket is a cross join: of so few records that it is the cheapest way to all of their pairs.
    ones = left.select(F.col("_id").alias("id_l"), F.pmod(F.xxhash64("_id", F.lit(1)), F.lit(buckets)).alias("_bucket"))
    others = right.select(
        F.col("_id").alias("id_r"), F.pmod(F.xxhash64("_id", F.lit(2)), F.lit(buckets)).alias("_bucket")
    )
    pairs = ones.join(others, on="_bucket").drop("_bucket")
    if records.is_linkage:
        return pairs
    return pairs.where("id_l < id_r" if buckets == 1 else "id_l <> id_r")
