"""Dates and times, with Python's `datetime` and `zoneinfo` as the independent judges."""

from __future__ import annotations

import random
import re
import time
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import functions as F

from lakehouse.columns.time import dst_flag, parse_date, parse_timestamp
from lakehouse.errors import ConfigurationError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = (
    "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "Australia/Lord_Howe",
    "Antarctica/Troll", "Pacific/Apia", "Asia/Kolkata", "Asia/Kathmandu", "UTC",
)  # fmt: skip


def dates(*formats):
    return lambda text: parse_date(text, formats)


def micros(*formats, zone="UTC"):
    """Microseconds, for Python could not hold every timestamp that Spark can, nor show it but on its own clock."""
    return lambda text: F.unix_micros(parse_timestamp(text, formats, zone))


def at(*parts):
    return (datetime(*parts, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def judge_date(text):
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def test_every_day_of_the_calendar_and_no_other_is_an_iso_date(check):
    years = (0, 1, 1582, 1900, 1999, 2000, 2023, 2024, 9999)
    texts = [f"{year:04}-{month:02}-{day:02}" for year in years for month in range(14) for day in range(33)]
    check(dates("iso"), {text: judge_date(text) for text in texts})


def test_nothing_but_the_whole_date_is_an_iso_date(check):
    wrong = [
        "", " ", "2024", "2024-01", "2024-1-1", "2024-01-1", "24-01-01", "12024-01-01", "+2024-01-01", "-2024-01-01", "20240101",
        "2024/01/01", "2024.01.01", "01-01-2024", "2024-01-01 ", " 2024-01-01", "2024-01-01\n", "2024-01-01\u0085", "2024-01-01T",
        "2024-01-01T99", "2024-01-01T00:00:00", "2024-01-01Z", "2024-W01-1", "2024-001", "２０２４-01-01", "٢٠٢٤-٠١-٠١", "today", "now",
        "epoch", "NaN", "0", "1e3", "2024-Jan-01", "2024-01-01; DROP TABLE x", "2024-01-01" * 500, None,
    ]  # fmt: skip
    check(dates("iso"), dict.fromkeys(wrong))


def test_dates_of_declared_formats_agree_with_strptime(check):
    pick = random.Random(3)
    days = [date(2024, 2, 29), date(1900, 1, 1), date(9999, 12, 31)]
    days += [date(1950, 1, 1) + timedelta(days=pick.randrange(40_000)) for _ in range(60)]
    for form, written in {"dd.MM.yyyy": "%d.%m.%Y", "MM/dd/yyyy": "%m/%d/%Y", "yyyyMMdd": "%Y%m%d", "dd MMM yyyy": "%d %b %Y",
                          "MMMM dd yyyy": "%B %d %Y", "yyyy-DDD": "%Y-%j", "yyyy/MM/dd": "%Y/%m/%d"}.items():  # fmt: skip
        check(dates(form), {day.strftime(written): day for day in days})
    check(dates("d.M.yyyy"), {f"{day.day}.{day.month}.{day.year:04}": day for day in days})


def test_a_declared_format_is_the_whole_text_and_of_the_calendar(check):
    check(dates("dd.MM.yyyy"), dict.fromkeys([
        "1.1.2024", "01.01.24", "32.01.2024", "00.01.2024", "31.04.2024", "29.02.2023", "01.13.2024", "01.01.0000", "01.01.12024",
        "01.01.2024 ", " 01.01.2024", "01.01.2024\n", "01-01-2024", "01012024", "01.01.2024 10:00", "2024-01-01", "٠١.٠١.٢٠٢٤", "", None,
    ]))  # fmt: skip
    check(dates("MM/dd/yyyy"), {"03/04/2024": date(2024, 3, 4), "13/04/2024": None})
    check(dates("dd/MM/yyyy"), {"03/04/2024": date(2024, 4, 3), "13/04/2024": date(2024, 4, 13)})
    check(dates("dd.MM.yy"), {"01.02.24": date(2024, 2, 1), "01.02.2024": None})
    check(dates("dd MMM yyyy"), {"01 Foo 2024": None, "01 January 2024": None, "1 Jan 2024": None})


def test_formats_are_tried_in_their_order(check):
    check(dates("iso", "dd/MM/yyyy", "MM/dd/yyyy", "epoch_seconds"), {
        "2024-02-01": date(2024, 2, 1), "02/01/2024": date(2024, 1, 2), "12/31/2024": date(2024, 12, 31),
        "86400": date(1970, 1, 2), "31.12.2024": None, None: None,
    })  # fmt: skip


def test_times_of_iso_with_and_without_offset(check):
    noon = at(2024, 7, 1, 12)
    check(micros("iso"), {
        "2024-07-01T12:00:00": noon, "2024-07-01 12:00:00": noon, "2024-07-01T12:00": noon, "2024-07-01T12:00:00Z": noon,
        "2024-07-01T12:00Z": noon, "2024-07-01 14:00+02:00": noon, "2024-07-01T06:30-0530": noon, "2024-07-01 14:00:00+02:00": noon, "2024-07-01T14:00:00+0200": noon, "2024-07-01T06:30:00-05:30": noon,
        "2024-07-01T12:00:00.5": noon + 500_000, "2024-07-01T12:00:00.123456Z": noon + 123_456,
        "2024-07-01T12:00:00.123456789+00:00": noon + 123_456, "2024-07-02T02:00:00+14:00": noon, "2024-06-30T23:59:60Z": at(2024, 7, 1),
        "2016-12-31T23:59:60Z": at(2017, 1, 1), "2017-01-01T00:59:60+01:00": at(2017, 1, 1), "0001-01-01T00:00:00Z": at(1, 1, 1),
        "9999-12-31T23:59:59.999999Z": at(9999, 12, 31, 23, 59, 59, 999_999),
    })  # fmt: skip
    check(micros("iso"), dict.fromkeys([
        "2024-07-01", "2024-07-01T", "2024-07-01T12", "2024-07-01T24:00:00", "2024-07-01T25:00:00", "2024-07-01T12:60:00",
        "2024-07-01T12:00:60", "2024-07-01T12:00:60Z", "2024-07-01T12:00:61Z", "2024-07-01T12:00:00.", "2024-07-01T12:00:00,5",
        "2024-07-01T12:00:00 Z", "2024-07-01T12:00:00+2", "2024-07-01T12:00:00+02:60", "2024-07-01T12:00:00+19:00", "2024-07-01T12:00:00 Europe/Berlin",
        "2024-07-01T12:00:00[UTC]", "2024-07-01T12:00:00UTC", "2024-07-01T12:00:00z", "2024-07-01t12:00:00", "2024-07-01  12:00:00",
        "2024-7-1T12:00:00", "2024-02-30T12:00:00", "0000-01-01T00:00:00Z", "12024-07-01T12:00:00Z", "2024-07-01T1:00:00", "12:00:00", "T12:00:00",
        " 2024-07-01T12:00:00", "2024-07-01T12:00:00\n", "2024-07-01T12:00:00.1234567890", "", None,
    ]))  # fmt: skip


def test_random_iso_times_agree_with_python(check):
    pick = random.Random(11)
    cases = {}
    for _ in range(400):
        moment = datetime(1, 1, 2, tzinfo=UTC) + timedelta(microseconds=pick.randrange(9998 * 365 * 86_400 * 10**6))
        zone = timezone(timedelta(minutes=15 * pick.randint(-48, 56)))
        text = moment.astimezone(zone).isoformat(pick.choice("T "))
        cases[pick.choice([text, text[:-3] + text[-2:]])] = (moment - EPOCH) // timedelta(microseconds=1)
    check(micros("iso", zone="Europe/Berlin"), cases)


def test_times_of_declared_formats(check):
    check(micros("dd.MM.yyyy HH:mm:ss"), {
        "01.07.2024 12:00:05": at(2024, 7, 1, 12, 0, 5), "01.07.2024 24:00:00": None, "01.07.2024 12:00": None, "31.06.2024 12:00:00": None,
        "01.07.2024  12:00:00": None,
    })  # fmt: skip
    check(micros("MM/dd/yyyy hh:mm a"), {
        "07/01/2024 12:00 AM": at(2024, 7, 1), "07/01/2024 12:00 PM": at(2024, 7, 1, 12), "07/01/2024 01:05 pm": at(2024, 7, 1, 13, 5),
        "07/01/2024 13:00 PM": None, "07/01/2024 00:00 AM": None, "07/01/2024 12:00": None,
    })  # fmt: skip
    check(micros("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", zone="Asia/Tokyo"), {
        "2024-07-01T12:00:00.250+02:00": at(2024, 7, 1, 10, 0, 0, 250_000), "2024-07-01T12:00:00.250Z": at(2024, 7, 1, 12, 0, 0, 250_000),
        "2024-07-01T12:00:00.25Z": None, "2024-07-01T12:00:00.250": None, "2024-07-01T12:00:00.250+0200": None,
    })  # fmt: skip
    check(micros("yyyyMMddHHmmss Z"), {"20240701120000 -0500": at(2024, 7, 1, 17), "20240701120000": None})
    check(micros("'am' d.M.yyyy 'o''clock' H"), {"am 1.7.2024 o'clock 9": at(2024, 7, 1, 9), "1.7.2024 9": None})
    check(micros("dd.MM.yyyy"), {"01.07.2024": at(2024, 7, 1)})
    check(micros("iso", "dd.MM.yyyy HH:mm", "epoch_millis", zone="Europe/Berlin"), {
        "2024-07-01T12:00:00": at(2024, 7, 1, 10), "01.07.2024 12:00": at(2024, 7, 1, 10), "86400000": at(1970, 1, 2),
        "2024-07-01T12:00:00Z": at(2024, 7, 1, 12), "later": None,
    })  # fmt: skip


def test_epochs_agree_with_decimals(check):
    end = 7_289_654_400  # 2201-01-01
    numbers = ["0", "1", "86399.999999", "1719835200", "1719835200.5", "1719835200.123456789", str(end - 1), str(end), f"{end}000", f"{end - 1}999"]
    for form, scale in (("epoch_seconds", 1), ("epoch_millis", 1000)):
        cases = {text: int(Decimal(text) * 10**6 / scale) if Decimal(text) < end * scale else None for text in numbers}
        check(micros(form, zone="Europe/Berlin"), cases)
        check(micros(form), dict.fromkeys(["", "-1", "+1", "1e9", "1,5", "1.", ".5", "NaN", " 1", "1\n", "0x1", "1" * 14, "1.0000000001", "1" * 5000, None]))
    check(dates("epoch_seconds"), {"1719791999": date(2024, 6, 30), "1719792000": date(2024, 7, 1), str(end): None})


def local_times(zone):
    """Wall-clock times around every change of the clocks in some years, every quarter of an hour, and plain ones."""
    pick, clock = random.Random(zone), ZoneInfo(zone)
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for year in (2011, 2018, 2023) for hour in range(8760)]
    changes = [b for a, b in zip(hours, hours[1:], strict=False) if a.astimezone(clock).utcoffset() != b.astimezone(clock).utcoffset()]
    start = datetime(2023, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    times = [start + timedelta(minutes=pick.randrange(525_600)) for _ in range(40)]
    for change in changes:
        middle = change.astimezone(clock).replace(tzinfo=None, minute=0)
        times += [middle + timedelta(minutes=15 * quarter) for quarter in range(-16, 17)]
        times += [middle + timedelta(days=days) for days in (-2, -1, 1, 2)]
    return times


@pytest.mark.parametrize("zone", ZONES)
def test_local_times_agree_with_zoneinfo_also_where_the_clocks_change(apply, zone):
    clock, expected = ZoneInfo(zone), {}
    for local in local_times(zone):
        first, second = (local.replace(tzinfo=clock, fold=fold).astimezone(UTC) for fold in (0, 1))
        exists = first.astimezone(clock).replace(tzinfo=None) == local
        flag = None if exists and first == second else "overlap" if exists else "gap"
        expected[local.isoformat(" ")] = ((first - EPOCH) // timedelta(microseconds=1), flag)
    texts = list(expected)
    found = apply(lambda text: F.struct(micros("iso", zone=zone)(text), dst_flag(text, ["iso"], zone)), texts)
    actual = {text: tuple(row) for text, row in zip(texts, found, strict=True)}
    assert {text: (actual[text], expected[text]) for text in texts if actual[text] != expected[text]} == {}
    changing = {"gap", "overlap"} if zone not in ("Asia/Kolkata", "Asia/Kathmandu", "UTC") else set()
    assert {flag for _, flag in expected.values()} - {None} == changing


def test_a_text_with_an_offset_and_one_that_is_not_read_are_never_flagged(check):
    check(lambda text: dst_flag(text, ["iso", "dd.MM.yyyy HH:mm", "epoch_seconds"], "Europe/Berlin"), {
        "2024-03-31T02:30:00": "gap", "31.03.2024 02:30": "gap", "2024-10-27T02:30:00": "overlap", "27.10.2024 02:30": "overlap",
        "2024-03-31T02:30:00Z": None, "2024-10-27T02:30:00+02:00": None, "1729985400": None, "2024-03-31": None, "2024-03-31T26:30:00": None,
        "2024-03-31T01:59:59": None, "2024-03-31T03:00:00": None, "": None, "later": None, None: None,
    })  # fmt: skip
    check(lambda text: dst_flag(text, ["yyyy-MM-dd HH:mm XXX", "yyyy-MM-dd HH:mm 'local'"], "Europe/Berlin"), {
        "2024-03-31 02:30 +01:00": None, "2024-03-31 02:30 local": "gap",
    })  # fmt: skip


@pytest.mark.parametrize("form", ["yyyy-QQ", "EEE dd.MM.yyyy", "dd.MM.yyyyy", "VV", "GGGG yyyy"])
def test_a_format_with_letters_that_are_not_known_is_a_configuration_error(form):
    text = F.lit("2024-01-01")
    for read in (dates(form), micros(form), lambda text: dst_flag(text, [form], "UTC")):
        with pytest.raises(ConfigurationError, match="letters that are not supported"):
            read(text)


def test_hostile_times_end_at_once(apply):
    hostile = ["2" * 5000, "2024-01-01T" + "0" * 5000, "-" * 5000, " " * 5000, "2024-01-01T00:00:00." + "9" * 5000, "1." * 2500, "Jan " * 1250, ":" * 5000]
    formats = ["iso", "epoch_seconds", "dd MMM yyyy HH:mm", "yyyyMMdd"]
    begun = time.perf_counter()
    for function in (dates(*formats), micros(*formats, zone="Europe/Berlin"), lambda text: dst_flag(text, formats, "Europe/Berlin")):
        assert not any(apply(function, hostile * 50))
    assert time.perf_counter() - begun < 20
