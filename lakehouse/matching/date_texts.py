"""Dates as people write them -> eight digits, year first: `17.5.1990`, `5/17/90`, `17 May 1990`, `1990`."""

from __future__ import annotations

from itertools import chain

from pyspark.sql import Column
from pyspark.sql import functions as F

_YEAR_FIRST = r"^(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})"
_YEAR_LAST = r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})"
_SHORT_YEAR = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{2})$"
_MONTHS = {
    "01": "jan ene gen", "02": "feb fev fév", "03": "mar mär mrz mrt", "04": "apr avr abr", "05": "may mai mei mag maj",
    "06": "jun juin giu", "07": "jul juil lug", "08": "aug aou aoû ago", "09": "sep set", "10": "oct okt ott out",
    "11": "nov", "12": "dec déc dez dic",
}  # fmt: skip
"""Beginnings of the names of the months: English, German, French, Spanish, Italian, Dutch, Portuguese."""
MONTH_NAMES = "|".join(chain.from_iterable(words.split() for words in _MONTHS.values()))
_MONTH = rf"(?<!\p{{L}})({MONTH_NAMES})"
_NAMED_YEAR, _NAMED_DAY = r"(?<!\d)(\d{4})(?!\d)", r"(?<!\d)(\d{1,2})(?!\d)"
_NAMED_SHORT_YEAR = r"\D(\d{2})$"
DIGITS = 8
"""Digits of a date in normal form, at most."""
_THIS_CENTURY = 30
"""Years of two digits below this are 20xx: for dates of birth and of purchases, and without asking a clock."""


def eight_digits(text: Column, *, month_first: bool) -> Column:
    """Write a date as `yyyyMMdd`; dates that do not exist stay, for they are typing errors of dates that do.

    Args:
        text: as it is in the record, without blanks around it.
        month_first: how dates are read that say the year last and the month as a number.

    Returns:
        eight digits; of a year alone the first of January, of a month that is named without a day its first. Fewer digits
        where the text has no more, null where it has none.
    """
    day, month = (2, 1) if month_first else (1, 2)
    pieces = [F.regexp_extract(text, _YEAR_FIRST, place) for place in (1, 2, 3)]
    turned = [F.regexp_extract(text, _YEAR_LAST, place) for place in (3, month, day)]
    year, *rest = [F.regexp_extract(text, _SHORT_YEAR, place) for place in (3, month, day)]
    written = (
        F.when(text.rlike(_YEAR_FIRST), _joined(*pieces))
        .when(text.rlike(_YEAR_LAST), _joined(*turned))
        .when(text.rlike(_SHORT_YEAR), _joined(_whole_year(year), *rest))
        .when(F.lower(text).rlike(_MONTH), _with_month_named(F.lower(text)))
    )
    digits = F.regexp_replace(text, r"\D+", "")
    year_only = F.when(F.length(digits) == 4, F.concat(digits, F.lit("0101")))  # noqa: PLR2004  - a year alone
    return F.nullif(F.left(F.coalesce(written, year_only, digits), F.lit(DIGITS)), F.lit(""))


def _with_month_named(text: Column) -> Column:
    """Take the month by its name, the year as the number of four digits, and the day as the first of one or two."""
    names = F.create_map(*(F.lit(one) for number, words in _MONTHS.items() for word in words.split() for one in (word, number)))
    month = F.try_element_at(names, F.regexp_extract(text, _MONTH, 1))
    year, day = F.regexp_extract(text, _NAMED_YEAR, 1), F.regexp_extract(text, _NAMED_DAY, 1)
    short = F.regexp_extract(text, _NAMED_SHORT_YEAR, 1)
    whole = F.when(year != "", year).when(short != "", _whole_year(short))
    return _joined(whole, month, F.when(day == "", F.lit("1")).otherwise(day))


def _whole_year(short: Column) -> Column:
    return F.concat(F.when(short.try_cast("int") < _THIS_CENTURY, F.lit("20")).otherwise(F.lit("19")), short)


def _joined(year: Column, month: Column, day: Column) -> Column:
    return F.concat(year, F.lpad(month, 2, "0"), F.lpad(day, 2, "0"))
