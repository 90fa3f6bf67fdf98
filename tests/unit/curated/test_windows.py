"""Moments and days of the lake's zone: clocks that change, and sessions in other zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from pyspark.sql import functions as F

from lakehouse.curated.windows import day_of, first_day_from, in_window, local_date, start_of_day, to_utc, window_start

BERLIN = "Europe/Berlin"


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_a_window_starts_at_the_same_time_on_the_clock():
    assert window_start(utc(2026, 3, 30, 10, 30), 1, BERLIN) == utc(2026, 3, 29, 10, 30)
    assert window_start(utc(2026, 3, 30, 10, 30), 2, BERLIN) == utc(2026, 3, 28, 11, 30)
    assert window_start(utc(2026, 3, 30, 10, 30), 2, "UTC") == utc(2026, 3, 28, 10, 30)
    assert window_start(utc(2026, 10, 26, 11, 30), 1, BERLIN) == utc(2026, 10, 25, 11, 30)
    assert window_start(datetime(2026, 3, 30, 10, 30), 2, BERLIN) == utc(2026, 3, 28, 11, 30)  # noqa: DTZ001
    assert window_start(utc(2024, 2, 29, 12), 365, "UTC") == utc(2023, 3, 1, 12)


def test_a_day_starts_at_its_own_midnight_or_when_the_clocks_allow():
    assert start_of_day(date(2026, 3, 29), BERLIN) == utc(2026, 3, 28, 23)
    assert start_of_day(date(2026, 3, 30), BERLIN) == utc(2026, 3, 29, 22)
    assert start_of_day(date(2018, 11, 4), "America/Sao_Paulo") == utc(2018, 11, 4, 3)  # 00:00 to 01:00 did not exist
    assert day_of(utc(2026, 3, 29, 21, 59), BERLIN) == date(2026, 3, 29)
    assert day_of(utc(2026, 3, 29, 22), BERLIN) == date(2026, 3, 30)
    assert day_of(datetime(2026, 3, 29, 22), BERLIN) == date(2026, 3, 30)  # noqa: DTZ001


def test_the_first_day_from_a_moment_is_today_only_at_midnight():
    assert first_day_from(utc(2026, 3, 29, 22), BERLIN) == date(2026, 3, 30)
    assert first_day_from(utc(2026, 3, 29, 22, 0, 1), BERLIN) == date(2026, 3, 31)
    assert first_day_from(utc(2026, 3, 29, 21, 59, 59), BERLIN) == date(2026, 3, 30)


def test_a_moment_without_zone_is_utc():
    assert to_utc(datetime(2026, 3, 30, 10, 30)) == utc(2026, 3, 30, 10, 30)  # noqa: DTZ001
    assert to_utc(datetime.fromisoformat("2026-03-30T12:30:00+02:00")).tzinfo is UTC


def test_a_window_is_half_open_and_null_for_null(spark):
    start, end = utc(2026, 3, 28, 11, 30), utc(2026, 3, 30, 10, 30)
    tick = timedelta(microseconds=1)
    cases = {start - tick: False, start: True, end - tick: True, end: False, None: None}
    rows = spark.createDataFrame(list(enumerate(cases)), "row int, at timestamp")
    found = rows.orderBy("row").select(in_window(F.col("at"), 2, end, BERLIN).alias("inside")).collect()
    assert [row.inside for row in found] == list(cases.values())


def test_local_days_do_not_depend_on_the_zone_of_the_session(spark):
    moments = {utc(2026, 3, 29, 22): date(2026, 3, 30), utc(2026, 3, 29, 21, 59, 59): date(2026, 3, 29), None: None}
    rows = spark.createDataFrame(list(enumerate(moments)), "row int, at timestamp").orderBy("row")
    for zone in ("UTC", "Pacific/Apia", "America/Los_Angeles"):
        spark.conf.set("spark.sql.session.timeZone", zone)
        try:
            assert [row.day for row in rows.select(local_date(F.col("at"), BERLIN).alias("day")).collect()] == list(moments.values())
        finally:
            spark.conf.set("spark.sql.session.timeZone", "UTC")
