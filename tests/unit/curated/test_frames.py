"""Curated tables from a few rows written by hand, compared whole: ties, nulls, nobody, and the moment itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chispa import assert_df_equality

from lakehouse.curated.customer_profiles import curate_customer_profiles
from lakehouse.curated.orders import summarize_orders
from lakehouse.curated.rfm import curate_rfm
from lakehouse.curated.segments import count_segments, curate_segment_membership
from lakehouse.curated.settings import CuratedSettings, SegmentSettings

BERLIN = "Europe/Berlin"
AS_OF = datetime(2026, 3, 30, 10, 30, tzinfo=UTC)  # the day after the clocks went forward in Berlin
START = datetime(2026, 2, 28, 11, 30, tzinfo=UTC)  # 30 days before, at the same time on the clock
MOMENT = timedelta(microseconds=1)
SETTINGS = CuratedSettings.model_validate(
    {
        "customers": {"entity": "customers", "consent": "agreed", "attributes": ["country"]},
        "orders": {"entity": "orders", "amount": "total", "currency": "currency"},
    }
)
CUSTOMERS = "customer_id string, email string, agreed boolean, country string"
ORDERS = "customer_id string, order_id string, ordered_at timestamp, total decimal(12,2), currency string"
PROFILES = "customer_id string, is_mailable boolean, suppression_reason string, country string, last_order_at timestamp"


def order(customer, number, at, total, currency="EUR"):
    return customer, number, at, None if total is None else Decimal(total), currency


def days(number):
    return AS_OF - timedelta(days=number)


def test_rfm_gives_equal_scores_to_ties_and_no_row_to_who_ordered_at_as_of(spark):
    orders = [
        order("often", "1", AS_OF - MOMENT, 5), order("often", "2", days(1), 5), order("often", "3", days(1), 5, "USD"),
        order("tied", "4", days(1), 5), order("also tied", "5", days(2), 5),
        order("unpriced", "6", days(3), None),
        order("refunded", "7", days(4), 5), order("refunded", "8", days(5), -5), order("refunded", "9", days(6), -5),
        order("at as_of", "10", AS_OF, 5), order("without time", "11", None, 5), order(None, "12", days(1), 5),
    ]  # fmt: skip
    found = curate_rfm(spark.createDataFrame(orders, ORDERS), SETTINGS, as_of=AS_OF, time_zone=BERLIN)
    expected = spark.createDataFrame(
        [
            ("often", 0, 3, None, 5, 4, None, "champions"),
            ("tied", 1, 1, Decimal(5), 4, 1, 3, "new"),
            ("also tied", 2, 1, Decimal(5), 3, 1, 3, "needs_attention"),
            ("unpriced", 3, 1, Decimal(0), 2, 1, 2, "hibernating"),
            ("refunded", 4, 3, Decimal(-5), 1, 4, 1, "at_risk"),
        ],
        "customer_id string, recency_days int, frequency bigint, monetary decimal(28,4), r_score int, f_score int, "
        "m_score int, rfm_segment string",
    )
    assert_df_equality(found.select(expected.columns), expected, ignore_row_order=True, ignore_nullable=True)


def test_an_order_is_its_lines_before_as_of_whoever_shares_its_number(spark):
    lines = [
        order("split", "1", AS_OF - MOMENT, 10), order("split", "1", AS_OF, 20),
        order("lines", "2", days(3), 1), order("lines", "2", START - MOMENT, 2), order("lines", "2", days(2), None),
        order("same number", "2", START, 4),
        order("no currency", "3", START, 8, None),
        order("mixed", "4", days(1), 16), order("mixed", "4", days(1), 32, "USD"),
    ]  # fmt: skip
    found = summarize_orders(spark.createDataFrame(lines, ORDERS), SETTINGS.orders, as_of=AS_OF, time_zone=BERLIN)
    expected = spark.createDataFrame(
        [
            ("split", 1, 1, Decimal(10), Decimal(10), "EUR", AS_OF - MOMENT),
            ("lines", 1, 0, Decimal(3), Decimal(0), "EUR", START - MOMENT),
            ("same number", 1, 1, Decimal(4), Decimal(4), "EUR", START),
            ("no currency", 1, 1, Decimal(8), Decimal(8), None, START),
            ("mixed", 1, 1, None, None, None, days(1)),
        ],
        "customer_id string, orders bigint, orders_30d bigint, revenue decimal(28,4), revenue_30d decimal(28,4), "
        "revenue_currency string, last_order_at timestamp",
    )
    assert_df_equality(found.select(expected.columns), expected, ignore_row_order=True, ignore_nullable=True)


def test_a_customer_without_orders_and_a_buyer_without_record_both_have_a_profile(spark):
    customers = [
        ("buyer", "b@example.com", True, "DE"), ("quiet", "q@example.com", True, None),
        ("unsure", "u@example.com", None, "AT"), ("bare", None, True, "DE"), (None, "n@example.com", True, "DE"),
    ]  # fmt: skip
    orders = [
        order("buyer", "1", START, 10), order("buyer", "2", START - MOMENT, None), order("buyer", "3", AS_OF, 7),
        order("stranger", "4", AS_OF - MOMENT, 5), order("too late", "5", AS_OF, 5),
    ]  # fmt: skip
    entities = {"customers": spark.createDataFrame(customers, CUSTOMERS), "orders": spark.createDataFrame(orders, ORDERS)}
    found = curate_customer_profiles(entities, SETTINGS, as_of=AS_OF, time_zone=BERLIN)
    expected = spark.createDataFrame(
        [
            ("buyer", "DE", True, 2, 1, Decimal(10), START, None, True),
            ("quiet", None, True, 0, None, None, None, None, True),
            ("unsure", "AT", None, 0, None, None, None, "no_consent", False),
            ("bare", "DE", True, 0, None, None, None, "no_email", False),
            ("stranger", None, None, 1, 1, Decimal(5), AS_OF - MOMENT, "no_consent", False),
        ],
        "customer_id string, country string, consent boolean, orders bigint, orders_30d bigint, revenue decimal(28,4), "
        "last_order_at timestamp, suppression_reason string, is_mailable boolean",
    )
    assert_df_equality(found.select(expected.columns), expected, ignore_row_order=True, ignore_nullable=True)


SEGMENTS = {
    "recent": SegmentSettings(where="last_order_at within last 30 days"),
    "abroad": SegmentSettings(where="in segment recent and not country = 'DE'"),
    "nobody": SegmentSettings(where="country = 'FR'"),
}


def test_members_are_those_in_the_window_who_may_be_mailed_and_the_others_are_counted_by_reason(spark):
    rows = [
        ("start", True, None, "DE", START), ("too early", True, None, "DE", START - MOMENT),
        ("last", True, None, None, AS_OF - MOMENT), ("at as_of", True, None, "DE", AS_OF),
        ("never", True, None, "AT", None), ("barred", False, "complaint", "DE", START), ("unknown", None, None, "DE", START),
    ]  # fmt: skip
    profiles = spark.createDataFrame(rows, PROFILES)
    members = curate_segment_membership(profiles, SEGMENTS, as_of=AS_OF, time_zone=BERLIN)
    expected = spark.createDataFrame(
        [("recent", "start", AS_OF), ("recent", "last", AS_OF), ("abroad", "last", AS_OF)],
        "segment string, customer_id string, as_of timestamp",
    )
    assert_df_equality(members, expected, ignore_row_order=True, ignore_nullable=True)
    counts = count_segments(profiles, SEGMENTS, as_of=AS_OF, time_zone=BERLIN).orderBy("segment")
    expected = spark.createDataFrame(
        [("abroad", 1, 1, {}), ("nobody", 0, 0, {}), ("recent", 4, 2, {"complaint": 1, "unknown": 1})],
        "segment string, matched bigint, members bigint, excluded map<string,bigint>",
    )
    assert_df_equality(counts, expected, ignore_nullable=True)
