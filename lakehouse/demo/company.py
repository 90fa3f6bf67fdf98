"""Numbers -> the files of one day, as four systems would deliver them, and the truth about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from lakehouse.demo.activity import FIRST_BLOCK, make_activity, make_broken_table, with_repeats
from lakehouse.demo.blocks import (
    DEFAULT_CUSTOMERS,
    DEFAULT_DAYS,
    DEFAULT_END,
    DEFAULT_SEED,
    EPOCH,
    Block,
    Company,
    Stream,
    block_of,
    changed_records,
    newcomers,
    registered_again,
    require_possible,
)
from lakehouse.demo.crm import crm_lines
from lakehouse.demo.faults import Lines, as_copy
from lakehouse.demo.files import TRUTH, DemoFile, Ledger, require_own_folder
from lakehouse.demo.text import join, number, put, texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lakehouse.demo.records import Records, Window


@dataclass(frozen=True)
class Summary:
    """What was written.

    Attributes:
        folder: of the demo.
        day: which day it was.
        first: first date that the files cover.
        last: last date that the files cover.
        sources: source -> files, broken_files, records, accepted, quarantined, corrupt, duplicate, warned, faults.
        files: every file.
        truth: folder of the truth.
    """

    folder: Path
    day: int
    first: date
    last: date
    sources: dict[str, dict[str, Any]]
    files: tuple[DemoFile, ...]
    truth: Path

    @property
    def as_of(self) -> datetime:
        """The moment after the last day, up to which everything in the files has happened."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)

    @property
    def records(self) -> int:
        """All records of all sources."""
        return sum(source["records"] for source in self.sources.values())


def write_company(
    folder: Path,
    *,
    customers: int = DEFAULT_CUSTOMERS,
    days: int = DEFAULT_DAYS,
    seed: int = DEFAULT_SEED,
    day: int = 1,
    end: date = DEFAULT_END,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Write what the systems of the demo company deliver on one day, and the truth about it.

    Day 1 brings the whole history, every further day one date: new and changed customers, new events and late ones,
    orders that changed, rows that came before, a file that comes twice, and one that breaks off. The same arguments
    give the same bytes, whatever was written before and wherever; the truth of a day holds for a lake that has read
    the days before.

    Args:
        folder: gets `crm/`, `shop/`, `email/`, `web/` and `truth/`.
        customers: people who are customers at the end of day 1.
        days: length of the history that day 1 brings.
        seed: of all random numbers.
        day: 1 for the history, 2, 3, … for the dates after it.
        end: last date of the history.
        progress: is called with the customers who are done and all there are.

    Raises:
        ConfigurationError: a number is out of bounds, or the folder holds something else.
    """
    company = Company(customers, days, seed, end)
    require_possible(company, day)
    require_own_folder(folder, {"customers": customers, "days": days, "seed": seed, "end": end.isoformat()})
    ledger = Ledger(folder, day)
    _Day(company, day, ledger).write(progress)
    ledger.publish_truth()
    window = company.window(day)
    first = company.date(day) - timedelta(days=window.last - window.first)
    return Summary(folder, day, first, company.date(day), ledger.summary(), tuple(ledger.files), folder / TRUTH)


@dataclass(frozen=True)
class _Day:
    """One day of the company, on its way into files."""

    company: Company
    day: int
    ledger: Ledger

    def write(self, progress: Callable[[int, int], None] | None) -> None:
        done = 0
        for number_of_block in range(self.company.blocks):
            block = block_of(self.company, number_of_block)
            self._write_customers(block)
            for window in self.company.windows(self.day):
                self._write_activity(block, window)
            done += len(block.people)
            if progress:
                progress(done, self.company.customers)

    def _write_customers(self, block: Block) -> None:
        name = f"crm/customers_{self.company.date(self.day)}"
        if self.day == 1:
            self._write_crm(f"{name}_part-{block.number:03d}.csv", block.records, block.number)
        elif block.number == (self.day - 2) % self.company.blocks:
            self._write_crm(f"{name}_new.csv", newcomers(self.company, self.day).records, 0)
            self._write_crm(f"{name}_again.csv", registered_again(self.company, self.day, block), 1, spoiled=False)
            self._write_crm(f"{name}_changed.csv", changed_records(self.company, self.day, block), 2, spoiled=False)

    def _write_crm(self, path: str, records: Records, part: int, *, spoiled: bool = True) -> None:
        random = self.company.random(Stream.CRM, block=part, day=self.day)
        lines = crm_lines(random, records, self.company.end, spoiled=spoiled)
        self.ledger.write_csv(path, lines)
        self.ledger.add_customers(_who_is_who(records, lines))

    def _write_activity(self, block: Block, window: Window) -> None:
        today = make_activity(self.company, block, window, self.day)
        repeats = self.day > 1 and block.number == FIRST_BLOCK
        if repeats:
            today = with_repeats(self.company, block, today, self.day)
        span = "_".join(f"{EPOCH + timedelta(days=day)}" for day in sorted({window.first, window.last}))
        part = f"{span}_part-{block.number:03d}"
        self.ledger.write_jsonl(f"shop/orders_{part}.jsonl", today["shop"])
        self.ledger.write_jsonl(f"email/events_{part}.jsonl", today["email"])
        self.ledger.write_parquet(f"web/events_{part}.parquet", today["web"])
        if repeats:
            self.ledger.write_jsonl(f"shop/orders_{part}_copy.jsonl", as_copy(today["shop"]))
            broken = make_broken_table(self.company, block, self.day)
            self.ledger.write_broken_parquet(f"web/events_{span}_part-{self.company.blocks:03d}.parquet", broken)


def _who_is_who(records: Records, lines: Lines) -> Any:
    """Lines of `customer_id,person_id,expected` for the records, without the repeated ones."""
    marked = [entry for entry in lines.planted if entry.row < len(records)]
    rows = np.array([entry.row for entry in marked], dtype=np.int64)
    accepted = texts(["accepted"] * len(records))
    expected = put(accepted, rows, texts([entry.expected for entry in marked]))
    return join(records.columns["CustomerID"], ",", number(records.person), ",", expected)
