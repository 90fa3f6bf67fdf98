"""Dates and times in declared formats -> date, timestamp (UTC) and a flag where the clocks changed.

A format is never guessed. Each becomes a pattern of the whole text and a parser that yields null for what the calendar
does not know; both must agree, for Spark's parsers alone accept more than was declared (`2024` as a date, blanks).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.text import whole
from lakehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column

_YEAR = r"(?!0000)[0-9]{4}"
_ISO_DATE = rf"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}"
_ISO_TIME = rf"{_ISO_DATE}[T ][0-9]{{2}}:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{{1,9}})?)?"
_OFFSET = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_LEAP_SECOND = rf"{_ISO_DATE}[T ][0-9]{{2}}:[0-9]{{2}}:60(?:\.[0-9]{{1,9}})?{_OFFSET}"
_EPOCH = {"epoch_seconds": 1, "epoch_millis": 1000}
_EPOCH_END = 7_289_654_400
"""2201-01-01: a later second is a millisecond in the wrong field."""

_LETTERS = {
    "yyyy": _YEAR, "yy": "[0-9]{2}", "MM": "[0-9]{2}", "M": "[0-9]{1,2}", "MMM": "[A-Za-z]{3}", "MMMM": "[A-Za-z]{3,9}",
    "dd": "[0-9]{2}", "d": "[0-9]{1,2}", "D": "[0-9]{1,3}", "DDD": "[0-9]{3}", "HH": "[0-9]{2}", "H": "[0-9]{1,2}",
    "hh": "[0-9]{2}", "h": "[0-9]{1,2}", "mm": "[0-9]{2}", "m": "[0-9]{1,2}", "ss": "[0-9]{2}", "s": "[0-9]{1,2}",
    "a": "[AaPp][Mm]", "X": "(?:Z|[+-][0-9]{2}(?:[0-9]{2})?)", "XX": "(?:Z|[+-][0-9]{4})",
    "XXX": "(?:Z|[+-][0-9]{2}:[0-9]{2})", "Z": "[+-][0-9]{4}",
}  # fmt: skip


@dataclass(frozen=True)
class _Reading:
    """How one format reads a text; a column is null where the text has another form.

    Attributes:
        local: time on the wall, held as if it were UTC.
        instant: point in time, where the text itself tells the offset.
    """

    local: Column | None = None
    instant: Column | None = None


def parse_date(text: Column, formats: Sequence[str]) -> Column:
    """Read a date in one of the formats, tried in this order; null where none fits exactly.

    Args:
        text: without outer white space.
        formats: `iso` (yyyy-MM-dd), `epoch_seconds`, `epoch_millis` (the day in UTC) or patterns such as `dd.MM.yyyy`.

    Raises:
        ConfigurationError: a pattern holds a letter that is not supported.
    """
    return F.coalesce(*(_date(text, form) for form in formats))


def parse_timestamp(text: Column, formats: Sequence[str], zone: str) -> Column:
    """Read a point in time in one of the formats, tried in this order; null where none fits exactly.

    A time without offset is read on the clocks of `zone`. Where these skip an hour, it is moved on by what they skip
    (02:30 becomes 03:30 summer time); where they show an hour twice, it is the first of the two: `dst_flag` tells both
    cases. A leap second (23:59:60 UTC, in `iso` with an offset) becomes the second after it.

    Args:
        text: without outer white space.
        formats: `iso` (yyyy-MM-dd, `T` or blank, HH:mm[:ss[.fraction]], perhaps Z, ±hh:mm or ±hhmm),
            `epoch_seconds`, `epoch_millis` (of the years 1970 to 2200) or patterns such as `dd.MM.yyyy HH:mm:ss`.
        zone: name of a time zone, as in Europe/Berlin.

    Returns:
        timestamp column; the session's time zone must be UTC.

    Raises:
        ConfigurationError: a pattern holds a letter that is not supported.
    """
    instants = []
    for form in formats:
        reading = _read(text, form)
        if reading.local is not None:
            instants.append(_to_utc(reading.local, zone))
        if reading.instant is not None:
            instants.append(reading.instant)
    return F.coalesce(*instants)


def dst_flag(text: Column, formats: Sequence[str], zone: str) -> Column:
    """Tell where a local time does not exist (`gap`) or exists twice (`overlap`) on the clocks of `zone`; else null.

    A text with an offset of its own, and one that no format reads, is never flagged.

    Args:
        text: without outer white space.
        formats: see `parse_timestamp`.
        zone: name of a time zone.
    """
    local = F.lit(None).cast("timestamp")
    for reading in reversed([_read(text, form) for form in formats]):
        if reading.instant is not None:
            local = F.when(reading.instant.isNull(), local)
        if reading.local is not None:
            local = F.coalesce(reading.local, local)
    return _clock_change(local, zone)


def _to_utc(local: Column, zone: str) -> Column:
    return local if zone.upper() in ("UTC", "Z") else F.to_utc_timestamp(local, zone)


def _clock_change(local: Column, zone: str) -> Column:
    first = F.to_utc_timestamp(local, zone)
    day, nothing = F.expr("INTERVAL 24 HOURS"), F.expr("INTERVAL 0 SECONDS")
    # The wall clock a day later, less a day, differs by as much as the clocks went back in between.
    put_back = local - (F.from_utc_timestamp(first + day, zone) - day)
    shown_again = (put_back > nothing) & (F.from_utc_timestamp(first + put_back, zone) == local)
    return F.when(F.from_utc_timestamp(first, zone) != local, F.lit("gap")).when(shown_again, F.lit("overlap"))


def _date(text: Column, form: str) -> Column:
    if form == "iso":
        return F.when(text.rlike(whole(_ISO_DATE)), text.try_cast("date"))
    if form in _EPOCH:
        return _epoch(text, form).cast("date")
    shape, _ = _shape(form)
    return F.when(text.rlike(shape), F.try_to_timestamp(text, F.lit(form))).cast("date")


def _read(text: Column, form: str) -> _Reading:
    if form == "iso":
        local = F.when(text.rlike(whole(_ISO_TIME)), text.try_cast("timestamp"))
        # Spark reads an offset only behind seconds.
        with_seconds = F.regexp_replace(text, r"(?<=\A.{16})(?=[Z+-])", ":00")
        times = F.coalesce(text.try_cast("timestamp"), with_seconds.try_cast("timestamp"))
        instant = F.when(text.rlike(whole(_ISO_TIME + _OFFSET)), times)
        return _Reading(local, instant.when(text.rlike(whole(_LEAP_SECOND)), _after_leap_second(text)))
    if form in _EPOCH:
        return _Reading(instant=_epoch(text, form))
    shape, has_offset = _shape(form)
    time = F.when(text.rlike(shape), F.try_to_timestamp(text, F.lit(form)))
    return _Reading(instant=time) if has_offset else _Reading(local=time)


def _epoch(text: Column, form: str) -> Column:
    scale = _EPOCH[form]
    number = F.when(text.rlike(r"\A[0-9]{1,13}(?:\.[0-9]{1,9})?\z"), text.try_cast("decimal(23,9)"))
    micros = (number * (1_000_000 // scale)).cast("bigint")
    return F.when(number < _EPOCH_END * scale, F.timestamp_micros(micros))


def _after_leap_second(text: Column) -> Column:
    before = F.replace(text, F.lit(":60"), F.lit(":59")).try_cast("timestamp")
    is_last_of_day = F.unix_seconds(before) % 86_400 == 86_399  # noqa: PLR2004
    return F.when(is_last_of_day, before + F.expr("INTERVAL 1 SECOND"))


def _shape(form: str) -> tuple[str, bool]:
    """Return the regular expression of a Java date pattern, and whether the pattern tells the offset."""
    shape, has_offset = "", False
    for part in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|(.)", form):
        quoted, letter, mark = part.groups()
        if letter is None:
            shape += re.escape((quoted or "'").replace("''", "'") if quoted is not None else mark)
        elif set(part[0]) == {"S"}:
            shape += rf"[0-9]{{{len(part[0])}}}"
        elif part[0] in _LETTERS:
            shape += _LETTERS[part[0]]
            has_offset |= letter in "XZ"
        else:
            raise ConfigurationError(
                "a date format holds letters that are not supported", found=f"`{part[0]}` in `{form}`",
                remedy=f"use {' '.join(_LETTERS)} and S, and quote plain letters as in 'T'",
            )  # fmt: skip
    return whole(shape), has_offset
