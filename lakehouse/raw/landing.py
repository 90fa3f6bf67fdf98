r"""sources -> raw.<source>: one row per record as it came, with where it came from; nothing is ever dropped.

| column | meaning |
|---|---|
| `record` | VARIANT: the record as an object; fields of CSV are text. Null where it cannot be parsed |
| `_corrupt_record` | the whole text of a record that is not what it should be, else null |
| `_corrupt_reason` | json, object, ragged, quotes, encoding, header or file, else null |
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
    from collections.abc import Sequence
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
    "_corrupt_reason": "json, object, ragged, quotes, encoding, header or file.",
    **LINEAGE_COMMENTS,
}

CORRUPT_REASONS = {
    "json": "the line is no valid JSON, or a key comes twice in it",
    "object": "the JSON value is no object",
    "ragged": "the line has more or fewer fields than the header",
    "quotes": "a quote is not closed; set csv.multiline when fields may hold line breaks",
    "encoding": "the bytes are no text in the encoding of the source",
    "header": "the header of the file does not fit the source",
    "file": "the file cannot be read",
}
"""What each value of `_corrupt_reason` means, for messages."""


@dataclass(frozen=True)
class Arrival:
    """What the lineage columns say of a whole batch."""

    source: str
    ingested_at: datetime
    run_id: str
    batch_id: int


def land_csv(lines: DataFrame, header: Sequence[str], *, delimiter: str, quote: str, escape: str) -> DataFrame:
    """Turn the lines of CSV files with one header into records; every field stays text, leading zeros survive.

    Args:
        lines: `line`, `bytes` and place columns, without the header lines and blank lines.
        header: names of the columns, all different.
        delimiter: between two fields.
        quote: around a field.
        escape: before a quote inside a quoted field; the quote itself where quotes are doubled.

    Returns:
        record, _corrupt_record, _corrupt_reason and the place columns.
    """
    schema = ", ".join([*(f"f{number} string" for number in range(len(header))), "_corrupt string"])
    options = {
        "sep": delimiter,
        "quote": quote,
        "escape": escape,
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": "_corrupt",
        "maxColumns": str(len(header) + 2000),
    }
    line = F.col("line")
    # Doubled quotes come in pairs, so an odd number means an open one; a backslash escape hides the count.
    quotes = F.length(line) - F.length(F.replace(line, F.lit(quote)))
    odd = quotes % 2 == 1 if escape == quote else F.lit(False)
    parsed = lines.withColumns({"_fields": F.from_csv(line, schema, options), "_odd": odd})
    reason = (
        F.when(line.isNull(), F.lit("encoding"))
        .when(F.col("_odd"), F.lit("quotes"))
        .when(F.col("_fields._corrupt").isNotNull(), F.lit("ragged"))
    )
    record = F.when(~F.col("_odd") & line.isNotNull(), _record("_fields.", header))
    return _landed(parsed, record, reason)


def land_csv_rows(rows: DataFrame, header: Sequence[str]) -> DataFrame:
    """Turn parsed CSV rows (f0, f1, …, `_corrupt`, place columns) into records.

    Returns:
        record, _corrupt_record, _corrupt_reason and the place columns.
    """
    reason = F.when(F.col("_corrupt").isNotNull(), F.lit("ragged"))
    parsed = rows.withColumns({"line": F.col("_corrupt"), "bytes": F.lit(None).cast("string")})
    return _landed(parsed, _record("", header), reason)


def _record(prefix: str, header: Sequence[str]) -> Column:
    return F.to_variant_object(
        F.struct(*(F.col(f"{prefix}f{number}").alias(name) for number, name in enumerate(header)))
    )


def land_json_lines(lines: DataFrame) -> DataFrame:
    """Turn lines of JSON into records; a line that is no JSON object keeps its text.

    Returns:
        record, _corrupt_record, _corrupt_reason and the place columns.
    """
    line = F.col("line")
    parsed = lines.withColumn("_value", F.try_parse_json(line))
    reason = (
        F.when(line.isNull(), F.lit("encoding"))
        .when(F.col("_value").isNull(), F.lit("json"))
        .when(~F.ltrim(line, F.lit(" \t\r\n")).startswith("{"), F.lit("object"))
    )
    return _landed(parsed, F.col("_value"), reason)


def land_json_documents(documents: DataFrame) -> DataFrame:
    """Turn whole JSON documents into records: the elements of an array, or the one object.

    Returns:
        record, _corrupt_record, _corrupt_reason and the place columns; `_record_id` ends in the element's position.
    """
    document = F.col("line")
    parsed = documents.withColumn("_value", F.try_parse_json(document))
    elements = F.coalesce(
        F.try_variant_get("_value", "$", "array<variant>"),
        F.array(F.col("_value")),
    )
    exploded = parsed.select(
        "line", "bytes", "_source_file", "_record_id", F.posexplode(elements).alias("_row", "_element")
    )
    is_object = F.try_variant_get("_element", "$", "map<string,variant>").isNotNull()
    reason = (
        F.when(document.isNull(), F.lit("encoding"))
        .when(F.col("_element").isNull(), F.lit("json"))
        .when(~is_object, F.lit("object"))
    )
    text = F.coalesce(F.to_json("_element"), document, F.col("bytes"))
    return exploded.select(
        F.col("_element").alias("record"),
        F.when(reason.isNotNull(), text).alias("_corrupt_record"),
        reason.alias("_corrupt_reason"),
        "_source_file",
        F.concat_ws("-", "_record_id", F.lpad(F.col("_row").cast("string"), 10, "0")).alias("_record_id"),
    )


def land_rows(rows: DataFrame) -> DataFrame:
    """Turn typed rows (Parquet) with place columns into records.

    Returns:
        record, _corrupt_record, _corrupt_reason and the place columns.
    """
    place = {"_source_file", "_block", "_row", "_record_id"}
    fields = F.struct(*(_storable(name, kind) for name, kind in rows.dtypes if name not in place))
    return rows.select(
        F.to_variant_object(fields).alias("record"),
        F.lit(None).cast("string").alias("_corrupt_record"),
        F.lit(None).cast("string").alias("_corrupt_reason"),
        "_source_file",
        "_record_id",
    )


def _storable(name: str, kind: str) -> Column:
    """A VARIANT holds no intervals, no times of day and no maps whose keys are not text."""
    column = F.col(f"`{name.replace('`', '``')}`")
    odd = "interval" in kind or kind.startswith("time(") or ("map<" in kind and "map<string" not in kind)
    return column.cast("string").alias(name) if odd else column.alias(name)


def land_corrupt_lines(lines: DataFrame, reason: str) -> DataFrame:
    """Keep every line of a file whose header does not fit, as text.

    Returns:
        record (null), _corrupt_record, _corrupt_reason and the place columns.
    """
    return _landed(lines, F.lit(None).cast("variant"), F.lit(reason))


def with_lineage(landed: DataFrame, arrival: Arrival) -> DataFrame:
    """Complete landed records to the columns of a raw table.

    Args:
        landed: record, _corrupt_record, _corrupt_reason, _source_file, _record_id.
        arrival: what is the same for the whole batch.
    """
    constant = {
        "_source": F.lit(arrival.source),
        "_ingested_at": F.lit(arrival.ingested_at).cast("timestamp"),
        "_run_id": F.lit(arrival.run_id),
        "_batch_id": F.lit(arrival.batch_id).cast("bigint"),
    }
    return landed.withColumns(constant).select(RAW_SCHEMA.names)


def _landed(lines: DataFrame, record: Column, reason: Column) -> DataFrame:
    text = F.coalesce(F.col("line"), F.col("bytes"))
    return lines.select(
        record.alias("record"),
        F.when(reason.isNotNull(), text).alias("_corrupt_record"),
        reason.alias("_corrupt_reason"),
        "_source_file",
        "_record_id",
    )


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
