"""What every step is given: session, settings, paths, the run it belongs to, and somebody to tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from lakehouse.errors import GateStopped, LakehouseError
from lakehouse.pipeline.trouble import explained
from lakehouse.session import isolated
from lakehouse.storage.ledger import Ledger, Status, StepReport

if TYPE_CHECKING:
    from datetime import date, datetime

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

    from lakehouse.config.model import LakeConfig
    from lakehouse.storage.layout import Layout

Listener = Callable[[str, StepReport | None], None]
"""Called with the name of a step when it starts (None) and when it ends (its report)."""


def ignore_steps(_step: str, _report: StepReport | None) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class Work:
    """The surroundings of a step.

    Attributes:
        spark: a session that belongs to this run alone.
        config: what conf/ says.
        layout: the paths of the lake.
        run_id: the run that the step belongs to.
        started_at: when the run began; becomes `_ingested_at`.
        as_of: the instant (UTC) up to which events count and from which relative rules look back.
        as_of_given: whether somebody asked for that very instant; else any of the same day will do.
        listener: is told of every step, perhaps of several at once.
        sessions: those that the steps have opened so far.
    """

    spark: SparkSession
    config: LakeConfig
    layout: Layout
    run_id: str
    started_at: datetime
    as_of: datetime
    as_of_given: bool = True
    listener: Listener = field(default=ignore_steps)
    sessions: list[SparkSession] = field(default_factory=list, repr=False)

    @property
    def as_of_day(self) -> date:
        """The calendar day of `as_of` in the lake's zone."""
        return self.local_as_of.date()

    @property
    def local_as_of(self) -> datetime:
        """`as_of`, the same instant, in the lake's zone."""
        return self.as_of.astimezone(ZoneInfo(self.config.time_zone))

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, as this run writes it."""
        return Ledger(self.spark, self.layout, self.run_id)

    def own_session(self) -> SparkSession:
        """Return a session for one step, so that its settings and tokens touch no other."""
        session = isolated(self.spark)
        self.sessions.append(session)
        return session

    def interrupt(self) -> None:
        """Stop everything that the steps are doing, so that whoever interrupted the run need not wait for them."""
        for session in self.sessions:
            for query in session.streams.active:
                query.stop()
            session.interruptAll()

    def short(self, path: str) -> str:
        """Return a table's path as people know it: below the root."""
        return path.removeprefix(self.layout.root).lstrip("/")

    @contextmanager
    def step(self, name: str, *, source: str = "") -> Iterator[None]:
        """Announce a step; when it fails, say what that means and write a line into the ledger.

        Args:
            name: of the step.
            source: folder that it reads; empty where it reads the lake only.

        Raises:
            StorageUnavailable: the disk is full, the store does not answer, or the lake may not be written.
            SourceUnavailable: the folder of the source may not be read.
        """
        self.listener(name, None)
        began = time.monotonic()
        try:
            with explained(root=self.layout.root, source=source):
                yield
        except Exception as error:
            status: Status = "stopped" if isinstance(error, GateStopped) else "failed"
            report = StepReport(name, "", status, seconds=round(time.monotonic() - began, 3), notes=_said(error))
            # What has failed here, say a full disk, may well fail again; the first error is the one to hear of.
            with suppress(Exception):
                self.ledger.record(report)
            self.listener(name, report)
            raise

    def tell(self, report: StepReport) -> StepReport:
        """Report the end of a step."""
        self.listener(report.step, report)
        return report


def _said(error: Exception) -> tuple[str, ...]:
    """Return what may stand in the ledger: messages of others may hold values of records."""
    if not isinstance(error, LakehouseError):
        return (type(error).__name__,)
    return tuple(filter(None, (error.problem, error.found)))


def drain(stream: DataFrame, checkpoint: str, take: Callable[[DataFrame, int], StepReport]) -> list[StepReport]:
    """Run a stream until nothing new is left and return the report of each batch.

    Args:
        stream: what to read.
        checkpoint: where Spark keeps its progress.
        take: handles one batch; called again with the same batch after a kill.

    Raises:
        Exception: whatever `take` raised, as it was.
    """
    reports: list[StepReport] = []
    failures: list[Exception] = []

    def handle(batch: DataFrame, number: int) -> None:
        began = time.monotonic()
        try:
            report = take(batch, number)
        except Exception as error:
            failures.append(error)  # Spark wraps it in a text; the caller wants the error itself
            raise
        reports.append(replace(report, seconds=round(time.monotonic() - began, 3)))

    writer = stream.writeStream.option("checkpointLocation", checkpoint).trigger(availableNow=True)
    query: StreamingQuery = writer.foreachBatch(handle).start()
    try:
        query.awaitTermination()
    except Exception:
        if failures:
            raise failures[0] from None
        raise
    return reports


def total(step: str, table: str, reports: list[StepReport], version: int | None) -> StepReport:
    """Add up the batches of a step; without any, nothing was new."""
    if not reports:
        return StepReport(step, table, "nothing new", version_before=version, version_after=version)
    summed = reports[0]
    for report in reports[1:]:
        summed = summed.plus(report)
    return summed
