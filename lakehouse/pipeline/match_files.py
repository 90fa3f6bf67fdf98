"""Files and tables as people have them -> DataFrames for matching; every text stays text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.sources.files import ArrivedFile
from lakehouse.sources.header import printable, shown
from lakehouse.sources.inspection import HEAD_BYTES, FileFacts, inspect_file
from lakehouse.sources.readers import READ_ERRORS, escape_glob, read_multiline_csv
from lakehouse.sources.settings import CsvSettings, FileSourceSettings
from lakehouse.storage.files import exists, list_names, local_path, read_head
from lakehouse.storage.tables import read_table

if TYPE_CHECKING:
    from typing import Literal

    from pyspark.sql import DataFrame, SparkSession

    Format = Literal["csv", "jsonl", "parquet", "delta"]

_FORMATS: dict[str, Format] = {
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "jsonl",
    "parquet": "parquet",
    "pq": "parquet",
}
_DELIMITERS = (",", ";", "\t", "|")
_CORRUPT = "_corrupt_record"


@dataclass(frozen=True)
class Table:
    """Records of a file.

    Attributes:
        rows: the records.
        warnings: what a person should know of how they were read.
    """

    rows: DataFrame
    warnings: tuple[str, ...] = ()


def read_records(spark: SparkSession, path: str) -> Table:
    """Read the records of a file, or of a folder of Parquet files or a Delta table; runs actions on text files.

    Args:
        spark: a session with `READ_SETTINGS`.
        path: of the file or folder; what it is follows from its name and its first bytes.

    Returns:
        the columns as the file names them. Of CSV every column is text, and an empty field is null.

    Raises:
        ConfigurationError: no such file, a format that is not known, or a file that cannot be read.
    """
    form = _format_of(spark, path)
    if form == "csv":
        return _read_csv(spark, path)
    if form == "jsonl":
        return _read_json(spark, path)
    with _readable(path):
        whole = _absolute(path)
        return Table(read_table(spark, whole) if form == "delta" else spark.read.parquet(escape_glob(whole)))


def require_file(path: str) -> None:
    """Raise where a local file or folder is missing; what lies on another store is looked for when it is read.

    Raises:
        ConfigurationError: naming the path.
    """
    local = local_path(path)
    if local is not None and not local.exists():
        raise _missing(path)


def _missing(path: str) -> ConfigurationError:
    return ConfigurationError(
        "There is no such file or folder.", where=printable(path), remedy="check the path; it counts from where you are"
    )


def _format_of(spark: SparkSession, path: str) -> Format:
    if not exists(spark, path):
        raise _missing(path)
    names = list_names(spark, path) if _is_folder(path) else []
    if "_delta_log" in names:
        return "delta"
    if any(name.endswith(".parquet") for name in names):
        return "parquet"
    ending = Path(path.removesuffix(".gz").removesuffix(".bz2")).suffix.lstrip(".").lower()
    if names or _is_folder(path) or ending not in _FORMATS:
        found = "a folder without Delta table or Parquet files" if _is_folder(path) else f"the ending `.{ending}`"
        raise ConfigurationError(
            "This is no format that can be matched.",
            where=printable(path),
            found=found,
            remedy="give a file `.csv`, `.csv.gz`, `.tsv`, `.jsonl` or `.parquet`, or the folder of a Delta table",
        )
    return _FORMATS[ending]


def _absolute(path: str) -> str:
    """Write a local path in full: Spark's JVM may have started in another folder."""
    local = local_path(path)
    return path if local is None else str(local.resolve())


def _is_folder(path: str) -> bool:
    local = local_path(path)
    return local.is_dir() if local is not None else not Path(path).suffix


@contextmanager
def _readable(path: str) -> Iterator[None]:
    """Turn what Spark raises over a file into an error for people, without its text, which may quote a record."""
    try:
        yield
    except READ_ERRORS as error:
        condition = getattr(error, "getCondition", lambda: None)() or type(error).__name__
        remedy = "check that the file is whole, or export it again"
        if "COLUMN_ALREADY_EXISTS" in condition:
            remedy = "two columns have the same name but for upper and lower case; rename one of them"
        raise ConfigurationError(
            "The file cannot be read.", where=printable(path), found=condition, remedy=remedy
        ) from error


def _read_csv(spark: SparkSession, path: str) -> Table:
    facts, csv = _inspect(spark, path)
    with _readable(path):
        rows = read_multiline_csv(spark, [facts.file], facts.encoding, len(facts.header), csv).localCheckpoint()
    ragged, spoilt = rows.agg(F.count("_corrupt"), F.count_if("_spoilt")).collect()[0]
    warnings = [f"{printable(Path(path).name)}: {note}" for note in facts.notes]
    if spoilt:
        warnings.append(
            f"{printable(Path(path).name)}: {spoilt:,} records are not written in {facts.encoding} and were read as "
            "Latin-1; save the file as UTF-8"
        )
    if ragged:
        warnings.append(
            f"{printable(Path(path).name)}: {ragged:,} records have more or fewer fields than the header; what is "
            "missing is taken for empty, and what is too much is left out"
        )
    fields = [F.nullif(F.col(f"f{number}"), F.lit("")) for number in range(len(facts.header))]
    return Table(rows.select(*fields).toDF(*facts.header), tuple(warnings))


def _inspect(spark: SparkSession, path: str) -> tuple[FileFacts, CsvSettings]:
    """Look at the head of a CSV file and find out what stands between its fields."""
    local = local_path(path)
    file = ArrivedFile(local.resolve().as_uri() if local else path, Path(path).name)
    found = []
    for delimiter in _DELIMITERS:
        csv = CsvSettings(delimiter=delimiter, multiline=True)
        settings = FileSourceSettings(path=path, format="csv", csv=csv)
        facts = inspect_file(
            file, settings, lambda file: read_head(spark, str(file.local or file.path), size=HEAD_BYTES)
        )
        found.append((len(facts.header), facts, csv))
    _, facts, csv = max(found, key=lambda one: one[0])
    if facts.problem or facts.empty or not facts.header:
        raise ConfigurationError(
            "The file cannot be read as CSV.",
            where=printable(path),
            found=facts.problem or "an empty file",
            remedy="give a CSV file whose first line names the columns, in UTF-8",
        )
    return facts, csv


def _read_json(spark: SparkSession, path: str) -> Table:
    with _readable(path):
        # Numbers stay as they are written: an id of twenty digits is no double.
        reader = spark.read.option("primitivesAsString", "true").option("columnNameOfCorruptRecord", _CORRUPT)
        rows = reader.json(escape_glob(_absolute(path))).localCheckpoint()
    if _CORRUPT in rows.columns:
        broken = rows.where(F.col(_CORRUPT).isNotNull()).count()
        raise ConfigurationError(
            "Lines are no JSON objects.",
            where=printable(path),
            found=f"{broken:,} lines",
            remedy="write one JSON object a line, or leave these lines out",
        )
    return Table(rows)


def require_id(table: Table, key: str, path: str) -> None:
    """Raise where the records have no column of the name of the id.

    Raises:
        ConfigurationError: naming the columns that there are, as far as they may be shown.
    """
    if key not in table.rows.columns:
        raise ConfigurationError(
            f"There is no column `{printable(key)}`.",
            where=printable(path),
            found=", ".join(shown(name) for name in table.rows.columns[:20]) or "no column",
            remedy="name the column that identifies a record by `--id`; the first line of a CSV file names the columns",
        )
