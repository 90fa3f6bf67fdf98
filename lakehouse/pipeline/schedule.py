"""Tasks that wait for each other -> their outcomes: each starts as soon as what it builds on is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse.errors import GateStopped, LakehouseError
from lakehouse.storage.ledger import RunReport, Status, StepReport

if TYPE_CHECKING:
    from lakehouse.pipeline.work import Work


@dataclass(frozen=True)
class Task:
    """Something to do, and what comes before it.

    Attributes:
        act: does it and returns a report a step.
        after: tasks that must have ended, whatever came of them.
        needs: tasks that must have succeeded; where one has not, this one is left out.
    """

    act: Callable[[], list[StepReport]]
    after: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What came of the tasks, in the order in which they were given.

    Attributes:
        steps: their reports; one that says how it failed for a task that did.
        errors: why.
    """

    steps: tuple[StepReport, ...] = ()
    errors: tuple[LakehouseError, ...] = ()

    @property
    def status(self) -> Status:
        """What to call the whole of it; the first error decides."""
        if self.errors:
            return _status(self.errors[0])
        return "nothing new" if all(step.status == "nothing new" for step in self.steps) else "done"


def _status(error: LakehouseError) -> Status:
    return "stopped" if isinstance(error, GateStopped) else "failed"


class _Board:
    """Which tasks wait and which have ended; a task that was left out has ended without an outcome."""

    def __init__(self, tasks: Mapping[str, Task]) -> None:
        self.tasks, self.waiting = tasks, list(tasks)
        self.ended: dict[str, Outcome | None] = {}

    def take_ready(self) -> list[str]:
        """Take the tasks that may start, and leave out those that need one which has not succeeded."""
        while lost := [name for name in self.waiting if self._lacks(name)]:
            self.ended |= dict.fromkeys(lost)
            self.waiting = [name for name in self.waiting if name not in lost]
        ready = [name for name in self.waiting if self._waits_for(name) <= self.ended.keys()]
        self.waiting = [name for name in self.waiting if name not in ready]
        return ready

    def _waits_for(self, name: str) -> frozenset[str]:
        return (self.tasks[name].after | self.tasks[name].needs).intersection(self.tasks)

    def _lacks(self, name: str) -> bool:
        ended = [self.ended[need] for need in self.tasks[name].needs if need in self.ended]
        return any(outcome is None or outcome.errors for outcome in ended)


def carry_out(work: Work, tasks: Mapping[str, Task]) -> Outcome:
    """Do tasks, a few at once: most of a small step is planning, which leaves a second core idle.

    A task that fails with an error of the library stops only those that need it.

    Args:
        work: says how many at once, and stops what is running when one must end.
        tasks: by name; each may wait for others of them, and does not wait for names that are none.

    Raises:
        BaseException: anything else that a task raised, or KeyboardInterrupt, after everything else was stopped.
    """
    board = _Board(tasks)
    running: dict[Future[Outcome], str] = {}
    workers = ThreadPoolExecutor(work.config.settings.parallel_steps, thread_name_prefix="step")
    try:
        while True:
            running |= {workers.submit(_attempt, name, tasks[name].act): name for name in board.take_ready()}
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                board.ended[running.pop(future)] = future.result()
    except BaseException:
        workers.shutdown(wait=False, cancel_futures=True)
        work.interrupt()
        raise
    finally:
        workers.shutdown()
    ended = [outcome for name in tasks if (outcome := board.ended[name])]
    return Outcome(
        tuple(step for outcome in ended for step in outcome.steps),
        tuple(error for outcome in ended for error in outcome.errors),
    )


def _attempt(name: str, act: Callable[[], list[StepReport]]) -> Outcome:
    """Do a task; an error is kept, so that others which do not depend on it still run."""
    try:
        return Outcome(tuple(act()))
    except LakehouseError as error:
        # What it had done before, where it knows; else one line that says how it failed.
        failed = (StepReport(name, "", _status(error), notes=(error.problem,)),)
        done = error.report.steps if isinstance(error.report, RunReport) else failed
        return Outcome(done, (error,))
