"""Measures with units and amounts in minor units, against exact fractions."""

from __future__ import annotations

import math
import random
import time
from decimal import Decimal
from fractions import Fraction

import pycountry
import pytest

from lakehouse.columns.measure import from_minor_units, parse_measure
from lakehouse.errors import ConfigurationError

# Exact by definition: the international yard and pound of 1959.
SIZES = {
    "mass": {"kg": Fraction(1), "g": Fraction(1, 1000), "lb": Fraction("0.45359237"), "oz": Fraction("0.45359237") / 16},
    "length": {"m": Fraction(1), "cm": Fraction(1, 100), "mm": Fraction(1, 1000), "in": Fraction("0.0254"), "ft": Fraction("0.3048")},
    "volume": {"l": Fraction(1), "ml": Fraction(1, 1000)},
}
SPELLINGS = {
    "kg": ["kg", "KG", "kg.", "Kilo", "kilograms"], "g": ["g", "gr", "Gramm"], "lb": ["lb", "lbs", "LBS.", "pounds", "#"],
    "oz": ["oz", "ounces"], "m": ["m", "M", "meter", "metres"], "cm": ["cm", "CM", "Zentimeter"], "mm": ["mm", "millimetre"],
    "in": ["in", "in.", '"', "″", "inches", "Zoll", "''"], "ft": ["ft", "feet", "'", "′", "’", "Fuß"], "l": ["l", "Liter", "L"],
    "ml": ["ml", "mL", "millilitres"],
}  # fmt: skip


def measured(to, default=None):
    return lambda text: parse_measure(text, to, default)


def check_close(apply, function, cases):
    actual = dict(zip(cases, apply(function, list(cases)), strict=True))
    differing = {
        text: (actual[text], float(value) if value is not None else None)
        for text, value in cases.items()
        if (actual[text] is None) != (value is None)
        or (value is not None and not math.isclose(actual[text], value, rel_tol=1e-12))
    }
    assert differing == {}


@pytest.mark.parametrize(("dimension", "to"), [(d, unit) for d, units in SIZES.items() for unit in units])
def test_every_unit_becomes_every_other_of_its_dimension_and_no_other(apply, dimension, to):
    pick = random.Random(to)
    cases = {}
    for kind, units in SIZES.items():
        for unit, size in units.items():
            for spelling in SPELLINGS[unit]:
                number = pick.choice(["0", "1", "71", "1.80", "0.5", "1500", "0,25", "12,5", "1,5000"])
                value = Fraction(number.replace(",", ".")) * size / SIZES[dimension][to] if kind == dimension else None
                cases[f"{number}{pick.choice(['', ' '])}{spelling}"] = value
    check_close(apply, measured(to), cases)


def test_a_second_number_counts_the_smaller_unit(apply):
    inch = Fraction("2.54")
    check_close(apply, measured("cm"), {
        "5'11\"": 71 * inch, "5' 11\"": 71 * inch, "5′11″": 71 * inch, "5’11”": 71 * inch, "5'11": 71 * inch, "6 ft 1 in": 73 * inch,
        "6ft1": 73 * inch, "6 FT. 1 IN.": 73 * inch, "5 ft 10.5 in": Fraction("70.5") * inch, "1m80": 180, "1 m 80 cm": 180,
        "1m 5": 105, "5'": 60 * inch,
        "11 in 5 ft": None, "5 ft 10 cm": None, "5 ft 1 ft": None, "1 m 80 kg": None, "5 11": None, "5'11'3": None,
    })  # fmt: skip
    ounce = SIZES["mass"]["oz"] * 1000
    check_close(apply, measured("g"), {"3 lb 4 oz": 52 * ounce, "3lbs 4": 52 * ounce, "3 lb 4 g": None, "3 kg 4": None, "5'11": None})


def test_a_bare_number_has_the_default_unit_or_none(apply):
    check_close(apply, measured("cm"), {"180": None, "1.80": None})
    check_close(apply, measured("cm", "cm"), {"180": 180, "180,5": Fraction("180.5"), "1.80 m": 180, "180 kg": None, "5 11": None})
    check_close(apply, measured("kg", "lb"), {"10": Fraction("4.5359237"), "10 kg": 10})
    check_close(apply, measured("kg", "cm"), {"10": None, "10 kg": 10})


def test_what_is_no_measure_is_null(apply):
    texts = ["", " ", "kg", "-5 kg", "+5 kg", "1,500 g", "1.500,5 g", "1,500,000 g", "1 500 g", "5 kg kg", "5 kilogrammy", "1e3 g",
             "NaN kg", "Infinity kg", "½ kg", "5 kg!", "kg 5", "5..5 kg", ".5 kg", "5. kg", "10-12 kg", "5 kg\n5", "٥ kg", "5 parsec",
             "' OR 1=1", None]  # fmt: skip
    assert dict(zip(texts, apply(measured("g"), texts), strict=True)) == dict.fromkeys(texts) | {"5. kg": None}


def test_an_unknown_unit_is_a_configuration_error():
    for to, default in (("stone", None), ("kg", "stone"), ("", None), ("KG", None)):
        with pytest.raises(ConfigurationError, match="use one of kg, g, lb"):
            parse_measure(None, to, default)


def test_minor_units_become_amounts_by_the_decimals_of_their_currency(check):
    check(from_minor_units, {
        (1999, "EUR"): Decimal("19.9900"), (1999, "eur"): Decimal("19.9900"), (-5, "USD"): Decimal("-0.0500"), (0, "GBP"): Decimal("0.0000"),
        (1999, "JPY"): Decimal("1999.0000"), (1999, "BHD"): Decimal("1.9990"), (19999, "CLF"): Decimal("1.9999"),
        (2**63 - 1, "JPY"): Decimal("9223372036854775807.0000"), (2**63 - 1, "CLF"): Decimal("922337203685477.5807"),
        (1999, "XXX"): None, (1999, "XAU"): None, (1999, "EURO"): None, (1999, ""): None, (1999, None): None, (None, "EUR"): None,
    }, ("bigint", "string"))  # fmt: skip


def test_an_amount_that_does_not_fit_is_null(check):
    check(from_minor_units, {
        (Decimal("9" * 34), "JPY"): Decimal("9" * 34), (Decimal("9" * 35), "JPY"): None, (Decimal("9" * 38), "EUR"): None,
        (Decimal("9" * 36), "EUR"): Decimal("9" * 34 + ".99"),
    }, ("decimal(38,0)", "string"))  # fmt: skip


def test_every_currency_with_money_has_its_decimals(apply):
    codes = [currency.alpha_3 for currency in pycountry.currencies]
    unknown = {code for code, amount in zip(codes, apply(from_minor_units, [(1, c) for c in codes], ("int", "string")), strict=True) if amount is None}
    assert unknown == {code for code in codes if code[0] == "X" and code not in ("XAF", "XCD", "XOF", "XPF", "XCG")}


def test_hostile_measures_end_at_once(apply):
    hostile = ["1" * 5000, "1 " * 2500, "1'" * 2500, "'" * 5000, "1" + "k" * 5000, "1." * 2500, "1,1" * 1600, " " * 5000, "1 kg" * 1250]
    begun = time.perf_counter()
    for function in (measured("kg"), measured("cm", "cm")):
        found = apply(function, hostile * 20)
        assert all(value is None or math.isfinite(value) for value in found)
    assert time.perf_counter() - begun < 20
