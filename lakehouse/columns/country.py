"""Countries, currencies and languages by code or name -> ISO 3166-1, ISO 4217 and ISO 639-1 codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.lookup import look_up
from lakehouse.columns.tables import read_table
from lakehouse.columns.text import fold, strip

if TYPE_CHECKING:
    from pyspark.sql import Column

_LOCALE_ENDING = r"(?<=\A[A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|[0-9]{3}))?(?:\.[A-Za-z0-9-]+)?\z"


def normalize_country(text: Column) -> Column:
    """Return the alpha-2 code of a country; null where the text is not known to be one.

    Known are the alpha-2, alpha-3 and numeric codes (`276`) of ISO 3166-1, the names and official names in English,
    German, French, Spanish, Italian, Polish, Turkish, Dutch and Portuguese and in a language of the country, and common
    other ones (`UK`, `England`, `USA`), all without regard to case, accents and punctuation. Kosovo is `XK`.
    """
    return look_up(fold(text), read_table("countries"))


def normalize_currency(text: Column) -> Column:
    """Return the ISO 4217 code of a currency; null where the text is not known to be one, and one only.

    Known are the codes, the English names and a few others, and symbols such as `€`, `£`, `zł`, `US$`. `$`, `¥` and
    `kr` stand for several currencies and are null, as are the codes of metals and of no currency (`XAU`, `XXX`).
    """
    currencies = read_table("currencies")
    return F.coalesce(look_up(F.lower(strip(text)), currencies), look_up(fold(text), currencies))


def normalize_language(text: Column) -> Column:
    """Return the ISO 639-1 code of a language; null where the text is not known to be one, or the language has none.

    Known are codes of two and three letters, locales (`de-DE`, `de_AT.UTF-8`: the language counts), and names in
    English, German, French, Spanish, Italian, Polish, Turkish, Dutch, Portuguese and in the language itself. What
    stands in brackets behind a name does not count.
    """
    language = F.regexp_replace(strip(text), rf"{_LOCALE_ENDING}|\s*\(.*", "")
    return look_up(fold(language), read_table("languages"))
