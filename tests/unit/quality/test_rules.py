"""Each case is one row of one frame; the rules of all cases are judged in the same pass, as they are in a lake."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter
from pyspark.sql import functions as F

from lakehouse.quality.rules import Check, compile_rule, is_accepted, with_verdict
from lakehouse.quality.settings import RuleSettings

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULE = TypeAdapter(RuleSettings)
TYPES = {"text": "string", "n": "int", "x": "double", "d": "decimal(12,2)", "day": "date", "at": "timestamp", "flag": "boolean"}
COLUMNS = "text string, n int, x double, d decimal(12,2), day date, at timestamp, flag boolean"


def verdicts(spark, rule, column, values):
    """Tell for each value of a column whether it breaks the rule."""
    check = compile_rule(RULE.validate_python(rule), TYPES, as_of=AS_OF)
    rows = [(number, *(value if name == column else None for name in TYPES)) for number, value in enumerate(values)]
    frame = spark.createDataFrame(rows, f"number int, {COLUMNS}")
    found = frame.select("number", check.broken.alias("broken")).orderBy("number").collect()
    assert all(row["broken"] is not None for row in found), "a verdict is never null"
    return [row["broken"] for row in found]


def moment(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "column", "cases"),
    [
        ({"rule": "required", "column": "text"}, "text", {None: True, "": True, "  ": True, "0": False, "null": False}),
        ({"rule": "required", "column": "n"}, "n", {None: True, 0: False}),
        (
            {"rule": "pattern", "column": "text", "pattern": "[A-Z]{2}|x"},
            "text",
            {None: False, "AB": False, "x": False, "ABC": True, "AB\n": True, "": True, "ab": True, " AB": True},
        ),
        ({"rule": "pattern", "column": "text", "pattern": "C.*", "negate": True}, "text", {None: False, "C1": True, "1C": False}),
        ({"rule": "email", "column": "text"}, "text", {None: False, "ann@example.com": False, "ann@": True, "": True}),
        ({"rule": "range", "column": "n", "min": 0, "max": 120}, "n", {None: False, 0: False, 120: False, -1: True, 121: True}),
        (
            {"rule": "range", "column": "n", "min": 0, "min_exclusive": True, "max": 9.5, "max_exclusive": True},
            "n",
            {0: True, 1: False, 9: False, 10: True},
        ),
        (
            {"rule": "range", "column": "x", "min": 0, "max": 1},
            "x",
            {None: False, 0.5: False, math.nan: True, math.inf: True, -math.inf: True, 1.0000001: True},
        ),
        ({"rule": "range", "column": "x", "min": 0}, "x", {math.nan: True, math.inf: False, 1e308: False}),
        (
            {"rule": "range", "column": "d", "min": 0.1, "max": 1e30},
            "d",
            {None: False, Decimal("0.10"): False, Decimal("0.09"): True, Decimal("9999999999.99"): False},
        ),
        (
            {"rule": "range", "column": "day", "min": "1900-01-01", "max": "2026-03-01"},
            "day",
            {None: False, date(1900, 1, 1): False, date(1899, 12, 31): True, date(2026, 3, 2): True},
        ),
        (
            {"rule": "range", "column": "at", "min": "2026-01-01 12:00:00"},
            "at",
            {moment(2026, 1, 1, 12): False, moment(2026, 1, 1, 11, 59, 59): True},
        ),
        ({"rule": "accepted_values", "column": "text", "values": ["f", "m"]}, "text", {None: False, "f": False, "F": True, "": True}),
        ({"rule": "accepted_values", "column": "n", "values": [1, 2]}, "n", {1: False, 3: True}),
        ({"rule": "accepted_values", "column": "flag", "values": [True]}, "flag", {None: False, True: False, False: True}),
        ({"rule": "accepted_values", "column": "text", "values": ["' OR 1=1 --"]}, "text", {"' OR 1=1 --": False, "x": True}),
        (
            {"rule": "date", "column": "day", "not_before": "2000-01-01", "not_after": "2026-01-31"},
            "day",
            {None: False, date(2000, 1, 1): False, date(1999, 12, 31): True, date(2026, 1, 31): False, date(2026, 2, 1): True},
        ),
        (
            {"rule": "date", "column": "day", "max_age_days": 28, "max_future_days": 0},
            "day",
            {date(2026, 3, 1): False, date(2026, 3, 2): True, date(2026, 2, 1): False, date(2026, 1, 31): True},
        ),
        (
            {"rule": "date", "column": "at", "max_future_days": 1},
            "at",
            {moment(2026, 3, 2, 23, 59): False, moment(2026, 3, 3): True, moment(9999, 12, 31): True},
        ),
        ({"rule": "sql", "name": "small", "condition": "n < 10"}, "n", {None: True, 1: False, 10: True}),
        ({"rule": "sql", "name": "small", "condition": "n < 10", "on_null": "pass"}, "n", {None: False, 1: False, 10: True}),
    ],
)
def test_a_rule_breaks_on_exactly_these_values(spark, rule, column, cases):
    found = verdicts(spark, rule, column, list(cases))
    assert dict(zip(map(repr, cases), found, strict=True)) == {repr(value): broken for value, broken in cases.items()}


def test_all_rules_are_judged_in_one_pass_and_a_row_carries_all_its_reasons(spark):
    rules = [
        {"rule": "required", "column": "text"},
        {"rule": "range", "column": "n", "min": 0, "severity": "fail"},
        {"rule": "range", "column": "n", "max": 100, "severity": "warn"},
        {"rule": "email", "column": "text", "severity": "warn"},
    ]
    checks = [compile_rule(RULE.validate_python(rule), TYPES, as_of=AS_OF) for rule in rules]
    checks.append(Check("n.type", F.col("n").isNull(), "quarantine", F.lit("text is not int")))
    rows = spark.createDataFrame([(1, "a@b.de", 5), (2, None, -1), (3, "x", 101), (4, "a@b.de", None)], "id int, text string, n int")
    judged = with_verdict(rows, checks)
    found = {row["id"]: (row["_reasons"], row["_warnings"]) for row in judged.collect()}
    assert found == {
        1: ([], []),
        2: (["text.required", "n.range"], []),
        3: ([], ["n.range", "text.email"]),
        4: (["n.type: text is not int"], []),
    }
    assert {row["id"] for row in judged.where(is_accepted()).collect()} == {1, 3}
    plan = judged._jdf.queryExecution().executedPlan().toString()
    assert "Python" not in plan
    assert plan.count("Scan") == 1


def test_without_rules_every_row_passes_with_empty_lists(spark):
    row = with_verdict(spark.range(1), []).collect()[0]
    assert (row["_reasons"], row["_warnings"]) == ([], [])


def test_accepted_and_rejected_rows_add_up_for_every_combination_of_nulls(spark):
    rules = [
        {"rule": "required", "column": "text"}, {"rule": "email", "column": "text"},
        {"rule": "range", "column": "x", "min": 0, "max": 1}, {"rule": "accepted_values", "column": "n", "values": [1]},
        {"rule": "sql", "name": "odd", "condition": "n % 2 = 1 OR x IS NULL"},
    ]  # fmt: skip
    checks = [compile_rule(RULE.validate_python(rule), TYPES, as_of=AS_OF) for rule in rules]
    texts, numbers, fractions = (None, "", "a@b.de", "x"), (None, 1, 2), (None, 0.5, math.nan, -1.0)
    rows = [(text, number, fraction) for text in texts for number in numbers for fraction in fractions]
    judged = with_verdict(spark.createDataFrame(rows, "text string, n int, x double"), checks)
    counts = judged.agg(
        F.count_if(is_accepted()), F.count_if(~is_accepted()), F.count_if(F.col("_reasons").isNull())
    ).collect()[0]
    assert counts[0] + counts[1] == len(rows) == 48
    assert counts[2] == 0


@pytest.mark.parametrize("zone", [ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=2))], ids=str)
def test_the_days_of_a_date_rule_are_those_of_the_zone_of_the_moment(spark, zone):
    midnight = datetime(2026, 6, 1, tzinfo=zone)
    days = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 2)]
    rows = list(zip(days, [moment(2026, 5, 31, 21), moment(2026, 6, 1, 21), moment(2026, 6, 1, 22)], strict=True))
    frame = spark.createDataFrame(rows, "day date, at timestamp")
    for column in ("day", "at"):
        rule = RULE.validate_python({"rule": "date", "column": column, "max_future_days": 0, "max_age_days": 0})
        broken = compile_rule(rule, TYPES, as_of=midnight).broken
        assert [row[0] for row in frame.coalesce(1).select(broken).collect()] == [True, False, True]
