"""What rules are forecast to cost, against what they cost."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from lakehouse.matching.blocking.candidates import candidate_pairs
from lakehouse.matching.blocking.estimates import estimate_pairs, estimate_rules
from lakehouse.matching.rule_texts import read_rule

TYPES = {"tags": pa.list_(pa.string()), "born": pa.date32()}
RULES = [
    read_rule(text)
    for text in (
        "city=",
        "born= & city=",
        "name><given",
        "soundex(name)",
        "name<=0 & amount~0",
        "name<=2",
        "name<=1 & given<=1",
        "tags&&",
    )
]


def counted(records, other=None):
    pairs = candidate_pairs(records, RULES, other=other).select(F.explode("rules").alias("rule"))
    found = {row["rule"]: row["count"] for row in pairs.groupBy("rule").count().collect()}
    return [found.get(rule.name, 0) for rule in RULES]


@pytest.mark.slow
def test_pairs_of_few_records_are_forecast_exactly(table, people_rows):
    records = table(people_rows(200, seed=7), **TYPES)
    estimates = estimate_rules(records, RULES)
    assert [one.pairs for one in estimates] == counted(records)
    assert all(one.exact for one in estimates)
    assert all(one.signatures > 0 and one.cpu_seconds >= 0 for one in estimates)


@pytest.mark.slow
def test_pairs_between_two_tables_are_forecast_exactly(table, people_rows):
    rows = people_rows(220, seed=8)
    left, right = table(rows[:90], **TYPES), table(rows[90:], **TYPES)
    assert estimate_pairs(left, RULES, other=right) == counted(left, right)


def test_pairs_of_some_records_tell_about_those_of_all(table):
    rows = [{"_id": n, "name": f"{'anna' if n % 3 else 'hanna'}{n % 40}"} for n in range(3000)]
    records = table(rows)
    (whole,) = estimate_rules(records, [read_rule("name<=1")])
    (part,) = estimate_rules(records, [read_rule("name<=1")], sampled=600)
    assert whole.exact
    assert not part.exact
    assert abs(part.pairs / whole.pairs - 1) < 0.2
    assert estimate_rules(records.repartition(5), [read_rule("name<=1")], sampled=600) == [part]


def test_records_behind_similar_texts_are_counted_once_for_all_rules_that_begin_with_them(table, people_rows):
    records = table(people_rows(420, seed=3), **TYPES)
    first, second = estimate_rules(records, [read_rule("email<=1 & name<=2"), read_rule("email<=1 & given<=1")])
    (behind,) = estimate_pairs(records, [read_rule("email<=1")])
    assert first.method == second.method == "similar texts of email"
    assert first.comparisons - second.comparisons == behind > 0


@pytest.mark.slow
def test_two_million_million_pairs_are_told_without_building_one(spark):
    records = spark.range(2_000_000).select(F.col("id").alias("_id"), F.lit("germany").alias("country"))
    start = time.monotonic()
    same, near = estimate_rules(records, [read_rule("country="), read_rule("country<=2")])
    assert time.monotonic() - start < 60  # seconds on an idle machine
    assert same.pairs == 2_000_000 * 1_999_999 // 2
    assert same.exact
    assert near.pairs == pytest.approx(same.pairs, rel=0.05)


def test_methods_are_named_for_people(table, people_rows):
    records = table(people_rows(40, seed=2), **TYPES)
    methods = [one.method for one in estimate_rules(records, RULES)]
    assert methods[0] == "equal values"
    assert methods[5] == "signatures of name"
    assert methods[7] == "words of tags"


def test_no_record_forecasts_nothing(table, people_rows):
    records = table(people_rows(4, seed=2), **TYPES).limit(0)
    assert estimate_pairs(records, RULES) == [0] * len(RULES)
