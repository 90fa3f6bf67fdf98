"""Starts Spark once, does a little of everything that a lake does, and keeps the classes for every later start.

    python -m lakehouse.fast_start

Spark and Delta load some 15,000 classes before the first row moves; taken from the archive they save some 40 % of a start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse.environment.cache import require_folder
from lakehouse.environment.class_archive import can_be_named, class_archive, superseded, writing_options
from lakehouse.environment.jars import require_jars
from lakehouse.environment.java import Java, find_java, shares_classes
from lakehouse.errors import EnvironmentProblem, LakehouseError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PATIENCE = 300  # seconds


def prepare() -> Path:
    """Write the archive of classes unless it is there; takes half a minute and 200 MB of the cache.

    Returns:
        the archive.

    Raises:
        EnvironmentProblem: this Java cannot write one. Everything works without it, and starts more slowly.
    """
    java = find_java()
    archive = class_archive(java, require_jars(java))
    if archive.is_file():
        return archive
    if not can_be_named(archive):
        raise _impossible(java, f"white space in {archive.parent}", remedy="set LAKEHOUSE_CACHE to a folder without it")
    try:
        if not shares_classes(java):
            raise _impossible(java, "a Java without an archive of its own classes")
        require_folder("classes")
        with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
            draft = Path(folder) / archive.name
            command = [sys.executable, "-m", "lakehouse.fast_start", str(draft)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
            if done.returncode:
                raise _impossible(java, _last_line(done.stderr))
            if not draft.is_file():
                raise _impossible(java, "no archive was written")
            draft.replace(archive)
        for old in superseded(archive):
            old.unlink(missing_ok=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _impossible(java, type(error).__name__) from error
    return archive


def _impossible(java: Java, found: str, *, remedy: str = "another Java 17+ may be able to") -> EnvironmentProblem:
    return EnvironmentProblem(
        "the classes of Spark cannot be kept for faster starts", where=str(java.home), found=found,
        remedy=f"nothing needs it; {remedy}",
    )  # fmt: skip


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1][:300]


def _record(archive: Path) -> None:
    """Do the work whose classes are kept, and wait until the JVM has written them."""
    from lakehouse.session import open_session, read_profile  # noqa: PLC0415  - Spark is for the child process only

    options = f"{read_profile('test')['spark.driver.extraJavaOptions']} {writing_options(archive)}"
    session = open_session(profile="test", extra={"spark.driver.extraJavaOptions": options})
    with tempfile.TemporaryDirectory() as folder:
        _work(session, Path(folder))
    gateway: Any = session.sparkContext._gateway  # noqa: SLF001  - pyspark offers no other way to its JVM's process
    session.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait(_PATIENCE)


def _work(session: SparkSession, folder: Path) -> None:
    """Read, stream, write, merge and query as a lake does."""
    (folder / "in").mkdir()
    (folder / "in" / "a.csv").write_text("id,name,at\n1,Ann,2026-01-02\n2,Bob,x\n", encoding="utf-8")
    raw, table = str(folder / "raw"), str(folder / "table")
    lines = session.readStream.format("csv").option("header", "true").schema("id string, name string, at string")
    stream = (
        lines.load(str(folder / "in"))
        .selectExpr("parse_json(to_json(struct(*))) AS record", "xxhash64(id) AS n")
        .writeStream.format("delta")
        .option("checkpointLocation", str(folder / "progress"))
    )
    stream.trigger(availableNow=True).start(raw).awaitTermination()
    typed = session.read.format("delta").load(raw).selectExpr(
        "try_variant_get(record, '$.id', 'int') AS id",
        "lower(try_variant_get(record, '$.name', 'string')) AS name",
        "try_to_timestamp(try_variant_get(record, '$.at', 'string')) AS at",
        "row_number() OVER (PARTITION BY n ORDER BY n) AS place",
    )  # fmt: skip
    typed.write.format("delta").partitionBy("place").save(table)
    session.sql(f"MERGE INTO delta.`{table}` AS t USING (SELECT 1 AS id) AS s ON t.id = s.id WHEN MATCHED THEN DELETE")
    session.sql(f"ALTER TABLE delta.`{table}` SET TBLPROPERTIES ('a' = 'b')")
    session.sql(f"DESCRIBE DETAIL delta.`{table}`").toArrow()
    session.read.format("delta").load(table).groupBy("name").agg({"id": "count", "at": "max"}).orderBy("name").collect()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.environ.setdefault("PYTHONUNBUFFERED", "1")
        _record(Path(sys.argv[1]))
    else:
        try:
            prepare()
        except LakehouseError as problem:
            sys.exit(str(problem))
