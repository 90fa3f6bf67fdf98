"""sources -> raw: list what is new, open each file as it needs, land every record once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from lakehouse.cleansed.typing import source_fields
from lakehouse.errors import ConfigurationError, SourceUnavailable
from lakehouse.pipeline.arrivals import files_of_batch, find_rewritten
from lakehouse.pipeline.landing import Batch, Landed, land_batch
from lakehouse.pipeline.work import Work, drain, total
from lakehouse.raw.landing import RAW_COMMENTS, RAW_SCHEMA, Arrival, with_lineage
from lakehouse.sources.files import fingerprint, list_new_files
from lakehouse.sources.header import printable, shown
from lakehouse.sources.readers import READ_ERRORS, READ_SETTINGS
from lakehouse.storage.commit import Note, Token
from lakehouse.storage.commits import last_commit
from lakehouse.storage.files import child, delete, exists, local_path, read_text, write_text
from lakehouse.storage.lease import lease
from lakehouse.storage.ledger import StepReport, require_balance
from lakehouse.storage.progress import batch_commit, bind_checkpoint, bound_checkpoint, require_same_checkpoint
from lakehouse.storage.schema import ANEW, ensure_table
from lakehouse.storage.tables import append

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import DataFrame, SparkSession

_SHOWN = 20  # names of new fields in one note


def ingest(work: Work, source: str, *, restart: bool = False) -> StepReport:
    """Land what is new in a source.

    Args:
        work: the surroundings.
        source: its name in conf/sources/.
        restart: empty the raw table and read everything anew.

    Raises:
        ConfigurationError: the files do not fit the settings.
        SourceUnavailable: the folder cannot be reached.
        StorageUnavailable: the disk is full or the store does not answer; a later run goes on.
        GateStopped: the rows do not balance.
    """
    step = f"ingest {source}"
    folder = work.config.resolve_path(work.config.sources[source].path)
    with (
        work.step(step, source=folder),
        lease(work.spark, work.layout.lease("ingest", source), run_id=work.run_id),
    ):
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
        report = total(f"ingest {self.source}", self.work.short(self.table), reports, version)
        return replace(report, notes=(*report.notes, *self._rewritten(session)))

    def _rewritten(self, session: SparkSession) -> list[str]:
        names = find_rewritten(session, self.settings, self.folder, self.checkpoint)
        more = f" and {len(names) - 1} more files" if len(names) > 1 else ""
        note = "written again since it landed, which is not read; let new records arrive under a new name"
        return [f"{printable(names[0])}{more}: {note}"] if names else []

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
        if batch_commit(session, self.table, note) and exists(session, seal):
            # Committed by a run that was killed; the files may have gone since.
            report = StepReport.of_text(read_text(session, seal))
        else:
            files = files_of_batch(listing, self.checkpoint, number, self.folder)
            batch = Batch(files, self.settings, self.source, tuple(self.expected), first=number == 0)
            report = self._land(session, batch, seal, token=token, note=note)
        version = last_commit(session, self.table).version
        report = replace(report, rows_out=self._landed(session, note), version_after=version)
        self._require_balance(session, report)
        self.work.ledger.record(report, batch_id=number, token=replace(token, app_id=f"ledger-{token.app_id}"))
        return report

    def _require_balance(self, session: SparkSession, report: StepReport) -> None:
        """Stop a batch of which records are missing: it has landed, so its table is shut until everything is read anew."""
        if not report.balances:
            write_text(session, self.work.layout.unbalanced(self.source), report.text())
        require_balance(report, remedy=f"read everything anew: lakehouse ingest {self.source} --restart")

    def _land(self, session: SparkSession, batch: Batch, seal: str, *, token: Token, note: Note) -> StepReport:
        before = [fingerprint(file) for file in batch.files]
        report = self._append(session, batch, seal, token=token, note=note)
        changed = [file for file, mark in zip(batch.files, before, strict=True) if fingerprint(file) != mark]
        if changed:
            # A file that grows has no number of records: what was there when it was read is all that can be counted.
            text = "changed or vanished while it was read; let the whole of it arrive again under another name"
            notes = (f"{printable(file.name)}: {text}" for file in changed)
            report = replace(report, rows_in=self._landed(session, note), notes=(*report.notes, *notes))
            write_text(session, seal, report.text())
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
                notes=(*landed.notes, *self._drift(session, landed.fields)),
            )
            write_text(session, seal, report.text())
            append(with_lineage(landed.records, arrival), self.table, token=token, note=note)
            self._remember(session, landed.fields)
            return report

        landed = land_batch(session, batch)
        try:
            return commit(landed)
        except READ_ERRORS:
            # Damage behind an intact footer shows only when the pages are read.
            return commit(land_batch(session, batch, probe=True))

    @property
    def _fields(self) -> str:
        """The file that holds the names of all fields that have landed so far."""
        return child(self.checkpoint, "fields.json")

    def _known(self, session: SparkSession) -> set[str]:
        return set(json.loads(read_text(session, self._fields))) if exists(session, self._fields) else set()

    def _drift(self, session: SparkSession, fields: Iterable[str]) -> list[str]:
        known = self._known(session)
        new = [f"`{shown(name)}`" for name in sorted(fields) if name not in known] if known else []
        more = f" and {len(new) - _SHOWN} more" if len(new) > _SHOWN else ""
        return [f"new in this source: {', '.join(new[:_SHOWN])}{more}"] if new else []

    def _remember(self, session: SparkSession, fields: Iterable[str]) -> None:
        known = self._known(session)
        if not known.issuperset(fields):
            write_text(session, self._fields, json.dumps(sorted(known.union(fields))))

    def _landed(self, session: SparkSession, note: Note) -> int:
        """Return how many rows the batch has in the table, by Delta's own count; no matter which run committed it."""
        commit = batch_commit(session, self.table, note)
        return commit.metrics.get("numOutputRows", 0) if commit else 0


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
