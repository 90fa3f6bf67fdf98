from __future__ import annotations

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.demo.crm import NOT_UTF8
from lakehouse.demo.faults import Lines, Planted
from lakehouse.demo.files import Ledger, publish, require_own_folder
from lakehouse.demo.records import HEADER
from lakehouse.demo.text import texts
from lakehouse.errors import ConfigurationError


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_file_is_whole_or_not_there(tmp_path):
    publish(tmp_path / "a" / "whole.bin", b"whole")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["whole.bin"]

    def fail(hidden):
        hidden.write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        publish(tmp_path / "a" / "half.bin", fail)
    assert not (tmp_path / "a" / "half.bin").exists()
    assert all(path.name[0] == "_" for path in (tmp_path / "a").iterdir() if path.name != "whole.bin")


def test_lines_of_the_truth_count_as_an_editor_counts(tmp_path):
    ledger = Ledger(tmp_path, 1)
    bad = Lines(texts(["one", "two"]), texts(["1", "2"]), [Planted(1, "2", "odd", "quarantined", "x")])
    ledger.write_csv("crm/a.csv", bad)
    ledger.write_jsonl("shop/a.jsonl", bad)
    ledger.write_parquet("web/a.parquet", Lines(pa.table({"x": ["one", "two"]}), bad.keys, bad.planted))
    ledger.publish_truth()
    assert (tmp_path / "crm" / "a.csv").read_text().splitlines() == [",".join(HEADER), "one", "two"]
    assert pq.read_table(tmp_path / "web" / "a.parquet").to_pylist()[1] == {"x": "two"}
    told = [(row["source"], row["file"], row["line"], row["key"]) for row in rows_of(tmp_path / "truth" / "rows_1.csv")]
    assert told == [
        ("crm_customers", "crm/a.csv", "3", "2"), ("shop_orders", "shop/a.jsonl", "2", "2"),
        ("web_events", "web/a.parquet", "1", "2"),
    ]  # fmt: skip


def test_the_summary_balances_and_counts_each_fault(tmp_path):
    ledger = Ledger(tmp_path, 2)
    verdicts = ("quarantined", "corrupt", "duplicate", "warned", "accepted")
    marks = [Planted(row, str(row), f"fault_{verdict}", verdict, "") for row, verdict in enumerate(verdicts)]
    ledger.write_jsonl("shop/a.jsonl", Lines(texts(["x"] * 9), texts(["x"] * 9), marks))
    ledger.write_broken_parquet("web/b.parquet", pa.table({"x": [1]}))
    ledger.publish_truth()
    summary = json.loads((tmp_path / "truth" / "summary_2.json").read_text())
    assert summary["shop_orders"] == {
        "files": 1, "broken_files": 0, "records": 9, "accepted": 6, "quarantined": 2, "corrupt": 1, "duplicate": 1,
        "warned": 1, "faults": {f"fault_{verdict}": 1 for verdict in verdicts},
    }  # fmt: skip
    assert (summary["web_events"]["broken_files"], summary["web_events"]["records"]) == (1, 0)
    files = [(row["file"], row["state"], row["reason"]) for row in rows_of(tmp_path / "truth" / "files_2.csv")]
    assert files == [("shop/a.jsonl", "ok", ""), ("web/b.parquet", "broken", "footer cut off")]


def test_the_byte_that_is_not_utf8_is_written_as_one(tmp_path):
    Ledger(tmp_path, 1).write_csv("crm/a.csv", Lines(texts([f"a{NOT_UTF8}b"]), texts(["1"])))
    assert (tmp_path / "crm" / "a.csv").read_bytes().endswith(b"\na\xfcb\n")


def test_a_folder_belongs_to_one_company(tmp_path):
    require_own_folder(tmp_path / "demo", {"customers": 5})
    require_own_folder(tmp_path / "demo", {"customers": 5})
    with pytest.raises(ConfigurationError, match=r"other numbers[\s\S]*company\.json"):
        require_own_folder(tmp_path / "demo", {"customers": 6})
