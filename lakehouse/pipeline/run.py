"""All steps of a lake: ingest every source, cleanse every entity, curate; each as soon as what it reads is there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lakehouse.pipeline.cleanse import cleanse
from lakehouse.pipeline.curate import curate
from lakehouse.pipeline.ingest import ingest
from lakehouse.pipeline.schedule import Task, carry_out
from lakehouse.storage.ledger import RunReport, StepReport

if TYPE_CHECKING:
    from lakehouse.pipeline.work import Work


def run(work: Work) -> RunReport:
    """Do all steps; one that fails stops only those that build on it.

    An entity is cleansed as soon as its source is ingested, or could not be: what it has of earlier runs still counts.

    Raises:
        LakehouseError: the first error, after everything that does not depend on it is done; its attribute `report`
            holds the report of the whole run.
    """
    config = work.config
    tasks = {f"ingest {name}": Task(partial(_ingested, work, name)) for name in config.sources}
    for name, entity in config.entities.items():
        tasks[f"cleanse {name}"] = Task(partial(_cleansed, work, name), after=frozenset({f"ingest {entity.source}"}))
    used = frozenset(f"cleanse {name}" for name in config.curated.entities.values())
    tasks["curate"] = Task(partial(curate, work), needs=used)
    done = carry_out(work, tasks)
    report = RunReport(work.run_id, done.steps, done.status)
    if done.errors:
        first = done.errors[0]
        first.report = report
        raise first
    return report


def _ingested(work: Work, source: str) -> list[StepReport]:
    return [ingest(work, source)]


def _cleansed(work: Work, entity: str) -> list[StepReport]:
    return [cleanse(work, entity)]
