"""What customers did: shop orders and e-mail events as JSON lines, web events as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lakehouse.demo.faults import (
    RARE,
    Columns,
    Fault,
    Lines,
    allot,
    around,
    in_quotes,
    malformed_email,
    one_of,
    plant,
    plant_lines,
    planted,
    replaced,
)
from lakehouse.demo.records import DAY, Window
from lakehouse.demo.text import Indices, Mask, Random, choose, digits, join, number, texts, times, where

CATEGORIES = ("shoes", "dresses", "kitchen", "garden", "books", "toys", "sports", "outdoor", "beauty", "coffee")
CAMPAIGNS = ("newsletter", "winter-sale", "spring-preview", "welcome", "cart-reminder", "loyalty", "win-back")
CURRENCIES = ("EUR", "EUR", "EUR", "EUR", "EUR", "USD", "USD", "GBP", "GBP", "JPY")
STATUSES = (
    "completed", "completed", "Completed", "COMPLETE", "shipped", "cancelled", "canceled", "returned", "refunded",
)  # fmt: skip
SPELLINGS = {
    "sent": ("sent", "sent", "send", "Sent"),
    "delivered": ("delivered", "delivered", "delivery"),
    "bounce": ("bounce", "bounced", "hard_bounce"),
    "open": ("open", "open", "opened", "OPEN"),
    "click": ("click", "click", "clicked"),
    "unsubscribe": ("unsubscribe", "unsub"),
    "complaint": ("complaint", "spam_report"),
}
WEB_TYPES = ("page_view", "product_view", "add_to_cart", "checkout")
NEW_YORK = ZoneInfo("America/New_York")
REPEATED = 0.01
DEAD_MAILBOX = 53
CORRUPT = (
    Fault("truncated_line", "", "corrupt", lambda _, lines: pc.utf8_slice_codeunits(lines, 0, 60)),
    Fault("array_instead_of_object", "", "corrupt", lambda _, lines: join("[", lines, "]"), RARE),
)
ORDER_FAULTS = (
    Fault("missing_order_id", "order_id", "quarantined", one_of("null", '""')),
    Fault("amount_not_numeric", "total_minor", "quarantined", one_of('"12,9O"', '"n/a"', '"free"')),
    Fault("negative_total", "total_minor", "quarantined", lambda _, good: join("-", good)),
    Fault("unknown_currency", "currency", "quarantined", one_of('"XXQ"', '"???"', '"gold"')),
    Fault("unknown_status", "status", "quarantined", one_of('"teleported"', '"lost in space"')),
    Fault("impossible_time", "ordered_at", "quarantined",
          one_of('"2026-02-30T10:00:00-05:00"', '"2026-01-15T25:00:00-05:00"', '"last week"')),
    Fault("future_time", "ordered_at", "quarantined", one_of('"2098-07-01T10:00:00-04:00"')),
    Fault("malformed_email", "email", "warned", in_quotes(malformed_email)),
    Fault("padded_status", "status", "accepted", one_of('"  completed\u00a0"', '"\\treturned "', '"\ufeffcancelled"')),
    *CORRUPT,
    Fault("duplicate_key", "", "corrupt", replaced((r"^\{", '{"status":"completed",')), RARE),
)  # fmt: skip
EMAIL_FAULTS = (
    Fault("missing_event_id", "event_id", "quarantined", one_of("null", '""'), RARE),
    Fault("unknown_type", "type", "quarantined", one_of('"telepathy"', '"read aloud"'), RARE),
    Fault("epoch_not_numeric", "at", "quarantined", one_of('"yesterday"', '"2026"'), RARE),
    Fault("epoch_in_milliseconds", "at", "quarantined", lambda _, good: join(good, "000"), RARE),
    Fault("malformed_email", "email", "warned", in_quotes(malformed_email), RARE),
    Fault("padded_type", "type", "accepted", one_of('" open "', '"\u00a0click"'), RARE),
    *CORRUPT,
)
WEB_FAULTS = (
    Fault("missing_event_id", "event_id", "quarantined", one_of(None), RARE),
    Fault("unknown_type", "type", "quarantined", one_of("teleport", "<script>"), RARE),
    Fault("missing_time", "at", "quarantined", lambda _, good: pa.nulls(len(good), good.type), RARE),
    Fault("padded_type", "type", "accepted", around((" ", " "), ("\u00a0", ""), ("", "\u200b")), RARE),
)


@dataclass(frozen=True)
class Audience:
    """The customers who act, the keenest first: ids and addresses as the CRM knows them."""

    ids: Any
    emails: Any

    def draw(self, random: Random, count: int, *, skew: float = 2.2) -> Indices:
        """Rows of `count` actors; the greater the skew, the fewer people do most of it."""
        return (len(self.ids) * random.random(count) ** skew).astype(np.int64)

    def behind(self, others: Audience) -> Audience:
        """Both together, the others first."""
        return Audience(pa.concat_arrays([others.ids, self.ids]), pa.concat_arrays([others.emails, self.emails]))

    def is_dead(self) -> Mask:
        """Whose mailbox is gone; on every day the same ones, whatever else the day brings."""
        is_dead: Mask = self.ids.cast(pa.int64()).to_numpy() % DEAD_MAILBOX == 0
        return is_dead


@dataclass(frozen=True)
class Period:
    """When the events of one file happened.

    Attributes:
        window: the days.
        late: share of the events that come late by three to ten days.
    """

    window: Window
    late: float = 0.0

    def draw(self, random: Random, count: int, *, last_hour: int = 24) -> Indices:
        """Ascending seconds since 1970-01-01 UTC, from noon on (07:00 in New York)."""
        days = random.integers(self.window.first, self.window.last + 1, count)
        return np.sort(days * DAY + random.integers(12 * 3600, last_hour * 3600, count))

    def delay(self, random: Random, seconds: Indices) -> Indices:
        """Move some events into the past, in place; returns their rows."""
        late = np.flatnonzero(random.random(len(seconds)) < self.late)
        seconds[late] -= random.integers(3, 11, len(late)) * DAY
        return late


def _json(column: Any) -> Any:
    return join('"', column, '"')


def _json_lines(columns: Columns) -> Any:
    parts: list[Any] = []
    for position, (name, values) in enumerate(columns.items()):
        parts += ["," * bool(position) + f'"{name}":', values]
    return join("{", *parts, "}")


def _finish(
    random: Random, columns: Columns, keys: Any, faults: tuple[Fault, ...], late: Indices, *, as_table: bool = False
) -> Lines:
    """Plant the faults, mark the late rows that have none, and repeat some plain ones at the end."""
    rows = allot(random, len(keys), faults)
    plant(random, columns, faults, rows)
    lines = pa.table(columns) if as_table else plant_lines(random, _json_lines(columns), faults, rows)
    no_key = {fault.name for fault in faults if fault.name in ("missing_order_id", "missing_event_id")}
    blank = np.concatenate([rows[name] for name in no_key])
    keys = where(~np.isin(np.arange(len(keys)), blank), keys, "")
    written = Lines(lines, keys, planted(keys, faults, rows))
    lateness = Fault("late_event", "at", "accepted", one_of(None))
    plain_late = late[written.plain()[late]]
    written.planted.extend(planted(keys, [lateness], {"late_event": plain_late}))
    plain = np.flatnonzero(written.plain())
    again = random.permutation(plain)[: max(round(REPEATED * len(keys)), 1)]
    return written.repeat(again, fault="repeated_event")


def order_lines(random: Random, audience: Audience, *, count: int, period: Period, prefix: str) -> Lines:
    """Shop orders: times with the offset of New York, amounts in minor units."""
    actors = pa.array(audience.draw(random, count))
    guests = pa.array(random.random(count) < 0.03)  # noqa: PLR2004
    seconds = period.draw(random, count)
    late = period.delay(random, seconds)
    items, totals, quantities = _items(random, count)
    keys = join(prefix, number(np.arange(count), 6))
    columns: Columns = {
        "order_id": _json(keys),
        "customer_id": pc.if_else(guests, "null", _json(audience.ids.take(actors))),
        "email": _json(audience.emails.take(actors)),
        "ordered_at": _json(_new_york(seconds)),
        "status": _json(choose(random, STATUSES, count)),
        "currency": _json(choose(random, CURRENCIES, count)),
        "total_minor": number(totals),
        "item_count": number(quantities),
        "items": join("[", items, "]"),
    }
    return _finish(random, columns, keys, ORDER_FAULTS, late)


def _items(random: Random, count: int) -> tuple[Any, Indices, Indices]:
    """The items of each order as JSON without brackets, what they cost together, and how many pieces they are."""
    lines = random.choice([1, 2, 3, 4], count, p=[0.55, 0.27, 0.12, 0.06])
    starts = np.concatenate(([0], np.cumsum(lines)))
    size = int(starts[-1])
    quantity = 1 + (random.random(size) < 0.15) + (random.random(size) < 0.04)  # noqa: PLR2004
    price = np.round(np.exp(random.normal(7.8, 0.7, size))).astype(np.int64) * 10 - 1
    flat = join(
        '{"sku":"SKU-', digits(random, size, 4), '","category":"', choose(random, CATEGORIES, size, skew=0.8),
        '","quantity":', number(quantity), ',"unit_price_minor":', number(price), "}",
    )  # fmt: skip
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(starts, pa.int32()), flat), ",")
    return joined, np.add.reduceat(quantity * price, starts[:-1]), np.add.reduceat(quantity, starts[:-1])


def _new_york(seconds: Indices) -> Any:
    days = seconds // DAY
    first = int(days.min())
    noons = [datetime.fromtimestamp((first + i) * DAY + DAY // 2, UTC) for i in range(int(days.max()) - first + 1)]
    offsets = [noon.astimezone(NEW_YORK).utcoffset() for noon in noons]
    hours = np.array([int(offset.total_seconds()) // 3600 for offset in offsets if offset is not None])[days - first]
    names = texts([f"-{-hour:02d}:00" for hour in range(-5, -3)]).take(pa.array(hours + 5))
    return join(times(seconds + hours * 3600, "%Y-%m-%dT%H:%M:%S"), names)


def email_lines(random: Random, audience: Audience, *, sends: int, period: Period, prefix: str) -> Lines:
    """E-mail events: each message sent is delivered or bounces; some are opened (also by machines), few clicked."""
    actors = audience.draw(random, sends, skew=1.3)
    campaigns = choose(random, CAMPAIGNS, sends, skew=0.7)
    sent = period.draw(random, sends, last_hour=15)
    message, kind, seconds, machine = _follow_ups(random, sent, audience.is_dead()[actors])
    order = np.argsort(seconds, kind="stable")
    message, kind, seconds, machine = message[order], kind[order], seconds[order], machine[order]
    count, actor = len(message), pa.array(actors[message])
    late = period.delay(random, seconds)
    spelled = [choose(random, options, count) for options in SPELLINGS.values()]
    keys = join(prefix, number(np.arange(count), 7))
    columns: Columns = {
        "event_id": _json(keys),
        "type": _json(pc.choose(pa.array(kind), *spelled)),
        "customer_id": _json(audience.ids.take(actor)),
        "email": _json(audience.emails.take(actor)),
        "campaign": _json(campaigns.take(pa.array(message))),
        "at": number(seconds),
        "machine": where(machine, "true", "false"),
    }
    return _finish(random, columns, keys, EMAIL_FAULTS, late)


def _follow_ups(random: Random, sent: Indices, is_dead: Mask) -> tuple[Indices, Indices, Indices, Any]:
    """Message, kind (position in `SPELLINGS`), second, and whether a machine did it, for every event."""
    chance = random.random((5, len(sent)))
    opened = ~is_dead & (chance[0] < 0.34)  # noqa: PLR2004
    clicked = opened & (chance[1] < 0.2)  # noqa: PLR2004
    left, complained = opened & (chance[2] < 0.012), opened & (chance[3] < 0.003)  # noqa: PLR2004
    happened = [np.ones(len(sent), bool), ~is_dead, is_dead, opened, clicked, left, complained]
    machine_made = opened & ~clicked & (chance[4] < 0.45)  # noqa: PLR2004
    at_open = sent + np.where(machine_made, random.integers(1, 40, len(sent)), random.integers(60, 6 * 3600, len(sent)))
    delays = [sent, sent + random.integers(1, 60, len(sent)), sent + random.integers(1, 60, len(sent)), at_open]
    delays += [at_open + random.integers(2, 900, len(sent)) for _ in range(3)]
    messages = [np.flatnonzero(mask) for mask in happened]
    kinds = np.concatenate([np.full(len(rows), kind) for kind, rows in enumerate(messages)])
    message = np.concatenate(messages)
    seconds = np.concatenate([delays[kind][rows] for kind, rows in enumerate(messages)])
    return message, kinds, seconds, machine_made[message] & (kinds == list(SPELLINGS).index("open"))


def web_rows(random: Random, audience: Audience, *, sessions: int, period: Period, prefix: str) -> Lines:
    """Web events in UTC: a third of the sessions stay anonymous, some know the customer only from the middle on."""
    visitors = audience.ids.take(pa.array(audience.draw(random, sessions)))
    begin = period.draw(random, sessions, last_hour=22)
    length = np.minimum(random.geometric(0.27, sessions), 40)
    session = np.repeat(np.arange(sessions), length)
    place = np.arange(len(session)) - np.repeat(np.cumsum(length) - length, length)
    known_from = random.choice([0, 2, 1000], sessions, p=[0.55, 0.1, 0.35])[session]
    seconds = begin[session] + place * 47 + random.integers(0, 47, len(session))
    late = period.delay(random, seconds)
    category = choose(random, CATEGORIES, len(session), skew=0.6)
    keys = join(prefix, number(np.arange(len(session)), 7))
    rows, campaign = pa.array(session), choose(random, CAMPAIGNS, sessions, skew=0.7)
    from_mail = random.random(sessions) < 0.25  # noqa: PLR2004
    columns: Columns = {
        "event_id": keys,
        "customer_id": where(place >= known_from, visitors.take(rows), pa.scalar(None, pa.string())),
        "session_id": join("S", prefix, number(session, 6)),
        "type": texts(WEB_TYPES).take(pa.array(random.choice(4, len(session), p=[0.47, 0.35, 0.12, 0.06]))),
        "url": join("https://shop.example.com/", category, "/", number(random.integers(100, 400, len(session)))),
        "category": category,
        "at": pa.array((seconds * 1_000_000).astype("datetime64[us]")).cast(pa.timestamp("us", tz="UTC")),
        "utm_campaign": where(from_mail, campaign, pa.scalar(None, pa.string())).take(rows),
    }
    return _finish(random, columns, keys, WEB_FAULTS, late, as_table=True)
