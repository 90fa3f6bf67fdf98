"""A sample of records -> what the values of each column look like; the sample stays on the driver and is never printed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse.matching.date_texts import MONTH_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

_EMAIL = re.compile(r"\A[^@\s]+@[^@\s]+\Z")
_DATE = re.compile(
    r"\A(\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}([T ].*)?|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}|(1[6-9]|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])"
    rf"|\d{{1,2}}\W*({MONTH_NAMES})[^\W\d_]*\W*(\d{{2}}|\d{{4}})|({MONTH_NAMES})[^\W\d_]*\W*\d{{1,2}}\W+\d{{4}})\Z",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(r"\A(\d{1,2})[-/. ](\d{1,2})[-/. ](?:\d{4}|\d{2})\Z")
_SHORT_DATE = re.compile(r"\A\d{1,2}[-/.]\d{1,2}[-/.]\d{2}\Z")
_NUMBER = re.compile(r"\A[^\w\s]?\s?[-+]?\d{1,3}(,?\d{3})*([.,]\d+)?\s?[^\w\s]?\Z")
_DECIMAL = re.compile(r"\A[^\w\s]?\s?[-+]?\d[\d,]*[.,]\d{1,2}\s?[^\w\s]?\Z")
_YEAR = re.compile(r"\A\W{0,2}(c|ca|©)?\W{0,2}(1[5-9]|20)\d\d\W{0,2}\Z", re.IGNORECASE)
_MEASURE = re.compile(r"\A\W{0,2}[-+]?\d[\d.,]*\s?([^\W\d_]{0,8})\.?\Z")
_DIGIT = re.compile(r"\d")
_PHONE = re.compile(r"\A\+?[\d\s()./-]{7,20}\Z")
_DIALED = re.compile(r"\A(\+|00|\(\+?\d)[\d\s()./-]{7,20}\Z")
_PREFIXED = re.compile(r"\A([^\W\d_]{1,6})[\s:#./-]*\d[\d\s./-]{3,}\Z")
_CODE = re.compile(r"\A(?=.*\d)[\w./-]{3,40}\Z")
_BARE = re.compile(r"\A\d[\d\s./-]{3,}\Z")
LAST_MONTH = 12
PREFIXED, ONLY = 0.02, 0.9
"""A prefix stands before so many of the values at least, as do none; there is hardly another one, or another shape."""


@dataclass(frozen=True)
class Profile:
    """What the values of one column look like; shares are among the values that are there.

    Attributes:
        filled: share of the rows that have a value.
        distinct: number of different values in the sample.
        rows: number of values in the sample.
        words: mean number of words.
        length: mean number of characters.
        shares: share of the values of each shape: email, date, short_date (a year of two digits), number, decimal, measure (a
            number, with the one unit of the column or none), year, phone, dialed (a phone
            number with the sign of a country or an area), code, digits.
        month_first: dates such as 12/31/1999 occur and dates such as 31/12/1999 do not.
        prefix: letters, in lower case, that stand before the digits of some values while others are digits alone.
    """

    filled: float
    distinct: int
    rows: int
    words: float
    length: float
    shares: dict[str, float]
    month_first: bool
    prefix: str = ""

    @property
    def is_constant(self) -> bool:
        """There is one value at most: no two records differ in it."""
        return self.distinct <= 1

    @property
    def repeats(self) -> float:
        """How many records there are for each value, on average."""
        return self.rows / max(self.distinct, 1)


def profile_values(values: Sequence[str | None]) -> Profile:
    """Look at the values of one column."""
    there = [value.strip()[:300] for value in values if value is not None and value.strip()]
    counts, count = Counter(there), max(len(there), 1)
    shapes = {
        "email": _EMAIL, "date": _DATE, "short_date": _SHORT_DATE, "number": _NUMBER, "decimal": _DECIMAL, "year": _YEAR,
        "phone": _PHONE, "dialed": _DIALED, "code": _CODE,
    }  # fmt: skip
    shares = {
        name: sum(often for value, often in counts.items() if shape.match(value)) / count for name, shape in shapes.items()
    }
    shares["measure"] = _measured(counts) / count
    shares["digits"] = sum(often for value, often in counts.items() if _DIGIT.search(value)) / count
    return Profile(
        filled=len(there) / max(len(values), 1),
        distinct=len({value.casefold() for value in counts}),
        rows=len(there),
        words=sum(often * len(value.split()) for value, often in counts.items()) / count,
        length=sum(often * len(value) for value, often in counts.items()) / count,
        shares=shares,
        month_first=_month_first(there),
        prefix=_prefix(counts),
    )


def _measured(counts: Counter[str]) -> int:
    """Count the values that are a number, with the same unit or none: of `75 cl` and `0.75 l` the numbers say nothing."""
    units: Counter[str] = Counter()
    for match, often in ((_MEASURE.match(value), often) for value, often in counts.items()):
        if match:
            units[match.group(1).casefold()] += often
    bare = units.pop("", 0)
    return bare + max(units.values(), default=0)


def _prefix(counts: Counter[str]) -> str:
    """Find the letters that are written before some of the codes and left out before others: `IMO 9074729`, `9074729`."""
    found = [match.group(1).casefold() for match in map(_PREFIXED.match, counts) if match]
    bare = sum(1 for value in counts if _BARE.match(value))
    prefix, often = Counter(found).most_common(1)[0] if found else ("", 0)
    sure = often >= PREFIXED * len(counts) and often >= ONLY * len(found) and bare >= PREFIXED * len(counts)
    return prefix if sure and often + bare >= ONLY * len(counts) else ""


def _month_first(values: Sequence[str]) -> bool:
    """Dates with the year last: the position that goes beyond 12 is the day's."""
    parts = [match.groups() for match in map(_DAY_FIRST.match, values) if match]
    first = sum(1 for one, _ in parts if int(one) > LAST_MONTH)
    second = sum(1 for _, two in parts if int(two) > LAST_MONTH)
    return second > first
