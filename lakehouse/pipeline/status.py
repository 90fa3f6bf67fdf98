"""What a lake holds and what is waiting to get in; reads metadata only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lakehouse.pipeline.curate import CURATED_TABLES
from lakehouse.sources.files import list_folder
from lakehouse.storage.commits import last_commit
from lakehouse.storage.files import child, list_names, read_text
from lakehouse.storage.tables import has_table, read_table

if TYPE_CHECKING:
    from lakehouse.pipeline.work import Work


@dataclass(frozen=True)
class TableStatus:
    """The state of one table.

    Attributes:
        table: `zone/name`.
        rows: how many it holds; None where it is not there yet.
        version: its newest version; None where it is not there yet.
        updated_at: time of its newest commit (UTC).
        waiting: what the next run would take in, in words; empty where nothing is.
    """

    table: str
    rows: int | None
    version: int | None
    updated_at: datetime | None
    waiting: str = ""


def list_tables(work: Work) -> list[TableStatus]:
    """Return the state of every table that conf/ describes, in the order in which data flows."""
    states = [_status(work, "raw", name, _waiting_files(work, name)) for name in work.config.sources]
    for name, entity in work.config.entities.items():
        states.append(_status(work, "cleansed", name, _waiting_records(work, name, entity.source)))
        states.append(_status(work, "quarantine", name))
    states += [_status(work, "curated", name) for name in _curated(work)]
    return states


def _curated(work: Work) -> list[str]:
    wanted = {"customer_profiles": bool(work.config.curated.entities), "rfm": work.config.curated.orders is not None}
    segments = bool(work.config.curated.entities and work.config.segments)
    return [name for name in CURATED_TABLES if wanted.get(name, segments)]


def _status(work: Work, zone: str, name: str, waiting: str = "") -> TableStatus:
    path, table = work.layout.table(zone, name), f"{zone}/{name}"
    if not has_table(work.spark, path):
        return TableStatus(table, None, None, None, waiting)
    commit = last_commit(work.spark, path)
    return TableStatus(table, read_table(work.spark, path).count(), commit.version, commit.at, waiting)


def _waiting_files(work: Work, source: str) -> str:
    """Compare the folder with what the stream's own log says it has read."""
    settings = work.config.sources[source]
    present = list_folder(work.config.resolve_path(settings.path), settings.pattern)
    if present is None:
        return ""
    log = child(work.layout.checkpoint("ingest", source), "sources", "0")
    seen: set[str] = set()
    for name in list_names(work.spark, log):
        if not name.startswith("."):
            lines = read_text(work.spark, child(log, name)).splitlines()
            seen.update(json.loads(line)["path"] for line in lines if line.startswith("{"))
    number = len(present - seen)
    return f"{number} new file{'s' if number != 1 else ''}" if number else ""


def _waiting_records(work: Work, entity: str, source: str) -> str:
    raw = work.layout.table("raw", source)
    if not has_table(work.spark, raw):
        return ""
    offsets = child(work.layout.checkpoint("cleanse", entity), "offsets")
    numbers = sorted(int(name) for name in list_names(work.spark, offsets) if name.isdigit())
    if not numbers:
        return "new records"
    last = json.loads(read_text(work.spark, child(offsets, str(numbers[-1]))).splitlines()[-1])
    newest = last_commit(work.spark, raw).version
    # `index` -1: nothing of that version has been read.
    unread = last["reservoirVersion"] <= newest if last.get("index", -1) < 0 else last["reservoirVersion"] < newest
    return "new records" if unread else ""
