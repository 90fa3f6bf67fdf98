"""Folder -> new files: how files arrive.

The stream carries file *names* only (Spark's binaryFile source without its content), so that its checkpoint is the
exact ledger of what was read, while each file is opened as its first bytes demand (`inspection.py`, `readers.py`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.sources.settings import FileSourceSettings

_GLOB = re.compile(r"[*?\[{]")
_LISTING = "path string, modificationTime timestamp, length bigint, content binary"


@dataclass(frozen=True)
class ArrivedFile:
    """A file of a source.

    Attributes:
        uri: where it lies, as Spark writes it (`_metadata.file_path`, percent-encoded).
        name: its path relative to the source's folder; goes into `_source_file`.
    """

    uri: str
    name: str

    @property
    def path(self) -> str:
        """The path to open, without percent-encoding."""
        return unquote(self.uri)

    @property
    def local(self) -> Path | None:
        """The file on a local disk; None where it lies on another store."""
        return Path(bare_path(self.path)) if self.uri.startswith(("file:", "/")) else None

    @property
    def identity(self) -> str:
        """16 hexadecimal digits that stand for the file in `_record_id`."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:16]


def list_new_files(spark: SparkSession, settings: FileSourceSettings, folder: str) -> DataFrame:
    """Return the stream of files that arrive in a folder, at any depth.

    Names that begin with `_` or `.` are invisible: write a file under such a name and rename it when it is whole.

    Returns:
        uri string. Files without a byte are not among them.
    """
    reader = (
        spark.readStream.format("binaryFile")
        .schema(_LISTING)
        .options(
            recursiveFileLookup="true",
            pathGlobFilter=settings.pattern,
            maxFilesPerTrigger=str(settings.max_files_per_batch),
            # The default of 7 days, counted back from the newest file, silently skips older ones.
            maxFileAge="3650000d",
        )
    )
    # `content` is never selected, so the files are listed, not read.
    return reader.load(folder).select(F.col("_metadata.file_path").alias("uri"))


def list_folder(folder: str, pattern: str) -> set[str] | None:
    """Return the files that a reader of a local folder sees, as URIs; None for any other store.

    Hidden are names that begin with `_` or `.`, and everything below such folders.
    """
    bare = folder.removeprefix("file:")
    if "://" in bare or _GLOB.search(bare):
        return None
    top = Path(bare)
    patterns = _alternatives(pattern.replace("[^", "[!"))
    files = (path for path in top.rglob("*") if path.is_file() and any(fnmatch(path.name, one) for one in patterns))
    return {path.as_uri() for path in files if not any(part[0] in "_." for part in path.relative_to(top).parts)}


def _alternatives(pattern: str) -> list[str]:
    """Write a pattern with braces, which Hadoop knows and Python does not, as several without."""
    braces = re.search(r"\{([^{}]*)\}", pattern)
    if braces is None:
        return [pattern]
    before, after = pattern[: braces.start()], pattern[braces.end() :]
    return [whole for choice in braces[1].split(",") for whole in _alternatives(before + choice + after)]


def arrived(uris: Iterable[str], folder: str) -> list[ArrivedFile]:
    """Return the files of one batch, ordered by name."""
    return sorted((ArrivedFile(uri, relative_name(uri, folder)) for uri in uris), key=lambda file: file.name)


def relative_name(uri: str, folder: str) -> str:
    """Return the path of a file below its source's folder; below the part without wildcards where that is a glob."""
    path = bare_path(unquote(uri))
    wildcard = _GLOB.search(folder)
    top = folder[: folder.rfind("/", 0, wildcard.start())] if wildcard else folder
    top = bare_path(top).rstrip("/") + "/"
    return path.removeprefix(top) if path.startswith(top) else path.rsplit("/", 1)[-1]


def fingerprint(file: ArrivedFile) -> tuple[int, int] | None:
    """Return size and time of change of a local file, to notice that it changes; None elsewhere, and once it is gone.

    An object of a store is replaced as a whole, and read as it was when it was opened.
    """
    try:
        found = file.local.stat() if file.local else None
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns) if found else None


def bare_path(path: str) -> str:
    """Return a local path without its scheme, in one spelling; any other URI as it is."""
    return "/" + path.removeprefix("file:").lstrip("/") if path.startswith(("file:", "/")) else path
