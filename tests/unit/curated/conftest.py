"""A small shop of random rows with everything that goes wrong in one, as plain Python and as DataFrames."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from lakehouse.curated.settings import CuratedSettings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

BERLIN = "Europe/Berlin"
AS_OF = datetime(2026, 3, 30, 10, 30, tzinfo=UTC)  # the day after the clocks went forward
SECOND = timedelta(microseconds=1)
STARTS = [
    datetime(2026, 2, 28, 11, 30, tzinfo=UTC),  # 30, 90 and 365 days before, at the same time on the clocks of Berlin
    datetime(2025, 12, 30, 11, 30, tzinfo=UTC),
    datetime(2025, 3, 30, 10, 30, tzinfo=UTC),
]
SETTINGS = CuratedSettings.model_validate({
    "customers": {"entity": "customers", "id": "id", "consent": "agreed", "consent_at": "agreed_at", "attributes": ["country"],
                  "where": "NOT deleted"},
    "orders": {"entity": "lines", "customer": "buyer", "order": "number", "at": "bought_at", "amount": "quantity * price",
               "currency": "currency", "where": "status = 'done'"},
    "email_events": {"entity": "mails", "machine": "machine", "where": "NOT test",
                     "kinds": {"delivered": ["delivered", "received"]}, "click_rate": {"prior": 0.1, "weight": 5}},
    "web_events": {"entity": "visits", "customer": "visitor", "where": "site = 'shop'"},
    "suppress": {"hard_bounces": 2, "soft_bounce_streak": 3},
})  # fmt: skip
SCHEMAS = {
    "customers": "id string, email string, agreed boolean, agreed_at timestamp, country string, deleted boolean",
    "lines": "buyer string, number int, bought_at timestamp, quantity int, price decimal(10,4), currency string, status string",
    "mails": "customer_id string, email string, at timestamp, type string, machine boolean, test boolean",
    "visits": "visitor string, at timestamp, type string, site string",
}
MAILS = ["sent", "delivered", "received", "open", "click", "bounce", "hard_bounce", "soft_bounce", "unsubscribe", "complaint", "odd", None]
ADDRESSES = [
    "ann@example.com", "Ann@Example.com", " ann@example.com ", "bob@example.com", "carl@example.com", "\u00a0dora@example.com\t",
    "dora@example.com", "erik@example.com", "fred@example.com\n", "no address", "a@b", "x@@example.com", "@", "", " ", "\t", None,
]  # fmt: skip


@dataclass(frozen=True)
class Shop:
    """The rows of each entity as dictionaries, and the same as DataFrames."""

    rows: dict[str, list[dict[str, object]]]
    entities: dict[str, DataFrame]


def moments(pick):
    """One moment: often on the very edge of a window or of what counts, sometimes missing."""
    edges = [moment + shift for moment in (AS_OF, *STARTS) for shift in (-SECOND, 0 * SECOND, SECOND)]
    return pick.choice([None, *edges, *(AS_OF - timedelta(minutes=pick.randrange(800_000)) for _ in range(12))])


def random_rows(seed):
    pick = random.Random(seed)
    ids = [f"c{number}" for number in range(70)]
    known = {name: [None, *pick.sample(ids, 45), f"only in {name}"] for name in SCHEMAS}
    customers = [
        (i, pick.choice([f"{i}@example.com"] * 12 + ADDRESSES), pick.choice([True, True, True, False, None]), moments(pick), pick.choice(["DE", "AT", None]),
         pick.choice([False] * 8 + [True, None]))
        for i in known["customers"]
    ]  # fmt: skip
    lines = [
        (pick.choice(known["lines"]), pick.choice([None, *range(90)]), moments(pick), pick.choice([1, 2, -1, 0, None]),
         pick.choice([Decimal("9.9900"), Decimal("0.3333"), Decimal(5), None]), pick.choice(["EUR"] * 6 + ["USD", None]),
         pick.choice(["done"] * 8 + ["open", None]))
        for _ in range(220)
    ]  # fmt: skip
    calm = [kind for kind in MAILS if kind not in ("bounce", "hard_bounce", "unsubscribe", "complaint")]
    mails = [
        (pick.choice(known["mails"]), pick.choice([None] * 5 + ADDRESSES[:10]), moments(pick), pick.choice(calm * 20 + MAILS),
         pick.choice([False, False, True, None]), pick.choice([False] * 9 + [True]))
        for _ in range(700)
    ]  # fmt: skip
    visits = [
        (pick.choice(known["visits"]), moments(pick), pick.choice(["page_view", "product_view", "add_to_cart", "search", None]),
         pick.choice(["shop"] * 5 + ["blog", None]))
        for _ in range(160)
    ]  # fmt: skip
    return {"customers": customers, "lines": lines, "mails": mails, "visits": visits}


@pytest.fixture(scope="module", params=[1, 2])
def shop(spark, request):
    """Two shops, drawn with different seeds."""
    drawn = random_rows(request.param)
    names = {entity: [column.split()[0] for column in schema.split(", ")] for entity, schema in SCHEMAS.items()}
    return Shop(
        {entity: [dict(zip(names[entity], row, strict=True)) for row in rows] for entity, rows in drawn.items()},
        {entity: spark.createDataFrame(rows, SCHEMAS[entity]) for entity, rows in drawn.items()},
    )
