"""Profiles on Spark against a slow and simple reading of their definitions in plain Python."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest

from lakehouse.curated.attributes import list_profile_columns
from lakehouse.curated.census import known_buyers, known_customers
from lakehouse.curated.customer_profiles import curate_customer_profiles
from lakehouse.curated.segments import count_segments, curate_segment_membership
from lakehouse.curated.settings import CuratedSettings, SegmentSettings
from lakehouse.errors import ConfigurationError
from tests.unit.curated.conftest import AS_OF, BERLIN, SCHEMAS, SECOND, SETTINGS

CENT = Decimal("0.0001")
OPT_OUTS = {"unsubscribe": "unsubscribed_at", "complaint": "complained_at", "hard_bounce": "bounced_at"}
KINDS = {"bounce": "hard_bounce", "received": "delivered"}
DAYS = (30, 90, 365)


def window(at, days):
    clock = AS_OF.astimezone(ZoneInfo(BERLIN)).replace(tzinfo=None) - timedelta(days=days)
    return at is not None and clock.replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC) <= at < AS_OF


def before(at):
    return at is not None and at < AS_OF


def latest(moments):
    return max((moment for moment in moments if moment is not None), default=None)


def earliest(moments):
    return min((moment for moment in moments if moment is not None), default=None)


def fold(address):
    return re.sub(r"\A[\s\u200b]+|[\s\u200b]+\Z", "", address or "").lower() or None


def by(rows, key):
    groups = defaultdict(list)
    for row in rows:
        if row[key] is not None:
            groups[row[key]].append(row)
    return groups


def order_columns(lines):
    """The lines of one customer -> the order columns of the profile."""
    orders = []
    for parts in (list(group) for group in groups_of(lines, "number").values()):
        amounts = [part["quantity"] * part["price"] for part in parts if None not in (part["quantity"], part["price"])]
        currencies = {part["currency"] or "XXX" for part in parts}
        one = currencies.pop() if len(currencies) == 1 else None
        orders.append((min(part["bought_at"] for part in parts), sum(amounts, Decimal(0)), one))
    found = {"first_order_at": min(at for at, *_ in orders), "last_order_at": max(at for at, *_ in orders), "orders": len(orders)}
    found |= {f"orders_{days}d": sum(window(at, days) for at, *_ in orders) for days in DAYS}
    sums = defaultdict(Decimal)
    for _, amount, currency in orders:
        sums[currency or "XXX"] += amount if currency else 0
    several = len(sums) > 1 or any(currency is None for *_, currency in orders)
    revenue = None if several else sum(sums.values())
    found |= {f"revenue_{days}d": None if several else sum((a for at, a, _ in orders if window(at, days)), Decimal(0)) for days in DAYS}
    return found | {
        "revenue": revenue,
        "average_order_value": None if several else (revenue / len(orders)).quantize(CENT, ROUND_HALF_UP),
        "revenue_currency": None if several or "XXX" in sums else next(iter(sums)),
        "revenue_by_currency": dict(sums),
    }


def groups_of(rows, key):
    groups = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def email_columns(mails):
    """The e-mail events of one customer -> the e-mail columns of the profile, and the streak of soft bounces."""
    def times(kind, machine=None):
        return [mail["at"] for mail in mails if mail["kind"] == kind and machine in (None, bool(mail["machine"]))]

    seen = {"emails_delivered": times("delivered"), "opens": times("open", False), "machine_opens": times("open", True),
            "clicks": times("click", False)}  # fmt: skip
    found = {f"{name}_{days}d": sum(window(at, days) for at in moments) for name, moments in seen.items() for days in DAYS}
    delivered, clicks = found["emails_delivered_365d"], found["clicks_365d"]
    success = latest(seen["emails_delivered"] + seen["opens"] + seen["clicks"])
    return found | {
        "last_sent_at": latest(times("sent")),
        "last_open_at": latest(seen["opens"]),
        "last_click_at": latest(seen["clicks"]),
        "click_rate": round((min(clicks, delivered) + 5 * 0.1) / (delivered + 5), 6),
        "click_rate_n": delivered,
        "_first_click_at": earliest(seen["clicks"]),
        "_streak": sum(success is None or at > success for at in times("soft_bounce")),
    }


def web_columns(visits):
    times = [visit["at"] for visit in visits]
    return {
        "_first_seen_at": min(times),
        "last_seen_at": max(times),
        "page_views_30d": sum(window(v["at"], 30) and v["type"] in ("page_view", "product_view") for v in visits),
        "carts_30d": sum(window(v["at"], 30) and v["type"] == "add_to_cart" for v in visits),
    }


def reason(profile, counts):
    email = profile["email"]
    if counts["complaint"]:
        return "complaint"
    if counts["unsubscribe"]:
        return "unsubscribed"
    if counts["hard_bounce"] >= 2:
        return "hard_bounce"
    if profile.get("_streak", 0) >= 3:
        return "soft_bounces"
    if profile["consent"] is not True:
        return "no_consent"
    if fold(email) is None:
        return "no_email"
    return None if re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", email) else "invalid_email"


def consent_columns(customer):
    later = customer.get("agreed_at") is not None and not before(customer["agreed_at"])
    agreed = customer.get("agreed")
    return {
        "email": customer.get("email"),
        "country": customer.get("country"),
        "consent": None if later and agreed else agreed,
        "consent_at": None if later else customer.get("agreed_at"),
    }


def counted_rows(rows):
    """What the conditions of the roles and `as_of` let through."""
    mails = [
        mail | {"kind": KINDS.get(mail["type"], mail["type"]), "address": fold(mail["email"])}
        for mail in rows["mails"]
        if mail["test"] is False
    ]
    return {
        "customers": [row for row in rows["customers"] if row["deleted"] is False],
        "lines": [row for row in rows["lines"] if row["status"] == "done" and before(row["bought_at"])],
        "mails": [mail for mail in mails if before(mail["at"]) or (mail["at"] is None and mail["kind"] in OPT_OUTS)],
        "visits": [row for row in rows["visits"] if row["site"] == "shop" and before(row["at"])],
    }


def profiles_of(rows):
    """The whole table by customer, in plain Python."""
    rows = counted_rows(rows)
    customers = {row["id"]: row for row in rows["customers"] if row["id"] is not None}
    lines, visits = by(rows["lines"], "buyer"), by(rows["visits"], "visitor")
    mails, addressed = by(rows["mails"], "customer_id"), by(rows["mails"], "address")
    profiles = {}
    for customer in {*customers, *lines, *visits, *mails}:
        profile = {"customer_id": customer, **consent_columns(customers.get(customer, {})), "orders": 0, "as_of": AS_OF}
        profile |= order_columns(lines[customer]) if customer in lines else {}
        profile |= email_columns(mails[customer]) if customer in mails else {}
        profile |= web_columns(visits[customer]) if customer in visits else {}
        counts = {}
        for kind, at in OPT_OUTS.items():
            own = [mail for mail in mails.get(customer, ()) if mail["kind"] == kind]
            same = [mail for mail in addressed.get(fold(profile["email"]), ()) if mail["kind"] == kind]
            counts[kind] = max(len(own), len(same))
            profile[at] = latest(mail["at"] for mail in own + same)
        firsts, lasts = ("first_order_at", "_first_click_at", "_first_seen_at"), ("last_order_at", "last_click_at", "last_seen_at")
        profile["first_activity_at"] = earliest(profile.get(name) for name in firsts)
        profile["last_activity_at"] = latest(profile.get(name) for name in lasts)
        profile["suppression_reason"] = reason(profile, counts)
        profile["is_mailable"] = profile["suppression_reason"] is None
        profiles[customer] = profile
    return profiles


def as_python(row):
    return {
        name: value.astimezone(UTC) if isinstance(value, datetime) else value for name, value in row.asDict().items()
    }


def by_customer(rows):
    rows = [as_python(row) for row in rows]
    assert len({row["customer_id"] for row in rows}) == len(rows), "one row for each customer"
    return {row["customer_id"]: row for row in rows}


@pytest.fixture(scope="module")
def profile_rows(shop):
    """The rows that Spark makes of the shop, and their schema."""
    profiles = curate_customer_profiles(shop.entities, SETTINGS, as_of=AS_OF, time_zone=BERLIN)
    return profiles.collect(), profiles.schema


def test_profiles_are_what_their_columns_say(shop, profile_rows):
    rows, schema = profile_rows
    assert schema.names == list_profile_columns(SETTINGS)
    found, expected = by_customer(rows), profiles_of(shop.rows)
    assert found.keys() == expected.keys()
    differing = [
        (customer, name, value, expected[customer].get(name))
        for customer, profile in found.items()
        for name, value in profile.items()
        if value != expected[customer].get(name)
    ]
    assert differing == []
    assert {"unsubscribed", "no_consent", "no_email", "invalid_email", None} <= {p["suppression_reason"] for p in found.values()}
    assert any(len(profile["revenue_by_currency"] or ()) > 1 for profile in found.values())


def test_a_census_by_another_plan_finds_the_same_customers(shop):
    known = known_customers(shop.entities, SETTINGS, as_of=AS_OF).collect()
    assert sorted(row.customer_id for row in known) == sorted(profiles_of(shop.rows))
    buyers = known_buyers(shop.entities["lines"], SETTINGS.orders, as_of=AS_OF).collect()
    assert sorted(row.customer_id for row in buyers) == sorted(by(counted_rows(shop.rows)["lines"], "buyer"))


def test_no_condition_lets_in_anyone_who_may_not_be_mailed(spark, shop, profile_rows):
    conditions = [
        "orders >= 0",
        "orders >= 0 or consent",
        "consent or not consent or consent is missing",
        "not (is_mailable)",
        "is_mailable or not is_mailable",
        "suppression_reason is present or suppression_reason is missing",
        "suppression_reason = 'unsubscribed' or in segment s0",
        "not in segment s3 or in segment s3",
    ]
    segments = {f"s{number}": SegmentSettings(where=where) for number, where in enumerate(conditions)}
    expected = profiles_of(shop.rows)
    mailable = {customer for customer, profile in expected.items() if profile["is_mailable"]}
    assert 0 < len(mailable) < len(expected)
    profiles = spark.createDataFrame(*profile_rows)
    rows = curate_segment_membership(profiles, segments, as_of=AS_OF, time_zone=BERLIN).collect()
    members = {name: {row.customer_id for row in rows if row.segment == name} for name in segments}
    assert members == {name: mailable if name != "s3" else set() for name in segments}
    counts = {row.segment: row for row in count_segments(profiles, segments, as_of=AS_OF, time_zone=BERLIN).collect()}
    assert counts["s0"].matched == len(expected)
    assert counts["s3"].excluded == counts["s0"].excluded


MOMENTS = {"before": AS_OF - SECOND, "at": AS_OF, "after": AS_OF + SECOND, "never": None}
SPOILED = ["ann@example.com\n", "\tann@example.com", "\u00a0ANN@example.com", "ann@example.com\u200b", " ann@example.com ", "<ann@example.com>"]
SPECIAL = {
    "customers": [
        *((name, f"{name}@example.com", True, at, "DE", False) for name, at in MOMENTS.items()),
        *((f"spoiled {number}", email, True, None, "DE", False) for number, email in enumerate(["ann@example.com", *SPOILED])),
        *((email, email, True, None, "DE", False) for email in ("eve@example.com\n", "eve@example\u200b.com", "eve@example", "eve@a..com")),
        ("nothing", None, None, None, None, False),
        ("fine", "fine@example.com", True, None, "DE", False),
    ],
    "lines": [
        *((name, 1, at, 1, Decimal(5), "EUR", "done") for name, at in MOMENTS.items()),
        ("mixed", 1, AS_OF - SECOND, 1, Decimal(5), "EUR", "done"), ("mixed", 1, AS_OF - SECOND, 1, Decimal(5), "USD", "done"),
        ("unknown", 2, AS_OF - SECOND, 2, Decimal(5), None, "done"), ("plain", 3, AS_OF - SECOND, 2, Decimal(5), "EUR", "done"),
        ("free", 4, AS_OF - SECOND, 0, Decimal(5), "EUR", "done"), ("fine", 1, AS_OF - SECOND, 1, Decimal(5), "EUR", "done"),
    ],
    "mails": [
        *((name, f"{name}@example.com", at, kind, False, False) for name, at in MOMENTS.items() for kind in ("click", "unsubscribe")),
        (None, "ann@example.com", AS_OF - SECOND, "complaint", False, False),
        ("fine", None, AS_OF - SECOND, "click", False, False),
    ],
    "visits": [*((name, at, "page_view", "shop") for name, at in MOMENTS.items()), ("fine", AS_OF - SECOND, "page_view", "shop")],
}  # fmt: skip


@pytest.fixture(scope="module")
def entities(spark):
    return {entity: spark.createDataFrame(rows, SCHEMAS[entity]) for entity, rows in SPECIAL.items()}


@pytest.fixture(scope="module")
def found(entities):
    """The profiles of customers each of whom is a special case."""
    profiles = curate_customer_profiles(entities, SETTINGS, as_of=AS_OF, time_zone=BERLIN)
    assert "Python" not in profiles._jdf.queryExecution().executedPlan().toString()
    return by_customer(profiles.collect())


def told(found, customers, columns):
    return {customer: tuple(found[customer][column] for column in columns) for customer in customers}


def test_only_what_happened_before_as_of_counts(found):
    columns = ("consent", "orders", "orders_30d", "clicks_30d", "page_views_30d", "suppression_reason")
    assert told(found, MOMENTS, columns) == {
        "before": (True, 1, 1, 1, 1, "unsubscribed"),
        "at": (None, 0, None, None, None, "no_consent"),
        "after": (None, 0, None, None, None, "no_consent"),
        "never": (True, 0, None, 0, None, "unsubscribed"),  # an opt-out without a time must not get lost
    }


def test_a_customer_without_anything_has_a_row(found):
    known = {name: value for name, value in found["nothing"].items() if value is not None}
    assert known == {"customer_id": "nothing", "orders": 0, "suppression_reason": "no_consent", "is_mailable": False, "as_of": AS_OF}


def test_an_address_with_stray_blanks_is_suppressed_with_its_plain_form(found):
    spoiled = [customer for customer in found if customer.startswith("spoiled")]
    assert {found[customer]["suppression_reason"] for customer in spoiled} == {"complaint"}
    assert len(spoiled) == 7


def test_an_address_with_something_invisible_is_not_mailed(found):
    assert {found[customer]["suppression_reason"] for customer in found if customer.startswith("eve")} == {"invalid_email"}
    assert found["fine"]["is_mailable"]


def test_an_order_in_several_currencies_has_no_revenue(found):
    columns = ("revenue", "revenue_30d", "average_order_value", "revenue_currency", "orders", "revenue_by_currency")
    assert told(found, ("mixed", "unknown", "plain", "free"), columns) == {
        "mixed": (None, None, None, None, 1, {"XXX": 0}), "unknown": (10, 10, 10, None, 1, {"XXX": 10}),
        "plain": (10, 10, 10, "EUR", 1, {"EUR": 10}), "free": (0, 0, 0, "EUR", 1, {"EUR": 0}),
    }  # fmt: skip


@pytest.mark.parametrize("role", ["customers", "orders", "email_events", "web_events"])
def test_each_part_alone_makes_profiles(entities, role):
    alone = CuratedSettings.model_validate({role: SETTINGS.roles[role].model_dump(exclude_unset=True)})
    profiles = curate_customer_profiles(entities, alone, as_of=AS_OF, time_zone=BERLIN)
    assert profiles.columns == list_profile_columns(alone)
    fine = by_customer(profiles.collect())["fine"]
    assert fine["is_mailable"] == (role == "customers")
    assert fine["suppression_reason"] == (None if role == "customers" else "no_consent")
    assert fine["last_activity_at"] == (None if role == "customers" else AS_OF - SECOND)


def test_roles_that_name_as_little_as_they_may(spark):
    """Events that name no address and no machine, rows that are orders themselves, customers without an address."""
    bare = CuratedSettings.model_validate({
        "customers": {"entity": "customers", "id": "id", "email": None},
        "orders": {"entity": "lines", "customer": "buyer", "order": None, "at": "bought_at", "amount": "price"},
        "email_events": {"entity": "mails", "email": None},
    })  # fmt: skip
    rows = {
        "customers": [("c", "c@example.com", True, None, "DE", True)],
        "lines": [("c", 1, AS_OF - SECOND, None, Decimal(5), "EUR", None), ("c", 1, AS_OF - SECOND, None, Decimal(2), "USD", None)],
        "mails": [("c", "d@example.com", AS_OF - SECOND, "open", True, None), (None, "c@example.com", AS_OF - SECOND, "complaint", None, None)],
    }
    entities = {entity: spark.createDataFrame(some, SCHEMAS[entity]) for entity, some in rows.items()}
    profile = by_customer(curate_customer_profiles(entities, bare, as_of=AS_OF, time_zone=BERLIN).collect())["c"]
    columns = ("orders", "revenue", "revenue_currency", "opens_30d", "machine_opens_30d", "consent", "complained_at", "suppression_reason")
    assert [profile[name] for name in columns] == [2, 7, None, 1, 0, None, None, "no_consent"]
    assert "email" not in profile


def test_what_settings_name_must_be_there():
    with pytest.raises(ConfigurationError, match="nothing to make profiles of"):
        curate_customer_profiles({}, CuratedSettings(), as_of=AS_OF, time_zone=BERLIN)
    with pytest.raises(ConfigurationError, match=r"curated\.customers\.entity: there is no entity `customers`"):
        curate_customer_profiles({}, SETTINGS, as_of=AS_OF, time_zone=BERLIN)


def test_a_moment_without_zone_is_utc_and_one_in_another_zone_the_same_moment(entities):
    visits = CuratedSettings(web_events=SETTINGS.web_events)
    for as_of in (AS_OF.replace(tzinfo=None), AS_OF.astimezone(ZoneInfo("Asia/Tokyo"))):
        found = by_customer(curate_customer_profiles(entities, visits, as_of=as_of, time_zone=BERLIN).collect())
        assert {name: profile["as_of"] for name, profile in found.items()} == {"before": AS_OF, "fine": AS_OF}
