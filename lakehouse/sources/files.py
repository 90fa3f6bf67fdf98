"""Folder -> new files -> lines or rows with their place: how files arrive.

The stream carries file *names* only (Spark's binaryFile source without its content), so that its checkpoint is the
exact ledger of what was read, while each file is opened as its first bytes demand (`inspection.py`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame, SparkSession

    from lakehouse.sources.settings import FileSourceSettings

SPLIT_BYTES = 128 * 1024 * 1024
"""Size of the splits in which text is read; fixed, so that the place of a line never depends on the cluster."""

READ_SETTINGS = {
    # Both at the same size: Spark then cuts files at exactly this size and never packs two into one task, so that
    # the number of a row within its task is its number within the split.
    "spark.sql.files.maxPartitionBytes": str(SPLIT_BYTES),
    "spark.sql.files.openCostInBytes": str(SPLIT_BYTES),
    # A file that vanishes between listing and reading must not block the stream for ever; it is reported instead.
    "spark.sql.files.ignoreMissingFiles": "true",
}

READ_ERRORS = (PySparkException, Py4JJavaError)
"""What Spark raises over a damaged file; some Java errors reach Python unwrapped."""

_LISTING = "path string, modificationTime timestamp, length bigint, content binary"
_ROW_MASK = (1 << 33) - 1  # monotonically_increasing_id() keeps the number within the task in its low 33 bits


@dataclass(frozen=True)
class ArrivedFile:
    """A file of a source.

    Attributes:
        uri: where it lies, as Spark writes it (`_metadata.file_path`, percent-encoded).
        name: its path relative to the source's folder; goes into `_source_file`.
        size: bytes.
    """

    uri: str
    name: str
    size: int

    @property
    def path(self) -> str:
        """The path to open, without percent-encoding."""
        return unquote(self.uri)

    @property
    def identity(self) -> str:
        """16 hexadecimal digits that stand for the file in `_record_id`."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:16]


def list_new_files(spark: SparkSession, settings: FileSourceSettings, folder: str) -> DataFrame:
    """Return the stream of files that arrive in a folder, at any depth.

    Names that begin with `_` or `.` are invisible: write a file under such a name and rename it when it is whole.

    Returns:
        uri string, size bigint.
    """
    reader = (
        spark.readStream.format("binaryFile")
        .schema(_LISTING)
        .options(
            recursiveFileLookup="true",
            pathGlobFilter=settings.pattern,
            maxFilesPerTrigger=str(settings.max_files_per_batch),
            # The default of 7 days, counted back from the newest file, silently skips older ones.
            maxFileAge="36500d",
        )
    )
    # `content` is never selected, so the files are listed, not read.
    return reader.load(folder).select(F.col("_metadata.file_path").alias("uri"), F.col("length").alias("size"))


def list_folder(folder: str, pattern: str) -> set[str] | None:
    """Return the files that a reader of a local folder sees, as URIs; None for any other store.

    Hidden are names that begin with `_` or `.`, and everything below such folders.
    """
    bare = folder.removeprefix("file:")
    if "://" in bare or any(sign in bare for sign in "*?[{"):
        return None
    top = Path(bare)
    files = (path for path in top.rglob("*") if path.is_file() and fnmatch(path.name, pattern))
    return {path.as_uri() for path in files if not any(part[0] in "_." for part in path.relative_to(top).parts)}


def arrived(listing: Sequence[tuple[str, int]], folder: str) -> list[ArrivedFile]:
    """Return the files of one batch, ordered by name."""
    files = [ArrivedFile(uri, relative_name(uri, folder), size) for uri, size in listing]
    return sorted(files, key=lambda file: file.name)


def relative_name(uri: str, folder: str) -> str:
    """Return the path of a file below its source's folder; only its last name where it lies elsewhere."""
    path = _bare(unquote(uri))
    top = _bare(folder).rstrip("/") + "/"
    return path.removeprefix(top) if path.startswith(top) else path.rsplit("/", 1)[-1]


def _bare(path: str) -> str:
    return "/" + path.removeprefix("file:").lstrip("/") if path.startswith(("file:", "/")) else path


def escape_glob(path: str) -> str:
    """Escape what Hadoop would take for a pattern in the name of a file."""
    return "".join("\\" + character if character in "{}[]*?\\" else character for character in path)


def with_place(rows: DataFrame, files: Sequence[ArrivedFile], *, row: Column | None = None) -> DataFrame:
    """Add where each row stands in its file; must come before any filter.

    Args:
        rows: straight from a file reader, in a session with `READ_SETTINGS`.
        files: the files that it reads.
        row: number of the row within its file, where the format knows it; else it is counted within the split.

    Returns:
        the columns of `rows` and `_source_file`, `_block` (byte at which the split starts), `_row` (from 0 within the
        split), `_record_id` = `<file>-<block>-<row>`: the same on every cluster and at every repetition. Fixed widths
        let the ids of a file sort as its records stand in it.
    """
    placed = rows.select(
        "*",
        F.col("_metadata.file_path").alias("_uri"),
        (F.col("_metadata.file_block_start") if row is None else F.lit(0)).cast("bigint").alias("_block"),
        (F.monotonically_increasing_id().bitwiseAND(F.lit(_ROW_MASK)) if row is None else row).alias("_row"),
    )
    if len(files) == 1:
        named = placed.withColumns({"_source_file": F.lit(files[0].name), "_file": F.lit(files[0].identity)})
    else:
        known = [(file.uri, file.name, file.identity) for file in files]
        names = rows.sparkSession.createDataFrame(known, "_uri string, _source_file string, _file string")
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
        line = F.rtrim(F.decode(value.cast("binary"), encoding.upper()), F.lit("\r"))
    else:
        line = F.translate(octets, _LATIN, _WINDOWS) if encoding == "windows-1252" else octets
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


def read_multiline_csv(
    spark: SparkSession, files: Sequence[ArrivedFile], columns: int, options: dict[str, str]
) -> DataFrame:
    """Read CSV whose quoted fields may hold line breaks.

    Args:
        spark: a session with `READ_SETTINGS`.
        files: files of one encoding and one header.
        columns: how many columns the header has.
        options: of Spark's CSV reader: sep, quote, escape, header, encoding.

    Returns:
        f0, f1, … (string), `_corrupt` (the text of a ragged record) and the place columns; `_row` counts records.
    """
    schema = ", ".join([*(f"f{number} string" for number in range(columns)), "_corrupt string"])
    reader = (
        spark.read.format("csv")
        .schema(schema)
        .options(
            multiLine="true", mode="PERMISSIVE", columnNameOfCorruptRecord="_corrupt", enforceSchema="true", **options
        )
    )
    return with_place(reader.load([escape_glob(file.path) for file in files]), files)


def read_parquet(spark: SparkSession, files: Sequence[ArrivedFile], *, salvage: bool = False) -> DataFrame:
    """Read Parquet files of one schema, with the place columns; `_row` is the row within the file."""
    reader = spark.read.options(**_tolerant(salvage=salvage))
    rows = reader.parquet(*(escape_glob(file.path) for file in files))
    return with_place(rows, files, row=F.col("_metadata.row_index"))
