"""Numbers and truth values, with Python's own Decimal as the judge."""

from __future__ import annotations

import re
import time
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lakehouse.columns.number import parse_boolean, parse_number

NUMBER = st.from_regex(r"\A[+-]?[0-9]{1,4}([ ,.'\u00a0][0-9]{1,4}){0,3}(e[+-]?[0-2]?[0-9])?\Z")


def number(kind, separator="."):
    return lambda text: parse_number(text, kind, separator)


def read(text, separator, *, whole):
    """A slow and simple reading of a number; None where it is none."""
    sign = text[:1] if text[:1] in "+-" else ""
    mantissa, exponent = [*text[len(sign) :].split("e"), "0"][:2]
    if whole and "e" in text:
        return None
    integer, _, fraction = mantissa.partition(separator)
    if (mantissa.endswith(separator) and mantissa) or not re.fullmatch("[0-9]*", fraction):
        return None
    groups = re.split("[^0-9]", integer)
    marks = set(re.findall("[^0-9]", integer))
    well_grouped = len(marks) == 1 and len(groups[0]) in (1, 2, 3) and groups[0][0] != "0"
    if marks and not (well_grouped and all(len(group) == 3 for group in groups[1:])):
        return None
    if not integer or (whole and fraction.strip("0")):
        return None
    return Decimal(f"{sign}{''.join(groups)}.{fraction or 0}e{exponent}")


def test_whole_numbers(check):
    check(number("int"), {
        "1": 1, "+5": 5, "-7": -7, "−7": -7, "007": 7, "1,234": 1234, "1 234 567": 1234567, "1'234'567": 1234567,
        "1’234": 1234, "1\u00a0234": 1234, "1\u202f234": 1234, "12.0": 12, "17850.000": 17850, "-0": 0,
        "2147483647": 2147483647, "-2147483648": -2147483648, "2147483648": None, "-2147483649": None,
        "12.5": None, "1e3": None, "1,23": None, "12,34,567": None, "1,234 567": None, "1234,567": None, "0,123": None,
        ",123": None, "1,": None, "1.": None, ".0": None, "1.2.3": None, "--1": None, "+-1": None, "1-": None, "": None, " ": None,
        "0x10": None, "1d": None, "1_000": None, "NaN": None, "Infinity": None, "n/a": None,
        "١٢": None, None: None,
    })  # fmt: skip
    check(number("bigint"), {
        "9223372036854775807": 9223372036854775807, "9223372036854775808": None, "17850.0": 17850,
        "9,223,372,036,854,775,807": 9223372036854775807,
    })  # fmt: skip


def test_white_space_outside_does_not_matter_and_inside_is_refused(check):
    for kind, one in (("int", 1), ("bigint", 1), ("double", 1.0), ("decimal(5,2)", Decimal("1.00"))):
        check(lambda text, kind=kind: parse_number(text, kind), {
            " 1": one, "\t1": one, "\x001": one, "1\x7f": one, "\u20281\r\n": one, "1\n": one, "\u00a01\u200b": one, "1 1": None, "1\n1": None, "1\t": one, "- 1": None, "1\u200b0": None,
        })  # fmt: skip


def test_doubles_are_finite_or_null(check):
    check(number("double"), {
        "1.5": 1.5, "-1,234.5": -1234.5, ".5": 0.5, "1e5": 1e5, "1.5E-3": 0.0015, "1e308": 1e308, "-1e308": -1e308,
        "4.9e-324": 5e-324, "1e-400": 0.0,
        "1e309": None, "-1e309": None, "1e400": None, "9" * 400: None, "1e1000": None,
        "NaN": None, "nan": None, "Infinity": None, "-inf": None, "1.5f": None, "1d": None, "0x1p3": None, "1e": None, "e5": None,
        ".": None, "": None, None: None,
    })  # fmt: skip


def test_decimals_have_their_scale(check):
    check(number("decimal(10,2)", ","), {
        "1.234.567,89": Decimal("1234567.89"), "1234,5": Decimal("1234.50"), "1 234,5": Decimal("1234.50"),
        "0,005": Decimal("0.01"), "-0,005": Decimal("-0.01"), "0,0049": Decimal("0.00"), "1,5e3": Decimal("1500.00"),
        "99999999,99": Decimal("99999999.99"), "99999999,995": None, "100000000": None, "1e99": None,
        "0e37": Decimal("0.00"), "0e38": None,  # Spark counts its 39 digits before it sees that they are zeros
        "1.5": None, "1.23,4": None, "1,234,5": None, "12,9O": None, "free": None, None: None,
    })  # fmt: skip


def test_a_decimal_without_scale_is_a_whole_number(check):
    check(number("decimal(38,0)"), {
        "1999": Decimal(1999), "1999.00": Decimal(1999), "19.99": None, "1e3": None,
        "9" * 38: Decimal("9" * 38), "9" * 39: None,
    })  # fmt: skip
    check(number("decimal(12, 4)"), {"1.00005": Decimal("1.0001")})


@settings(max_examples=4, phases=[Phase.generate])
@given(st.lists(NUMBER, min_size=50, max_size=400))
def test_numbers_are_read_as_by_hand(apply, texts):
    for separator in ".,":
        expected = [read(text, separator, whole=False) for text in texts]
        small = [n if n is not None and abs(n) < Decimal("1e11") else None for n in expected]
        cents = [None if n is None else n.quantize(Decimal("0.01"), ROUND_HALF_UP) for n in small]
        fits = [n if n is not None and abs(n) < Decimal("1e10") else None for n in cents]
        assert dict(zip(texts, apply(number("decimal(12,2)", separator), texts), strict=True)) == dict(
            zip(texts, fits, strict=True)
        )
        expected = [read(text, separator, whole=True) for text in texts]
        fits = [int(n) if n is not None and abs(n) < 2**63 else None for n in expected]
        assert dict(zip(texts, apply(number("bigint", separator), texts), strict=True)) == dict(
            zip(texts, fits, strict=True)
        )


def test_truth_values_ignore_case(check):
    check(lambda text: parse_boolean(text, ["yes", " JA ", "1", "Evet", "Sí"], ["no", "Nein", "0", "hayır"]), {
        "yes": True, "YES": True, "ja": True, "1": True, "EVET": True, "SÍ": True, "no": False, "NEIN": False, "0": False,
        "hayır": False, "maybe": None, "": None, "2": None, "true": None, None: None,
    })  # fmt: skip


def test_hostile_numbers_end_at_once(apply):
    hostile = ["1" * 5000, "1,234" * 1000, ",111" * 1250, "1" + ",111" * 1250 + "x", "." * 5000, "1." + "0" * 5000 + "x"]
    begun = time.perf_counter()
    for kind in ("int", "double", "decimal(38,10)"):
        apply(number(kind), hostile * 100)
    assert time.perf_counter() - begun < 20
