"""Exactly once: the token and the note that go with every commit, and the retry when two writers collide."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeVar

from delta import exceptions as conflicts  # Delta's errors are typed only once `delta` is imported

from lakehouse.errors import StorageUnavailable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Result = TypeVar("Result")
# In Python these have no common base of their own.
_CONFLICTS = (
    conflicts.DeltaConcurrentModificationException,
    conflicts.ConcurrentWriteException,
    conflicts.ConcurrentAppendException,
    conflicts.ConcurrentDeleteReadException,
    conflicts.ConcurrentDeleteDeleteException,
    conflicts.ConcurrentTransactionException,
    conflicts.MetadataChangedException,
    conflicts.ProtocolChangedException,
)
_APP = "spark.databricks.delta.write.txnAppId"
_VERSION = "spark.databricks.delta.write.txnVersion"
_NOTE = "spark.databricks.delta.commitInfo.userMetadata"


@dataclass(frozen=True)
class Token:
    """What makes a repeated commit a no-op: Delta skips a version that an application has already written.

    Delta also skips a *lower* version and never compares the data, so a token may only be used for data that is the
    same on every repetition, and a new checkpoint, whose batch numbers start at 0 again, needs a new application.
    """

    app_id: str
    version: int

    @classmethod
    def of(cls, *, pipeline: str, table: str, checkpoint_id: str, batch: int) -> Token:
        """Bind a token to the pipeline, the table and the identity of the checkpoint, never to a name alone."""
        parts = json.dumps([pipeline, table, checkpoint_id])  # JSON keeps ("a", "bc") and ("ab", "c") apart
        return cls(hashlib.sha256(parts.encode()).hexdigest()[:32], batch)


@dataclass(frozen=True)
class Note:
    """What a commit says of itself in the table's history."""

    run_id: str
    step: str
    batch: int | None = None
    checkpoint: str | None = None
    inputs: str | None = None

    def text(self) -> str:
        """Return the note as one line of JSON."""
        return json.dumps({key: value for key, value in asdict(self).items() if value is not None}, sort_keys=True)


def write_options(token: Token | None, note: Note) -> dict[str, str]:
    """Return the writer options that carry token and note on an append or overwrite."""
    options = {"userMetadata": note.text()}
    if token:
        options |= {"txnAppId": token.app_id, "txnVersion": str(token.version)}
    return options


@contextmanager
def statement_token(session: SparkSession, token: Token | None, note: Note) -> Iterator[None]:
    """Carry token and note on SQL statements, which take them from session settings only (delta-io/delta#3934).

    The session must belong to the step alone: the settings would hit every other statement in it.
    """
    settings = {_NOTE: note.text()}
    if token:
        settings |= {_APP: token.app_id, _VERSION: str(token.version)}
    for key, value in settings.items():
        session.conf.set(key, value)
    try:
        yield
    finally:
        for key in settings:
            session.conf.unset(key)


def retry_conflicts(attempt: Callable[[], Result], *, table: str, attempts: int = 5, pause: float = 0.5) -> Result:
    """Run a commit again when another writer was faster; each attempt must read the target anew.

    Raises:
        StorageUnavailable: the last attempt collided too.
    """
    for number in range(1, attempts + 1):
        try:
            return attempt()
        except _CONFLICTS as error:
            if number == attempts:
                raise StorageUnavailable(
                    "other writers kept changing the table",
                    where=table,
                    found=f"{attempts} attempts collided ({type(error).__name__})",
                    remedy="run the step again when the other job is done; one writer a table at a time is best",
                ) from error
            time.sleep(pause * 2 ** (number - 1))
    raise AssertionError("unreachable")
