"""Lines or rows of CSV -> records whose fields are text."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.raw.landing import MAX_RECORD_BYTES, landed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame


def land_csv(lines: DataFrame, header: Sequence[str], options: Mapping[str, str]) -> DataFrame:
    """Turn the lines of CSV files with one header into records; every field stays text, leading zeros survive.

    Args:
        lines: `line`, `bytes` and place columns, without the header lines and blank lines.
        header: names of the columns, all different.
        options: of Spark's CSV parser: sep, quote, escape, maxColumns and what else it needs, with the corrupt record
            in `_corrupt`.

    Returns:
        record, _corrupt_record, _corrupt_reason and the place columns.
    """
    schema = ", ".join([*(f"f{number} string" for number in range(len(header))), "_corrupt string"])
    line = F.col("line")
    # Spark's parser raises over more fields than `maxColumns`. A line that is shorter cannot have as many.
    most = int(options["maxColumns"]) - 1
    sep = options["sep"]
    few = (F.octet_length(line) <= most) | (_occurrences(line, sep) <= most * len(sep))
    small = F.octet_length(line) <= MAX_RECORD_BYTES
    parsed = lines.withColumns(
        {"_open": _has_open_quote(line, options), "_fields": F.from_csv(F.when(small & few, line), schema, options)}
    )
    reason = (
        F.when(line.isNull(), F.lit("encoding"))
        .when(~small, F.lit("size"))
        .when(F.col("_open"), F.lit("quotes"))
        .when(F.col("_fields").isNull() | F.col("_fields._corrupt").isNotNull(), F.lit("ragged"))
    )
    record = F.when(~F.col("_open") & F.col("_fields").isNotNull(), _record("_fields.", header))
    return landed(parsed, record, reason)


def _has_open_quote(line: Column, options: Mapping[str, str]) -> Column:
    """Tell whether a field of a line begins with a quote that is never closed; null stays null.

    Quotes come in pairs, escaped ones aside, so one of an odd number is open; but not where no field begins with a
    quote, as in `5" nail,12`.
    """
    quote, escape, sep = options["quote"], options["escape"], options["sep"]
    bare = line
    if escape != quote:
        bare = F.replace(F.replace(line, F.lit(escape * 2), F.lit("")), F.lit(escape + quote), F.lit(""))
    begins = line.startswith(quote) | line.contains(sep + quote)
    return (_occurrences(bare, quote) % 2 == 1) & begins


def _occurrences(text: Column, sign: str) -> Column:
    """Count the characters that a text loses without a sign."""
    return F.length(text) - F.length(F.replace(text, F.lit(sign), F.lit("")))


def land_csv_rows(rows: DataFrame, header: Sequence[str]) -> DataFrame:
    """Turn parsed CSV rows (f0, f1, …, `_corrupt`, `_spoilt`, place columns) into records.

    Returns:
        record, _corrupt_record, _corrupt_reason and the place columns.
    """
    fields = F.struct(*(F.col(f"f{number}").alias(name) for number, name in enumerate(header)))
    size = reduce(add, (F.coalesce(F.octet_length(f"f{number}"), F.lit(0)) for number in range(len(header))))
    reason = (
        F.when(F.col("_spoilt"), F.lit("encoding"))
        .when(size > MAX_RECORD_BYTES, F.lit("size"))
        .when(F.col("_corrupt").isNotNull(), F.lit("ragged"))
    )
    text = F.coalesce("_corrupt", F.to_json(fields))
    parsed = rows.withColumns({"line": text, "bytes": F.lit(None).cast("string")})
    return landed(parsed, F.when(size <= MAX_RECORD_BYTES, _record("", header)), reason)


def _record(prefix: str, header: Sequence[str]) -> Column:
    return F.to_variant_object(
        F.struct(*(F.col(f"{prefix}f{number}").alias(name) for number, name in enumerate(header)))
    )
