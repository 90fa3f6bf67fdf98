"""One batch of files -> one frame of landed records, each file opened as its first bytes demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.raw.csv_records import land_csv, land_csv_rows
from lakehouse.raw.json_records import count_json_records, land_json_documents, land_json_lines
from lakehouse.raw.landing import file_problems, land_corrupt_lines, land_rows
from lakehouse.session import local_rows, task_slots
from lakehouse.sources.header import printable, shown
from lakehouse.sources.inspection import HEAD_BYTES, FileFacts, inspect_file
from lakehouse.sources.readers import (
    READ_ERRORS,
    SPLIT_BYTES,
    csv_options,
    read_documents,
    read_lines,
    read_multiline_csv,
    read_parquet,
)
from lakehouse.storage.files import read_head

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.sources.files import ArrivedFile
    from lakehouse.sources.settings import FileSourceSettings


_ROWS_A_TASK = 50_000
"""So many lines are worth a task of their own."""

_CUT = "the file is damaged or cut short; what could be read of it has landed"


@dataclass(frozen=True)
class Batch:
    """The files of one batch and what is known of them.

    Attributes:
        files: in the order of their names.
        settings: of their source.
        source: its name.
        expected: the fields that entities read; empty where nothing is known.
        first: whether the source has landed nothing yet, so that a misfit is the settings' fault.
    """

    files: Sequence[ArrivedFile]
    settings: FileSourceSettings
    source: str
    expected: tuple[str, ...] = ()
    first: bool = False


@dataclass(frozen=True)
class Landed:
    """The records of a batch.

    Attributes:
        records: record, _corrupt_record, _corrupt_reason and place columns.
        expected: how many there must be, by a count that does not go through their parsing.
        notes: what a person should know of the files.
        fields: the names of their fields, as far as the first bytes of each file show them.
    """

    records: DataFrame
    expected: int
    notes: tuple[str, ...]
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Opened:
    """Rows as they stand in some files, and the zone function that makes records of them.

    Attributes:
        rows: lines, documents or rows with their place.
        land: makes records of them.
        count: returns as many rows as there must be records.
        spread: whether few tasks may have read many rows, which others could parse.
    """

    rows: DataFrame
    land: Callable[[DataFrame], DataFrame]
    count: Callable[[DataFrame], DataFrame] = lambda rows: rows
    spread: bool = False


def land_batch(spark: SparkSession, batch: Batch, *, probe: bool = False) -> Landed:
    """Open the files of a batch; a file that cannot be read becomes one corrupt record and what can be saved of it.

    Args:
        spark: a session with `READ_SETTINGS`.
        batch: the files.
        probe: whether to read every file through first, because a write has failed over one of them.

    Raises:
        ConfigurationError: nothing of a new source fits its settings.
    """
    read = partial(_head, spark)
    facts = [inspect_file(file, batch.settings, read, expected=batch.expected) for file in batch.files]
    facts = [_with_schema(spark, fact, batch.expected) for fact in facts]
    _require_fit(facts, batch)
    if probe:
        facts = [_with_damage(spark, fact, batch.settings) for fact in facts]
    try:
        return _landed(spark, facts, batch.settings)
    except READ_ERRORS:
        if probe:
            raise
        facts = [_with_damage(spark, fact, batch.settings) for fact in facts]
        return _landed(spark, facts, batch.settings)


def _head(spark: SparkSession, file: ArrivedFile) -> bytes:
    """Return the first bytes of a file.

    Raises:
        OSError: it cannot be opened by Python or could not be by Spark.
    """
    if file.local is None:
        return read_head(spark, file.path, size=HEAD_BYTES)
    if file.local.exists() and not file.local.is_file():
        raise OSError("it is no regular file")  # a pipe would keep the reader waiting for ever
    if ":" in file.local.name:
        raise OSError("its name holds a colon, which Hadoop does not open on a local disk")
    return read_head(spark, str(file.local), size=HEAD_BYTES)


def _landed(spark: SparkSession, facts: Sequence[FileFacts], settings: FileSourceSettings) -> Landed:
    opened = [_open(spark, group, settings) for group in _groups(facts)]
    problems = [fact for fact in facts if fact.whole]
    counted = [_count(part) for part in opened]
    records = [part.land(_spread(part, *found)) for part, found in zip(opened, counted, strict=True)]
    if problems or not records:
        records.append(file_problems(_problem_rows(spark, problems)))
    expected = sum(rows for rows, _ in counted) + len(problems)
    fields = frozenset(name for fact in facts for name in fact.fields)
    return Landed(reduce(lambda left, right: left.unionByName(right), records), expected, _notes(facts), fields)


def _count(part: Opened) -> tuple[int, int]:
    """Return how many records there must be, and how many tasks can have read them at most; 0 where nobody asks."""
    if not part.spread:
        return part.count(part.rows).count(), 0
    # A file is read in splits, each by a task of its own; a packed one has a single split.
    counts = part.rows.groupBy("_source_file").agg(F.count(F.lit(1)).alias("rows"), F.max("_block").alias("last"))
    tasks = F.floor(F.col("last") / F.lit(SPLIT_BYTES)) + F.lit(1)
    rows, read_by = counts.agg(F.sum("rows"), F.sum(tasks)).collect()[0]
    return rows or 0, read_by or 0


def _spread(part: Opened, rows: int, tasks: int) -> DataFrame:
    """Hand rows that few tasks have read to all cores; the files of raw are then many enough for the steps after it.

    A packed file is read from one end to the other by one task, however large it is, and written as one file, which
    the next step reads by one task again.
    """
    wanted = min(task_slots(part.rows.sparkSession), rows // _ROWS_A_TASK)
    # By the name of the record, and not in turn: a task that is repeated must hand out its rows as it did before.
    return part.rows.repartition(wanted, "_record_id") if part.spread and wanted > tasks else part.rows


def _notes(facts: Sequence[FileFacts]) -> tuple[str, ...]:
    """Say each thing once, with the files that it is about."""
    files: dict[str, list[str]] = {}
    for fact in facts:
        remedy = "; mend it and let it arrive again under another name" if fact.whole else ""
        for note in [*fact.notes, *([f"{fact.problem}{remedy}"] if fact.problem else [])]:
            files.setdefault(note, []).append(printable(fact.file.name))
    return tuple(
        f"{names[0]}{f' and {len(names) - 1} more files' if len(names) > 1 else ''}: {note}"
        for note, names in files.items()
    )


def _groups(facts: Sequence[FileFacts]) -> list[list[FileFacts]]:
    """Put together the files that one reader can read in one go."""
    groups: dict[object, list[FileFacts]] = {}
    for fact in facts:
        if fact.readable:
            key = (fact.encoding, fact.header, fact.header_row, bool(fact.problem), fact.salvage, fact.schema)
            groups.setdefault(key, []).append(fact)
    return list(groups.values())


def _open(spark: SparkSession, group: Sequence[FileFacts], settings: FileSourceSettings) -> Opened:
    facts, files = group[0], [fact.file for fact in group]
    if settings.format == "parquet":
        rows = read_parquet(spark, files, salvage=facts.salvage)
        return Opened(rows, land_rows, _readable_rows) if facts.salvage else Opened(rows, land_rows)
    if settings.format == "json":
        return Opened(read_documents(spark, files, facts.encoding), land_json_documents, count_json_records)
    if settings.format == "csv" and settings.csv.multiline and facts.header:
        return _open_multiline(spark, facts, files, settings)
    lines = read_lines(spark, files, facts.encoding, salvage=facts.salvage)
    lines = lines.where(F.col("line").isNull() | (F.trim("line") != ""))
    if settings.format == "jsonl":
        return Opened(lines, land_json_lines, spread=True)
    if not facts.header:
        return Opened(lines, partial(land_corrupt_lines, reason="header"))
    body = lines.where((F.col("_block") > 0) | (F.col("_row") > facts.header_row))
    options = csv_options(settings.csv, len(facts.header))
    return Opened(body, partial(land_csv, header=facts.header, options=options), spread=True)


def _readable_rows(rows: DataFrame) -> DataFrame:
    """Return the rows of damaged Parquet files that can be read whole; a bare count would believe their footers."""
    return land_rows(rows).where(F.to_json("record").isNotNull())


def _open_multiline(
    spark: SparkSession, facts: FileFacts, files: Sequence[ArrivedFile], settings: FileSourceSettings
) -> Opened:
    rows = read_multiline_csv(spark, files, facts.encoding, len(facts.header), settings.csv, salvage=facts.salvage)
    return Opened(rows, partial(land_csv_rows, header=facts.header), spread=True)


def _with_schema(spark: SparkSession, facts: FileFacts, expected: Sequence[str]) -> FileFacts:
    if facts.encoding != "binary" or not facts.readable:
        return facts
    try:
        content = read_parquet(spark, [facts.file]).schema["_content"].dataType
    except READ_ERRORS as error:
        condition = getattr(error, "getCondition", lambda: None)()
        problem = f"Spark cannot read its columns ({condition})" if condition else "its footer cannot be read"
        return replace(facts, problem=f"the Parquet file is damaged or foreign: {problem}", whole=True)
    names = tuple(field.name for field in content.fields)  # type: ignore[attr-defined]
    notes = tuple(f"column `{shown(name)}` is missing" for name in sorted(set(expected) - set(names)))
    return replace(facts, schema=content.json(), fields=names, notes=notes)


def _with_damage(spark: SparkSession, facts: FileFacts, settings: FileSourceSettings) -> FileFacts:
    """Read a file through, to learn whether it is the one over which a job has failed, and what can be saved of it."""
    if not facts.readable or _can_be_read(spark, facts, settings):
        return facts
    saved = replace(facts, problem=_CUT, whole=True, salvage=True)
    if _can_be_read(spark, saved, settings):
        return saved
    return replace(facts, problem="the file is damaged or cut short, and nothing of it can be read", whole=True)


def _can_be_read(spark: SparkSession, facts: FileFacts, settings: FileSourceSettings) -> bool:
    try:
        _open(spark, [facts], settings).rows.write.format("noop").mode("overwrite").save()
    except READ_ERRORS:
        return False
    return True


def _require_fit(facts: Sequence[FileFacts], batch: Batch) -> None:
    """Blame the settings, not the files, when nothing of a new source fits."""
    misfits = [fact for fact in facts if fact.problem and fact.opened]
    if batch.first and misfits and all(fact.problem or fact.empty for fact in facts):
        raise ConfigurationError(
            "no file fits the settings of the source, so nothing has landed",
            where=f"conf/sources/{batch.source}.yaml",
            found=f"{printable(misfits[0].file.name)}: {misfits[0].problem}",
            remedy="mend the settings (format, csv.delimiter, csv.header, encoding) or the files, then run again",
        )


def _problem_rows(spark: SparkSession, problems: Sequence[FileFacts]) -> DataFrame:
    rows = [(fact.file.name, f"{fact.file.identity}-file", fact.problem) for fact in problems]
    return local_rows(spark, rows, "_source_file", "_record_id", "problem")
