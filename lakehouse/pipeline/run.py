"""All steps of a lake in order: ingest every source, cleanse every entity, curate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from lakehouse.errors import GateStopped, LakehouseError
from lakehouse.pipeline.cleanse import cleanse
from lakehouse.pipeline.curate import curate
from lakehouse.pipeline.ingest import ingest
from lakehouse.storage.ledger import RunReport, Status, StepReport

if TYPE_CHECKING:
    from lakehouse.pipeline.work import Work

Task = Callable[[], list[StepReport]]


@dataclass(frozen=True)
class _Outcome:
    """What came of a step: its reports, or one that says how it failed, and why."""

    steps: list[StepReport]
    error: LakehouseError | None = None


@dataclass
class _Progress:
    """What has been done so far, and what could not be, both in the order of the steps."""

    work: Work
    steps: list[StepReport] = field(default_factory=list)
    errors: list[LakehouseError] = field(default_factory=list)

    def attempt_all(self, tasks: dict[str, Task]) -> set[str]:
        """Do steps that do not depend on each other, a few at once; return those that failed."""
        outcomes = _side_by_side(self.work, [partial(_attempt, step, act) for step, act in tasks.items()])
        for outcome in outcomes:
            self.steps += outcome.steps
            self.errors += [outcome.error] if outcome.error else []
        return {step for step, outcome in zip(tasks, outcomes, strict=True) if outcome.error}


def _attempt(step: str, act: Task) -> _Outcome:
    """Do a step; an error is kept, so that steps which do not depend on it still run."""
    try:
        return _Outcome(act())
    except LakehouseError as error:
        status: Status = "stopped" if isinstance(error, GateStopped) else "failed"
        return _Outcome([StepReport(step, "", status, notes=(error.problem,))], error)


def _side_by_side(work: Work, attempts: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
    """Run attempts in threads: most of a small step is planning, which leaves a second core idle.

    Raises:
        BaseException: what an attempt raised, or KeyboardInterrupt, after everything that was running was stopped.
    """
    workers = ThreadPoolExecutor(work.config.settings.parallel_steps, thread_name_prefix="step")
    try:
        return list(workers.map(lambda attempt: attempt(), attempts))
    except BaseException:
        workers.shutdown(wait=False, cancel_futures=True)
        work.interrupt()
        raise
    finally:
        workers.shutdown()


def run(work: Work) -> RunReport:
    """Do all steps; one that fails stops only those that build on it.

    Raises:
        LakehouseError: the first error, after everything that does not depend on it is done; its attribute `report`
            holds the report of the whole run.
    """
    progress, config = _Progress(work), work.config
    progress.attempt_all({f"ingest {name}": partial(_ingested, work, name) for name in config.sources})
    failed = progress.attempt_all({f"cleanse {name}": partial(_cleansed, work, name) for name in config.entities})
    if failed.isdisjoint(f"cleanse {name}" for name in config.curated.entities.values()):
        progress.attempt_all({"curate": partial(curate, work)})
    report = RunReport(work.run_id, tuple(progress.steps), _status(progress))
    if progress.errors:
        first = progress.errors[0]
        first.report = report
        raise first
    return report


def _ingested(work: Work, source: str) -> list[StepReport]:
    return [ingest(work, source)]


def _cleansed(work: Work, entity: str) -> list[StepReport]:
    return [cleanse(work, entity)]


def _status(progress: _Progress) -> Status:
    if progress.errors:
        return "stopped" if isinstance(progress.errors[0], GateStopped) else "failed"
    return "nothing new" if all(step.status == "nothing new" for step in progress.steps) else "done"
