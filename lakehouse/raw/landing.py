r"""sources -> raw.<source>: one row per record as it came, with where it came from; nothing is ever dropped.

| column | meaning |
|---|---|
| `record` | VARIANT: the record as an object; fields of CSV are text. Null where it cannot be parsed |
| `_corrupt_record` | the whole text of a record that is not what it should be, else null |
| `_corrupt_reason` | a key of `CORRUPT_REASONS`, else null |
| `_source`, `_source_file`, `_record_id`, `_ingested_at`, `_run_id`, `_batch_id` | lineage |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import (
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
    VariantType,
)

if TYPE_CHECKING:
    from datetime import datetime

    from pyspark.sql import Column, DataFrame

RAW_SCHEMA = StructType(
    [
        StructField("record", VariantType()),
        StructField("_corrupt_record", StringType()),
        StructField("_corrupt_reason", StringType()),
        StructField("_source", StringType(), nullable=False),
        StructField("_source_file", StringType()),
        StructField("_record_id", StringType(), nullable=False),
        StructField("_ingested_at", TimestampType(), nullable=False),
        StructField("_run_id", StringType(), nullable=False),
        StructField("_batch_id", LongType(), nullable=False),
    ]
)

LINEAGE_COMMENTS = {
    "_source": "Source in conf/sources/.",
    "_source_file": "File, relative to the folder of the source.",
    "_record_id": "Stable identity of the received record: file-block-row, row 0 being the first line.",
    "_ingested_at": "When the run that landed the record began (UTC).",
    "_run_id": "Run that landed the record.",
    "_batch_id": "Batch of the source that landed the record.",
}

RAW_COMMENTS = {
    "record": "The record as it came; fields of CSV are text. Null where it cannot be parsed.",
    "_corrupt_record": "The whole text of a record that is not what it should be.",
    "_corrupt_reason": "json, object, ragged, quotes, encoding, size, header or file; null for a good record.",
    **LINEAGE_COMMENTS,
}

CORRUPT_REASONS = {
    "json": "the line is no valid JSON, a key comes twice in it, or more text follows the first value",
    "object": "the JSON value is no object",
    "ragged": "the line has more or fewer fields than the header",
    "quotes": "a quote is not closed; set csv.multiline when fields may hold line breaks",
    "encoding": "the bytes are no text in the encoding of the source",
    "header": "the header of the file does not fit the source",
    "size": "the record is larger than 128 MB, or a text in it than 20 MB",
    "file": "the file cannot be read, or not to its end",
}
"""What each value of `_corrupt_reason` means, for messages."""

MAX_RECORD_BYTES = 120 * 1024 * 1024
"""A VARIANT holds 128 MiB; what is larger stays text."""


@dataclass(frozen=True)
class Arrival:
    """What the lineage columns say of a whole batch."""

    source: str
    ingested_at: datetime
    run_id: str
    batch_id: int


def landed(lines: DataFrame, record: Column, reason: Column) -> DataFrame:
    """Complete parsed lines; a record with a reason keeps its text.

    Args:
        lines: `line` (string), `bytes` (string, where the line is null) and place columns.
        record: VARIANT.
        reason: a key of `CORRUPT_REASONS`; null for a good record.

    Returns:
        record, _corrupt_record, _corrupt_reason and the place columns.
    """
    text = F.coalesce(F.col("line"), F.col("bytes"))
    return lines.select(
        record.alias("record"),
        F.when(reason.isNotNull(), text).alias("_corrupt_record"),
        reason.alias("_corrupt_reason"),
        "_source_file",
        "_record_id",
    )


def land_rows(rows: DataFrame) -> DataFrame:
    """Turn typed rows (Parquet: `_content` and place columns) into records.

    Returns:
        record, _corrupt_record, _corrupt_reason and the place columns.
    """
    content = rows.schema["_content"].dataType
    fields = F.struct(*(_storable(field) for field in content.fields))  # type: ignore[attr-defined]
    return rows.select(
        F.to_variant_object(fields).alias("record"),
        F.lit(None).cast("string").alias("_corrupt_record"),
        F.lit(None).cast("string").alias("_corrupt_reason"),
        "_source_file",
        "_record_id",
    )


def _storable(field: StructField) -> Column:
    """A VARIANT holds no intervals, no times of day and no maps whose keys are not text."""
    kind, column = field.dataType.simpleString(), F.col("_content")[field.name]
    odd = "interval" in kind or "time(" in kind or ("map<" in kind and "map<string" not in kind)
    return (column.cast("string") if odd else column).alias(field.name)


def land_corrupt_lines(lines: DataFrame, reason: str) -> DataFrame:
    """Keep every line of a file whose header does not fit, as text.

    Returns:
        record (null), _corrupt_record, _corrupt_reason and the place columns.
    """
    return landed(lines, F.lit(None).cast("variant"), F.lit(reason))


def with_lineage(records: DataFrame, arrival: Arrival) -> DataFrame:
    """Complete landed records to the columns of a raw table.

    Args:
        records: record, _corrupt_record, _corrupt_reason, _source_file, _record_id.
        arrival: what is the same for the whole batch.
    """
    constant = {
        "_source": F.lit(arrival.source),
        "_ingested_at": F.lit(arrival.ingested_at).cast("timestamp"),
        "_run_id": F.lit(arrival.run_id),
        "_batch_id": F.lit(arrival.batch_id).cast("bigint"),
    }
    return records.withColumns(constant).select(RAW_SCHEMA.names)


def file_problems(problems: DataFrame) -> DataFrame:
    """Turn files that cannot be read into one corrupt record each.

    Args:
        problems: _source_file, _record_id, problem (all string).

    Returns:
        record (null), _corrupt_record (the problem), _corrupt_reason and the place columns.
    """
    return problems.select(
        F.lit(None).cast("variant").alias("record"),
        F.col("problem").alias("_corrupt_record"),
        F.lit("file").alias("_corrupt_reason"),
        "_source_file",
        "_record_id",
    )
