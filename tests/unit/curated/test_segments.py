"""Segments on Spark against a reading of the same conditions in plain Python."""

from __future__ import annotations

import math
import operator
import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
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
from lakehouse.curated.language import parse_condition
from lakehouse.curated.segments import count_segments, curate_segment_membership
from lakehouse.curated.settings import SegmentSettings

BERLIN = "Europe/Berlin"
AS_OF = datetime(2026, 3, 30, 10, 30, tzinfo=UTC)  # the day after the clocks went forward
SCHEMA = (
    "customer_id string, country string, orders bigint, revenue decimal(28,4), click_rate double, consent boolean, "
    "birth_date date, last_order_at timestamp, is_mailable boolean, suppression_reason string"
)
KINDS = {
    "country": "text",
    "orders": "number",
    "revenue": "number",
    "click_rate": "number",
    "consent": "boolean",
    "birth_date": "date",
    "last_order_at": "timestamp",
}
TEXTS = ["", "D", "DE", "AT", "it's", '"', "%", "_E", "' or '1'='1", "`country`", "\\", "\\'", "$1"]
NUMBERS = [Decimal(n) for n in ("-1", "0", "0.5", "1", "2.5", "3")]
DAYS = [date(2026, 3, d) for d in (1, 27, 28, 29, 30, 31)]
MOMENTS = [
    *(
        datetime(2026, 3, d, h, m, tzinfo=UTC)
        for d in (27, 28, 29, 30)
        for h, m in ((0, 0), (9, 30), (10, 30), (22, 0))
    ),
    datetime(2026, 3, 28, 23, 0, tzinfo=UTC),
    datetime(2026, 3, 27, 22, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 3, 30, 10, 29, 59, 999999, tzinfo=UTC),
]


def make_rows(count=150):
    pick = random.Random(7)
    choices = [
        [None, *TEXTS],
        [None, 0, 1, 3],
        [None, Decimal("0.0000"), Decimal("0.5000"), Decimal("2.5000")],
        [None, math.nan, -1.0, 0.5, 2.5],
        [None, True, False],
        [None, *DAYS],
        [None, *MOMENTS],
    ]
    rows = []
    for number in range(count):
        mailable = pick.choice([True, True, False, None])
        reason = None if mailable else pick.choice(["no_consent", "complaint", None])
        rows.append((f"c{number}", *(pick.choice(values) for values in choices), mailable, reason))
    return rows


NAMES = [field.split()[0] for field in SCHEMA.split(", ")]
ROWS = make_rows()
CUSTOMERS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]


@pytest.fixture(scope="module")
def profiles(spark):
    return spark.createDataFrame(ROWS, SCHEMA)


VALUES = {
    "text": st.sampled_from(TEXTS),
    "number": st.sampled_from(NUMBERS),
    "boolean": st.booleans(),
    "date": st.sampled_from(DAYS),
    "timestamp": st.sampled_from(DAYS),
}


def leaves_of(name):
    kind, values = KINDS[name], VALUES[KINDS[name]]
    tests = [
        st.builds(Compare, st.just(name), st.sampled_from(["=", "!="]), values),
        st.builds(OneOf, st.just(name), st.lists(values, min_size=1, max_size=3).map(tuple)),
        st.just(Missing(name)),
    ]
    if kind in ("number", "date", "timestamp"):
        tests.append(st.builds(Compare, st.just(name), st.sampled_from(["<", "<=", ">", ">="]), values))
        tests.append(st.builds(Between, st.just(name), values, values))
    if kind == "text":
        tests.append(
            st.builds(Matches, st.just(name), st.sampled_from(["contains", "starts with", "ends with"]), values)
        )
    if kind in ("date", "timestamp"):
        tests.append(st.builds(WithinLast, st.just(name), st.integers(1, 4)))
    return st.one_of(tests)


def joined(parts):
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, parts), st.builds(AllOf, several), st.builds(AnyOf, several))


CONDITIONS = st.recursive(st.one_of([leaves_of(name) for name in KINDS]), joined, max_leaves=6)


def written(condition):
    """Write a condition as a user would; the reverse of `parse_condition`."""
    match condition:
        case Compare(name, sign, value):
            return f"{name} {sign} {literal(value)}"
        case OneOf(name, values):
            return f"{name} in [{', '.join(map(literal, values))}]"
        case Matches(name, how, text):
            return f"{name} {how} {literal(text)}"
        case Between(name, low, high):
            return f"{name} between {literal(low)} and {literal(high)}"
        case WithinLast(name, days):
            return f"{name} within last {days} days"
        case Missing(name):
            return f"{name} is missing"
        case InSegment(name):
            return f"in segment {name}"
        case Not(inner):
            return f"not ({written(inner)})"
        case AllOf(parts):
            return " and ".join(f"({written(part)})" for part in parts)
        case AnyOf(parts):
            return " or ".join(f"({written(part)})" for part in parts)


def literal(value):
    match value:
        case bool():
            return str(value).lower()
        case str():
            return "'" + value.replace("'", "''") + "'"
    return str(value)


SIGNS = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def holds(condition, customer):
    """Evaluate a condition in plain Python: the meaning of the language, once more."""
    match condition:
        case Not(inner):
            return not holds(inner, customer)
        case AllOf(parts):
            return all(holds(part, customer) for part in parts)
        case AnyOf(parts):
            return any(holds(part, customer) for part in parts)
    value = customer[condition.attribute]
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return isinstance(condition, Missing)
    if isinstance(condition, WithinLast):
        return in_last_days(value, condition.days)
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(BERLIN)).date()
    match condition:
        case Compare(_, sign, other):
            return SIGNS[sign](value, other)
        case OneOf(_, others):
            return value in others
        case Between(_, low, high):
            return low <= value <= high
        case Matches(_, "contains", text):
            return text in value
        case Matches(_, "starts with", text):
            return value.startswith(text)
        case Matches(_, "ends with", text):
            return value.endswith(text)
    return False


