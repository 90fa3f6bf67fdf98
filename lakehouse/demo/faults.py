"""Faults that are planted on purpose: what is broken, how often, and what the lake must make of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lakehouse.demo.text import Indices, Mask, Random, choose, join, texts

Expected = Literal["accepted", "warned", "quarantined", "corrupt", "duplicate"]
Columns = dict[str, Any]
Spoil = Callable[[Random, Any], Any]
RARE, SELDOM, OFTEN = 0.0005, 0.001, 0.01


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes:
        name: how the truth calls it.
        column: the field of the source that is broken; empty when it is the whole line.
        expected: what the lake must make of the record.
        spoil: gets the good values (or lines) and returns the broken ones.
        share: of the records; every kind is planted at least once where the file is long enough.
        blanked: further fields that are emptied, so that the record has one fault only.
    """

    name: str
    column: str
    expected: Expected
    spoil: Spoil
    share: float = SELDOM
    blanked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planted:
    """One record with a fault; `row` counts the records of the file from 0."""

    row: int
    key: str
    fault: str
    expected: Expected
    column: str


@dataclass
class Lines:
    """The records of one file with what was done to them.

    Attributes:
        lines: a column of text lines, or a table.
        keys: what identifies each record; empty where the key itself is missing.
        planted: the records with a fault.
    """

    lines: Any
    keys: Any
    planted: list[Planted] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def plain(self) -> Mask:
        """Which records carry no fault."""
        mask = np.ones(len(self), dtype=bool)
        mask[[entry.row for entry in self.planted]] = False
        return mask

    def repeat(self, rows: Indices, *, of: Lines | None = None, fault: str, expected: Expected = "duplicate") -> Lines:
        """Append records that have arrived before, here or (`of`) in another file."""
        origin = of or self
        taken = pa.array(rows)
        keys = origin.keys.take(taken)
        appended = origin.lines.take(taken)
        tables = isinstance(self.lines, pa.Table)
        lines = pa.concat_tables([self.lines, appended]) if tables else pa.concat_arrays([self.lines, appended])
        first = len(self)
        added = [Planted(first + i, key, fault, expected, "") for i, key in enumerate(keys.to_pylist())]
        return Lines(lines, pa.concat_arrays([self.keys, keys]), [*self.planted, *added])


def as_copy(lines: Lines) -> Lines:
    """The truth about a file that comes a second time: what was refused is refused again, the rest is known already."""
    refused = {entry.row: entry for entry in lines.planted if entry.expected in ("quarantined", "corrupt")}
    known = (Planted(row, key, "repeated_file", "duplicate", "") for row, key in enumerate(lines.keys.to_pylist()))
    return Lines(lines.lines, lines.keys, [refused.get(entry.row, entry) for entry in known])


def one_of(*values: str | None) -> Spoil:
    """Replace the value by one of these."""
    return lambda random, good: choose(random, values, len(good))  # type: ignore[arg-type]


def around(*pairs: tuple[str, str]) -> Spoil:
    """Put noise before and after the value."""

    def spoil(random: Random, good: Any) -> Any:
        index = pa.array(random.integers(0, len(pairs), len(good)))
        before, after = (texts([pair[side] for pair in pairs]).take(index) for side in (0, 1))
        return join(before, good, after)

    return spoil


def replaced(*patterns: tuple[str, str]) -> Spoil:
    """Replace the first match of one of several patterns in the value."""

    def spoil(random: Random, good: Any) -> Any:
        index = pa.array(random.integers(0, len(patterns), len(good)))
        spoiled = [pc.replace_substring_regex(good, old, new, max_replacements=1) for old, new in patterns]
        return pc.choose(index, *spoiled) if len(good) else good

    return spoil


def in_quotes(spoil: Spoil) -> Spoil:
    """Break a JSON text and leave its quotes alone."""
    return lambda random, good: join('"', spoil(random, pc.utf8_slice_codeunits(good, 1, -1)), '"')


malformed_email = replaced(
    ("@", ""), ("@", "@@"), ("@", " @ "), ("^", "."), ("@", "..@"), (r"\.example\.", ",example,"), ("@.*", "@"),
    ("@.*", "@localhost"),
)  # fmt: skip


def allot(random: Random, count: int, faults: Sequence[Fault]) -> dict[str, Indices]:
    """Give each kind of fault its rows; no row gets two, and at most a tenth of the rows, rounded up, gets one.

    In a short file not every kind finds a row; chance decides which do.
    """
    free = random.permutation(count)[: -(-count // 10)]
    allotted = {}
    for position in random.permutation(len(faults)):
        fault = faults[position]
        wanted = max(1, round(fault.share * count))
        allotted[fault.name], free = np.sort(free[:wanted]), free[wanted:]
    return allotted


def spoil_rows(random: Random, column: Any, rows: Indices, spoil: Spoil) -> Any:
    """Break the values of some rows; `rows` are ascending."""
    if not len(rows):
        return column
    mask = np.zeros(len(column), dtype=bool)
    mask[rows] = True
    broken = spoil(random, column.take(pa.array(rows)))
    return pc.replace_with_mask(column, pa.array(mask), broken.cast(column.type))


def plant(random: Random, columns: Columns, faults: Sequence[Fault], rows: dict[str, Indices]) -> None:
    """Break the fields of the allotted rows; changes the dictionary, not the arrays."""
    for fault in faults:
        if not fault.column:
            continue
        columns[fault.column] = spoil_rows(random, columns[fault.column], rows[fault.name], fault.spoil)
        for name in fault.blanked:
            columns[name] = spoil_rows(random, columns[name], rows[fault.name], one_of(""))


def plant_lines(random: Random, lines: Any, faults: Sequence[Fault], rows: dict[str, Indices]) -> Any:
    """Break whole lines of the allotted rows."""
    for fault in faults:
        if not fault.column:
            lines = spoil_rows(random, lines, rows[fault.name], fault.spoil)
    return lines


def planted(keys: Any, faults: Sequence[Fault], rows: dict[str, Indices]) -> list[Planted]:
    """The truth about the allotted rows, ordered by row."""
    entries = [
        Planted(row, (key or "").strip(), fault.name, fault.expected, fault.column)
        for fault in faults
        for row, key in zip(rows[fault.name].tolist(), keys.take(pa.array(rows[fault.name])).to_pylist(), strict=True)
    ]
    return sorted(entries, key=lambda entry: entry.row)
