"""Phone numbers as people write and dial them -> E.164, by the number plans of all countries.

    "0151/123 456 78", DE  ->  49DE015112345678    ->  +4915112345678
    "+49 (0)151 12345678"  ->  ZZ+49015112345678   ->  +4915112345678

The patterns are trees by calling code, of which a number walks one branch. Every step but the last mentions its input
once, so that Spark computes nothing twice and the generated code stays small.
"""

from __future__ import annotations

from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.lookup import look_up
from lakehouse.columns.patterns import branches
from lakehouse.columns.tables import read_table
from lakehouse.columns.text import BLANKS, INVISIBLES

if TYPE_CHECKING:
    from pyspark.sql import Column

_DIGITS = "0123456789"
_OTHER_DIGITS = "".join(chr(zero + digit) for zero in (0xFF10, 0x660, 0x6F0, 0x966) for digit in range(10))
"""Full-width, Arabic, Persian and Devanagari digits."""
_PUNCTUATION = BLANKS + INVISIBLES + "-‐‑‒–—―−.·/()[]~⁓∼（）［］／．－"
_AROUND = r"\A(?i:tel|phone|fon|mobile?):|[;#,xXeE](?i:ext(?:ension|n)?|xt(?:ension|n)?|,*)[=:]?[0-9]{1,7}#?\z"
"""What a number is introduced with, and an extension: no part of E.164."""
_NO_REGION = "ZZ"
_ARGENTINE_MOBILE = r"\A(?:54[A-Z]{2}(?:54)?|[0-9]*+[A-Z]{2}\+54)0?(?=[0-9]{12}\z)(11|[23][0-9]{2,3})15"
"""Within Argentina a mobile number has 15 behind its area code, from abroad it has 9 before it."""
_PATTERN_SIZE = 45_000
"""Spark writes such a pattern into the code that it generates, where a constant is limited to 65,535 bytes."""


def normalize_phone(text: Column, region: Column) -> Column:
    """Return a phone number in the form of E.164, such as +4915112345678; null where no such number can exist.

    National and international spellings are understood, with blanks, hyphens, slashes, points and brackets anywhere:
    `+49 (0) 151 12345678`, `0049 151 …`, `(0151) 123 …`, `tel:…`. An extension is dropped. A number without area code
    is not completed, and one with letters (`1-800-FLOWERS`) is not understood.

    Args:
        text: any text.
        region: ISO 3166-1 alpha-2 code of the country whose customs the spelling follows; where it is null or unknown,
            only numbers with `+` or `00` and a calling code are understood.
    """
    dialled = F.translate(text, "＋" + _OTHER_DIGITS + _PUNCTUATION, "+" + _DIGITS * 4)
    number = F.regexp_replace(dialled, _AROUND, "")
    home = F.coalesce(F.upper(region), F.lit(_NO_REGION))
    code = F.coalesce(look_up(home, read_table("phone_regions")), F.lit(""))
    from_home = F.regexp_replace(F.concat(code, home, number), _ARGENTINE_MOBILE, "54AR9$1")
    digits = F.regexp_replace(from_home, _dialling(), "$1")
    exists = reduce(or_, (digits.rlike(plans) for plans in _plans()))
    # Nothing here is optional, so that Spark sees that all mentions of the digits are to be computed, and does so once.
    return F.concat(F.lit("+"), digits, F.when(exists, F.lit("")))


@cache
def _dialling() -> str:
    """Match all that is dialled before a national number; its calling code is group 1.

    That is: the way out of the country or the name of the region, the calling code, and the trunk prefix where a number
    of the right shape follows. In a national number that has not the right shape the calling code may be repeated
    without any sign of it: `49151…` for `0151…`.
    """
    shapes, trunks = read_table("phone_shapes"), read_table("phone_trunks")
    exits = branches({**read_table("phone_exits"), _NO_REGION: "00"})
    repeated = {code: rf"(?:[A-Z]{{2}}(?:(?!{shape}\z){code})?)?" for code, shape in shapes.items()}
    trunk = {code: rf"(?:(?:{trunks[code]})(?={shape}\z))?" if trunks[code] else "" for code, shape in shapes.items()}
    codes = branches(dict.fromkeys(shapes, ""))
    prefixes = branches({code: repeated[code] + trunk[code] for code in shapes})
    return rf"\A(?:[0-9]*+(?:[A-Z]{{2}}\+|{exits}))?(?=({codes})){prefixes}"


@cache
def _plans() -> tuple[str, ...]:
    """Return the numbers of all countries as a few patterns of limited size."""
    parts: list[dict[str, str]] = [{}]
    for code, numbers in sorted(read_table("phone_numbers").items()):
        if sum(map(len, parts[-1].values())) + len(numbers) > _PATTERN_SIZE:
            parts.append({})
        parts[-1][code] = numbers
    return tuple(rf"\A{branches(part)}\z" for part in parts)
