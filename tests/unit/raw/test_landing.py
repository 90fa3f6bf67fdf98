from __future__ import annotations

from datetime import UTC, datetime

from lakehouse.raw.landing import (
    CORRUPT_REASONS,
    RAW_COMMENTS,
    RAW_SCHEMA,
    Arrival,
    file_problems,
    land_corrupt_lines,
    with_lineage,
)

LINES = "line string, bytes string, _source_file string, _record_id string"


def test_lines_under_a_misfit_header_are_kept_as_text(spark):
    lines = spark.createDataFrame([("1;Ann", None, "a.csv", "0"), (None, "\xff", "a.csv", "1")], LINES)
    rows = land_corrupt_lines(lines, "header").orderBy("_record_id").collect()
    assert [tuple(row)[:4] for row in rows] == [(None, "1;Ann", "header", "a.csv"), (None, "\xff", "header", "a.csv")]


def test_a_file_that_cannot_be_read_becomes_one_record_that_names_it(spark):
    problems = spark.createDataFrame([("in/a.csv", "id", "cut short")], "_source_file string, _record_id string, problem string")
    row = file_problems(problems).collect()[0]
    assert (row["record"], row["_corrupt_record"], row["_corrupt_reason"]) == (None, "cut short", "file")
    assert (row["_source_file"], row["_record_id"]) == ("in/a.csv", "id")


def test_lineage_completes_the_columns_of_a_raw_table(spark):
    problems = spark.createDataFrame([("a.csv", "id", "x")], "_source_file string, _record_id string, problem string")
    at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    rows = with_lineage(file_problems(problems), Arrival("crm", at, "run-1", 7))
    assert rows.columns == RAW_SCHEMA.names
    assert [field.dataType for field in rows.schema] == [field.dataType for field in RAW_SCHEMA]
    row = rows.selectExpr("_source", "unix_seconds(_ingested_at) AS at", "_run_id", "_batch_id").collect()[0]
    assert tuple(row) == ("crm", int(at.timestamp()), "run-1", 7)


def test_every_column_and_every_reason_is_explained():
    assert set(RAW_COMMENTS) == set(RAW_SCHEMA.names)
    for reason in CORRUPT_REASONS:
        assert reason in RAW_COMMENTS["_corrupt_reason"]
