"""accepted rows -> what a table must take in: once a key (append), the newest a key (latest), every validity (scd2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

ARRIVAL = ("_batch_id", "_source_file", "_record_id")
"""The order in which records arrived; total, because `_record_id` is unique."""


def first_per_key(rows: DataFrame, keys: Sequence[str]) -> DataFrame:
    """Keep the row of each key that arrived first; keys are never null."""
    order = Window.partitionBy(*keys).orderBy(*ARRIVAL)
    return rows.withColumn("_rank", F.row_number().over(order)).where("_rank = 1").drop("_rank")


def newest_per_key(rows: DataFrame, keys: Sequence[str], order_by: str | None) -> DataFrame:
    """Keep the row of each key with the greatest `order_by`; of equals the one that arrived last."""
    order = Window.partitionBy(*keys).orderBy(recency(order_by).desc())
    return rows.withColumn("_rank", F.row_number().over(order)).where("_rank = 1").drop("_rank")


def recency(order_by: str | None, alias: str = "") -> Column:
    """Return a value that is greater for the newer row; a missing `order_by` is older than any."""
    prefix = f"{alias}." if alias else ""
    names = ([order_by] if order_by else []) + list(ARRIVAL)
    return F.struct(*(F.col(f"{prefix}{name}").alias(name) for name in names))


def unseen(rows: DataFrame, present: DataFrame, keys: Sequence[str]) -> DataFrame:
    """Keep the rows whose key a table does not hold yet."""
    return rows.join(present.select(*keys), on=list(keys), how="left_anti")


def changes_to_latest(
    newest: DataFrame, present: DataFrame, keys: Sequence[str], order_by: str | None, tracked: Sequence[str]
) -> DataFrame:
    """Compare the newest row of each key with what the table holds.

    Args:
        newest: one row a key.
        present: the table; one row a key.
        keys: never null.
        order_by: column that says which row is newer.
        tracked: columns whose difference makes a change.

    Returns:
        the rows of `newest` with `_change`: insert, update (newer and different), unchanged, or stale (older).
    """
    s, t = newest.alias("s"), present.alias("t")
    paired = s.join(t, on=[F.col(f"s.{key}") == F.col(f"t.{key}") for key in keys], how="left")
    kinds = dict(newest.dtypes)
    same = F.lit(True)
    for name in tracked:
        same = same & _comparable(f"s.{name}", kinds[name]).eqNullSafe(_comparable(f"t.{name}", kinds[name]))
    change = (
        F.when(F.col(f"t.{keys[0]}").isNull(), "insert")
        .when(same, "unchanged")
        .when(recency(order_by, "s") > recency(order_by, "t"), "update")
        .otherwise("stale")
    )
    return paired.select("s.*", change.alias("_change"))


def _comparable(name: str, kind: str) -> Column:
    """Spark cannot compare variants; their JSON text it can."""
    return F.to_json(F.col(name)) if kind == "variant" else F.col(name)
