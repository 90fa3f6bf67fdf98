"""Settings -> SparkSession: a new one from `conf/spark/*.conf`, or the one that is there, checked and left as it is."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from lakehouse.environment.class_archive import class_archive, reading_options
from lakehouse.environment.jars import require_jars
from lakehouse.environment.java import find_java
from lakehouse.environment.versions import version_problem
from lakehouse.errors import ConfigurationError, EnvironmentProblem

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"
_EXTENSIONS = "spark.sql.extensions"
_DELTA = {
    _EXTENSIONS: _EXTENSION,
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
_STEP = {
    # Whatever the caller's session says: the same input gives the same output.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.streaming.stateStore.providerClass":
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
    "spark.sql.streaming.metricsEnabled": "false",
}  # fmt: skip
_BOOKKEEPING = {
    # Delta puts the state of a table together from its log with queries over hundreds of columns and a few rows: half
    # of the time of a small commit went into generating their code, anew for every task.
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
}
_JAVA_OPTIONS, _CLASS_PATH = "spark.driver.extraJavaOptions", "spark.driver.extraClassPath"
_ARCHIVE = "Archive"  # in options of the JVM: somebody already says what is to become of its classes
_PACKAGED = Path(__file__).parent / "_conf"
_CHECKOUT = Path(__file__).parent.parent / "conf"
_bookkeepers: dict[str, SparkSession] = {}
_one_at_a_time = Lock()


def open_session(
    supplied: SparkSession | None = None,
    *,
    profile: str | None = None,
    extra: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> SparkSession:
    """Return a session with Delta.

    A supplied or active session is used as it is. Under spark-submit only what is missing is added. Otherwise a
    session is built from a profile.

    Args:
        supplied: a session of the caller.
        profile: `local`, `test`, `cluster`, or a file of Spark settings. Default: the environment variable
            LAKEHOUSE_SPARK_PROFILE, else `local`.
        extra: settings that go before those of the profile; without effect on a session that is there already.
        log: file for what Spark's JVM prints; default: standard error.

    Raises:
        EnvironmentProblem: no fitting Java, JARs or packages, or a session without Delta.
    """
    from pyspark.sql import SparkSession  # noqa: PLC0415  - `--help` and `validate` must not wait for Spark

    # They print every error that is raised, whoever handles it, with values of the data in it.
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    session = supplied or SparkSession.getActiveSession()
    if session is None:
        problem = version_problem()
        if problem:
            raise EnvironmentProblem(problem)
        with _stderr_to(log):
            session = _build(profile or os.environ.get("LAKEHOUSE_SPARK_PROFILE") or "local", extra or {})
    _require_delta(session)
    return session


@contextmanager
def _stderr_to(log: Path | None) -> Iterator[None]:
    """Let a process that starts within the block, the JVM, print to a file instead of standard error."""
    if log is None:
        yield
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stderr.flush()
    kept = os.dup(2)
    with log.open("wb") as stream:
        os.dup2(stream.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


def _build(profile: str, extra: Mapping[str, str]) -> SparkSession:
    from pyspark.sql import SparkSession  # noqa: PLC0415

    # Set by spark-submit, whose JVM is already running: master, memory and JARs are its business.
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    settings = {**_DELTA, "spark.sql.session.timeZone": "UTC"}
    if submitted:
        settings = missing_settings({**settings, **extra}, _submitted_settings())
    else:
        settings |= {**read_profile(profile), **extra}
        settings |= _local_java(settings)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if settings.get("spark.master", "").startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.appName("lakehouse")
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        raise EnvironmentProblem(
            "Spark does not start",
            where=f"profile {profile}",
            found=str(error).split("\n", maxsplit=1)[0][:300],
            remedy="run `lakehouse doctor`; Spark's own messages above say more",
        ) from error
    if not submitted:
        session.sparkContext.setLogLevel("ERROR")
    return session


def _submitted_settings() -> dict[str, str]:
    """Return what spark-submit, its files and the platform have set."""
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415

    SparkContext._ensure_initialized()  # noqa: SLF001  - without the gateway a SparkConf knows nothing
    return dict(SparkConf().getAll())


def missing_settings(wanted: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return what has to be added to settings that are given: none of them is replaced, extensions are joined.

    Args:
        wanted: what lakehouse needs or lake.yaml asks for.
        given: what spark-submit or the platform says.
    """
    missing = {key: value for key, value in wanted.items() if key not in given}
    others = [one.strip() for one in given.get(_EXTENSIONS, "").split(",") if one.strip()]
    if others and _EXTENSION not in others:
        missing[_EXTENSIONS] = ",".join([*others, _EXTENSION])
    return missing


