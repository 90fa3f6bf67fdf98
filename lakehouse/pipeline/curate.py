"""cleansed -> curated: profiles, RFM, segments and their counts, each table replaced whole or left alone."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.curated.catalog import SEGMENT_COLUMNS, describe_segments
from lakehouse.curated.census import known_buyers, known_customers
from lakehouse.curated.customer_profiles import curate_customer_profiles
from lakehouse.curated.profile_columns import PROFILE_COLUMNS
from lakehouse.curated.rfm import RFM_COLUMNS, curate_rfm
from lakehouse.curated.segments import MEMBERSHIP_COLUMNS, count_segments, curate_segment_membership
from lakehouse.errors import TableError
from lakehouse.pipeline.schedule import Task, carry_out
from lakehouse.pipeline.work import Work
from lakehouse.storage.commit import Note, Token
from lakehouse.storage.commits import Commit, last_commit
from lakehouse.storage.files import child, delete, exists, read_text, write_text
from lakehouse.storage.lease import lease
from lakehouse.storage.ledger import RunReport, StepReport, require_balance
from lakehouse.storage.schema import ensure_table, with_comments
from lakehouse.storage.tables import has_table, read_table, replace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.curated.settings import OrdersRole

CURATED_TABLES = ("customer_profiles", "rfm", "segment_membership", "segments")


def curate(work: Work) -> list[StepReport]:
    """Bring the curated tables up to `work.as_of`; a table whose inputs and definitions are the same is left alone.

    Returns:
        one report a table, in the order in which they depend on each other; empty where conf/ curates nothing.

    Raises:
        TableError: an entity has never been cleansed, or a table is not what it should be.
        GateStopped: the rows of a table do not balance.
        LakehouseError: the first of these; its `report` holds what was done nevertheless.
    """
    if not work.config.curated.entities:
        return []
    with lease(work.spark, work.layout.lease("curate", "all"), run_id=work.run_id):
        done = carry_out(work, {f"curate {each.name}": _task(work, each) for each in _definitions(work)})
    if done.errors:
        done.errors[0].report = RunReport(work.run_id, done.steps, done.status)
        raise done.errors[0]
    return list(done.steps)


def _task(work: Work, definition: _Definition) -> Task:
    needs = frozenset(f"curate {name}" for zone, name in definition.inputs if zone == "curated")
    return Task(lambda: [_Table(work, definition).run()], needs=needs)


@dataclass(frozen=True)
class _Definition:
    """How a curated table comes about.

    Attributes:
        name: of the table.
        inputs: zone and name of the tables that it is made of.
        settings: everything in conf/ that its rows depend on.
        build: gives the rows.
        count: counts the rows that there must be, in another way.
        comments: of its columns.
        description: of the table.
    """

    name: str
    inputs: tuple[tuple[str, str], ...]
    settings: object
    build: Callable[[Mapping[str, DataFrame]], DataFrame]
    count: Callable[[Mapping[str, DataFrame]], int]
    comments: Mapping[str, str]
    description: str


def _definitions(work: Work) -> list[_Definition]:
    curated = work.config.curated
    entities = tuple(("cleansed", name) for name in sorted(set(curated.entities.values())))
    definitions = [_profiles(work, entities)]
    if curated.orders is not None:
        definitions.append(_rfm(work, curated.orders))
    if work.config.segments:
        definitions += [_membership(work), _segments(work)]
    return definitions


def _profiles(work: Work, entities: tuple[tuple[str, str], ...]) -> _Definition:
    curated, as_of, zone = work.config.curated, work.as_of, work.config.time_zone
    customers = curated.customers
    columns = work.config.entities[customers.entity].columns if customers else {}
    attributes = {name: columns[name].description for name in customers.attributes} if customers else {}
    return _Definition(
        "customer_profiles",
        entities,
        curated.model_dump(mode="json"),
        lambda tables: curate_customer_profiles(tables, curated, as_of=as_of, time_zone=zone),
        lambda tables: known_customers(tables, curated, as_of=as_of).count(),
        {**PROFILE_COLUMNS, **attributes},
        "One row a customer: identity, permission, activity, orders, engagement.",
    )


def _rfm(work: Work, role: OrdersRole) -> _Definition:
    curated, as_of, zone = work.config.curated, work.as_of, work.config.time_zone
    return _Definition(
        "rfm",
        (("cleansed", role.entity),),
        role.model_dump(mode="json"),
        lambda tables: curate_rfm(tables[role.entity], curated, as_of=as_of, time_zone=zone),
        lambda tables: known_buyers(tables[role.entity], role, as_of=as_of).count(),
        RFM_COLUMNS,
        "Recency, frequency and monetary value of every customer who ever ordered, with scores 1 to 5.",
    )


def _membership(work: Work) -> _Definition:
    segments, as_of, zone = work.config.segments, work.as_of, work.config.time_zone

    def count(tables: Mapping[str, DataFrame]) -> int:
        counts = count_segments(tables["customer_profiles"], segments, as_of=as_of, time_zone=zone)
        return int(counts.agg(F.coalesce(F.sum("members"), F.lit(0))).collect()[0][0])

    return _Definition(
        "segment_membership",
        (("curated", "customer_profiles"),),
        {name: segment.where for name, segment in segments.items()},
        lambda tables: curate_segment_membership(tables["customer_profiles"], segments, as_of=as_of, time_zone=zone),
        count,
        MEMBERSHIP_COLUMNS,
        "Who is in which segment; nobody who may not be mailed.",
    )


def _segments(work: Work) -> _Definition:
    segments, as_of, zone = work.config.segments, work.as_of, work.config.time_zone
    return _Definition(
        "segments",
        (("curated", "customer_profiles"),),
        {name: segment.model_dump(mode="json") for name, segment in segments.items()},
        lambda tables: describe_segments(tables["customer_profiles"], segments, as_of=as_of, time_zone=zone),
        lambda _tables: len(segments),
        SEGMENT_COLUMNS,
        "One row a segment: whom it holds, how many, and why others are left out.",
    )


class _Table:
    """One curated table within one run."""

    def __init__(self, work: Work, definition: _Definition) -> None:
        self.work, self.definition = work, definition
        self.path = work.layout.table("curated", definition.name)
        self.stage = work.layout.stage("curate", definition.name)
        self.session: SparkSession = work.own_session()

    def run(self) -> StepReport:
        step = f"curate {self.definition.name}"
        with self.work.step(step):
            self._finish_interrupted()
            versions = self._versions()
            inputs = self._inputs(versions)
            before = last_commit(self.session, self.path) if has_table(self.session, self.path) else None
            table = self.work.short(self.path)
            if before and self._same(before.note.get("inputs"), inputs):
                return self.work.tell(
                    StepReport(step, table, "nothing new", version_before=before.version, version_after=before.version)
                )
            return self.work.tell(self._replace(step, table, before.version if before else None, inputs, versions))

    def _finish_interrupted(self) -> None:
        """Write the line of the ledger that a run which was killed after its commit could not write any more."""
        if exists(self.session, self._seal) and has_table(self.session, self.path):
            run_id, report = json.loads(read_text(self.session, self._seal))
            commit = last_commit(self.session, self.path)
            if commit.note.get("run_id") == run_id:
                self._record(StepReport.of_text(report), commit, run_id)
        delete(self.session, self.stage)

    def _record(self, report: StepReport, commit: Commit, run_id: str) -> StepReport:
        report = changed(report, version_after=commit.version)
        # The run is what a repetition shares with what it repeats.
        token = Token.of(pipeline="ledger", table=report.table, checkpoint_id=run_id, batch=commit.version)
        self.work.ledger.record(report, run_id=run_id, token=token)
        return report

    @property
    def _seal(self) -> str:
        return child(self.stage, "report.json")

    def _versions(self) -> dict[str, int]:
        versions = {}
        for zone, name in self.definition.inputs:
            path = self.work.layout.table(zone, name)
            if not has_table(self.session, path):
                raise TableError(
                    "there is nothing to curate yet", where=self.work.short(path), remedy=f"lakehouse cleanse {name}"
                )
            versions[name] = last_commit(self.session, path).version
        return versions

    def _inputs(self, versions: Mapping[str, int]) -> str:
        definition = json.dumps([self.definition.settings, self.work.config.time_zone], sort_keys=True, default=str)
        return json.dumps(
            {
                "as_of": self.work.as_of.isoformat(),
                "day": self.work.as_of_day.isoformat(),
                "definition": hashlib.sha256(definition.encode()).hexdigest()[:16],
                "versions": versions,
            },
            sort_keys=True,
        )

    def _same(self, before: object, now: str) -> bool:
        """Compare what a table was made of; a run without an explicit `as_of` is content with one of the same day."""
        try:
            old, new = json.loads(str(before)), json.loads(now)
        except ValueError:
            return False
        if not self.work.as_of_given:
            old.pop("as_of", None)
            new.pop("as_of", None)
        return bool(old == new)

    def _replace(
        self, step: str, table: str, before: int | None, inputs: str, versions: Mapping[str, int]
    ) -> StepReport:
        began = time.monotonic()
        tables = {
            name: read_table(self.session, self.work.layout.table(zone, name), version=versions[name])
            for zone, name in self.definition.inputs
        }
        rows = self._staged(self.definition.build(tables))
        report = StepReport(
            step, table, rows_in=self.definition.count(tables), rows_out=rows.count(), version_before=before
        )
        require_balance(report)
        ensure_table(
            self.session,
            self.path,
            rows.schema,
            description=self.definition.description,
            comments=self.definition.comments,
            reshape=True,
        )
        described = with_comments(rows, self.definition.comments)
        report = changed(report, seconds=round(time.monotonic() - began, 3))
        write_text(self.session, self._seal, json.dumps([self.work.run_id, report.text()]))
        commit = replace(described, self.path, note=Note(self.work.run_id, step, inputs=inputs))
        report = self._record(report, commit, self.work.run_id)
        delete(self.session, self.stage)
        return report

    def _staged(self, rows: DataFrame) -> DataFrame:
        """Compute the rows once, so that they can be counted before they are promoted."""
        path = child(self.stage, self.work.run_id)
        rows.write.mode("overwrite").parquet(path)
        return self.session.read.schema(rows.schema).parquet(path)
