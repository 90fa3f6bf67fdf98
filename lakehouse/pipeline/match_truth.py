"""A known answer as people have it, pairs or labels -> pairs of ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.fields import quoted
from lakehouse.pipeline.match_files import read_records
from lakehouse.sources.header import printable, shown

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_LABELS = {"cluster", "clusterid", "label", "group", "groupid", "entity", "entityid", "person", "personid", "masterid"}


def read_truth(
    spark: SparkSession, path: str, *, key: str, tables: list[DataFrame], dedupe: bool = False
) -> DataFrame:
    """Read a known answer: pairs of ids, or the cluster of each id.

    Args:
        spark: a session with `READ_SETTINGS`.
        path: a file with columns `id_l`, `id_r`, or of two columns; or with the id and a column such as `cluster`, and
            of two tables `side`.
        key: the column that identifies a record.
        tables: the records, one table or two.
        dedupe: of two tables, pairs within each count as well.

    Returns:
        `id_l`, `id_r` as text; of two tables `id_l` is of the first, or `side_l` and `side_r` tell.

    Raises:
        ConfigurationError: columns that are neither.
    """
    rows = read_records(spark, path).rows
    names = rows.columns
    label = next((name for name in names if name.replace("_", "").casefold() in _LABELS), None)
    identity = next((name for name in (key, "id") if name in names), None)
    if {"id_l", "id_r"} <= set(names):
        return _texts(rows, "id_l", "id_r", *(name for name in ("side_l", "side_r") if name in names))
    if label and identity:
        return _pairs_of_labels(rows, identity, label, tables, key, path, dedupe=dedupe)
    if len(names) == 2:  # noqa: PLR2004  - a pair
        return _texts(rows, *names)
    raise ConfigurationError(
        "The known answer has other columns.",
        where=printable(path),
        found=", ".join(shown(name) for name in names[:20]),
        remedy="give pairs as `id_l,id_r`, or labels as `id,cluster`",
    )


def _texts(rows: DataFrame, left: str, right: str, *sides: str) -> DataFrame:
    ids = [F.col(quoted(name)).cast("string").alias(alias) for name, alias in ((left, "id_l"), (right, "id_r"))]
    return rows.select(*ids, *sides).where("id_l is not null and id_r is not null")


def _pairs_of_labels(
    rows: DataFrame, identity: str, label: str, tables: list[DataFrame], key: str, path: str, *, dedupe: bool
) -> DataFrame:
    """Join every record with the first of its cluster; the closure of these pairs is the clusters."""
    texts = {"id": identity, "label": label, **({"side": "side"} if "side" in rows.columns else {})}
    labels = rows.select(*(F.col(quoted(name)).cast("string").alias(alias) for alias, name in texts.items()))
    labels = labels.where("id is not null and label is not null")
    if len(tables) == 1:
        first = labels.groupBy("label").agg(F.min("id").alias("id_l"))
        return labels.join(first, on="label").select("id_l", F.col("id").alias("id_r")).where("id_l <> id_r")
    left, right = _sides(labels, tables, key, path)
    if dedupe:
        every = left.withColumn("side", F.lit("left")).unionByName(right.withColumn("side", F.lit("right")))
        first = every.groupBy("label").agg(F.min(F.struct("side", "id")).alias("first"))
        ends = F.col("first.id").alias("id_l"), F.col("first.side").alias("side_l")
        return every.join(first, on="label").select(*ends, F.col("id").alias("id_r"), F.col("side").alias("side_r"))
    firsts = [side.groupBy("label").agg(F.min("id").alias("first")) for side in (left, right)]
    one = left.join(firsts[1], on="label").select(F.col("id").alias("id_l"), F.col("first").alias("id_r"))
    two = right.join(firsts[0], on="label").select(F.col("first").alias("id_l"), F.col("id").alias("id_r"))
    return one.union(two).distinct()


def _sides(labels: DataFrame, tables: list[DataFrame], key: str, path: str) -> tuple[DataFrame, DataFrame]:
    """Tell of which table each labeled id is."""
    if "side" in labels.columns:
        left, right = (labels.where(F.col("side") == side).drop("side") for side in ("left", "right"))
        return left, right
    ids = [table.select(F.col(quoted(key)).cast("string").alias("id")).distinct() for table in tables]
    both = ids[0].join(ids[1], on="id").count()
    if both:
        raise ConfigurationError(
            "An id of the known answer may be of either table.",
            where=printable(path),
            found=f"{both:,} ids are in both",
            remedy="add a column `side` with `left` or `right`, or give pairs as `id_l,id_r`",
        )
    left, right = (labels.join(one, on="id") for one in ids)
    return left, right
