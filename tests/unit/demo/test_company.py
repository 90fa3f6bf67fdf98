from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime

import pytest

from lakehouse.demo import blocks
from lakehouse.demo.blocks import LAST_DAY, MOST_CUSTOMERS
from lakehouse.demo.company import write_company
from lakehouse.errors import ConfigurationError


def digests(folder):
    """Path -> SHA-256 of every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def customer_rows(folder, day):
    with (folder / "truth" / f"customers_{day}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        for day in (1, 2):
            write_company(tmp_path / name, customers=120, days=9, seed=5, day=day)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_process_zone_locale_and_thread_count_give_the_same_bytes(tmp_path):
    write_company(tmp_path / "here", customers=120, days=9, seed=5)
    code = (
        "import sys; from pathlib import Path; from lakehouse.demo.company import write_company;"
        "write_company(Path(sys.argv[1]), customers=120, days=9, seed=5)"
    )
    environment = os.environ | {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "99", "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "there")], env=environment, check=True, timeout=120)
    assert digests(tmp_path / "here") == digests(tmp_path / "there")


def test_a_day_does_not_depend_on_the_days_written_before(tmp_path):
    for day in (1, 2, 3):
        write_company(tmp_path / "all", customers=120, days=9, seed=5, day=day)
    write_company(tmp_path / "third", customers=120, days=9, seed=5, day=3)
    all_files = digests(tmp_path / "all")
    third = digests(tmp_path / "third")
    assert third.items() <= all_files.items()
    assert {"truth/rows_3.csv", "crm/customers_2026-02-02_changed.csv"} <= third.keys()


def test_a_day_written_twice_changes_nothing(tmp_path):
    write_company(tmp_path, customers=60, days=5, seed=5)
    before = digests(tmp_path)
    write_company(tmp_path, customers=60, days=5, seed=5)
    assert digests(tmp_path) == before


def test_another_seed_gives_other_people(tmp_path):
    for seed in (5, 6):
        write_company(tmp_path / str(seed), customers=60, days=5, seed=seed)
    name = "crm/customers_2026-01-31_part-000.csv"
    assert (tmp_path / "5" / name).read_bytes() != (tmp_path / "6" / name).read_bytes()


def test_a_longer_history_leaves_the_customers_as_they_are(tmp_path):
    for days in (5, 50):
        write_company(tmp_path / str(days), customers=60, days=days, seed=5)
    name = "crm/customers_2026-01-31_part-000.csv"
    assert (tmp_path / "5" / name).read_bytes() == (tmp_path / "50" / name).read_bytes()


def test_the_summary_tells_what_was_written(tmp_path):
    summary = write_company(tmp_path, customers=60, days=40, seed=5, end=date(2025, 3, 31))
    assert (summary.day, summary.first, summary.last) == (1, date(2025, 2, 20), date(2025, 3, 31))
    assert summary.as_of == datetime(2025, 4, 1, tzinfo=UTC)
    assert summary.truth == tmp_path / "truth"
    assert {file.path for file in summary.files} | {
        f"truth/{name}" for name in ("company.json", "rows_1.csv", "customers_1.csv", "files_1.csv", "summary_1.json")
    } == digests(tmp_path).keys()
    assert summary.records == sum(file.records for file in summary.files)
    assert summary.sources == json.loads((tmp_path / "truth" / "summary_1.json").read_text())


def test_a_history_of_forty_days_is_two_files_of_each_kind_of_event(tmp_path):
    summary = write_company(tmp_path, customers=60, days=40, seed=5)
    names = [file.path.removeprefix("shop/") for file in summary.files if file.source == "shop_orders"]
    assert names == [
        "orders_2025-12-23_2026-01-21_part-000.jsonl", "orders_2026-01-22_2026-01-31_part-000.jsonl",
    ]  # fmt: skip


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 50)


def test_blocks_share_neither_customers_nor_people_nor_addresses_nor_events(tmp_path, small_blocks):
    done = []
    for day in (1, 2, 3, 4):
        write_company(tmp_path, customers=120, days=9, seed=5, day=day, progress=lambda *of: done.append(of))
    assert done[:3] == [(50, 120), (100, 120), (120, 120)]
    rows = [row for day in (1, 2, 3, 4) for row in customer_rows(tmp_path, day)]
    first = customer_rows(tmp_path, 1)
    assert sorted({int(row["person_id"]) for row in first}) == list(range(120))
    assert len({row["customer_id"] for row in first}) == len(first)
    person = {}
    for row in rows:
        assert person.setdefault(row["customer_id"], row["person_id"]) == row["person_id"]
    owners = {}
    for path in (tmp_path / "crm").iterdir():
        for line in path.read_bytes().split(b"\n")[1:-1]:
            fields = line.split(b",")
            if (
                len(fields) > 3
                and fields[3].count(b"@") == 1
                and fields[0] in {row["customer_id"].encode() for row in rows}
            ):
                owners.setdefault(fields[3].strip(), set()).add(person[fields[0].decode()])
    clean = {address: people for address, people in owners.items() if address.isascii()}
    assert all(len(people) == 1 for people in clean.values())
    ids = Counter(
        json.loads(line)["event_id"]
        for path in (tmp_path / "email").iterdir()
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("{") and line.endswith("}")
    )
    told = [row for day in (1, 2, 3, 4) for row in truth_rows(tmp_path, day) if row["source"] == "email_events"]
    repeated = sum(row["expected"] == "duplicate" for row in told)
    assert sum(count - 1 for event, count in ids.items() if event) == repeated


def truth_rows(folder, day):
    with (folder / "truth" / f"rows_{day}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_following_day_brings_new_again_registered_and_changed_customers(demo):
    known = {row["customer_id"]: row["person_id"] for row in demo.truth("customers", 1)}
    people = set(known.values())
    changed_before = set()
    for day in (2, 3):
        rows = demo.truth("customers", day)
        new = [row for row in rows if row["customer_id"] not in known]
        changed = {row["customer_id"] for row in rows if row["customer_id"] in known}
        assert any(row["person_id"] not in people for row in new)
        assert any(row["person_id"] in people for row in new)
        assert changed
        assert not changed & changed_before
        changed_before |= changed
        known |= {row["customer_id"]: row["person_id"] for row in new}


def test_a_changed_record_is_newer_and_says_something_else(demo):
    def records(name):
        lines = (demo.folder / "crm" / name).read_bytes().decode("utf-8", errors="replace").splitlines()
        return {row["CustomerID"]: row for row in csv.DictReader(lines) if row["CustomerID"]}

    before = records("customers_2026-01-31_part-000.csv")
    after = records("customers_2026-02-01_changed.csv")
    changed = Counter()
    for customer, row in after.items():
        old = before.get(customer)
        if old is None or old["UpdatedAt"] is None or old["UpdatedAt"][:10].count(".") != 2:
            continue
        assert row["UpdatedAt"].startswith("01.02.2026")
        changed.update(name for name in row if row[name] != old[name])
    assert changed.keys() >= {"Street", "PostalCode", "City", "Email", "UpdatedAt"}


def test_one_customer_makes_a_company(tmp_path):
    for day in (1, 2):
        summary = write_company(tmp_path, customers=1, days=1, seed=0, day=day)
        assert all(source["records"] for source in summary.sources.values())


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path):
    (tmp_path / "crm").mkdir()
    (tmp_path / "crm" / "mine.csv").write_text("x")
    with pytest.raises(ConfigurationError, match="not empty and not a demo company"):
        write_company(tmp_path, customers=60)
    assert list(digests(tmp_path)) == ["crm/mine.csv"]
    with pytest.raises(ConfigurationError, match="this is a file"):
        write_company(tmp_path / "crm" / "mine.csv", customers=60)


def test_a_lake_may_stand_in_the_folder(tmp_path):
    (tmp_path / "lake").mkdir()
    assert write_company(tmp_path, customers=60, days=2).records


def test_a_company_with_other_numbers_is_refused(tmp_path):
    write_company(tmp_path, customers=60, days=2)
    with pytest.raises(ConfigurationError, match="made with other numbers"):
        write_company(tmp_path, customers=61, days=2, day=2)


@pytest.mark.parametrize(
    "numbers",
    [
        {"customers": 0}, {"customers": MOST_CUSTOMERS + 1}, {"days": 0}, {"days": 4_000}, {"seed": -1}, {"day": 0},
        {"day": LAST_DAY + 1}, {"end": date(1999, 1, 1)},
    ],
)  # fmt: skip
def test_impossible_numbers_are_refused_before_anything_is_written(tmp_path, numbers):
    with pytest.raises(ConfigurationError, match="cannot be made") as refused:
        write_company(tmp_path / "demo", **numbers)
    assert refused.value.exit_code == 2
    assert not (tmp_path / "demo").exists()