def _local_java(settings: Mapping[str, str]) -> dict[str, str]:
    """Return where the JVM finds Delta's JARs, and, where it is all there is of Spark, its classes ready-made."""
    java = find_java()
    os.environ["JAVA_HOME"] = str(java.home)
    jars = require_jars(java)
    if not re.fullmatch(r"local(\[.*\])?", settings.get("spark.master", "")):
        return {"spark.jars": ",".join([*filter(None, [settings.get("spark.jars")]), *map(str, jars)])}
    options, paths = settings.get(_JAVA_OPTIONS, ""), [*map(str, jars), settings.get(_CLASS_PATH, "")]
    if _ARCHIVE not in options:
        options = f"{options} {reading_options(class_archive(java, jars))}"
    return {_CLASS_PATH: ":".join(filter(None, paths)), _JAVA_OPTIONS: options.strip()}


def read_profile(profile: str) -> dict[str, str]:
    """Return the settings of a profile: a name in conf/spark/, or a file.

    Raises:
        ConfigurationError: there is no such profile.
    """
    path = Path(profile)
    if not path.suffix:
        path = packaged_conf() / "spark" / f"{profile}.conf"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in (packaged_conf() / "spark").glob("*.conf")))
        raise ConfigurationError("there is no such Spark profile", where=profile, remedy=f"use {known}, or name a file")
    lines = [line.split("#", maxsplit=1)[0].split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines()]
    return {line[0]: line[1].strip() for line in lines if len(line) > 1}


def packaged_conf() -> Path:
    """Return the demo lake's conf/ as it was installed with the package, or as it lies in the checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def _require_delta(session: SparkSession) -> None:
    if _EXTENSION in (session.conf.get("spark.sql.extensions", "") or "") or "DATABRICKS_RUNTIME_VERSION" in os.environ:
        return
    raise EnvironmentProblem(
        "this Spark session cannot write Delta tables",
        where="spark.sql.extensions",
        found=session.conf.get("spark.sql.extensions", "") or "nothing",
        remedy="start it with "
        + " ".join(f"--conf {key}={value}" for key, value in _DELTA.items())
        + " and Delta's two JARs, or let lakehouse build the session: Lake.open(conf)",
    )


def isolated(session: SparkSession) -> SparkSession:
    """Return a session of its own for one step: its settings and tokens touch no other, nor the caller's."""
    own = session.newSession()
    for key, value in _STEP.items():
        own.conf.set(key, value)
    # newSession() starts from the settings of the context, without what was set on the session since.
    for key in ("spark.sql.shuffle.partitions",):
        own.conf.set(key, session.conf.get(key) or "200")
    return own


def bookkeeping(session: SparkSession) -> SparkSession:
    """Return the session in which to ask Delta about its own log and to write single lines.

    On one machine it is the same for all steps, and interprets instead of generating code. On a cluster, whose logs may
    be long, it is the given one.
    """
    if not (session.conf.get("spark.master", "") or "").startswith("local"):
        return session
    application = session.sparkContext.applicationId
    with _one_at_a_time:
        if application not in _bookkeepers:
            _bookkeepers.clear()  # that of a context which has been stopped
            _bookkeepers[application] = isolated(session)
            for key, value in _BOOKKEEPING.items():
                _bookkeepers[application].conf.set(key, value)
        return _bookkeepers[application]


def task_slots(session: SparkSession) -> int:
    """Return how many tasks can run at the same time, as far as Spark knows yet."""
    return int(session.sparkContext.defaultParallelism)


def local_rows(session: SparkSession, rows: Sequence[Sequence[str]], *names: str) -> DataFrame:
    """Return a few rows of texts as a frame that Spark's driver holds.

    A list given to `createDataFrame` would pass through Python workers, which executors then had to start.

    Args:
        session: whose frame it is.
        rows: the texts.
        names: of the columns.
    """
    import pyarrow as pa  # noqa: PLC0415

    columns = {name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)}
    return session.createDataFrame(pa.table(columns))
