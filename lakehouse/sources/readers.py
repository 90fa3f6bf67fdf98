"""Files -> lines or rows with their place, the same on every cluster and at every repetition."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from lakehouse.session import local_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame, SparkSession

    from lakehouse.sources.files import ArrivedFile
    from lakehouse.sources.settings import CsvSettings

SPLIT_BYTES = 128 * 1024 * 1024
"""Size of the splits in which text is read; fixed, so that the place of a line never depends on the cluster."""

READ_SETTINGS = {
    # Both at the same size: Spark then cuts files at exactly this size and never packs two into one task, so that
    # the number of a row within its task is its number within the split.
    "spark.sql.files.maxPartitionBytes": str(SPLIT_BYTES),
    "spark.sql.files.openCostInBytes": str(SPLIT_BYTES),
    "spark.sql.files.maxPartitionNum": str((1 << 31) - 1),
    # A file that vanishes between listing and reading must not block the stream for ever; it is reported instead.
    "spark.sql.files.ignoreMissingFiles": "true",
    # Broken UTF-16 becomes a corrupt record (see `_decoded`), not an error that spoils the batch.
    "spark.sql.legacy.codingErrorAction": "true",
    # Two columns of a file may differ in nothing but case; a column may hold times of day.
    "spark.sql.caseSensitive": "true",
    "spark.sql.timeType.enabled": "true",
}

READ_ERRORS = (PySparkException, Py4JJavaError)
"""What Spark raises over a damaged file; some Java errors reach Python unwrapped."""

SPARE_COLUMNS = 2000
"""So many fields more than the header has are read, to tell a ragged line; its text is kept in any case."""

_ROW_MASK = (1 << 33) - 1  # monotonically_increasing_id() keeps the number within the task in its low 33 bits


def escape_glob(path: str) -> str:
    """Escape what Hadoop would take for a pattern in the name of a file."""
    return "".join("\\" + character if character in "{}[]*?\\" else character for character in path)


def with_place(
    rows: DataFrame, files: Sequence[ArrivedFile], *, numbered: bool = False, nested: bool = False
) -> DataFrame:
    """Add where each row stands in its file; must come before any filter.

    Args:
        rows: straight from a file reader, in a session with `READ_SETTINGS`.
        files: the files that it reads.
        numbered: whether the format knows the number of a row within its file; else it is counted within the split.
        nested: whether the columns of `rows` may be called anything, and go into one struct `_content`.

    Returns:
        the columns of `rows` (or `_content`) and `_source_file`, `_block` (byte at which the split starts), `_row`
        (from 0 within the split), `_record_id` = `<file>-<block>-<row>`: the same on every cluster and at every
        repetition. Fixed widths let the ids of a file sort as its records stand in it.
    """
    place = rows.metadataColumn("_metadata")  # also where a column of the file has that name
    start, counted = place["file_block_start"], F.monotonically_increasing_id().bitwiseAND(F.lit(_ROW_MASK))
    content = F.struct("*").alias("_content") if nested else "*"
    placed = rows.select(
        content,
        place["file_path"].alias("_uri"),
        (F.lit(0) if numbered else start).cast("bigint").alias("_block"),
        (place["row_index"] if numbered else counted).alias("_row"),
    )
    if len(files) == 1:
        named = placed.withColumns({"_source_file": F.lit(files[0].name), "_file": F.lit(files[0].identity)})
    else:
        known = [(file.uri, file.name, file.identity) for file in files]
        names = local_rows(rows.sparkSession, known, "_uri", "_source_file", "_file")
        named = placed.join(F.broadcast(names), on="_uri", how="left")
    record_id = F.concat_ws("-", "_file", _padded("_block", 12), _padded("_row", 10))
    return named.withColumn("_record_id", record_id).drop("_uri", "_file")


def _padded(name: str, width: int) -> Column:
    return F.lpad(F.col(name).cast("string"), width, "0")


def _tolerant(*, salvage: bool) -> dict[str, str]:
    """Let a reader keep what stands before the damage of a file that is cut short."""
    return {"ignoreCorruptFiles": "true"} if salvage else {}


def read_lines(spark: SparkSession, files: Sequence[ArrivedFile], encoding: str, *, salvage: bool = False) -> DataFrame:
    r"""Return the lines of text files, ended by \n, \r\n or \r.

    Args:
        spark: a session with `READ_SETTINGS`.
        files: files of one encoding.
        encoding: utf-8, utf-16le, utf-16be, latin-1, windows-1252 or us-ascii.
        salvage: whether to keep what can be read of a damaged file.

    Returns:
        line string (null where the bytes are no text of that encoding), bytes string (then: the bytes, one character
        each), and the place columns of `with_place`.
    """
    reader = spark.read.format("text").options(**_tolerant(salvage=salvage))
    if encoding in _WIDE:
        reader = reader.option("encoding", encoding.upper()).option("lineSep", "\n")
    text = reader.load([escape_glob(file.path) for file in files])
    return _decoded(with_place(text, files), encoding)


_WIDE = ("utf-16le", "utf-16be")
# windows-1252 is Latin-1 but for 27 characters at 0x80-0x9F, which Spark's decode() does not know.
_WINDOWS = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_LATIN = "".join(bytes([character.encode("windows-1252")[0]]).decode("latin-1") for character in _WINDOWS)


def _decoded(lines: DataFrame, encoding: str) -> DataFrame:
    """Turn the bytes that Spark took for UTF-8 into text; the first line also loses its byte order mark."""
    value = F.col("value")
    octets = F.decode(value.cast("binary"), "ISO-8859-1")
    if encoding in ("utf-8", "us-ascii"):
        line = F.when(F.is_valid_utf8(value), value)
    elif encoding in _WIDE:
        text = F.decode(value.cast("binary"), encoding.upper())
        # Broken pairs are replaced on decoding, so they do not come back; the bytes, not the replacements, are kept.
        line = F.when(F.encode(text, encoding.upper()) == value.cast("binary"), F.rtrim(text, F.lit("\r")))
    else:
        line = _text(octets, encoding)
    first = (F.col("_block") == 0) & (F.col("_row") == 0)
    line = F.when(first, F.ltrim(line, F.lit("\ufeff"))).otherwise(line)
    return lines.select(
        line.alias("line"), F.when(line.isNull(), octets).alias("bytes"), "_source_file", "_block", "_row", "_record_id"
    )


def read_documents(spark: SparkSession, files: Sequence[ArrivedFile], encoding: str) -> DataFrame:
    """Return each file as one text: `line`, `bytes` and the place columns, as `read_lines` does for lines."""
    reader = spark.read.format("text").option("wholetext", "true")
    text = reader.load([escape_glob(file.path) for file in files])
    return _decoded(with_place(text, files), encoding)


def _text(octets: Column, encoding: str) -> Column:
    """Turn bytes, one character each, into text; null where they are none."""
    if encoding in ("utf-8", "us-ascii"):
        text = F.encode(octets, "ISO-8859-1").cast("string")
        return F.when(F.is_valid_utf8(text), text)
    return F.translate(octets, _LATIN, _WINDOWS) if encoding == "windows-1252" else octets


def read_multiline_csv(
    spark: SparkSession,
    files: Sequence[ArrivedFile],
    encoding: str,
    columns: int,
    settings: CsvSettings,
    *,
    salvage: bool = False,
) -> DataFrame:
    """Read CSV whose quoted fields may hold line breaks.

    Args:
        spark: a session with `READ_SETTINGS`.
        files: files of one encoding and one header.
        encoding: see `read_lines`.
        columns: how many columns the header has.
        settings: delimiter, quote, escape and header.
        salvage: whether to keep what can be read of a damaged file.

    Returns:
        f0, f1, … (string), `_corrupt` (the text of a ragged record), `_spoilt` (boolean: not all of it is text of that
        encoding) and the place columns; `_row` counts records.
    """
    # Spark's reader would replace bytes that are no text; read as Latin-1 they survive.
    wide = encoding in _WIDE
    names = [*(f"f{number}" for number in range(columns)), "_corrupt"]
    reader = spark.read.format("csv").schema(", ".join(f"{name} string" for name in names))
    options = {
        **csv_options(settings, columns),
        **_tolerant(salvage=salvage),
        "multiLine": "true",
        "enforceSchema": "true",
        "header": str(settings.header).lower(),
        "encoding": encoding.upper() if wide else "ISO-8859-1",
        "sep": settings.delimiter if wide else settings.delimiter.encode(encoding).decode("latin-1"),
    }
    rows = with_place(reader.options(**options).load([escape_glob(file.path) for file in files]), files)
    texts = {name: F.col(name) if wide else _text(F.col(name), encoding) for name in names}
    lost = [F.col(name).isNotNull() & text.isNull() for name, text in texts.items()]
    spoilt = reduce(lambda left, right: left | right, lost)
    return rows.withColumns(
        {"_spoilt": spoilt, **{name: F.coalesce(text, F.col(name)) for name, text in texts.items()}}
    )


def csv_options(settings: CsvSettings, columns: int) -> dict[str, str]:
    """Return the options of Spark's CSV parser for records of a number of columns."""
    # Where quotes are doubled the default is NUL, which the parser then swallows in front of a quote.
    doubled = {"charToEscapeQuoteEscaping": "\ufffe"} if settings.escape == settings.quote else {}
    return {
        "sep": settings.delimiter,
        "quote": settings.quote,
        "escape": settings.escape,
        **doubled,
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": "_corrupt",
        "maxColumns": str(columns + SPARE_COLUMNS),
        # An empty field becomes null, a quoted one ("") stays an empty text; no field holds this.
        "nullValue": "\ue000\ue001",
    }


def read_parquet(spark: SparkSession, files: Sequence[ArrivedFile], *, salvage: bool = False) -> DataFrame:
    """Read Parquet files of one schema: `_content` (struct) and the place columns; `_row` is the row in the file."""
    # Damage that unpacks to other values is told only by the checksums of the pages, where the writer made some.
    checked = {"parquet.page.verify-checksum.enabled": "true"}
    reader = spark.read.options(**checked, **_tolerant(salvage=salvage))
    rows = reader.parquet(*(escape_glob(file.path) for file in files))
    return with_place(rows, files, numbered=True, nested=True)
