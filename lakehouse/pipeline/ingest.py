"""sources -> raw: list what is new, open each file as it needs, land every record once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lakehouse.cleansed.typing import source_fields
from lakehouse.errors import ConfigurationError, SourceUnavailable
from lakehouse.pipeline.landing import Batch, Landed, land_batch
from lakehouse.pipeline.work import Work, drain, total
from lakehouse.raw.landing import RAW_COMMENTS, RAW_SCHEMA, Arrival, with_lineage
from lakehouse.sources.files import READ_ERRORS, READ_SETTINGS, arrived, list_new_files
from lakehouse.storage.commit import Note, Token
from lakehouse.storage.files import child, delete, exists, local_path, read_text, write_text
from lakehouse.storage.lease import lease
from lakehouse.storage.ledger import StepReport, record_step, require_balance
from lakehouse.storage.progress import bind_checkpoint, bound_checkpoint, has_batch, require_same_checkpoint
from lakehouse.storage.schema import ANEW, ensure_table
from lakehouse.storage.tables import append, last_commit, read_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def ingest(work: Work, source: str, *, restart: bool = False) -> StepReport:
    """Land what is new in a source.

    Args:
        work: the surroundings.
        source: its name in conf/sources/.
        restart: empty the raw table and read everything anew.

    Raises:
        ConfigurationError: the files do not fit the settings.
        SourceUnavailable: the folder cannot be reached.
        GateStopped: the rows do not balance.
    """
    step = f"ingest {source}"
    with work.step(step), lease(work.spark, work.layout.lease("ingest", source), run_id=work.run_id):
        return work.tell(_Ingest(work, source).run(restart=restart))


class _Ingest:
    """One source within one run."""

    def __init__(self, work: Work, source: str) -> None:
        self.work, self.source = work, source
        self.settings = work.config.sources[source]
        self.folder = work.config.resolve_path(self.settings.path)
        self.table = work.layout.table("raw", source)
        self.checkpoint = work.layout.checkpoint("ingest", source)
        self.seals = work.layout.stage("ingest", source)
        self.expected = sorted(
            {
                field
                for entity in work.config.entities.values()
                if entity.source == source
                for field in source_fields(entity)
            }
        )

    def run(self, *, restart: bool) -> StepReport:
        session = self._session()
        _require_folder(self.folder, self.source)
        # A restart that was killed goes on; until its first batch begins, it begins anew.
        restart = restart or bound_checkpoint(session, self.table) == ANEW
        ensure_table(
            session, self.table, RAW_SCHEMA, comments=RAW_COMMENTS, description=self.settings.description, anew=restart
        )
        if restart:
            delete(session, self.checkpoint)
            delete(session, self.seals)
        require_same_checkpoint(
            session,
            self.checkpoint,
            self.table,
            remedy=f"read everything anew: lakehouse ingest {self.source} --restart",
        )
        reports = drain(list_new_files(session, self.settings, self.folder), self.checkpoint, self._take)
        delete(session, self.seals)
        version = last_commit(session, self.table).version
        return total(f"ingest {self.source}", self.work.short(self.table), reports, version)

    def _session(self) -> SparkSession:
        session = self.work.own_session()
        for key, value in READ_SETTINGS.items():
            session.conf.set(key, value)
        return session

    def _take(self, listing: DataFrame, number: int) -> StepReport:
        session = listing.sparkSession
        checkpoint_id = bind_checkpoint(session, self.checkpoint, self.table)
        token = Token.of(pipeline="ingest", table=child("raw", self.source), checkpoint_id=checkpoint_id, batch=number)
        note = Note(self.work.run_id, f"ingest {self.source}", number, checkpoint_id)
        seal = child(self.seals, f"{checkpoint_id}-{number}.json")
        if has_batch(session, self.table, checkpoint_id, number) and exists(session, seal):
            # Committed by a run that was killed; the files may have gone since.
            report = StepReport.of_text(read_text(session, seal))
        else:
            files = arrived([(row["uri"], row["size"]) for row in listing.collect()], self.folder)
            batch = Batch(files, self.settings, self.source, tuple(self.expected), first=number == 0)
            report = self._append(session, batch, seal, token=token, note=note)
        report = replace(
            report, rows_out=self._landed(session, number), version_after=last_commit(session, self.table).version
        )
        require_balance(report)
        record_step(
            session,
            self.work.layout,
            report,
            run_id=self.work.run_id,
            batch_id=number,
            token=replace(token, app_id=f"ledger-{token.app_id}"),
        )
        return report

    def _append(self, session: SparkSession, batch: Batch, seal: str, *, token: Token, note: Note) -> StepReport:
        arrival = Arrival(self.source, self.work.started_at, self.work.run_id, token.version)
        before = last_commit(session, self.table).version

        def commit(landed: Landed) -> StepReport:
            report = StepReport(
                f"ingest {self.source}",
                self.work.short(self.table),
                rows_in=landed.expected,
                version_before=before,
                notes=landed.notes,
            )
            write_text(session, seal, report.text())
            append(with_lineage(landed.records, arrival), self.table, token=token, note=note)
            return report

        landed = land_batch(session, batch)
        try:
            return commit(landed)
        except READ_ERRORS:
            # Damage behind an intact footer shows only when the pages are read.
            return commit(land_batch(session, batch, probe=True))

    def _landed(self, session: SparkSession, number: int) -> int:
        """Count what the table holds of the batch: also right where the commit was made by a run that was killed."""
        return read_table(session, self.table).where(f"_batch_id = {number}").count()


def _require_folder(folder: str, source: str) -> None:
    local = local_path(folder)
    if local is None or any(sign in folder for sign in "*?[{"):
        return
    where = f"conf/sources/{source}.yaml"
    if local.is_file():
        raise ConfigurationError(
            "`path` is a file, it must be the folder in which files arrive",
            where=where,
            found=folder,
            remedy=f"write path: {local.parent}",
        )
    if not local.is_dir():
        raise SourceUnavailable(
            "the folder of the source is not there",
            where=where,
            found=folder,
            remedy="create it, mount it, or mend `path`",
        )
