"""Numbers -> blocks of people and their records: the company, whatever day it is and wherever it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from lakehouse.demo.events import Audience
from lakehouse.demo.people import People, make_people
from lakehouse.demo.records import CONSENT, Records, Window, make_records, record_count, who_has_records
from lakehouse.demo.text import choose, put, texts
from lakehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from lakehouse.demo.text import Random

BLOCK = 50_000
"""People who are made up at a time: what bounds the memory, and part of what the company is."""
DEFAULT_CUSTOMERS, DEFAULT_DAYS, DEFAULT_SEED, DEFAULT_END = 2_000, 90, 1, date(2026, 1, 31)
# Up to these, customer ids have seven digits.
MOST_CUSTOMERS, LAST_DAY, MOST_DAYS = 5_000_000, 100, 3_650
DAYS_PER_FILE = 30
YEARS = (2010, 2080)
EPOCH = date(1970, 1, 1)
RECORDS_BEFORE_END = 3 * 365
NEW, AGAIN, CHANGED = 0.004, 0.001, 0.01


class Stream(IntEnum):
    """Whatever draws random numbers has a stream of its own, so that more of one never changes another."""

    PEOPLE = 1
    RECORDS = 2
    CRM = 3
    SHOP = 4
    EMAIL = 5
    WEB = 6
    AGAIN = 7
    CHANGES = 8
    REPEATS = 9
    BROKEN = 10
    KEENNESS = 11


@dataclass(frozen=True)
class Block:
    """Some people and what the CRM has about them.

    Attributes:
        number: below 1000.
        people: a row for each.
        records: one or more for each of the people.
        audience: the customers, who buy, read and look around.
    """

    number: int
    people: People
    records: Records
    audience: Audience


@dataclass(frozen=True)
class Company:
    """The numbers from which everything follows.

    Attributes:
        customers: people who are customers at the end of day 1.
        days: length of the history that day 1 brings.
        seed: of all random numbers, 0 or more.
        end: last date of that history; day 2 is the date after it.
    """

    customers: int = DEFAULT_CUSTOMERS
    days: int = DEFAULT_DAYS
    seed: int = DEFAULT_SEED
    end: date = DEFAULT_END

    @property
    def blocks(self) -> int:
        """Number of blocks on day 1."""
        return -(-self.customers // BLOCK)

    def size(self, block: int) -> int:
        """People in a block of day 1."""
        return min(BLOCK, self.customers - block * BLOCK)

    def date(self, day: int) -> date:
        """The date of a day; of day 1 the last one."""
        return self.end + timedelta(days=day - 1)

    def window(self, day: int) -> Window:
        """The dates that a day brings, as days since 1970-01-01."""
        last = (self.date(day) - EPOCH).days
        return Window(last - (self.days if day == 1 else 1) + 1, last)

    def windows(self, day: int) -> list[Window]:
        """The dates that a day brings, cut into those of one file each."""
        window = self.window(day)
        starts = range(window.first, window.last + 1, DAYS_PER_FILE)
        return [Window(first, min(first + DAYS_PER_FILE - 1, window.last)) for first in starts]

    def random(self, stream: Stream, *, block: int = 0, day: int = 1) -> Random:
        """A stream of random numbers that depends on nothing but the seed and these arguments."""
        sequence = np.random.SeedSequence(self.seed, spawn_key=(stream, block, day))
        return np.random.Generator(np.random.PCG64(sequence))


def require_possible(company: Company, day: int) -> None:
    """Refuse numbers that the company cannot have.

    Raises:
        ConfigurationError: one of the numbers is out of its bounds.
    """
    bounds = {
        "customers": (company.customers, 1, MOST_CUSTOMERS),
        "days": (company.days, 1, MOST_DAYS),
        "seed": (company.seed, 0, 2**63 - 1),
        "day": (day, 1, LAST_DAY),
        "year of the end": (company.end.year, *YEARS),
    }
    for name, (value, low, high) in bounds.items():
        if not low <= value <= high:
            raise ConfigurationError(
                f"the demo company cannot be made with this number of `{name}`",
                where="demo",
                found=str(value),
                remedy=f"a whole number from {low} to {high}",
            )


def block_of(company: Company, number: int) -> Block:
    """Make up a block of day 1."""
    return _make_block(company, number, size=company.size(number), first=number * BLOCK,
                       first_id=1 + number * record_count(BLOCK), window=_record_window(company))  # fmt: skip


def newcomers(company: Company, day: int) -> Block:
    """Make up the customers who are new on a day after the first."""
    size, past = _new_people(company), day - 2
    return _make_block(company, company.blocks + past, size=size, first=company.customers + past * size,
                       first_id=_first_new_id(company, day), window=company.window(day))  # fmt: skip


def registered_again(company: Company, day: int, block: Block) -> Records:
    """Let some people of a block, who are customers already, register once more on a day after the first."""
    random = company.random(Stream.AGAIN, day=day)
    count = _again(company)
    person = random.integers(0, len(block.people), count)
    first_id = _first_new_id(company, day) + record_count(_new_people(company))
    return make_records(random, block.people, person, further=np.ones(count, dtype=bool),
                        ids=np.arange(first_id, first_id + count), window=company.window(day))  # fmt: skip


def changed_records(company: Company, day: int, block: Block) -> Records:
    """Let some records of a block change on a day after the first; each changes once before any changes again.

    A third of their customers moved, a third has another address for e-mail, a third withdrew consent.
    """
    order = company.random(Stream.CHANGES, block=block.number).permutation(len(block.records))
    count = max(1, round(CHANGED * company.customers / company.blocks))
    rows = order[np.arange((day - 2) * count, (day - 1) * count) % len(order)]
    random = company.random(Stream.CHANGES, block=block.number, day=day)
    records = block.records.take(rows).stamped(company.window(day).draw(random, count))
    person = records.person - block.people.number[0]
    kind = np.arange(count) % 3
    columns = dict(records.columns)
    moved, mailed, gone = (np.flatnonzero(kind == which) for which in range(3))
    news = [("Street", moved, "new_street"), ("PostalCode", moved, "new_postal_code"), ("City", moved, "new_city"),
            ("Email", mailed, "work_email")]  # fmt: skip
    for name, chosen, trait in news:
        columns[name] = put(columns[name], chosen, getattr(block.people, trait).take(pa.array(person[chosen])))
    columns["NewsletterConsent"] = put(columns["NewsletterConsent"], gone, choose(random, CONSENT[False], len(gone)))
    columns["ConsentAt"] = put(columns["ConsentAt"], gone, texts([""] * len(gone)))
    return Records(columns, records.person, records.updated)


def _make_block(company: Company, number: int, *, size: int, first: int, first_id: int, window: Window) -> Block:
    today = (company.end - EPOCH).days
    random = company.random(Stream.PEOPLE, block=number)
    people = make_people(random, block=number, first=first, count=size, today=today)
    random = company.random(Stream.RECORDS, block=number)
    person, further = who_has_records(random, size)
    ids = np.arange(first_id, first_id + len(person))
    records = make_records(random, people, person, further=further, ids=ids, window=window)
    keenness = pa.array(company.random(Stream.KEENNESS, block=number).permutation(len(records)))
    audience = Audience(records.columns["CustomerID"].take(keenness), records.columns["Email"].take(keenness))
    return Block(number, people, records, audience)


def _record_window(company: Company) -> Window:
    history = company.window(1)
    return Window(min(history.first, history.last - RECORDS_BEFORE_END), history.last)


def _new_people(company: Company) -> int:
    return max(1, round(NEW * company.customers))


def _again(company: Company) -> int:
    return max(1, round(AGAIN * company.customers))


def _first_new_id(company: Company, day: int) -> int:
    last = company.blocks - 1
    before = last * record_count(BLOCK) + record_count(company.size(last))
    return 1 + before + (day - 2) * (record_count(_new_people(company)) + _again(company))
