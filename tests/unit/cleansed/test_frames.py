"""Cleansed rows from a few rows written by hand, compared whole: ties, nulls, deletions, and the day of as_of."""

from __future__ import annotations

from datetime import UTC, datetime

from chispa import assert_df_equality
from pyspark.sql import functions as F

from lakehouse.cleansed.entity import judge_records
from lakehouse.cleansed.history import changes_to_latest, first_per_key, newest_per_key
from lakehouse.cleansed.scd2 import observations, timeline, versions, with_state
from lakehouse.cleansed.settings import EntitySettings

LINEAGE = "_source string, _source_file string, _record_id string, _ingested_at timestamp, _run_id string, _batch_id bigint"
KEYS = ["shop", "id"]
EVENTS = f"shop string, id string, value string, at int, {LINEAGE}"
STATES = f"shop string, id string, city string, since timestamp, gone boolean, {LINEAGE}"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def lineage(record, batch=0):
    return "crm", "people.csv", record, NOON, "run", batch


def test_of_the_rows_of_a_key_the_first_the_newest_or_the_last_counts_and_ties_go_by_arrival(spark):
    rows = [
        ("a", "1", None, 7, *lineage("8")), ("a", "1", "tied", 7, *lineage("1", 1)), ("a", "1", "old", 6, *lineage("2", 2)),
        ("b", "1", "known", -1, *lineage("1")), ("b", "1", "untimed", None, *lineage("2", 2)),
        ("a", "11", None, None, *lineage("1")), ("a", "11", "untimed too", None, *lineage("2")),
    ]  # fmt: skip
    frame = spark.createDataFrame(rows, EVENTS)
    found = {"first": first_per_key(frame, KEYS), "newest": newest_per_key(frame, KEYS, "at"), "last": newest_per_key(frame, KEYS, None)}
    for which, places in {"first": (0, 3, 5), "newest": (1, 3, 6), "last": (2, 4, 6)}.items():
        expected = spark.createDataFrame([rows[place] for place in places], EVENTS)
        assert_df_equality(found[which], expected, ignore_row_order=True)


def test_a_null_equals_a_null_and_a_newer_row_that_says_the_same_changes_nothing(spark):
    present = [
        ("a", "null", None, 1, *lineage("1")), ("a", "same", "x", 1, *lineage("2")), ("a", "tie", "x", 1, *lineage("3")),
        ("a", "untimed", "x", None, *lineage("4")), ("a", "timed", "x", 1, *lineage("5")),
    ]  # fmt: skip
    newest = [
        ("a", "null", None, 2, *lineage("1", 1)), ("a", "same", "x", 2, *lineage("2", 1)), ("a", "tie", "y", 1, *lineage("3", 1)),
        ("a", "untimed", "y", -9, *lineage("4", 1)), ("a", "timed", "y", None, *lineage("5", 1)), ("b", "same", "x", 1, *lineage("6", 1)),
    ]  # fmt: skip
    kinds = ["unchanged", "unchanged", "update", "update", "stale", "insert"]
    found = changes_to_latest(
        spark.createDataFrame(newest, EVENTS), spark.createDataFrame(present, EVENTS), KEYS, "at", ["value"]
    )
    expected = spark.createDataFrame(
        [(*row, kind) for row, kind in zip(newest, kinds, strict=True)], f"{EVENTS}, _change string"
    )
    assert_df_equality(found, expected, ignore_row_order=True, ignore_nullable=True)


def test_a_history_has_one_row_for_each_state_and_a_gap_while_the_key_was_gone(spark):
    def hour(number):
        return NOON.replace(hour=number)

    rows = [
        ("a", "1", "Rome", hour(1), False, *lineage("1")), ("a", "1", "Rome", hour(2), None, *lineage("2")),
        ("a", "1", "Bonn", hour(3), False, *lineage("3")), ("a", "1", "Oslo", hour(3), False, *lineage("1", 1)),
        ("a", "1", None, hour(4), True, *lineage("4")), ("a", "1", "Rome", hour(6), False, *lineage("5")),
        ("b", "1", "Kyiv", hour(5), True, *lineage("6")), ("b", "2", None, hour(5), False, *lineage("7")),
    ]  # fmt: skip
    frame = spark.createDataFrame(rows, STATES).withColumn("gone", F.coalesce("gone", F.lit(False)))
    seen = observations(frame, KEYS, "since", "gone")
    found = versions(timeline(seen, KEYS).drop("_seen_at"), with_state(frame, KEYS, "since"), KEYS, "since")
    expected = spark.createDataFrame(
        [
            ("a", "1", "Rome", hour(1), hour(3), False, "1"),
            ("a", "1", "Oslo", hour(3), hour(4), False, "1"),
            ("a", "1", "Rome", hour(6), None, True, "5"),
            ("b", "2", None, hour(5), None, True, "7"),
        ],
        "shop string, id string, city string, valid_from timestamp, valid_to timestamp, is_current boolean, _record_id string",
    )
    assert_df_equality(found.select(expected.columns), expected, ignore_row_order=True, ignore_nullable=True)
    assert found.where("since <> valid_from OR _version_key IS NULL").isEmpty()


def test_every_record_has_a_verdict_and_the_day_of_as_of_is_not_in_the_future(spark):
    entity = EntitySettings.model_validate(
        {
            "source": "crm",
            "keys": "id",
            "columns": {"id": {"normalize": "text"}, "day": {"type": "date", "formats": "yyyy-MM-dd"}},
            "rules": [
                {"rule": "date", "column": "day", "max_age_days": 31, "max_future_days": 0},
                {"required": "day", "severity": "warn"},
            ],
        }
    )
    day = "day.type: text is not date (yyyy-MM-dd)"
    cases = [  # record, its day as text, typed, reasons, warnings
        ("today", "2026-06-01", "2026-06-01", [], []),
        ("tomorrow", "2026-06-02", "2026-06-02", ["day.date"], []),
        ("31 days", "2026-05-01", "2026-05-01", [], []),
        ("32 days", "2026-04-30", "2026-04-30", ["day.date"], []),
        ("blank", " ", None, [], ["day.required"]),
        ("not yet", "soon", None, [day], []),
        (" ", "2026-06-01", "2026-06-01", ["id.required"], []),
    ]
    rows = [(name, day, None, None, *lineage(str(place))) for place, (name, day, *_) in enumerate(cases)]
    rows.append((None, None, "a,b,c", "ragged", *lineage("r")))
    texts = spark.createDataFrame(rows, f"id string, day string, _corrupt_record string, _corrupt_reason string, {LINEAGE}")
    records = texts.select(
        F.when(F.col("_corrupt_reason").isNull(), F.parse_json(F.to_json(F.struct("id", "day")))).alias("record"), *texts.columns[2:]
    )  # fmt: skip
    found = judge_records(records, entity, as_of=NOON)
    expected = spark.createDataFrame(
        [(name.strip() or None, typed, reasons, warnings, bool(reasons)) for name, _, typed, reasons, warnings in cases]
        + [(None, None, ["record.corrupt: ragged"], [], False)],
        "id string, day string, _reasons array<string>, _warnings array<string>, keeps_record boolean",
    ).withColumn("day", F.col("day").cast("date"))
    told = found.withColumn("keeps_record", F.col("record").isNotNull()).select(expected.columns)
    assert_df_equality(told, expected, ignore_row_order=True, ignore_nullable=True)
