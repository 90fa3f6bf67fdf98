"""Lines or documents of JSON -> records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.raw.landing import landed

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

MAX_TEXT_BYTES = 20_000_000
"""The longest text within JSON that Spark's parser takes; a line that is shorter fails for another reason."""

_JSON_BLANKS = " \t\r\n"


def land_json_lines(lines: DataFrame) -> DataFrame:
    """Turn lines of JSON into records; a line that is no JSON object keeps its text.

    Returns:
        record, _corrupt_record, _corrupt_reason and the place columns.
    """
    line = F.col("line")
    # Spark's parser is content with the first value of a line. Behind the only brace of a flat object is no other.
    alone = (F.instr(line, "}") == F.length(line)) | _is_one_value(line)
    parsed = lines.withColumn("_value", F.when(alone, F.try_parse_json(line)))
    reason = (
        F.when(line.isNull(), F.lit("encoding"))
        .when(F.col("_value").isNull(), _unparsed(line))
        .when(~F.ltrim(line, F.lit(_JSON_BLANKS)).startswith("{"), F.lit("object"))
    )
    return landed(parsed, F.col("_value"), reason)


def _is_one_value(text: Column) -> Column:
    """Tell whether a text is one JSON value and nothing else; null or false where it is none."""
    return F.json_array_length(F.concat(F.lit("["), text, F.lit(",0]"))) == 2  # noqa: PLR2004


def _unparsed(text: Column) -> Column:
    return F.when(F.octet_length(text) > MAX_TEXT_BYTES, F.lit("size")).otherwise(F.lit("json"))


def count_json_records(documents: DataFrame) -> DataFrame:
    """Return one row for each record that `land_json_documents` must make of the documents.

    Counts with another parser, so that the two check each other.
    """
    elements = F.coalesce(F.when(_is_one_value(F.col("line")), F.json_array_length("line")), F.lit(1))
    return documents.select(F.explode(F.array_repeat(F.lit(1), elements)))


def land_json_documents(documents: DataFrame) -> DataFrame:
    """Turn whole JSON documents into records: the elements of an array, or the one object.

    Returns:
        record, _corrupt_record, _corrupt_reason and the place columns; `_record_id` ends in the element's position.
    """
    document = F.col("line")
    parsed = documents.withColumn("_value", F.when(_is_one_value(document), F.try_parse_json(document)))
    elements = F.coalesce(F.try_variant_get("_value", "$", "array<variant>"), F.array(F.col("_value")))
    exploded = parsed.select(
        "line", "bytes", "_source_file", "_record_id", F.posexplode(elements).alias("_row", "_element")
    )
    reason = (
        F.when(document.isNull(), F.lit("encoding"))
        .when(F.col("_element").isNull(), _unparsed(document))
        .when(F.try_variant_get("_element", "$", "struct<a: variant>").isNull(), F.lit("object"))
    )
    text = F.coalesce(F.to_json("_element"), document, F.col("bytes"))
    return exploded.select(
        F.col("_element").alias("record"),
        F.when(reason.isNotNull(), text).alias("_corrupt_record"),
        reason.alias("_corrupt_reason"),
        "_source_file",
        F.concat_ws("-", "_record_id", F.lpad(F.col("_row").cast("string"), 10, "0")).alias("_record_id"),
    )
