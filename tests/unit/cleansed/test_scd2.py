"""The SCD2 plan against a loop of thirty lines, over random histories in random batches."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from lakehouse.cleansed.scd2 import changes_to_history, observations, timeline, versions, with_state

START = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = ["shop", "id"]
COLUMNS = (
    "shop string, id string, city string, points bigint, changed_at timestamp, gone boolean, _source string, "
    "_source_file string, _record_id string, _ingested_at timestamp, _run_id string, _batch_id bigint"
)
VALID = ["shop", "id", "city", "points", "valid_from", "valid_to", "is_current"]


def expected_history(events):
    """The oracle: for each key, the states in the order of time; equal neighbors are one validity."""
    histories = []
    for key in sorted({(shop, number) for shop, number, *_ in events}, key=repr):
        last = {}
        for arrival, (shop, number, city, points, hour, gone) in enumerate(events):
            if (shop, number) == key:
                last[hour] = (arrival, None if gone else (city, points))  # of one instant the last to arrive counts
        states = [(hour, state) for hour, (_, state) in sorted(last.items())]
        changes = [states[0]] + [b for a, b in zip(states, states[1:], strict=False) if a[1] != b[1]]
        for index, (hour, state) in enumerate(changes):
            if state is None:
                continue
            end = changes[index + 1][0] if index + 1 < len(changes) else None
            histories.append((*key, *state, at(hour), None if end is None else at(end), end is None))
    return sorted(histories, key=repr)


def at(hour):
    return START.replace(hour=hour)


def accepted(spark, events, batch, first):
    lineage = [("crm", "f.csv", f"{first + n:08d}", START, "r", batch) for n in range(len(events))]
    rows = [(shop, number, city, points, at(hour), gone, *line)
            for (shop, number, city, points, hour, gone), line in zip(events, lineage, strict=True)]  # fmt: skip
    return spark.createDataFrame(rows, COLUMNS).withColumn("_warnings", F.array().cast("array<string>"))


def take_in(spark, batches):
    """What the pipeline does with a table and an observation log, on frames."""
    known = present = None
    first = 0
    for number, events in enumerate(batches):
        rows = accepted(spark, events, number, first)
        first += len(events)
        seen = observations(rows, KEYS, "changed_at", "gone")
        known = seen if known is None else known.unionByName(seen)
        states = with_state(rows, KEYS, "changed_at")
        if present is not None:
            old = present.drop("valid_from", "valid_to", "is_current", "_version_key")
            states = states.unionByName(with_state(old, KEYS, "changed_at"))
        derived = versions(timeline(known, KEYS).drop("_seen_at"), states, KEYS, "changed_at")
        if present is None:
            present = derived
        else:
            changes = changes_to_history(derived, present.select(*derived.columns))
            stays = present.join(changes.select("_version_key"), on="_version_key", how="left_anti")
            fresh = changes.where("_change != 'delete'").drop("_change")
            present = stays.select(*derived.columns).unionByName(fresh.select(*derived.columns))
        present = spark.createDataFrame(present.collect(), present.schema)
    return sorted((tuple(row) for row in present.select(*VALID).collect()), key=repr)


def utc(history):
    def known(value):
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value

    return [tuple(known(value) for value in row) for row in history]


@pytest.fixture(autouse=True)
def _utc_collect(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


EVENT = st.tuples(
    st.sampled_from(["a", "ab"]),
    st.sampled_from(["1", "b1", "x"]),
    st.sampled_from([None, "Rome", "Oslo"]),
    st.sampled_from([None, 0, 7]),
    st.integers(0, 7),
    st.sampled_from([False, False, False, True]),
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(EVENT, min_size=25, max_size=60), st.lists(st.integers(1, 59), max_size=2))
def test_any_order_and_any_batches_give_the_history_of_the_loop(spark, events, cuts):
    edges = [0, *sorted({cut for cut in cuts if cut < len(events)}), len(events)]
    batches = [events[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    assert utc(take_in(spark, batches)) == expected_history(events)


# Each case is a key of its own, so that all of them fit into one run of the plan.
CASES = {
    "two changes in one batch": [[("Rome", 1, 1, False), ("Oslo", 1, 2, False)]],
    "out of order": [[("Oslo", 1, 2, False), ("Rome", 1, 1, False)]],
    "older than the whole history": [[("Oslo", 1, 5, False)], [("Rome", 1, 1, False)]],
    "deleted and inserted again": [[("Rome", 1, 1, False)], [("Rome", 1, 2, True)], [("Rome", 1, 3, False)]],
    "deleted and inserted again in one batch": [[("Rome", 1, 1, False), ("Rome", 1, 2, True), ("Rome", 1, 3, False)]],
    "the same again": [[("Rome", 1, 1, False)], [("Rome", 1, 1, False)]],
    "to null and back": [[("Rome", 1, 1, False)], [(None, 1, 2, False), ("Rome", 1, 3, False)]],
    "late state between two equal ones": [[("Rome", 1, 1, False), ("Rome", 1, 3, False)], [("Oslo", 1, 2, False)]],
    "equal times": [[("Rome", 1, 1, False), ("Oslo", 1, 1, False)]],
    "unknown key deleted": [[("Rome", 1, 1, True)]],
    "deleted twice": [[("Rome", 1, 1, False)], [("Rome", 1, 2, True), ("Rome", 1, 4, True)]],
    "back to an older state": [[("Rome", 1, 1, False)], [("Oslo", 1, 2, False)], [("Rome", 1, 3, False)]],
}


def test_every_case_of_the_list_matches_the_loop(spark):
    def batch(number):
        return [
            ("s", case, city, points, hour, gone)
            for case, batches in CASES.items()
            if number < len(batches)
            for city, points, hour, gone in batches[number]
        ]

    batches = [batch(number) for number in range(3)]
    found = utc(take_in(spark, batches))
    assert found == expected_history([event for events in batches for event in events])
    # A check of the oracle itself, by hand.
    late = [row for row in found if row[1] == "late state between two equal ones"]
    assert sorted((row[4].hour, row[5] and row[5].hour, row[2]) for row in late) == [
        (1, 2, "Rome"),
        (2, 3, "Oslo"),
        (3, None, "Rome"),
    ]
    assert not [row for row in found if row[1] == "unknown key deleted"]


def test_what_does_not_change_is_not_written(spark):
    events = [("a", "1", "Rome", 1, 1, False), ("a", "1", "Oslo", 1, 2, False)]
    rows = accepted(spark, events, 0, 0)
    seen = timeline(observations(rows, KEYS, "changed_at", None), KEYS).drop("_seen_at")
    derived = versions(seen, with_state(rows, KEYS, "changed_at"), KEYS, "changed_at")
    assert changes_to_history(derived, derived).isEmpty()
