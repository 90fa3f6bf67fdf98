"""Streets and postal codes -> one way to write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.text import normalize_text, normalize_upper, whole

if TYPE_CHECKING:
    from pyspark.sql import Column

_POSTAL_CODES = {
    "999": "FO IS",
    "9999": "AF AL AM AT AU BD BE BG CH CY DK GE GL HU LI LU MK NO NZ PH PY SI SJ TN VE ZA",
    "99999": "BA CU DE DO DZ EE EG ES FI FR GF GP GT HR ID IQ IT JO KE KR KW KZ LK MA MC ME MM MQ MX MY NC NP PF "
    "PK PM RE RS SA SD SM SN TH TR UA UY VA VN YT XK",
    "99999(-9999)": "US PR VI GU AS MP",
    "999999": "BY CN CO EC IN KG MN RO RU SG TJ TM UZ VN",
    "9999999": "CL IL",
    "999 99": "CZ GR SE SK",
    "99-999": "PL",
    "9999-999": "PT",
    "99999-999": "BR",
    "999-9999": "JP",
    "AZ 9999": "AZ",
    "9999 AA": "NL",
    "A9A 9A9": "CA",
    "AA 9999": "BM",
    "AAA 9999": "MT",
    "A99 XXXX|A9A XXXX": "IE",
    "AD999": "AD",
    "LV-9999": "LV",
    "LT-99999": "LT",
    "MD-9999": "MD",
    "A9 9AA|A99 9AA|AA9 9AA|AA99 9AA|A9A 9AA|AA9A 9AA": "GB GG IM JE",
}  # fmt: skip


def normalize_address(street: Column) -> Column:
    """Write a street with its number the same way; null stays null."""
    return normalize_text(street)


def normalize_postal_code(text: Column, country: Column) -> Column:
    """Return a postal code as its country writes it; null where it cannot be one there.

    Args:
        text: any text; leading zeros count.
        country: ISO 3166-1 alpha-2 code, may be null.
    """
    del country
    code = normalize_upper(text)
    return F.when(code.rlike(whole(r"(?=.*[0-9])[A-Z0-9][A-Z0-9 -]{1,8}[A-Z0-9]")), code)
