"""The CRM export: one CSV line for each record, with the faults that such exports have."""

from __future__ import annotations

from calendar import SUNDAY
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from lakehouse.demo.faults import (
    OFTEN,
    RARE,
    Fault,
    Lines,
    allot,
    around,
    malformed_email,
    one_of,
    plant,
    plant_lines,
    planted,
    replaced,
)
from lakehouse.demo.places import UNKNOWN_COUNTRIES
from lakehouse.demo.records import HEADER, Records

if TYPE_CHECKING:
    from lakehouse.demo.text import Random

REPEATED = 0.004
NOT_UTF8 = "\ue000"
"""Stands for a byte that is not UTF-8 until the text becomes bytes."""


def crm_faults(today: date) -> list[Fault]:
    """Every kind of fault of the export; the clocks change on the last Sundays of March and October of last year."""
    return [
        Fault("missing_email", "Email", "warned", one_of("", "  "), OFTEN),
        Fault("malformed_email", "Email", "quarantined", malformed_email, 0.004),
        Fault("missing_customer_id", "CustomerID", "quarantined", one_of("", "   ")),
        *_date_faults(today),
        Fault("unknown_country", "Country", "quarantined", one_of(*UNKNOWN_COUNTRIES), blanked=("Phone", "PostalCode")),
        Fault("unparsable_phone", "Phone", "quarantined", one_of("call me maybe", "12", "+999 12345678", "see notes")),
        Fault("invalid_postal_code", "PostalCode", "quarantined", one_of("?????", "1", "#REF!")),
        Fault("unknown_gender", "Gender", "quarantined", one_of("robot", "?", "n.k."), RARE),
        Fault("unreadable_height", "Height", "quarantined", one_of("tall", "six feet", "medium"), RARE),
        Fault("unreadable_consent", "NewsletterConsent", "quarantined", one_of("maybe", "ask later"), RARE),
        Fault("padded_email", "Email", "accepted",
              around(("  ", " "), ("\u00a0", ""), ("", "\ufeff"), ("\t", "\u200b"))),
        Fault("zero_width_name", "FirstName", "accepted", around(("\u200b", "\u200b"), ("", "\u200d"), ("\u2060", ""))),
        Fault("padded_city", "City", "accepted", around(("\u00a0", "\u00a0"), ("\u3000", ""), ("   ", "\u2009"))),
        Fault("formula_name", "FirstName", "accepted", one_of("=1+1", "@SUM(A1:A9)", "-2+3"), RARE),
        Fault("html_name", "FirstName", "accepted", one_of("<b>Anna</b>", "<script>alert(1)</script>"), RARE),
        Fault("sql_name", "LastName", "accepted", one_of("Robert'); DROP TABLE customers;--", "' OR '1'='1"), RARE),
        Fault("short_line", "", "corrupt", replaced((",[^,]*,[^,]*$", ""))),
        Fault("long_line", "", "corrupt", replaced(("$", ",unexpected,1"))),
        Fault("unbalanced_quote", "", "corrupt", _unbalanced, RARE),
        Fault("invalid_utf8", "", "corrupt", replaced((",", "," + NOT_UTF8)), RARE),
    ]  # fmt: skip


def _date_faults(today: date) -> list[Fault]:
    gap, overlap = (f"{_last_sunday(today.year - 1, month):%d.%m.%Y}" for month in (3, 10))
    ancient = today.year - 135
    return [
        Fault("impossible_birth_date", "BirthDate", "quarantined",
              one_of("31.02.1990", "30.02.1985", "31.04.1979", "1990-02-30", "12.13.1988", "00.01.1980")),
        Fault("future_birth_date", "BirthDate", "quarantined", one_of("01.05.2091", "2095-12-24", "30.06.2099")),
        Fault("birth_date_130_years_ago", "BirthDate", "quarantined",
              one_of(f"01.01.{ancient}", f"{ancient - 7}-06-15")),
        Fault("birth_year_12024", "BirthDate", "quarantined", one_of("01.05.12024", "12024-05-01")),
        Fault("impossible_updated_at", "UpdatedAt", "quarantined",
              one_of("32.01.2026 10:00:00", "31.02.2025 08:00:00", "yesterday", "15.01.2026 25:61:00")),
        Fault("clock_change_gap", "UpdatedAt", "warned", one_of(f"{gap} 02:15:00", f"{gap} 02:59:59"), RARE),
        Fault("clock_change_overlap", "UpdatedAt", "warned",
              one_of(f"{overlap} 02:15:00", f"{overlap} 02:30:00"), RARE),
    ]  # fmt: skip


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() - SUNDAY) % 7)


def _unbalanced(_: Random, lines: Any) -> Any:
    # Any other quote goes, so that the open one stays open up to the end of the line.
    return pc.replace_substring(pc.replace_substring(lines, '"', ""), ",", ',"', max_replacements=1)


def crm_lines(random: Random, records: Records, today: date, *, spoiled: bool = True) -> Lines:
    """Write the records as CSV lines, plant faults, and repeat some plain lines at the end."""
    faults = crm_faults(today) if spoiled else []
    rows = allot(random, len(records), faults)
    columns = dict(records.columns)
    plant(random, columns, faults, rows)
    lines = plant_lines(random, csv_lines(columns), faults, rows)
    written = Lines(lines, pc.utf8_trim(columns["CustomerID"], " "), planted(columns["CustomerID"], faults, rows))
    plain = written.plain().nonzero()[0]
    return written.repeat(random.permutation(plain)[: max(1, round(REPEATED * len(records)))], fault="repeated_row")


def csv_lines(columns: dict[str, Any]) -> Any:
    """CSV lines after RFC 4180, without line ends."""
    return pc.binary_join_element_wise(*(_quoted(columns[name]) for name in HEADER), ",")


def _quoted(column: Any) -> Any:
    doubled = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(column, '[",]'), doubled, column)
