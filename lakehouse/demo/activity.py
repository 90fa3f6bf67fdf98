"""block of people + dates -> what shop, e-mail tool and web site deliver of them, and what comes a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lakehouse.demo.blocks import EPOCH, Block, Company, Stream, newcomers
from lakehouse.demo.events import Audience, Period, email_lines, order_lines, web_rows
from lakehouse.demo.faults import Lines, replaced
from lakehouse.demo.text import Indices, Mask, Random, put

if TYPE_CHECKING:
    from lakehouse.demo.records import Window

ORDERS, SENDS, SESSIONS = 0.012, 0.1, 0.03
"""How many of each a person causes in a day, on average."""
LATE = 0.02
REPEATED, REVISED = 0.005, 0.01
BROKEN_SESSIONS = 20
FIRST_BLOCK = 0
BROKEN_PART = 999

_as_returned = replaced(('"status":"completed"', '"status":"returned"'))


def make_activity(company: Company, block: Block, window: Window, day: int) -> dict[str, Lines]:
    """Make up what the customers of a block did, by source: shop, email and web.

    Args:
        company: the company.
        block: its customers.
        window: one of the windows of the day.
        day: from day 2 on some events come late.
    """
    period = Period(window, LATE if day > 1 else 0.0)
    audience = _audience(company, block, day)

    def count(rate: float) -> int:
        return max(1, round(rate * len(block.people) * (window.last - window.first + 1)))

    def random(stream: Stream) -> Random:
        return company.random(stream, block=block.number, day=window.first)

    shop, email, web = (_prefix(letter, window, block.number) for letter in "OEW")
    return {
        "shop": order_lines(random(Stream.SHOP), audience, count=count(ORDERS), period=period, prefix=shop),
        "email": email_lines(random(Stream.EMAIL), audience, sends=count(SENDS), period=period, prefix=email),
        "web": web_rows(random(Stream.WEB), audience, sessions=count(SESSIONS), period=period, prefix=web),
    }


def with_repeats(company: Company, block: Block, today: dict[str, Lines], day: int) -> dict[str, Lines]:
    """Append orders of the day before that have changed, and rows of the day before that come again."""
    earlier = make_activity(company, block, company.windows(day - 1)[-1], day - 1)
    random = company.random(Stream.REPEATS, day=day)
    orders, again = earlier["shop"], {source: lines.plain() for source, lines in earlier.items()}
    is_completed = pc.match_substring(orders.lines, '"status":"completed"').to_numpy(zero_copy_only=False)
    revised = _some(random, again["shop"] & is_completed, REVISED * len(orders))
    again["shop"][revised] = False
    returned = put(orders.lines, revised, _as_returned(random, orders.lines.take(pa.array(revised))))
    shop = today["shop"].repeat(revised, of=Lines(returned, orders.keys), fault="changed_order", expected="accepted")
    return {
        source: lines.repeat(
            _some(random, again[source], REPEATED * len(lines)), of=earlier[source], fault="repeated_from_day_before"
        )
        for source, lines in (today | {"shop": shop}).items()
    }


def make_broken_table(company: Company, block: Block, day: int) -> pa.Table:
    """Make up web events whose file will not arrive whole."""
    random, window = company.random(Stream.BROKEN, day=day), company.window(day)
    prefix = _prefix("W", window, BROKEN_PART)
    lines = web_rows(random, block.audience, sessions=BROKEN_SESSIONS, period=Period(window), prefix=prefix)
    return lines.lines


def _some(random: Random, allowed: Mask, wanted: float) -> Indices:
    return np.sort(random.permutation(np.flatnonzero(allowed))[: max(1, round(wanted))])


def _audience(company: Company, block: Block, day: int) -> Audience:
    """The customers of a block; before those of the first block the ones who are new on the day."""
    if day == 1 or block.number != FIRST_BLOCK:
        return block.audience
    return block.audience.behind(newcomers(company, day).audience)


def _prefix(letter: str, window: Window, part: int) -> str:
    """What the ids of one file have in common: O20260131-000-."""
    first = EPOCH.fromordinal(EPOCH.toordinal() + window.first)
    return f"{letter}{first:%Y%m%d}-{part:03d}-"
