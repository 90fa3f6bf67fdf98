"""Moments and windows as literals: days of the lake's zone, whatever the zone of the session."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pyspark.sql import Column
from pyspark.sql import functions as F


def to_utc(moment: datetime) -> datetime:
    """Give the moment in UTC; a moment without a zone is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def window_start(as_of: datetime, days: int, time_zone: str) -> datetime:
    """Give the start of `[as_of - days, as_of)` in UTC: the same time on the clock, so many calendar days before."""
    local = to_utc(as_of).astimezone(ZoneInfo(time_zone))
    return (local - timedelta(days=days)).astimezone(UTC)


def start_of_day(day: date, time_zone: str) -> datetime:
    """Give the first moment of a calendar day of the zone, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def day_of(as_of: datetime, time_zone: str) -> date:
    """Give the calendar day of a moment in the zone."""
    return to_utc(as_of).astimezone(ZoneInfo(time_zone)).date()


def first_day_from(moment: datetime, time_zone: str) -> date:
    """Give the first calendar day that starts at or after the moment."""
    local = to_utc(moment).astimezone(ZoneInfo(time_zone))
    return local.date() if local.time() == time() else local.date() + timedelta(days=1)


def local_date(at: Column, time_zone: str) -> Column:
    """Give the calendar day of a time stamp in the zone; null stays null."""
    # convert_timezone and not from_utc_timestamp: the latter is right only where the session's zone is UTC
    return F.convert_timezone(None, F.lit(time_zone), at).cast("date")


def in_window(at: Column, days: int, as_of: datetime, time_zone: str) -> Column:
    """Whether a time stamp lies in `[as_of - days, as_of)`; null for null."""
    return (at >= F.lit(window_start(as_of, days, time_zone))) & (at < F.lit(to_utc(as_of)))
