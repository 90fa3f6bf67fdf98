"""Every job by spark-submit on one machine, one after the other on the starter lake, as a scheduler would call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable

from lakehouse.config.starter import write_starter

pytestmark = pytest.mark.slow

ONE_MACHINE = ["--master", "local[2]", "--properties-file", Path(__file__).parents[2] / "conf" / "spark" / "test.conf"]
COUNTS = ("rows_in", "rows_out", "rows_quarantined", "rows_duplicate")
CURATED = {"customer_profiles": 5, "segment_membership": 4, "segments": 1}


@pytest.fixture
def run(submit, tmp_path):
    """Run a job in a shop; return its exit code and standard output, on which spark-submit puts both streams of the driver."""

    def job(name: str, *arguments: str) -> tuple[int, str]:
        done = submit(tmp_path / "shop", ONE_MACHINE, name, *arguments)
        assert done.stdout, done.stderr[-4000:]
        return done.returncode, done.stdout

    return job


def report_of(printed: str) -> dict:
    return json.loads(printed.splitlines()[-1])


def told(report: dict) -> dict[str, tuple]:
    """Step -> its status and counts."""
    return {step["step"]: (step["status"], *(step[name] for name in COUNTS)) for step in report["steps"]}


def read(lake: Path, table: str) -> list[dict]:
    return DeltaTable(lake / table).to_pyarrow_table().to_pylist()


def versions(lake: Path) -> dict[str, int]:
    """Table of the lake -> its version, as its log says."""
    logs = sorted(lake.glob("[!_]*/*/_delta_log"))
    return {f"{log.parents[1].name}/{log.parent.name}": len(list(log.glob("*.json"))) - 1 for log in logs}


def test_the_jobs_one_after_the_other_fill_the_lake_and_then_find_nothing_new(run, tmp_path):
    shop, lake = tmp_path / "shop", tmp_path / "shop" / "lake"
    write_starter(shop)

    code, printed = run("ingest", "customers", "--json")
    report = report_of(printed)
    assert (code, report["status"], told(report)) == (0, "done", {"ingest customers": ("done", 14, 14, 0, 0)})
    assert versions(lake).keys() == {"raw/customers"}

    code, printed = run("cleanse", "customers", "--as-of", "2026-06-01", "--json")
    report = report_of(printed)
    assert (code, report["status"], told(report)) == (0, "done", {"cleanse customers": ("done", 14, 5, 8, 1)})
    assert report["steps"][0]["reasons"]["email.email"] == 2
    assert sorted(row["customer_id"] for row in read(lake, "cleansed/customers")) == ["1001", "1002", "1003", "1007", "1008"]
    reasons = [reason.split(":")[0] for row in read(lake, "quarantine/customers") for reason in row["_reasons"]]
    assert sorted(reasons) == [
        "birth_date.date", "birth_date.type", "customer_id.required", "email.email", "email.email", "newsletter.type",
        "record.corrupt", "updated_at.type",
    ]  # fmt: skip

    code, printed = run("curate", "--as-of", "2026-06-01", "--json")
    report = report_of(printed)
    assert (code, report["status"]) == (0, "done")
    assert told(report).keys() == {f"curate {name}" for name in CURATED}
    assert {name: told(report)[f"curate {name}"][2] for name in CURATED} == CURATED
    assert {name: len(read(lake, f"curated/{name}")) for name in CURATED} == CURATED
    members = {row["customer_id"] for row in read(lake, "curated/segment_membership")}
    mailable = {row["customer_id"] for row in read(lake, "curated/customer_profiles") if row["is_mailable"]}
    assert members == mailable == {"1001", "1002", "1003", "1007"}

    before = versions(lake)
    code, printed = run("run", "--as-of", "2026-06-01", "--json")
    report = report_of(printed)
    steps = ["ingest customers", "cleanse customers", *(f"curate {name}" for name in CURATED)]
    assert (code, report["status"]) == (0, "nothing new")
    assert told(report) == dict.fromkeys(steps, ("nothing new", 0, 0, 0, 0))
    assert "Nothing new: no table was written." in printed
    assert versions(lake) == before


@pytest.mark.parametrize(
    ("job", "arguments", "problem", "remedy"),
    [
        ("ingest", ["custmers", "--json"], "there is no source `custmers`", "did you mean `customers`?"),
        ("cleanse", ["--as-off", "2026-06-01"], "No such option: --as-off", "--as-of"),
    ],
    ids=["source", "option"],
)
def test_a_wrong_argument_is_told_and_ends_with_2(run, tmp_path, job, arguments, problem, remedy):
    write_starter(tmp_path / "shop")
    code, printed = run(job, *arguments)
    assert code == 2
    assert problem in printed
    assert remedy in printed
    assert "Traceback" not in printed
    if "--json" in arguments:
        report = report_of(printed)
        assert (report["status"], report["exit_code"], report["error"]) == ("failed", 2, problem)
    assert not (tmp_path / "shop" / "lake" / "raw").exists()