def in_last_days(value, days):
    zone = ZoneInfo(BERLIN)
    moment = value if isinstance(value, datetime) else datetime.combine(value, time(), zone)
    clock = AS_OF.astimezone(zone).replace(tzinfo=None) - timedelta(days=days)
    return clock.replace(tzinfo=zone).astimezone(UTC) <= moment.astimezone(UTC) < AS_OF


@given(CONDITIONS)
def test_a_condition_that_is_written_is_read_back(condition):
    assert parse_condition(written(condition), KINDS) == condition


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(CONDITIONS, min_size=25, max_size=25))
def test_spark_and_python_agree_on_members_and_counts(profiles, conditions):
    segments = {f"s{n}": SegmentSettings(where=written(condition)) for n, condition in enumerate(conditions)}
    matched = {(f"s{n}", c["customer_id"]) for n, cond in enumerate(conditions) for c in CUSTOMERS if holds(cond, c)}
    mailable = {customer["customer_id"] for customer in CUSTOMERS if customer["is_mailable"]}

    membership = curate_segment_membership(profiles, segments, as_of=AS_OF, time_zone=BERLIN).collect()
    members = [(row.segment, row.customer_id) for row in membership]
    assert len(members) == len(set(members))
    assert set(members) == {(segment, customer) for segment, customer in matched if customer in mailable}

    counts = {row.segment: row for row in count_segments(profiles, segments, as_of=AS_OF, time_zone=BERLIN).collect()}
    reasons = {c["customer_id"]: c["suppression_reason"] or "unknown" for c in CUSTOMERS if not c["is_mailable"]}
    for segment in segments:
        ids = [customer for name, customer in matched if name == segment]
        assert counts[segment].matched == len(ids)
        assert counts[segment].members == len(mailable & set(ids))
        assert counts[segment].excluded == dict(Counter(reasons[c] for c in ids if c not in mailable))


def test_not_takes_in_those_whose_attribute_is_missing_and_unequal_does_not(spark):
    profiles = spark.createDataFrame(
        [("with", "DE", True), ("other", "AT", True), ("without", None, True)],
        "customer_id string, country string, is_mailable boolean",
    )
    segments = {
        "is_not": SegmentSettings(where="not country = 'DE'"),
        "not_in": SegmentSettings(where="country not in ['DE']"),
        "unequal": SegmentSettings(where="country != 'DE'"),
        "twice": SegmentSettings(where="not not country = 'DE'"),
    }
    found = (
        curate_segment_membership(profiles, segments, as_of=AS_OF)
        .groupBy("segment")
        .agg({"customer_id": "collect_set"})
    )
    assert {segment: set(ids) for segment, ids in found.collect()} == {
        "is_not": {"other", "without"},
        "not_in": {"other", "without"},
        "unequal": {"other"},
        "twice": {"with"},
    }


def test_segments_of_segments_are_computed_in_the_same_pass(profiles):
    segments = {
        "a": SegmentSettings(where="in segment b and not in segment c"),
        "b": SegmentSettings(where="orders >= 1"),
        "c": SegmentSettings(where="in segment b and consent"),
        "d": SegmentSettings(where="orders >= 1 and not (orders >= 1 and consent)"),
    }
    rows = curate_segment_membership(profiles, segments, as_of=AS_OF).collect()
    members = {name: {row.customer_id for row in rows if row.segment == name} for name in segments}
    assert members["a"] == members["d"] == members["b"] - members["c"] != set()


def test_all_segments_read_the_profiles_once_and_without_python(profiles):
    segments = {f"s{n}": SegmentSettings(where=f"orders >= {n} and country contains 'D'") for n in range(40)}
    segments["both"] = SegmentSettings(where="in segment s1 and in segment s2")
    for result in (
        curate_segment_membership(profiles, segments, as_of=AS_OF),
        count_segments(profiles, segments, as_of=AS_OF),
    ):
        plan = result._jdf.queryExecution().executedPlan().toString()
        assert plan.count("Scan ExistingRDD") == 1
        assert "Python" not in plan


def test_without_segments_or_profiles_there_are_no_members(profiles):
    nobody = profiles.limit(0)
    some = {"a": SegmentSettings(where="orders >= 1")}
    for frame, segments in ((profiles, {}), (nobody, some)):
        membership = curate_segment_membership(frame, segments, as_of=AS_OF)
        assert membership.columns == ["segment", "customer_id", "as_of"]
        assert membership.collect() == []
        assert count_segments(frame, segments, as_of=AS_OF).collect() == []


def test_a_condition_that_does_not_fit_the_profiles_is_refused_before_anything_runs(profiles):
    for where in ("revenues > 1", "country > 1", "in segment b"):
        with pytest.raises(ConditionError):
            curate_segment_membership(profiles, {"a": SegmentSettings(where=where)}, as_of=AS_OF)


def test_the_longest_condition_runs(profiles):
    where = " or ".join(f"orders = {n % 10}" for n in range(280))
    rows = curate_segment_membership(profiles, {"long": SegmentSettings(where=where)}, as_of=AS_OF).collect()
    expected = {c["customer_id"] for c in CUSTOMERS if c["orders"] is not None and c["is_mailable"]}
    assert {row.customer_id for row in rows} == expected
