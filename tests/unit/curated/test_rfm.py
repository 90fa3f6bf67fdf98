"""RFM scores against their definition in plain Python: ties, zeros, refunds, one customer, several currencies."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

import pytest

from lakehouse.curated.rfm import RFM_COLUMNS, curate_rfm
from lakehouse.curated.settings import CuratedSettings
from lakehouse.errors import ConfigurationError

BERLIN = "Europe/Berlin"
AS_OF = datetime(2026, 3, 30, 10, 30, tzinfo=UTC)
SETTINGS = CuratedSettings.model_validate({"orders": {"entity": "orders", "amount": "total", "currency": "currency"}})
SCHEMA = "customer_id string, order_id string, ordered_at timestamp, total decimal(12,2), currency string"


def rfm(spark, orders, zone=BERLIN):
    rows = curate_rfm(spark.createDataFrame(orders, SCHEMA), SETTINGS, as_of=AS_OF, time_zone=zone)
    assert rows.columns == list(RFM_COLUMNS)
    return {row.customer_id: row for row in rows.collect()}


def measure(orders, zone):
    """Customer -> (recency, frequency, monetary)."""
    today, found = AS_OF.astimezone(ZoneInfo(zone)).date(), {}
    for customer in {order[0] for order in orders if order[0] is not None and order[2] is not None and order[2] < AS_OF}:
        own = [order for order in orders if order[0] == customer and order[2] is not None and order[2] < AS_OF]
        last = max(at for _, _, at, _, _ in own).astimezone(ZoneInfo(zone)).date()
        currencies = {currency for *_, currency in own}
        amount = sum(total for *_, total, _ in own if total is not None) if len(currencies) == 1 else None
        found[customer] = ((today - last).days, len({number for _, number, *_ in own}), amount)
    return found


def points_below(value, values):
    """How many of the 20, 40, 60 and 80 % points of the values lie below a value."""
    ranked = sorted(values)
    points = [ranked[ceil(Fraction(share, 100) * len(ranked)) - 1] for share in (20, 40, 60, 80)]
    return sum(value > point for point in points)


def segment(r, f):
    table = {(r, f): "hibernating" for r in (1, 2) for f in (1, 2)}
    table |= {(r, f): "at_risk" for r in (1, 2) for f in (3, 4, 5)} | {(3, f): "needs_attention" for f in (1, 2)}
    table |= {(r, f): "new" for r in (4, 5) for f in (1, 2)} | {(r, 3): "loyal" for r in (4, 5)}
    table |= {(3, f): "loyal" for f in (3, 4, 5)} | {(r, f): "champions" for r in (4, 5) for f in (4, 5)}
    return table[r, f]


def expected_scores(measures):
    recencies, frequencies = ([m[place] for m in measures.values()] for place in (0, 1))
    amounts = [m[2] for m in measures.values() if m[2] is not None]
    scores = {}
    for customer, (recency, frequency, amount) in measures.items():
        r, f = 5 - points_below(recency, recencies), 1 + points_below(frequency, frequencies)
        m = None if amount is None else 1 + points_below(amount, amounts)
        scores[customer] = (recency, frequency, amount, r, f, m, segment(r, f))
    return scores


def random_orders(seed, customers):
    """Orders, half of whose customers order once; cheap amounts that many share; some of no customer or no time."""
    pick = random.Random(seed)
    orders = []
    for customer in range(customers):
        for number in range(pick.choice([1, 1, 1, 2, 3, 7])):
            at = pick.choice([AS_OF - timedelta(minutes=pick.randrange(600_000)), AS_OF - timedelta(days=pick.randrange(4)), AS_OF, None])
            total = pick.choice([Decimal("9.99"), Decimal(20), Decimal(0), Decimal(-5), None])
            orders.append((pick.choice([f"c{customer}"] * 15 + [None]), f"{customer}-{number}", at, total, pick.choice(["EUR"] * 12 + ["USD"])))
    return orders


@pytest.mark.parametrize(("seed", "customers", "zone"), [(1, 60, BERLIN), (2, 7, "Pacific/Auckland"), (3, 201, "America/Los_Angeles")])
def test_scores_are_what_their_definition_says(spark, seed, customers, zone):
    orders = random_orders(seed, customers)
    found = rfm(spark, orders, zone)
    expected = expected_scores(measure(orders, zone))
    told = ("recency_days", "frequency", "monetary", "r_score", "f_score", "m_score", "rfm_segment")
    assert {customer: tuple(row[name] for name in told) for customer, row in found.items()} == expected
    assert any(score[2] is None for score in expected.values()) or customers < 10


def test_the_order_and_partitioning_of_the_rows_change_nothing(spark):
    orders = random_orders(4, 50)
    frame = spark.createDataFrame(orders, SCHEMA)
    results = [
        sorted(curate_rfm(rows, SETTINGS, as_of=AS_OF, time_zone=BERLIN).collect())
        for rows in (frame, frame.orderBy("total").repartition(7))
    ]
    assert results[0] == results[1]


def test_one_customer_has_the_middle_of_nothing(spark):
    row = rfm(spark, [("c", "1", AS_OF - timedelta(days=3), Decimal(5), "EUR")])["c"]
    assert (row.recency_days, row.frequency, row.monetary, row.r_score, row.f_score, row.m_score) == (3, 1, 5, 5, 1, 1)
    assert row.rfm_segment == "new"
    assert row.as_of.astimezone(UTC) == AS_OF


def test_equal_customers_have_equal_scores(spark):
    orders = [(f"c{n}", str(n), AS_OF - timedelta(hours=n % 2), Decimal(0), "EUR") for n in range(1, 12)]
    assert {(row.r_score, row.f_score, row.m_score) for row in rfm(spark, orders).values()} == {(5, 1, 1)}


def test_days_are_those_of_the_calendar_of_the_zone(spark):
    midnight = datetime(2026, 3, 29, 22, tzinfo=UTC)  # 00:00 of March 30 in Berlin, the first midnight of summer time
    orders = [("today", "1", midnight, Decimal(1), "EUR"), ("yesterday", "2", midnight - timedelta(microseconds=1), Decimal(1), "EUR"),
              ("at", "3", AS_OF, Decimal(1), "EUR"), ("just before", "4", AS_OF - timedelta(microseconds=1), Decimal(1), "EUR")]  # fmt: skip
    assert {customer: row.recency_days for customer, row in rfm(spark, orders).items()} == {"today": 0, "yesterday": 1, "just before": 0}
    assert {customer: row.recency_days for customer, row in rfm(spark, orders, "UTC").items()} == {"today": 1, "yesterday": 1, "just before": 0}


def test_without_orders_there_is_nobody(spark):
    assert rfm(spark, []) == {}
    assert rfm(spark, [("c", "1", AS_OF, Decimal(1), "EUR"), (None, "2", AS_OF - timedelta(days=1), Decimal(1), "EUR")]) == {}


def test_rfm_needs_orders():
    with pytest.raises(ConfigurationError, match=r"curated\.orders: rfm needs orders"):
        curate_rfm(None, CuratedSettings(), as_of=AS_OF, time_zone=BERLIN)
