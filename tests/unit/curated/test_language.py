"""The language of segment conditions, without Spark."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.curated.conditions import (
    AllOf,
    AnyOf,
    Between,
    Compare,
    ConditionError,
    InSegment,
    Matches,
    Missing,
    Not,
    OneOf,
    WithinLast,
)
from lakehouse.curated.explain import describe
from lakehouse.curated.language import find_segment_problems, parse_condition, parse_segments
from lakehouse.errors import ConfigurationError

ATTRIBUTES = {
    "country": "text",
    "orders": "number",
    "revenue_90d": "number",
    "consent": "boolean",
    "birth_date": "date",
    "last_order_at": "timestamp",
}
SEGMENTS = ["buyers", "lapsed"]

READINGS = {
    "country = 'DE'": Compare("country", "=", "DE"),
    "country != 'it''s'": Compare("country", "!=", "it's"),
    'country = "a""b\'"': Compare("country", "=", "a\"b'"),
    "orders >= -5": Compare("orders", ">=", Decimal(-5)),
    "orders < 2.50": Compare("orders", "<", Decimal("2.50")),
    "consent": Compare("consent", "=", True),
    "consent = FALSE": Compare("consent", "=", False),
    "country in ['DE', 'AT']": OneOf("country", ("DE", "AT")),
    "country not in ['DE']": Not(OneOf("country", ("DE",))),
    "country contains 'x'": Matches("country", "contains", "x"),
    "country not starts with 'x'": Not(Matches("country", "starts with", "x")),
    "country ENDS WITH 'x'": Matches("country", "ends with", "x"),
    "country is missing": Missing("country"),
    "country is present": Not(Missing("country")),
    "orders between 1 and 3": Between("orders", Decimal(1), Decimal(3)),
    "last_order_at within last 30 days": WithinLast("last_order_at", 30),
    "birth_date not within last 2 weeks": Not(WithinLast("birth_date", 14)),
    "birth_date before 2000-02-29": Compare("birth_date", "<", date(2000, 2, 29)),
    "last_order_at after 2026-01-01": Compare("last_order_at", ">", date(2026, 1, 1)),
    "in segment buyers": InSegment("buyers"),
    "not in segment buyers": Not(InSegment("buyers")),
    "consent and orders = 1 or orders = 2": AnyOf(
        (
            AllOf((Compare("consent", "=", True), Compare("orders", "=", Decimal(1)))),
            Compare("orders", "=", Decimal(2)),
        )
    ),
    "not consent and orders = 1": AllOf((Not(Compare("consent", "=", True)), Compare("orders", "=", Decimal(1)))),
    "not (consent\n  or country is missing)": Not(AnyOf((Compare("consent", "=", True), Missing("country")))),
    "orders between 1 and 3 and consent": AllOf(
        (Between("orders", Decimal(1), Decimal(3)), Compare("consent", "=", True))
    ),
}


@pytest.mark.parametrize("text", READINGS)
def test_a_condition_is_read_as_what_it_says(text):
    assert parse_condition(text, ATTRIBUTES, SEGMENTS) == READINGS[text]


PROBLEMS = {
    "": (1, 1, "expected an attribute"),
    "contry = 'DE'": (1, 1, "did you mean `country`?"),
    "orders = 1 and\n  contry = 'DE'": (2, 3, "did you mean `country`?"),
    "orders = '1'": (1, 10, "expected a number"),
    "orders = true": (1, 10, "expected a number"),
    "country = 1": (1, 11, "expected a text in quotes"),
    "country = DE": (1, 11, "expected a text in quotes"),
    "country < 'x'": (1, 9, "`<` does not go with a text attribute"),
    "orders contains 'x'": (1, 8, "`contains` does not go with a number attribute"),
    "orders before 2026-01-01": (1, 8, "`before` does not go with a number attribute"),
    "birth_date = '2026-01-01'": (1, 14, "expected a date"),
    "birth_date before 2026-02-30": (1, 19, "no such day"),
    "birth_date before 0001-01-01": (1, 19, "the year"),
    "last_order_at within last 1.5 days": (1, 27, "expected a whole number of days"),
    "last_order_at within last 0 days": (1, 27, "expected a whole number of days"),
    "last_order_at within last 5 moons": (1, 29, "expected `days` or `weeks`"),
    "country starts 'x'": (1, 16, "expected `with`"),
    "orders between 1, 3": (1, 17, "expected `and`"),
    "country in []": (1, 13, "expected a text in quotes"),
    "country in ['a' 'b']": (1, 17, "expected `]`"),
    "country in ['a', 1]": (1, 18, "expected a text in quotes"),
    "in segment buyer": (1, 12, "did you mean `buyers`?"),
    "(orders = 1": (1, 12, "expected `)`"),
    "orders = 1)": (1, 11, "expected `and`, `or` or the end"),
    "orders 1": (1, 8, "expected = !="),
    "orders": (1, 7, "expected = !="),
    "orders = 1e5": (1, 10, "neither a number nor a date"),
    "orders = 1234567890123": (1, 10, "too many digits"),
    "country = 'x": (1, 11, "no closing quote"),
    "country = 'x\n'": (1, 11, "no closing quote"),
    "country is nothing": (1, 12, "expected `missing` or `present`"),
    # what an attacker would try
    "`country` = 'DE'": (1, 1, "unexpected character"),
    "orders = 1; drop table customers": (1, 11, "unexpected character"),
    "orders = 1 -- and consent": (1, 12, "neither a number nor a date"),
    "1 = 1": (1, 1, "expected an attribute"),
    "orders = 1 or 1 = 1": (1, 15, "expected an attribute"),
    "length(country) = 2": (1, 1, "unknown attribute `length`"),
    "country = 'a' || 'b'": (1, 15, "unexpected character"),
    "country = ${SECRET}": (1, 11, "unexpected character"),
    "orders = orders": (1, 10, "expected a number"),
    "orders = (select 1)": (1, 10, "expected a number"),
    "country = 'a' /* x */": (1, 15, "unexpected character"),
    "count\N{CYRILLIC SMALL LETTER ER}y = 'DE'": (1, 6, "unexpected character"),
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_an_error_says_where_and_what_was_expected(text):
    line, column, words = PROBLEMS[text]
    with pytest.raises(ConditionError) as caught:
        parse_condition(text, ATTRIBUTES, SEGMENTS)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in str(caught.value)


def test_conditions_have_a_limit_of_length_and_of_depth():
    assert parse_condition("(" * 49 + "consent" + ")" * 49, ATTRIBUTES)
    assert parse_condition(" or ".join(["orders = 1"] * 280), ATTRIBUTES)
    for text in ("(" * 50 + "consent" + ")" * 50, "not " * 900 + "consent"):
        with pytest.raises(ConditionError, match="more than 50 levels deep"):
            parse_condition(text, ATTRIBUTES)
    with pytest.raises(ConditionError, match="longer than 4000 characters"):
        parse_condition(" " * 4001)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text):
    try:
        parse_condition(text, ATTRIBUTES, SEGMENTS)
    except ConditionError as error:
        assert error.line >= 1
        assert error.column >= 1


@given(st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=30))
def test_any_text_of_one_line_survives_quoting(text):
    quoted = text.replace("'", "''")
    assert parse_condition(f"country = '{quoted}'", ATTRIBUTES) == Compare("country", "=", text)


def test_without_attributes_only_the_form_is_checked():
    assert parse_condition("anything = 'x' and other within last 3 days")
    with pytest.raises(ConditionError):
        parse_condition("anything = ")


def test_segments_come_after_those_they_refer_to():
    texts = {"a": "in segment b and in segment c", "b": "not in segment c", "c": "orders = 1"}
    assert list(parse_segments(texts, ATTRIBUTES)) == ["c", "b", "a"]


def test_a_circle_of_segments_is_a_configuration_error_that_names_it():
    texts = {"a": "in segment b", "b": "not (consent or in segment a)", "c": "in segment a"}
    with pytest.raises(ConfigurationError, match="in a circle") as caught:
        parse_segments(texts, ATTRIBUTES)
    assert set(caught.value.found.split(" -> ")) == {"a", "b"}
    with pytest.raises(ConfigurationError, match="in a circle"):
        parse_segments({"a": "in segment a"}, ATTRIBUTES)


def test_problems_of_all_segments_are_found_at_once():
    texts = {"a": "contry = 'DE'", "b": "orders >", "c": "consent", "d": "in segment e", "e": "in segment d"}
    problems = find_segment_problems(texts, ATTRIBUTES)
    assert {"a", "b"} < problems.keys()
    assert len(problems) == 3


DESCRIPTIONS = {
    "country = 'DE' and orders >= 2": 'country is "DE" and orders is at least 2',
    "revenue_90d > 50": "revenue in the last 90 days is more than 50",
    "consent": "consent is yes",
    "country != 'DE'": 'country is known and is not "DE"',
    "country not in ['DE', 'AT']": 'it is not so that country is one of "DE", "AT" (unknown counts as not so)',
    "last_order_at within last 30 days": "last order lies in the last 30 days",
    "last_order_at within last 1 days and not in segment buyers": (
        "last order lies in the last 1 day and segment buyers does not apply"
    ),
    "country not contains 'x' or country starts with 'D'": (
        'it is not so that country contains "x" (unknown counts as not so) or country starts with "D"'
    ),
    "birth_date before 2000-01-01 or birth_date is missing": "birth date is before 2000-01-01 or birth date is not known",
    "not (consent and in segment buyers)": "it is not so that (consent is yes and segment buyers applies)",
    "orders between 1 and 3 and (consent or country is present)": (
        "orders is from 1 to 3 and (consent is yes or country is known)"
    ),
}


@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_a_condition_is_told_in_plain_english(text):
    told = describe(parse_condition(text, ATTRIBUTES, SEGMENTS))
    assert told == f"Customers for whom {DESCRIPTIONS[text]}; only those who may be mailed."


def test_settings_and_language_need_no_spark():
    code = "import sys, lakehouse.curated.attributes, lakehouse.curated.explain; sys.exit('pyspark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
