"""What of a personal value may be shown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pyspark.sql import functions as F

from lakehouse.columns.mask import DOTS, mask


def test_of_a_text_only_the_first_character_is_shown(check):
    check(lambda text: mask(text, "string"), {
        "ann@example.com": "a•••", "a": "a•••", "": "•••", "Ö": "Ö•••", "🎉 party": "🎉•••", "x" * 100_000: "x•••", None: None,
    })  # fmt: skip


def test_of_a_date_or_time_only_the_year_is_shown(check):
    check(lambda day: mask(day, "date"), {date(1980, 5, 17): "1980-••-••", date(1, 1, 1): "0001-••-••", None: None}, ("date",))
    check(
        lambda at: mask(at, "timestamp"),
        {datetime(2026, 1, 1, tzinfo=UTC): "2026-••-••", datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC): "2025-••-••", None: None},
        ("timestamp",),
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [("int", 42), ("double", 1.5), ("decimal(10,2)", Decimal("9.99")), ("boolean", True), ("array<string>", ["ann"]),
     ("map<string,string>", {"email": "ann@example.com"}), ("struct<name:string>", ("Ann",)), ("binary", b"ann")],
)  # fmt: skip
def test_of_everything_else_nothing_is_shown(spark, kind, value):
    rows = spark.createDataFrame([(0, value), (1, None)], f"row int, value {kind}")
    shown = rows.orderBy("row").select(mask(F.col("value"), kind.split("<")[0]).alias("shown")).collect()
    assert [row.shown for row in shown] == [DOTS, None]


def test_of_a_record_only_the_names_of_its_fields_are_shown(check):
    check(lambda text: mask(F.try_parse_json(text), "variant"), {
        '{"name": "Ann", "email": "ann@example.com"}': "{email, name: •••}",
        '{"a": {"secret": 1}, "b": null}': "{a, b: •••}",
        '["ann"]': DOTS,
        '"ann"': DOTS,
        "17": DOTS,
        "no json": None,
        None: None,
    })  # fmt: skip
