"""Streets and postal codes as people write them -> one way to write them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.lookup import look_up
from lakehouse.columns.patterns import branches
from lakehouse.columns.text import normalize_text, normalize_upper

if TYPE_CHECKING:
    from pyspark.sql import Column

_STREETS = {
    "st": "Street", "str": "Street", "ave": "Avenue", "av": "Avenue", "rd": "Road", "blvd": "Boulevard", "dr": "Drive",
    "ln": "Lane", "ct": "Court", "sq": "Square", "hwy": "Highway", "pkwy": "Parkway", "ter": "Terrace",
    "cres": "Crescent", "cir": "Circle",
}  # fmt: skip
_ENGLISH_STREET = rf"(?i)\A([0-9][^ ,]* [^ ,][^,]* )({'|'.join(_STREETS)})\.?(,.*)?\z"
_GERMAN_STREET = r"(?<=\p{L}er )Str\.(?= ?[0-9]|,|\z)"
_SHORT_STREET = r"(?<=\p{Ll}str)\.? ?(?=[0-9])"

_POSTAL_CODES = {
    "999": "FO IS LS MG OM PG",
    "9999": "AF AL AM AT AU BD BE BG BO CC CH CX CY DK ET GE GL GW HU LI LR LU MK NE NF NO NZ PH PY SI SJ TN VE ZA",
    "99999": "AX BA BL CR CU DE DO DZ EE EG ES FI FR GF GP GT HN HR ID IQ IT JO KE KH KR KW LA LK MA MC ME MF MM MQ MV "
    "MX MY NC NI NP PE PF PK PM RE RS SD SM SN TH TR UA UY VA WF XK YT ZM",
    "99999|99999-9999": "AS FM GU MH MP PR PW SA US VI",
    "999|99999|999999": "TW",
    "99999|999999": "MN VN",
    "999999": "BY CN CO EC IN KG KP KZ NG RO RU SG TJ TM TT UZ",
    "9999999": "CL",
    "99999|9999999": "IL",
    "99999-99999": "IR",
    "9999|A9999AAA": "AR",
    "999 99": "CZ GR SE SK",
    "99-999": "PL",
    "9999-999": "PT",
    "99999-999": "BR",
    "999-9999": "JP",
    "9999 AA": "NL",
    "A9A 9A9": "CA",
    "AA 99|AA AA": "BM",
    "AAA 9999": "MT",
    "AA9999": "BN",
    "A999": "SZ",
    "A99 XXXX|A9A XXXX": "IE",
    "AD999": "AD",
    "AZ 9999": "AZ",
    "LT-99999": "LT",
    "LV-9999": "LV",
    "MD-9999": "MD",
    "A9 9AA|A99 9AA|AA9 9AA|AA99 9AA|A9A 9AA|AA9A 9AA": "GB GG IM JE",
}  # fmt: skip
"""Form -> the countries that have it: 9 is a digit, A a letter, X either; anything else stands for itself.

After the country pages of the Universal Postal Union; the forms say nothing about whether a code is in use.
"""
_OWN_LETTERS = ("AD", "AZ", "LT", "LV", "MD")
_OTHER_COUNTRY = r"(?=[^0-9]*[0-9])[A-Z0-9][A-Z0-9 -]{1,8}[A-Z0-9]"
_DASHES = "-‐‑‒–—−"


def normalize_address(street: Column) -> Column:
    """Write a street with its number the same way; null stays null.

    Blanks and invisible characters are treated as by `normalize_text`. An abbreviation is written out only where it has
    one meaning: `12 Main St.` and `12 Park Ave, Apt 4` (a house number in front, the street's kind at the end), and
    `Berliner Str. 5`. `Hauptstr.5` becomes `Hauptstr. 5` and no more, for it is a Straße in Germany and a straat in the
    Netherlands.
    """
    clean = normalize_text(street)
    kind = look_up(F.lower(F.regexp_extract(clean, _ENGLISH_STREET, 2)), _STREETS)
    english = F.concat(F.regexp_extract(clean, _ENGLISH_STREET, 1), kind, F.regexp_extract(clean, _ENGLISH_STREET, 3))
    german = F.regexp_replace(F.regexp_replace(clean, _GERMAN_STREET, "Straße"), _SHORT_STREET, ". ")
    return F.when(clean.rlike(_ENGLISH_STREET), english).otherwise(german)


def normalize_postal_code(text: Column, country: Column) -> Column:
    """Return a postal code as its country writes it: upper case, with its blank or hyphen; null where it cannot be one.

    `sw1a1aa` becomes `SW1A 1AA` in GB, `D-10115` becomes `10115` in DE, `00950` becomes `00-950` in PL. Leading zeros
    are neither lost nor added: four digits are no code in DE. Whether a code is in use is not checked.

    Args:
        text: any text.
        country: ISO 3166-1 alpha-2 code. Where it is null or its codes are not known here, three to ten letters and
            digits with at least one digit are taken as they are, in upper case.
    """
    forms = _forms()
    upper = normalize_upper(text)
    known = F.concat(F.upper(country), F.lit(":"), F.translate(upper, f" {_DASHES}", ""))
    key = F.when(F.upper(country).isin(*forms), known).otherwise(F.concat(F.lit(":"), upper))
    key = F.regexp_replace(key, _country_sign(), "$1:")
    key = F.regexp_replace(key, rf"\A({'|'.join(_OWN_LETTERS)}):(?=[0-9])", "$1:$1")
    key = F.regexp_replace(key, _before(" "), "$1 ")
    key = F.regexp_replace(key, _before("-"), "$1-")
    return F.nullif(F.regexp_extract(key, _valid(), 1), F.lit(""))


@cache
def _forms() -> dict[str, list[str]]:
    """Country -> its forms."""
    return {country: forms.split("|") for forms, countries in _POSTAL_CODES.items() for country in countries.split()}


def _pattern(form: str) -> str:
    # Letters that a country writes before its codes stand for themselves.
    literal = re.match(rf"{'|'.join(_OWN_LETTERS)}|", form)
    own = literal[0] if literal else ""
    return own + form[len(own) :].replace("9", "[0-9]").replace("A", "[A-Z]").replace("X", "[A-Z0-9]")


@cache
def _country_sign() -> str:
    """Match a country and a sign of it before the digits, as in `D-10115`; not where codes may begin with letters."""
    digits_only = {country: "" for country, forms in _forms().items() if not re.search(r"\A[AX]", "".join(forms))}
    with_letters = "|".join(sorted(set(_forms()) - digits_only.keys() - set(_OWN_LETTERS)))
    return rf"\A(?!{with_letters})(([A-Z])[A-Z]):\2[A-Z]{{0,2}}(?=[0-9])"


@cache
def _before(separator: str) -> str:
    """Match, as group 1, the country and what stands before the separator in a code that lacks it."""
    parts = {
        country: "|".join(
            rf"{_pattern(left)}(?={_pattern(right)}\z)"
            for left, found, right in (form.partition(separator) for form in forms)
            if found
        )
        for country, forms in _forms().items()
    }
    return rf"\A({branches({country: f':(?:{part})' for country, part in parts.items() if part})})"


@cache
def _valid() -> str:
    """Match a country and a code that it may have; the code is group 1."""
    checks = {country: f":(?=(?:{'|'.join(map(_pattern, forms))})\\z)" for country, forms in _forms().items()}
    return rf"\A(?:{branches(checks)}|:(?={_OTHER_COUNTRY}\z))(.*)"
