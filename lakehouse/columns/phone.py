"""Phone numbers as people write them -> E.164."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.lookup import look_up
from lakehouse.columns.tables import read_table

if TYPE_CHECKING:
    from pyspark.sql import Column


def normalize_phone(text: Column, region: Column) -> Column:
    """Return a phone number in the form of E.164; null where it cannot be one.

    Args:
        text: any text.
        region: ISO 3166-1 alpha-2 code of the country where the number was written, may be null.
    """
    codes = {key.removeprefix("code "): code for key, code in read_table("phones").items() if key.startswith("code ")}
    digits = F.regexp_replace(text, r"\(0\)|[^0-9+]", "")
    digits = F.regexp_replace(digits, r"\A00", "+")
    national = F.concat(F.lit("+"), look_up(F.upper(region), codes), F.regexp_replace(digits, r"\A0", ""))
    number = F.when(digits.startswith("+"), digits).otherwise(national)
    return F.when(number.rlike(r"\A\+[1-9][0-9]{6,14}\z"), number)
