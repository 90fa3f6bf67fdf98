"""accepted rows + what was seen before -> every validity of every key (slowly changing dimension, type 2).

A history that keeps only changes cannot take in a late record rightly: after A at 1 and A at 3 (no change, so nothing
was kept) a late B at 2 must give A, B, A. So each key's *observations* (when which state was seen) are kept in a narrow
log, and the histories of the keys that a batch touches are derived from it anew. The result depends on the records
alone, not on the order or the batches in which they came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, StringType, StructField, StructType, TimestampType

from lakehouse.cleansed.history import ARRIVAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

LINEAGE = ("_source", "_source_file", "_record_id", "_ingested_at", "_run_id", "_batch_id")
VALIDITY = ("valid_from", "valid_to", "is_current", "_version_key")
VALIDITY_FIELDS = [
    StructField("valid_from", TimestampType(), nullable=False),
    StructField("valid_to", TimestampType()),
    StructField("is_current", BooleanType(), nullable=False),
    StructField("_version_key", StringType(), nullable=False),
]
_MICROSECONDS = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS"
VALIDITY_CONSTRAINTS = {"validity": "valid_to IS NULL OR valid_to > valid_from", "current": "is_current = (valid_to IS NULL)"}
"""The last guard of a history: no state ends before it begins, and what has no end is current."""
VALIDITY_COMMENTS = {
    "valid_from": "From when on the row describes the key, inclusive.",
    "valid_to": "Until when, exclusive; null while it still does.",
    "is_current": "Whether the row describes the key now.",
    "_version_key": "Hash of key and valid_from: the surrogate key.",
}


def with_state(rows: DataFrame, keys: Sequence[str], order_by: str) -> DataFrame:
    """Add `_state`, a hash of everything that the rows say besides key, start of validity and lineage.

    Null fields are left out of the hash, so that a column which the entity gains later does not change old states.
    """
    technical = {*LINEAGE, *VALIDITY, "_warnings", "_rescued", order_by, *keys}
    content = [F.col(name) for name in sorted(rows.columns) if name not in technical]
    state = F.sha2(_json(F.struct(*content)), 256) if content else F.lit("")
    return rows.withColumn("_state", state)


def observations(rows: DataFrame, keys: Sequence[str], order_by: str, delete_when: str | None) -> DataFrame:
    """Reduce rows to what was seen when.

    Args:
        rows: accepted rows of the entity; key and `order_by` never null.
        keys: columns that identify a row.
        order_by: start of validity.
        delete_when: SQL condition that marks the deletion of a key.

    Returns:
        the keys, `_seen_at` timestamp, `_state` (null for a deletion) and lineage.
    """
    deleted = F.coalesce(F.expr(delete_when), F.lit(False)) if delete_when else F.lit(False)
    return with_state(rows, keys, order_by).select(
        *keys,
        F.col(order_by).cast("timestamp").alias("_seen_at"),
        F.when(~deleted, F.col("_state")).alias("_state"),
        *LINEAGE,
    )


def observation_schema(rows: StructType, keys: Sequence[str]) -> StructType:
    """Return the schema of the observation log of an entity whose table has the columns `rows`."""
    state = [StructField("_seen_at", TimestampType(), nullable=False), StructField("_state", StringType())]
    return StructType([*(rows[key] for key in keys), *state, *(rows[name] for name in LINEAGE)])


def timeline(seen: DataFrame, keys: Sequence[str]) -> DataFrame:
    """Order the observations of each key and find the changes.

    Of several observations of one key at one instant the one that arrived last counts.

    Args:
        seen: all observations of the keys in question, old and new.
        keys: columns that identify a row.

    Returns:
        one row for each change: the columns of `seen`, `valid_from`, `valid_to`. A deletion is a change with a null
        `_state`; it ends a validity and begins none.
    """
    last = Window.partitionBy(*keys, "_seen_at").orderBy(F.struct(*ARRIVAL).desc())
    by_time = Window.partitionBy(*keys).orderBy("_seen_at")
    counted = seen.withColumn("_rank", F.row_number().over(last)).where("_rank = 1").drop("_rank")
    before = counted.withColumn("_before", F.lag("_state").over(by_time))
    changed = before.where("NOT (_state <=> _before)").drop("_before")
    return changed.withColumns({"valid_from": F.col("_seen_at"), "valid_to": F.lead("_seen_at").over(by_time)})


def versions(changes: DataFrame, states: DataFrame, keys: Sequence[str], order_by: str) -> DataFrame:
    """Give each change the columns of the state that it begins.

    Args:
        changes: the frame of `timeline`.
        states: rows with all columns of the entity's table without validity, and `_state`: old rows and new ones.
        keys: columns that identify a row.
        order_by: column that holds the start of validity.

    Returns:
        the entity's columns, lineage and validity columns; one row for each validity.
    """
    own = [*keys, "_state"]
    one = Window.partitionBy(*own).orderBy(*ARRIVAL)
    content = [name for name in states.columns if name not in (*LINEAGE, order_by)]
    unique = states.withColumn("_rank", F.row_number().over(one)).where("_rank = 1").select(*content)
    began = changes.where(F.col("_state").isNotNull())
    kind = dict(states.dtypes)[order_by]
    full = began.join(unique, on=own, how="inner").withColumns(
        {
            order_by: F.col("valid_from").cast(kind),
            "is_current": F.col("valid_to").isNull(),
            "_version_key": version_key(keys),
        }
    )
    return full.select(*[name for name in states.columns if name != "_state"], *VALIDITY)


def version_key(keys: Sequence[str]) -> Column:
    """Return the surrogate key of a validity; JSON keeps ("a", "bc") and ("ab", "c") apart."""
    parts = F.struct(*(F.col(key) for key in keys), F.unix_micros("valid_from").alias("_valid_from"))
    return F.sha2(_json(parts), 256)


def _json(values: Column) -> Column:
    """Write values in full: by itself JSON cuts times to milliseconds, and two that differ by less would be one."""
    return F.to_json(values, {"timestampFormat": f"{_MICROSECONDS}XXX", "timestampNTZFormat": _MICROSECONDS})


def changes_to_history(derived: DataFrame, present: DataFrame) -> DataFrame:
    """Compare derived histories with the rows that the table holds for the same keys.

    Args:
        derived: the frame of `versions`.
        present: the table's rows of the same keys, with the same columns.

    Returns:
        the columns of `derived` and `_change`: insert, update or delete; rows that stay as they are are left out.
    """
    d, p = derived.alias("d"), present.alias("p")
    paired = d.join(p, on=F.col("d._version_key") == F.col("p._version_key"), how="full")
    fields = ("valid_to", "_record_id")
    same = F.lit(True)
    for name in fields:
        same = same & F.col(f"d.{name}").eqNullSafe(F.col(f"p.{name}"))
    change = (
        F.when(F.col("p._version_key").isNull(), "insert")
        .when(F.col("d._version_key").isNull(), "delete")
        .when(~same, "update")
    )
    columns = [
        F.coalesce(f"d.{name}", f"p.{name}").alias(name) if name == "_version_key" else _side(name)
        for name in derived.columns
    ]
    return paired.select(*columns, change.alias("_change")).where("_change IS NOT NULL")


def _side(name: str) -> Column:
    gone = F.col("d._version_key").isNull()
    return F.when(gone, F.col(f"p.{name}")).otherwise(F.col(f"d.{name}")).alias(name)
