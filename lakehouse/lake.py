"""`Lake`: the front door for notebooks, the command line and jobs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from lakehouse.config.load import load_config
from lakehouse.errors import ConfigurationError, TableError
from lakehouse.pipeline.cleanse import cleanse
from lakehouse.pipeline.curate import CURATED_TABLES, curate
from lakehouse.pipeline.ingest import ingest
from lakehouse.pipeline.match_entity import match_entity
from lakehouse.pipeline.preview import masked, personal_columns
from lakehouse.pipeline.run import run
from lakehouse.pipeline.status import TableStatus, list_tables
from lakehouse.pipeline.trouble import explained
from lakehouse.pipeline.work import Listener, Work, ignore_steps
from lakehouse.session import open_session
from lakehouse.storage.layout import Layout, open_root
from lakehouse.storage.ledger import RunReport, StepReport, read_runs
from lakehouse.storage.tables import history, read_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.config.model import LakeConfig
    from lakehouse.matching import MatchModel, MatchResult, MatchSettings

Moment = datetime | date | str


class Lake:
    """A lake: what conf/ says, the tables under its root, and the steps that fill them.

    Attributes:
        config: what conf/ says.
        spark: the session that the DataFrames belong to.
        layout: the paths of the tables.
        listener: is told when a step starts and ends; None is told nothing.
    """

    def __init__(self, config: LakeConfig, spark: SparkSession, *, listener: Listener = ignore_steps) -> None:
        self.config, self.spark, self.listener = config, spark, listener
        with explained(root=config.root):
            self.layout: Layout = open_root(spark, config.root)

    @classmethod
    def open(
        cls,
        conf: str | Path = "conf",
        root: str | None = None,
        spark: SparkSession | None = None,
        *,
        listener: Listener = ignore_steps,
    ) -> Lake:
        """Open a lake; its root is created when it is not there yet.

        Args:
            conf: the folder with lake.yaml, sources/, entities/, segments/.
            root: folder or URI of the tables; overrides `root` in lake.yaml.
            spark: a session with Delta to be used as it is. Default: the active one, else one that is built.
            listener: is told when a step starts (name, None) and when it ends (name, report).

        Raises:
            ConfigurationError: everything that is wrong in conf/, all at once.
            EnvironmentProblem: no fitting Java, packages or session.
            TableError: the root holds something else, or a lake of a newer library.
            StorageUnavailable: the root cannot be reached or written.
        """
        config = load_config(Path(conf), root=root)
        return cls(config, open_session(spark, extra=config.settings.spark), listener=listener)

    def __repr__(self) -> str:
        config = self.config
        parts = f"{len(config.sources)} sources, {len(config.entities)} entities, {len(config.segments)} segments"
        return f"Lake({str(config.folder)!r}, root={config.root!r}: {parts})"

    def ingest(self, source: str | None = None, *, restart: bool = False) -> RunReport:
        """Land what is new in one source, or in all of them.

        Args:
            source: its name in conf/sources/; None: all.
            restart: empty the raw table and read everything anew.

        Raises:
            SourceUnavailable: the source may answer later.
            GateStopped: the rows do not balance.
        """
        work = self._work()
        names = self._names("source", source, self.config.sources)
        return self._report(work, [ingest(work, name, restart=restart) for name in names])

    def cleanse(self, entity: str | None = None, *, rebuild: bool = False, as_of: Moment | None = None) -> RunReport:
        """Bring what is new in raw into one entity, or into all of them.

        Args:
            entity: its name in conf/entities/; None: all.
            rebuild: empty the entity and its quarantine and judge all of raw anew, with the rules of today.
            as_of: what rules with relative dates count from; default now.

        Raises:
            GateStopped: a threshold is broken or the rows do not balance; nothing was promoted.
        """
        work = self._work(as_of)
        names = self._names("entity", entity, self.config.entities)
        return self._report(work, [cleanse(work, name, rebuild=rebuild) for name in names])

    def match(
        self, entity: str, *, settings: MatchSettings | MatchModel | None = None, labels: DataFrame | None = None
    ) -> MatchResult:
        """Find the rows of an entity that mean the same person or thing; writes nothing.

        Args:
            entity: its name in conf/entities/, whose `match:` may say what the data do not.
            settings: goes before `match:`; or a model that was fitted before.
            labels: pairs that a person has judged, as `lakehouse.matching.match` takes them; ids are the key of the entity.

        Returns:
            the result: `pairs`, `clusters`, `review`, `explain(a, b)`, `report(path)`; ids are the key of the entity.

        Raises:
            ConfigurationError: the entity has no key, or no column to compare.
        """
        return match_entity(self.cleansed(entity), self.config.entities[entity], settings, labels=labels)

    def curate(self, *, as_of: Moment | None = None) -> RunReport:
        """Bring the curated tables up to a moment.

        Args:
            as_of: only what happened before it counts. A date means its first moment in the lake's zone. Default now;
                tables made earlier on the same day from the same rows are then left alone.
        """
        work = self._work(as_of)
        return self._report(work, curate(work))

    def run(self, *, as_of: Moment | None = None) -> RunReport:
        """Do all steps in order; one that fails stops only those that build on it.

        Args:
            as_of: as for `cleanse` and `curate`.

        Raises:
            LakehouseError: the first thing that went wrong; its `report` tells what was done nevertheless.
        """
        return run(self._work(as_of))

    def raw(self, source: str, *, version: int | None = None, timestamp: datetime | str | None = None) -> DataFrame:
        """Return the records of a source as they came: `record` (VARIANT), `_corrupt_record` and lineage columns."""
        self._names("source", source, self.config.sources)
        return self._read("raw", source, version, timestamp)

    def cleansed(
        self, entity: str, *, version: int | None = None, timestamp: datetime | str | None = None
    ) -> DataFrame:
        """Return the typed, accepted rows of an entity, now or as they were."""
        self._names("entity", entity, self.config.entities)
        return self._read("cleansed", entity, version, timestamp)

    def quarantine(self, entity: str) -> DataFrame:
        """Return the rejected records of an entity, whole, with `_reasons`."""
        self._names("entity", entity, self.config.entities)
        return self._read("quarantine", entity, None, None)

    def curated(self, table: str, *, version: int | None = None, timestamp: datetime | str | None = None) -> DataFrame:
        """Return a curated table: customer_profiles, rfm, segment_membership or segments."""
        self._names("table", table, CURATED_TABLES)
        return self._read("curated", table, version, timestamp)

    def runs(self) -> DataFrame:
        """Return the run ledger, newest line first.

        Raises:
            TableError: nothing has run yet.
        """
        lines = read_runs(self.spark, self.layout)
        if lines is None:
            raise TableError("nothing has run yet", where=self.layout.runs, remedy="lakehouse run")
        return lines

    def history(self, table: str) -> DataFrame:
        """Return the commits of a table, newest first; `table` as in `cleansed/customers`."""
        return history(self.spark, self._path(table))

    def status(self) -> list[TableStatus]:
        """Tell for every table of conf/ whether it is there, how many rows it has, and what is waiting to get in."""
        return list_tables(self._work())

    def sample(self, table: str, *, rows: int = 10, unmask: bool = False) -> DataFrame:
        """Return a few rows of a table with personal data masked.

        Args:
            table: `zone/name` as in `cleansed/customers`, the name alone where it is in one zone only, or `runs`.
            rows: how many at most.
            unmask: show personal data as they are.
        """
        zone, name = self._zone_of(table)
        found = self.runs() if zone == "_lakehouse" else read_table(self.spark, self.layout.table(zone, name))
        return found.limit(rows) if unmask else masked(found.limit(rows), personal_columns(self.config, zone, name))

    def _read(self, zone: str, name: str, version: int | None, timestamp: datetime | str | None) -> DataFrame:
        return read_table(self.spark, self.layout.table(zone, name), version=version, timestamp=timestamp)

    def _path(self, table: str) -> str:
        zone, name = self._zone_of(table)
        return self.layout.runs if zone == "_lakehouse" else self.layout.table(zone, name)

    def _zone_of(self, table: str) -> tuple[str, str]:
        tables = {
            "raw": self.config.sources,
            "cleansed": self.config.entities,
            "quarantine": self.config.entities,
            "curated": CURATED_TABLES,
            "_lakehouse": ("runs",),
        }
        known = [f"{zone}/{name}" for zone, names in tables.items() for name in names]
        match = [full for full in known if table in (full, full.split("/")[1])]
        # A bare name means the good rows, not the quarantine of the same name.
        match = [full for full in match if not full.startswith("quarantine/")] or match
        if not match:
            raise _unknown("table", table, known)
        zone, name = match[-1].split("/")
        return zone, name

    def _names(self, kind: str, name: str | None, known: Iterable[str]) -> list[str]:
        if name is None:
            return list(known)
        if name not in known:
            raise _unknown(kind, name, list(known))
        return [name]

    def _work(self, as_of: Moment | None = None) -> Work:
        now = datetime.now(UTC)
        moment = now if as_of is None else parse_moment(as_of, self.config.time_zone)
        return Work(
            spark=self.spark,
            config=self.config,
            layout=self.layout,
            run_id=f"{now:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}",
            started_at=now,
            as_of=moment,
            as_of_given=as_of is not None,
            listener=self.listener,
        )

    @staticmethod
    def _report(work: Work, steps: list[StepReport]) -> RunReport:
        idle = all(step.status == "nothing new" for step in steps)
        return RunReport(work.run_id, tuple(steps), "nothing new" if idle else "done")


def parse_moment(moment: Moment, time_zone: str) -> datetime:
    """Return a moment in UTC.

    Args:
        moment: a date means its first moment; a date or time without zone is read in `time_zone`.
        time_zone: of the lake.

    Raises:
        ConfigurationError: the text is no ISO 8601 date or time.
    """
    if isinstance(moment, str):
        try:
            return parse_moment(datetime.fromisoformat(moment.strip()), time_zone)
        except ValueError:
            raise ConfigurationError(
                "this is no date or time",
                where="as_of",
                found=f"{len(moment)} characters",
                remedy="write 2026-01-31 or 2026-01-31T10:00:00+01:00",
            ) from None
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001  - gets its zone below
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))).astimezone(UTC)


def _unknown(kind: str, name: str, known: list[str]) -> ConfigurationError:
    near: list[Any] = get_close_matches(name, [*known, *(full.split("/")[-1] for full in known)], n=1)
    hint = f"did you mean `{near[0]}`? " if near else ""
    return ConfigurationError(f"there is no {kind} `{name[:100]}`", remedy=f"{hint}known: {', '.join(known) or 'none'}")
