"""All steps of a lake in order: ingest every source, cleanse every entity, curate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakehouse.errors import GateStopped, LakehouseError
from lakehouse.pipeline.cleanse import cleanse
from lakehouse.pipeline.curate import curate
from lakehouse.pipeline.ingest import ingest
from lakehouse.storage.ledger import RunReport, Status, StepReport

if TYPE_CHECKING:
    from lakehouse.pipeline.work import Work


@dataclass
class _Progress:
    """What has been done so far, and what could not be."""

    steps: list[StepReport] = field(default_factory=list)
    errors: list[LakehouseError] = field(default_factory=list)

    def attempt(self, step: str, act: Callable[[], StepReport | list[StepReport]]) -> bool:
        """Do a step; an error is kept, so that steps which do not depend on it still run."""
        try:
            done = act()
        except LakehouseError as error:
            self.errors.append(error)
            status: Status = "stopped" if isinstance(error, GateStopped) else "failed"
            self.steps.append(StepReport(step, "", status, notes=(error.problem,)))
            return False
        self.steps.extend(done if isinstance(done, list) else [done])
        return True


def run(work: Work) -> RunReport:
    """Do all steps; one that fails stops only those that build on it.

    Raises:
        LakehouseError: the first error, after everything that does not depend on it is done; its attribute `report`
            holds the report of the whole run.
    """
    progress = _Progress()
    for source in work.config.sources:
        progress.attempt(f"ingest {source}", lambda source=source: ingest(work, source))  # type: ignore[misc]
    cleansed = {
        entity: progress.attempt(f"cleanse {entity}", lambda entity=entity: cleanse(work, entity))  # type: ignore[misc]
        for entity in work.config.entities
    }
    if all(cleansed[entity] for entity in work.config.curated.entities.values()):
        progress.attempt("curate", lambda: curate(work))
    report = RunReport(work.run_id, tuple(progress.steps), _status(progress))
    if progress.errors:
        first = progress.errors[0]
        first.report = report
        raise first
    return report


def _status(progress: _Progress) -> Status:
    if progress.errors:
        return "stopped" if isinstance(progress.errors[0], GateStopped) else "failed"
    return "nothing new" if all(step.status == "nothing new" for step in progress.steps) else "done"
