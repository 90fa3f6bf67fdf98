"""One writer a step at a time: a lock file on a local disk, a conditionally created object on a store.

Two Spark drivers that write one Delta table on S3 lose commits silently, because Delta's log store there cannot
create a file only if it is absent (delta-io/delta#3596). The lease object can: Hadoop's builder API sends
`If-None-Match`. On a local disk the kernel drops the lock with the process, however it ends.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.errors import StorageUnavailable
from lakehouse.storage.files import _hadoop, delete, exists, local_path, read_text

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LEASE_HOURS = 12
"""After this time a lease on an object store counts as left behind by a driver that died."""


@contextmanager
def lease(spark: SparkSession, uri: str, *, run_id: str) -> Iterator[None]:
    """Hold a lease while the block runs.

    Raises:
        StorageUnavailable: another writer holds it.
    """
    local = local_path(uri)
    with _lock_file(local, run_id) if local is not None else _lease_object(spark, uri, run_id):
        yield


def _holder(run_id: str) -> str:
    now = datetime.now(UTC)
    return json.dumps(
        {
            "run_id": run_id,
            "host": socket.gethostname(),
            "process": os.getpid(),
            "since": now.isoformat(timespec="seconds"),
            "until": (now + timedelta(hours=LEASE_HOURS)).isoformat(timespec="seconds"),
        }
    )


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
        yield
        stream.truncate(0)


@contextmanager
def _lease_object(spark: SparkSession, uri: str, run_id: str) -> Iterator[None]:
    if exists(spark, uri) and _expired(read_text(spark, uri)):
        delete(spark, uri)
    _create_conditionally(spark, uri, _holder(run_id))
    try:
        yield
    finally:
        delete(spark, uri)


def _expired(holder: str) -> bool:
    try:
        return datetime.fromisoformat(json.loads(holder)["until"]) < datetime.now(UTC)
    except (ValueError, KeyError, TypeError):
        return False


def _create_conditionally(spark: SparkSession, uri: str, payload: str) -> None:
    file_system, path = _hadoop(spark, uri)
    builder = file_system.createFile(path)
    if uri.startswith("s3a:"):
        builder.must("fs.option.create.conditional.overwrite", True)
    else:
        builder.overwrite(False)
    builder.recursive()
    try:
        stream = builder.build()
        stream.write(bytearray(payload.encode()))
        stream.close()  # the refusal comes here
    except Exception as error:
        holder = read_text(spark, uri) if exists(spark, uri) else f"refused: {type(error).__name__}"
        raise _held(uri, holder) from error
