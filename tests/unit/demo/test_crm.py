from __future__ import annotations

import csv
from datetime import date

import numpy as np
import pytest

from lakehouse.demo.blocks import Company, block_of
from lakehouse.demo.crm import crm_faults, crm_lines, csv_lines
from lakehouse.demo.records import HEADER
from lakehouse.demo.text import texts

TODAY = date(2026, 1, 31)


@pytest.fixture(scope="module")
def records():
    return block_of(Company(customers=1_000), 0).records


def test_a_csv_reader_gets_back_what_was_written():
    fields = ["plain", "with, comma", 'with "quotes"', "", " padded ", "'apostrophe'", "ümläut", '"', "a;b", "=1+1"]
    columns = {name: texts(fields) for name in HEADER}
    rows = list(csv.reader(csv_lines(columns).to_pylist()))
    assert rows == [[field] * len(HEADER) for field in fields]


def test_lines_of_plain_records_are_the_records(records):
    lines = crm_lines(np.random.default_rng(1), records, TODAY, spoiled=False)
    rows = list(csv.reader(lines.lines.to_pylist()))
    fields = zip(*(column.to_pylist() for column in records.columns.values()), strict=True)
    assert rows[: len(records)] == [list(row) for row in fields]
    assert {entry.fault for entry in lines.planted} == {"repeated_row"}
    assert len(rows) == len(records) + len(lines.planted)


def test_no_line_holds_a_line_break(records):
    lines = crm_lines(np.random.default_rng(1), records, TODAY).lines.to_pylist()
    assert not any(break_ in line for line in lines for break_ in "\n\r\x0b\x0c\x85\u2028\u2029")


def test_clocks_changed_on_the_last_sundays_of_march_and_october_of_last_year():
    random = np.random.default_rng(1)
    faults = {fault.name: fault for fault in crm_faults(TODAY)}
    gap = faults["clock_change_gap"].spoil(random, texts(["x"] * 20)).to_pylist()
    overlap = faults["clock_change_overlap"].spoil(random, texts(["x"] * 20)).to_pylist()
    assert {text[:10] for text in gap} == {"30.03.2025"}
    assert {text[:10] for text in overlap} == {"26.10.2025"}


def test_no_two_faults_have_one_name():
    names = [fault.name for fault in crm_faults(TODAY)]
    assert len(set(names)) == len(names)
