from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from lakehouse.demo.events import DEAD_MAILBOX, SPELLINGS, Audience, Period, email_lines, order_lines, web_rows
from lakehouse.demo.records import DAY, Window
from lakehouse.demo.text import join, number

FIRST, LAST = 20_386, 20_415  # 2025-10-25 to 2025-11-23: clocks change in Berlin and in New York
KIND = {spelling: kind for kind, spellings in SPELLINGS.items() for spelling in spellings}


@pytest.fixture(scope="module")
def audience():
    ids = number(np.arange(1, 1_061), 7)
    return Audience(ids, join(ids, "@mail.example.com"))


def objects(lines):
    plain = np.flatnonzero(lines.plain())
    return [json.loads(lines.lines[row].as_py()) for row in plain.tolist()]


def test_a_greater_skew_gives_more_to_fewer_people(audience):
    random = np.random.default_rng(1)
    shares = [np.mean(audience.draw(random, 20_000, skew=skew) < 106) for skew in (1.0, 1.3, 2.2)]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(0.10, abs=0.02)
    assert shares[2] == pytest.approx(0.1 ** (1 / 2.2), abs=0.02)


def test_events_happen_within_their_window_and_delays_move_some_of_them_back():
    random = np.random.default_rng(1)
    period = Period(Window(FIRST, LAST), late=0.1)
    seconds = period.draw(random, 5_000)
    before = seconds.copy()
    assert (np.diff(seconds) >= 0).all()
    assert set((seconds // DAY).tolist()) == set(range(FIRST, LAST + 1))
    late = period.delay(random, seconds)
    days = (before - seconds) // DAY
    assert set(np.flatnonzero(days).tolist()) == set(late.tolist())
    assert set(days[late].tolist()) == set(range(3, 11))
    assert not len(Period(Window(FIRST, LAST)).delay(random, seconds))


def test_orders_add_up_and_tell_the_time_in_new_york(audience):
    period = Period(Window(FIRST, LAST))
    orders = objects(order_lines(np.random.default_rng(1), audience, count=1_500, period=period, prefix="O"))
    offsets = set()
    for order in orders:
        assert order["total_minor"] == sum(item["quantity"] * item["unit_price_minor"] for item in order["items"])
        at = datetime.fromisoformat(order["ordered_at"])
        assert at.utcoffset() == at.astimezone(ZoneInfo("America/New_York")).utcoffset()
        offsets.add(order["ordered_at"][-6:])
    assert offsets == {"-04:00", "-05:00"}
    assert 0 < sum(order["customer_id"] is None for order in orders) < 0.06 * len(orders)


def test_every_message_is_delivered_or_bounces_before_anything_else_happens(audience):
    period = Period(Window(FIRST, LAST))
    lines = email_lines(np.random.default_rng(1), audience, sends=4_000, period=period, prefix="E")
    by_message = defaultdict(set)
    for event in objects(lines):
        day = event["at"] // DAY
        by_message[event["customer_id"], event["campaign"], day].add((KIND[event["type"]], event["machine"]))
    kinds = [{kind for kind, _ in events} for events in by_message.values()]
    whole = [kind for kind in kinds if "sent" in kind and ("delivered" in kind or "bounce" in kind)]
    assert len(whole) > 0.97 * len(kinds)  # a few events carry a fault and are left out here
    assert all(not ({"bounce"} < kind and "open" in kind and "delivered" not in kind) for kind in kinds)
    machines = {kind for events in by_message.values() for kind, machine in events if machine}
    assert machines == {"open"}


def test_mailboxes_that_are_gone_bounce_and_all_others_receive(audience):
    period = Period(Window(FIRST, LAST))
    lines = email_lines(np.random.default_rng(1), audience, sends=4_000, period=period, prefix="E")
    reached = defaultdict(set)
    for event in objects(lines):
        reached[int(event["customer_id"]) % DEAD_MAILBOX == 0].add(KIND[event["type"]])
    assert reached[True] == {"sent", "bounce"}
    assert reached[False] == set(SPELLINGS) - {"bounce"}


def test_the_pages_of_a_visit_follow_each_other_and_know_one_customer_or_none(audience):
    period = Period(Window(FIRST, LAST))
    lines = web_rows(np.random.default_rng(1), audience, sessions=1_500, period=period, prefix="W")
    visits = defaultdict(list)
    for row in np.flatnonzero(lines.plain()).tolist():
        event = lines.lines.slice(row, 1).to_pylist()[0]
        visits[event["session_id"]].append(event)
    anonymous = 0
    for events in visits.values():
        times = [event["at"] for event in events]
        assert times == sorted(times)
        assert times[0].tzinfo is not None
        assert datetime.fromtimestamp(FIRST * DAY, UTC) <= times[0]
        customers = [event["customer_id"] for event in events]
        known = [customer for customer in customers if customer]
        assert len(set(known)) <= 1
        assert customers == [None] * (len(customers) - len(known)) + known
        anonymous += not known
    assert 0.3 < anonymous / len(visits) < 0.55
