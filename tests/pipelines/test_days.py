"""One small lake, day by day: what lands, what is typed, what is set aside, and what a second run does."""

from __future__ import annotations

import pytest
from deltalake import DeltaTable

from lakehouse.errors import ConfigurationError, GateStopped, TableError

DAY_1 = """\
id,name,email,age
007,Ann, Ann.Lee@Example.COM ,41
008,Bob,bob@example.com,200
009,Cid,cid@example.com,forty
,Dot,dot@example.com,30
007,Ann,ann.lee@example.com,42
"""
DAY_2 = """\
id,name,email,age
007,Ann,ann@example.org,42
010,Eve,eve@example.com,
"""


def people_rows(lake):
    return sorted((r["id"], r["email"], r["age"]) for r in lake.cleansed("people").collect())


def balanced(report):
    return all(s.rows_in == s.rows_out + s.rows_quarantined + s.rows_duplicate for s in report.steps)


@pytest.fixture(scope="module")
def settled(shared_people):
    """A lake after its first day, to look at."""
    shared_people.land("day1.csv", DAY_1)
    lake = shared_people.lake()
    return lake, lake.run(as_of="2026-01-01")


def test_a_day_lands_is_typed_and_its_bad_rows_say_why(settled):
    lake, report = settled
    assert report.status == "done"
    assert balanced(report)
    cleanse = report.steps[1]
    assert (cleanse.rows_in, cleanse.rows_out, cleanse.rows_quarantined, cleanse.rows_duplicate) == (5, 1, 3, 1)
    assert people_rows(lake) == [("007", "ann.lee@example.com", 42)]
    reasons = sorted(row["_reasons"][0] for row in lake.quarantine("people").collect())
    assert reasons == ["age.range", "age.type: text is not int", "id.required"]
    # An independent reader sees the same, and the rejected record whole.
    assert DeltaTable(lake.layout.table("cleansed", "people")).to_pyarrow_table(columns=["id"]).num_rows == 1
    assert lake.raw("people").count() == 5


def test_a_second_run_writes_nothing_and_the_next_day_only_what_is_new(people, capfd):
    people.land("day1.csv", DAY_1)
    lake = people.lake()
    lake.run(as_of="2026-01-01")
    again = lake.run(as_of="2026-01-01")
    assert again.status == "nothing new"
    assert [s.version_before == s.version_after for s in again.steps] == [True, True]
    # Settings that have changed are compiled though there is nothing to judge by them.
    entity = people.folder / "conf" / "entities" / "people.yaml"
    whole = entity.read_text()
    entity.write_text(whole + "  - {rule: sql, name: odd, condition: no_such_function(id)}\n")
    with pytest.raises(ConfigurationError, match="does not compile"):
        people.lake().cleanse("people")
    assert not capfd.readouterr().err  # the error is told once, by whoever handles it
    entity.write_text(whole)
    people.land("day2.csv", DAY_2)
    assert [state.waiting for state in lake.status() if state.table == "raw/people"] == ["1 new file"]
    second = lake.run(as_of="2026-01-02")
    assert (second.steps[1].rows_in, second.steps[1].rows_out) == (2, 2)
    assert people_rows(lake) == [("007", "ann@example.org", 42), ("010", "eve@example.com", None)]
    states = {state.table: state for state in lake.status()}
    assert (states["cleansed/people"].rows, states["raw/people"].waiting) == (2, "")
    assert lake.runs().where("status = 'done'").count() == 4


def test_a_sample_shows_nobody(settled):
    lake, _ = settled
    shown = str(
        lake.sample("people").collect()
        + lake.sample("raw/people").collect()
        + lake.sample("quarantine/people").collect()
    )
    assert "ann" not in shown.lower().replace("annual", "")
    assert "007" in shown
    assert "Ann" in str(lake.sample("people", unmask=True).collect())
    with pytest.raises(ConfigurationError, match="did you mean"):
        lake.sample("cleansed/peopl")


def test_a_gate_stops_the_batch_and_promotes_nothing(people):
    people.conf(
        entities_people="""
        source: people
        columns:
          id: {}
          age: {type: int}
        rules:
          - {rule: range, column: age, min: 0, max: 120, severity: fail}
        """
    )
    people.land("a.csv", DAY_1)
    lake = people.lake()
    with pytest.raises(GateStopped, match="nothing was promoted") as caught:
        lake.run(as_of="2026-01-01")
    assert caught.value.exit_code == 3
    assert "age.range" in caught.value.found
    assert [step.status for step in caught.value.report.steps] == ["done", "stopped"]
    assert lake.cleansed("people").count() == 0
    assert lake.quarantine("people").count() == 0


def test_names_that_are_not_there_are_told_with_the_nearest(people):
    lake = people.lake()
    with pytest.raises(ConfigurationError, match="there is no entity `poeple`") as caught:
        lake.cleanse("poeple")
    assert "did you mean `people`" in caught.value.remedy
    with pytest.raises(TableError, match="nothing has run yet"):
        lake.runs()
    with pytest.raises(TableError, match="nothing to cleanse yet"):
        lake.cleanse("people")
    assert lake.runs().first()["status"] == "failed"
