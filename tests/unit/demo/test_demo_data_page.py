"""docs/demo-data.md says what the code does."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from lakehouse.demo import activity
from lakehouse.demo.blocks import BLOCK, DAYS_PER_FILE, DEFAULT_CUSTOMERS, DEFAULT_DAYS, DEFAULT_END, DEFAULT_SEED
from lakehouse.demo.crm import crm_faults
from lakehouse.demo.events import DEAD_MAILBOX, EMAIL_FAULTS, ORDER_FAULTS, WEB_FAULTS
from lakehouse.demo.files import FOOTER_BYTES

FAULTS = {
    "crm_customers": crm_faults(date(2026, 1, 31)),
    "shop_orders": ORDER_FAULTS,
    "email_events": EMAIL_FAULTS,
    "web_events": WEB_FAULTS,
}


@pytest.fixture(scope="module")
def page():
    return (Path(__file__).parents[3] / "docs" / "demo-data.md").read_text(encoding="utf-8")


def test_the_table_of_faults_is_the_one_of_the_code(page):
    told = re.findall(rf"^\| (?:{'|'.join(FAULTS)}) \| \w+ \| .*\|$", page, flags=re.MULTILINE)
    assert told == [
        f"| {source} | {fault.name} | {fault.column or 'the line'} | {fault.share:.2%} | {fault.expected} |"
        for source, faults in FAULTS.items()
        for fault in faults
    ]


def test_every_mark_of_the_truth_is_explained(page, demo):
    explained = dict(re.findall(r"^\| (\w+) \| .* \| (\w+) \|$", page, flags=re.MULTILINE))
    known = {fault.name for faults in FAULTS.values() for fault in faults}
    marks = {(row["fault"], row["expected"]) for day in demo.days for row in demo.truth("rows", day)}
    assert {(fault, expected) for fault, expected in marks if fault not in known} <= explained.items()


def test_the_numbers_of_the_page_are_those_of_the_code(page):
    flat = " ".join(page.split())
    assert f"--customers {DEFAULT_CUSTOMERS} --days {DEFAULT_DAYS} --seed {DEFAULT_SEED}" in flat
    assert f"the history ends on {DEFAULT_END}" in flat
    assert f"blocks of {BLOCK:,}".replace(",", " ") in flat
    assert f"in files of {DAYS_PER_FILE} days each" in flat
    assert f"One mailbox in {DEAD_MAILBOX} is gone" in flat
    assert f"its last {FOOTER_BYTES} bytes are missing" in flat
    rates = f"{activity.ORDERS} orders, {activity.SENDS} mailings and {activity.SESSIONS} web visits a day"
    assert rates in flat


def test_every_column_of_the_truth_is_named(page, demo):
    for kind in ("rows", "customers", "files"):
        for column in demo.truth(kind, 1)[0]:
            assert f"`{column}`" in page, (kind, column)
    for name in demo.summary(1)["crm_customers"]:
        assert f"`{name}`" in page or name in ("files", "faults"), name
