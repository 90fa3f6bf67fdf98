"""One writer a step at a time: a lock file on a local disk, a conditionally created object on a store.

Two Spark drivers that write one Delta table on S3 lose commits silently, because Delta's log store there cannot
create a file only if it is absent (delta-io/delta#3596). The lease object can: Hadoop's builder API sends
`If-None-Match`. On a local disk the kernel drops the lock with the process, however it ends.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.errors import StorageUnavailable
from lakehouse.storage.files import create_new, delete, exists, local_path, read_text

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PAUSE = 0.2  # seconds between two attempts of somebody who waits

LEASE_HOURS = 12
"""After this time a lease on an object store counts as left behind by a driver that died."""


@contextmanager
def lease(spark: SparkSession, uri: str, *, run_id: str, patience: float = 0.0) -> Iterator[None]:
    """Hold a lease while the block runs.

    Args:
        spark: a session that reaches the store.
        uri: the lock file or lease object.
        run_id: who wants it.
        patience: seconds to wait for another holder before giving up.

    Raises:
        StorageUnavailable: another writer holds it.
    """
    local = local_path(uri)
    until = time.monotonic() + patience
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(
                    _lock_file(local, run_id) if local is not None else _lease_object(spark, uri, run_id)
                )
                break
            except StorageUnavailable:
                if time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)
        yield


def _holder(run_id: str) -> str:
    now = datetime.now(UTC)
    return json.dumps(
        {
            "run_id": run_id,
            "host": socket.gethostname(),
            "machine": _machine(),
            "process": os.getpid(),
            "since": now.isoformat(timespec="seconds"),
            "until": (now + timedelta(hours=LEASE_HOURS)).isoformat(timespec="seconds"),
        }
    )


def _machine() -> str | None:
    """Identify what a process number is unique in: the running kernel and its namespace; None where unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return None


def _held(uri: str, holder: str) -> StorageUnavailable:
    return StorageUnavailable(
        "another run is writing here",
        where=uri,
        found=holder.strip() or "a lock without a name",
        remedy="wait for it and run the step again; if that run is surely dead on an object store, delete the lease",
    )


@contextmanager
def _lock_file(path: Path, run_id: str) -> Iterator[None]:
    import fcntl  # noqa: PLC0415  - there is none on Windows, where object stores still work

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _held(str(path), path.read_text(encoding="utf-8")) from error
        stream.truncate(0)
        stream.write(_holder(run_id))
        stream.flush()
        try:
            yield
        finally:
            stream.truncate(0)


@contextmanager
def _lease_object(spark: SparkSession, uri: str, run_id: str) -> Iterator[None]:
    if exists(spark, uri) and _left_behind(read_text(spark, uri)):
        delete(spark, uri)
    holder = _holder(run_id)
    _create_conditionally(spark, uri, holder)
    try:
        yield
    finally:
        # After its time another run may have taken it over.
        if exists(spark, uri) and read_text(spark, uri) == holder:
            delete(spark, uri)


def _left_behind(holder: str) -> bool:
    """Tell whether the holder is surely gone: its time is over, or it was a process of this machine and is no more."""
    try:
        said = json.loads(holder)
        if datetime.fromisoformat(said["until"]) < datetime.now(UTC):
            return True
        return said.get("machine") is not None and said["machine"] == _machine() and not _lives(int(said["process"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _create_conditionally(spark: SparkSession, uri: str, payload: str) -> None:
    try:
        create_new(spark, uri, payload)
    except Exception as error:
        holder = read_text(spark, uri) if exists(spark, uri) else f"refused: {type(error).__name__}"
        raise _held(uri, holder) from error
