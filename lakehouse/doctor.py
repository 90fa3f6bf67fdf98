"""Is this machine ready? One finding for each thing that must be there, with the remedy where it is not."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lakehouse.environment.cache import cache_folder
from lakehouse.environment.jars import DELTA_JARS, missing_jars, require_jars
from lakehouse.environment.java import find_java
from lakehouse.environment.versions import DELTA, PYSPARK, version_problem
from lakehouse.errors import LakehouseError
from lakehouse.fast_start import prepare

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Check:
    """What was found of one thing.

    Attributes:
        name: of the thing.
        fine: whether it will do.
        found: what was found.
        remedy: what to do where it will not.
    """

    name: str
    fine: bool
    found: str
    remedy: str = ""


def examine(log: Path | None = None) -> Iterator[Check]:
    """Look at Python, packages, Java, JARs, the cache and memory, then start Spark and write a Delta table.

    Args:
        log: where Spark's own messages go; None: to standard error.
    """
    yield Check(
        "Python",
        sys.version_info >= OLDEST_PYTHON,
        f"{platform.python_version()} ({sys.executable})",
        "use Python 3.11 or newer",
    )
    problem = version_problem()
    yield Check(
        "packages",
        not problem,
        problem or f"pyspark {PYSPARK}, delta-spark {DELTA}",
        problem.rsplit("to do: ", maxsplit=1)[-1],
    )
    java = _attempt("Java", lambda: f"{(found := find_java()).version} ({found.origin})")
    yield java
    if not java.fine or problem:
        return
    jars = _attempt("JARs", _jars)
    yield jars
    yield Check("memory", fine=True, found=_memory())
    if jars.fine:
        yield _attempt("Spark", lambda: _smoke(log))
        yield _fast_start()


def _attempt(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, fine=True, found=look())
    except LakehouseError as error:
        return Check(
            name,
            fine=False,
            found=f"{error.problem} ({error.found})" if error.found else error.problem,
            remedy=error.remedy,
        )


def _jars() -> str:
    lacking = len(missing_jars())
    require_jars(find_java())
    fetched = f", {lacking} fetched now" if lacking else ", no network needed"
    return f"{len(DELTA_JARS)} in {cache_folder('jars')}{fetched}"


def _fast_start() -> Check:
    """Keep Spark's classes for later starts; a Java that cannot is no fault."""
    kept = _attempt("fast start", lambda: f"Spark's classes are kept in {prepare()}")
    return Check(kept.name, fine=True, found=kept.found)


def _memory() -> str:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * size / 2**30:.0f} GiB, {os.cpu_count()} cores; conf/spark/local.conf gives the driver 4 GiB"


def _smoke(log: Path | None) -> str:
    import tempfile  # noqa: PLC0415  - only needed here

    from lakehouse.session import open_session  # noqa: PLC0415

    session = open_session(profile="test", log=log)
    with tempfile.TemporaryDirectory() as folder:
        session.range(3).write.format("delta").save(f"{folder}/table")
        rows = session.read.format("delta").load(f"{folder}/table").count()
    return f"{session.version} starts, writes and reads a Delta table ({rows} rows)"
