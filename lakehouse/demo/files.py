"""Writing the files of the demo so that a reader sees each of them whole or not at all, and the truth about them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from lakehouse.demo.crm import NOT_UTF8
from lakehouse.demo.records import HEADER
from lakehouse.demo.text import content
from lakehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lakehouse.demo.faults import Lines, Planted

SOURCES = {"crm": "crm_customers", "shop": "shop_orders", "email": "email_events", "web": "web_events"}
TRUTH = "truth"
MARKER = "company.json"
LAKE = "lake"
ROWS_HEADER = ("source", "file", "line", "key", "fault", "expected", "column")
FOOTER_BYTES = 8


@dataclass(frozen=True)
class DemoFile:
    """One file that was written.

    Attributes:
        source: the source that reads it.
        path: relative to the folder of the demo, with slashes.
        records: how many records a reader can find in it; 0 in a broken file.
        broken: why the whole file cannot be read; empty when it can.
    """

    source: str
    path: str
    records: int
    broken: str = ""


def publish(path: Path, content: bytes | Callable[[Path], None]) -> None:
    """Write under a name that no reader looks at, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f"_{path.name}")
    if callable(content):
        content(hidden)
    else:
        hidden.write_bytes(content)
    os.replace(hidden, path)  # noqa: PTH105


def require_own_folder(folder: Path, company: dict[str, Any]) -> None:
    """Refuse a folder that holds anything but the same demo company and its lake; mark an empty one as ours.

    Raises:
        ConfigurationError: the folder is a file, holds foreign files, or a demo company with other numbers.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError("the demo needs a folder and this is a file", where=str(folder))
    marker = folder / TRUTH / MARKER
    if marker.is_file():
        if json.loads(marker.read_text(encoding="utf-8")) != company:
            raise ConfigurationError(
                "the folder holds a demo company made with other numbers",
                where=str(folder),
                remedy="repeat the numbers in truth/company.json, choose another folder, or delete this one",
            )
        return
    if folder.exists() and any(entry.name != LAKE for entry in folder.iterdir()):
        raise ConfigurationError(
            "the folder is not empty and not a demo company",
            where=str(folder),
            remedy="choose an empty or a new folder",
        )
    publish(marker, _json_bytes(company))


def _json_bytes(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


@dataclass
class Ledger:
    """Writes the files of one day and keeps the truth about them.

    Attributes:
        folder: of the demo.
        day: 1 for the whole history, 2 and more for one day each.
        files: what was written so far.
        planted: how many records of each source carry each fault.
    """

    folder: Path
    day: int
    files: list[DemoFile] = field(default_factory=list)
    planted: Counter[tuple[str, str]] = field(default_factory=Counter)
    _rows: list[tuple[str, str, Planted]] = field(default_factory=list)
    _expected: Counter[tuple[str, str]] = field(default_factory=Counter)
    _customers: list[bytes] = field(default_factory=list)

    def write_csv(self, path: str, lines: Lines) -> None:
        """Write CRM lines under the header; line 1 of the truth is the header."""
        text = f"{','.join(HEADER)}\n".encode() + content(lines.lines)
        self._write(path, lines, text.replace(NOT_UTF8.encode(), b"\xfc"), first_line=2)

    def write_jsonl(self, path: str, lines: Lines) -> None:
        """Write JSON lines; the first line is line 1 of the truth."""
        self._write(path, lines, content(lines.lines), first_line=1)

    def write_parquet(self, path: str, lines: Lines) -> None:
        """Write a table; its first row is line 0 of the truth."""
        self._write(path, lines, lambda hidden: pq.write_table(lines.lines, hidden), first_line=0)

    def write_broken_parquet(self, path: str, table: Any) -> None:
        """Write a Parquet file whose transfer broke off before its footer was complete."""
        buffer = io.BytesIO()
        pq.write_table(table, buffer)
        publish(self.folder / path, buffer.getvalue()[:-FOOTER_BYTES])
        self.files.append(DemoFile(_source(path), path, 0, "footer cut off"))

    def _write(self, path: str, lines: Lines, content: bytes | Callable[[Path], None], *, first_line: int) -> None:
        publish(self.folder / path, content)
        source = _source(path)
        self.files.append(DemoFile(source, path, len(lines)))
        for entry in sorted(lines.planted, key=lambda entry: entry.row):
            self.planted[source, entry.fault] += 1
            self._expected[source, entry.expected] += 1
            self._rows.append((source, path, replace(entry, row=entry.row + first_line)))

    def add_customers(self, lines: Any) -> None:
        """Add lines of `customer_id,person_id,expected` to the truth about who is who."""
        self._customers.append(content(lines))

    def publish_truth(self) -> None:
        """Write the four truth files of the day."""
        truth = self.folder / TRUTH
        rows = [(source, path, e.row, e.key, e.fault, e.expected, e.column) for source, path, e in self._rows]
        publish(truth / f"rows_{self.day}.csv", _csv_bytes(ROWS_HEADER, rows))
        publish(truth / f"customers_{self.day}.csv", b"customer_id,person_id,expected\n" + b"".join(self._customers))
        files = [(f.source, f.path, f.records, "broken" if f.broken else "ok", f.broken) for f in self.files]
        publish(truth / f"files_{self.day}.csv", _csv_bytes(("source", "file", "records", "state", "reason"), files))
        publish(truth / f"summary_{self.day}.json", _json_bytes(self.summary()))

    def summary(self) -> dict[str, Any]:
        """What each source holds and what the lake must make of it."""
        return {source: self._of_source(source) for source in SOURCES.values()}

    def _of_source(self, source: str) -> dict[str, Any]:
        files = [file for file in self.files if file.source == source]
        records = sum(file.records for file in files)
        quarantined = self._expected[source, "quarantined"] + self._expected[source, "corrupt"]
        duplicate = self._expected[source, "duplicate"]
        return {
            "files": len(files),
            "broken_files": sum(bool(file.broken) for file in files),
            "records": records,
            "accepted": records - quarantined - duplicate,
            "quarantined": quarantined,
            "corrupt": self._expected[source, "corrupt"],
            "duplicate": duplicate,
            "warned": self._expected[source, "warned"],
            "faults": {fault: count for (of, fault), count in sorted(self.planted.items()) if of == source},
        }


def _source(path: str) -> str:
    return SOURCES[path.split("/", 1)[0]]


def _csv_bytes(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
