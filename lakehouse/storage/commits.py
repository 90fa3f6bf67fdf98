"""The log of a Delta table -> its newest commits.

Every step asks several times which version a table has and what its last commits say of themselves. Delta's protocol
keeps each commit in a JSON file whose first line tells; reading that takes a millisecond, `DESCRIBE HISTORY` a Spark
job of a fifth of a second.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakehouse.errors import TableError
from lakehouse.storage.files import child, list_names, read_head, read_text
from lakehouse.storage.sql import sql_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

_COMMIT = re.compile(r"([0-9]{20})\.json")
_HEAD = 1 << 16  # bytes; the line that tells of a commit has a few hundred


@dataclass(frozen=True)
class Commit:
    """What a commit of a table did.

    Attributes:
        version: version of the table after it.
        at: when it was made (UTC).
        note: the note of the commit; empty when it carries none.
        metrics: Delta's operation metrics, for example `numOutputRows`.
    """

    version: int
    at: datetime
    note: Mapping[str, object]
    metrics: Mapping[str, int]


def last_commit(spark: SparkSession, path: str) -> Commit:
    """Return the newest commit of a table.

    Raises:
        TableError: there is none.
    """
    found = recent_commits(spark, path, commits=1)
    if not found:
        raise TableError("there is no table", where=path, remedy="run the step that writes it, or check the name")
    return found[0]


def recent_commits(spark: SparkSession, path: str, *, commits: int = 20) -> list[Commit]:
    """Return the last commits of a table, newest first; empty where there is no table."""
    names = list_names(spark, child(path, "_delta_log"))
    newest = [name for name in names if _COMMIT.fullmatch(name)][-commits:]
    if not newest and any(name.endswith(".parquet") for name in names):
        # Delta has tidied its log up to the last checkpoint.
        return _described(spark, path, commits)
    return [_read(spark, child(path, "_delta_log", name), int(name[:20])) for name in reversed(newest)]


def _read(spark: SparkSession, uri: str, version: int) -> Commit:
    line = read_head(spark, uri, size=_HEAD).split(b"\n", maxsplit=1)[0]
    if not line.startswith(b'{"commitInfo"') or len(line) == _HEAD:
        lines = read_text(spark, uri).splitlines()
        line = next((entry for entry in lines if '"commitInfo"' in entry), "{}").encode()
    info = json.loads(line).get("commitInfo", {})
    at = datetime.fromtimestamp(info.get("timestamp", 0) / 1000, UTC)
    return Commit(version, at, _note(info.get("userMetadata")), _metrics(info.get("operationMetrics")))


def _described(spark: SparkSession, path: str, commits: int) -> list[Commit]:
    rows = (
        spark.sql(f"DESCRIBE HISTORY {sql_name(path)} LIMIT {commits}")
        .select("version", F.unix_micros("timestamp").alias("at"), "userMetadata", "operationMetrics")
        .collect()
    )
    return [
        Commit(
            row["version"],
            datetime.fromtimestamp(row["at"] / 1e6, UTC),
            _note(row["userMetadata"]),
            _metrics(row["operationMetrics"]),
        )
        for row in rows
    ]


def _note(text: str | None) -> dict[str, object]:
    try:
        note = json.loads(text or "{}")
    except ValueError:
        return {}
    return note if isinstance(note, dict) else {}


def _metrics(metrics: Mapping[str, Any] | None) -> dict[str, int]:
    return {key: int(value) for key, value in (metrics or {}).items() if str(value).lstrip("-").isdigit()}
