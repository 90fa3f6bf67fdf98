"""The demo company through the whole lake, day by day: what its truth files tell is what the tables say."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from lakehouse import Lake
from lakehouse.demo.company import write_company

ENTITIES = ("customers", "orders", "email_events", "web_events")
FIRST_LINE = {"csv": 1, "jsonl": 1, "parquet": 0}


@pytest.fixture(scope="module")
def days(spark, tmp_path_factory):
    """The lake after each of two days: day -> (lake, report, what is in quarantine, by entity)."""
    project = tmp_path_factory.mktemp("company")
    shutil.copytree(Path(__file__).parents[2] / "conf", project / "conf")
    found = {}
    for day in (1, 2):
        company = write_company(project / "demo", customers=250, days=20, seed=3, day=day)
        lake = Lake.open(project / "conf", spark=spark)
        report = lake.run(as_of=company.as_of)
        found[day] = lake, report, {name: places(lake, name) for name in ENTITIES}
    return project / "demo" / "truth", found


def places(lake, name):
    """The records in quarantine as the truth names them: file and line; None for a file that could not be read at all."""
    source = lake.config.sources[lake.config.entities[name].source]
    folder, first = Path(source.path).name, FIRST_LINE[source.format]
    rows = lake.quarantine(name).select("_source_file", "_record_id").collect()
    numbers = [row["_record_id"].rsplit("-", 1)[-1] for row in rows]
    found = [
        (f"{folder}/{row['_source_file']}", int(number) + first if number.isdigit() else None)
        for row, number in zip(rows, numbers, strict=True)
    ]
    assert len(found) == len(set(found))
    return set(found)


def told(truth, kind, day):
    with (truth / f"{kind}_{day}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
@pytest.mark.parametrize("name", ENTITIES)
def test_what_must_be_rejected_is_in_quarantine_and_nothing_else(days, name):
    truth, found = days
    expected = set()
    for day, (lake, _, quarantined) in found.items():
        source = lake.config.entities[name].source
        broken = {row["file"] for row in told(truth, "files", day) if row["state"] == "broken"}
        expected |= {
            (row["file"], int(row["line"]))
            for row in told(truth, "rows", day)
            if row["source"] == source and row["expected"] in ("quarantined", "corrupt") and row["file"] not in broken
        }
        expected |= {(file, None) for file in broken if file.startswith(f"{Path(lake.config.sources[source].path).name}/")}
        assert quarantined[name] == expected
    assert expected


@pytest.mark.slow
def test_every_step_of_every_day_balances_and_repeated_events_are_counted(days):
    truth, found = days
    for day, (lake, report, _) in found.items():
        assert report.status == "done"
        steps = {step.step: step for step in report.steps}
        assert all(step.balances for step in steps.values())
        for name in ("email_events", "web_events"):
            source = lake.config.entities[name].source
            repeated = [r for r in told(truth, "rows", day) if r["source"] == source and r["expected"] == "duplicate"]
            assert steps[f"cleanse {name}"].rows_duplicate == len(repeated)
            assert steps[f"ingest {source}"].rows_in >= steps[f"cleanse {name}"].rows_in > 0
    # Profiles are of everybody who is known, be it from an order alone.
    assert found[2][0].curated("customer_profiles").count() >= found[2][0].cleansed("customers").count() > 200


@pytest.mark.slow
def test_a_further_run_has_nothing_to_do(days):
    _, found = days
    lake, last, _ = found[2]
    versions = {step.step: step.version_after for step in last.steps}
    again = lake.run(as_of=lake.runs().selectExpr("max(recorded_at)").first()[0])
    ingested = [step for step in again.steps if step.step.startswith(("ingest", "cleanse"))]
    assert {step.status for step in ingested} == {"nothing new"}
    assert all(step.version_after == versions[step.step] for step in ingested)
