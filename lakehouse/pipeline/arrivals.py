"""Spark's log of the files of a source -> which files a batch has, and which were written again since they landed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lakehouse.sources.files import ArrivedFile, arrived, bare_path, fingerprint, list_folder, relative_name
from lakehouse.storage.files import child, exists, list_names, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.sources.settings import FileSourceSettings


@dataclass(frozen=True)
class LoggedFile:
    """A file that Spark has noted as seen.

    Attributes:
        uri: where it lies, percent-encoded.
        modified: when it was last changed, in milliseconds since 1970.
    """

    uri: str
    modified: int


def files_of_batch(listing: DataFrame, checkpoint: str, number: int, folder: str) -> list[ArrivedFile]:
    """Return the files of a batch, also those that the stream passes over: without a byte, or gone since.

    Args:
        listing: what the stream sees of the batch (`uri`).
        checkpoint: of the stream.
        number: of the batch.
        folder: of the source.
    """
    uris = {_plain(row["uri"]): row["uri"] for row in listing.collect()}
    for file in _logged(listing.sparkSession, checkpoint, number):
        uris.setdefault(_plain(file.uri), file.uri.replace("file:///", "file:/", 1))
    return arrived(uris.values(), folder)


def find_rewritten(spark: SparkSession, settings: FileSourceSettings, folder: str, checkpoint: str) -> list[str]:
    """Return the names of local files that were written again after they had landed; they are not read again."""
    present = list_folder(folder, settings.pattern) or set()
    log = child(checkpoint, "sources", "0")
    seen = {_plain(file.uri): file.modified for file in _entries(spark, log, list_names(spark, log))} if present else {}
    files = [ArrivedFile(uri, relative_name(uri, folder)) for uri in present if _plain(uri) in seen]
    return sorted(file.name for file in files if _modified(file) > seen[_plain(file.uri)])


def _plain(uri: str) -> str:
    return bare_path(unquote(uri))


def _modified(file: ArrivedFile) -> int:
    found = fingerprint(file)
    return found[1] // 1_000_000 if found else 0


def _logged(spark: SparkSession, checkpoint: str, number: int) -> Iterator[LoggedFile]:
    log = child(checkpoint, "sources", "0")
    wanted = range(_offset(spark, checkpoint, number - 1) + 1, _offset(spark, checkpoint, number) + 1)
    for part in wanted:
        # Now and then Spark writes all entries so far into one file.
        names = [name for name in (str(part), f"{part}.compact") if exists(spark, child(log, name))]
        yield from _entries(spark, log, names, batch=part)


def _offset(spark: SparkSession, checkpoint: str, number: int) -> int:
    """Return how far a batch reads the log of the source; -1 for the batch before the first."""
    path = child(checkpoint, "offsets", str(number))
    return int(json.loads(read_text(spark, path).splitlines()[-1])["logOffset"]) if exists(spark, path) else -1


def _entries(spark: SparkSession, log: str, names: Iterable[str], *, batch: int | None = None) -> Iterator[LoggedFile]:
    for name in names:
        if not name.startswith("."):
            for line in read_text(spark, child(log, name)).splitlines():
                entry = json.loads(line) if line.startswith("{") else {}
                if entry and batch in (None, entry["batchId"]):
                    yield LoggedFile(entry["path"], entry["timestamp"])
