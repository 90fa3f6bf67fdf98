"""Measures and amounts as people and systems write them -> numbers in one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.lookup import look_up
from lakehouse.columns.tables import read_table
from lakehouse.columns.text import normalize_lower
from lakehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from pyspark.sql import Column

_UNITS: dict[str, tuple[str, str, str]] = {
    "kg": ("mass", "1", "kg kgs kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes"),
    "g": ("mass", "0.001", "g gr gram grams gramm gramme grammes"),
    "lb": ("mass", "0.45359237", "lb lbs pound pounds #"),
    "oz": ("mass", "0.028349523125", "oz ounce ounces"),
    "m": ("length", "1", "m meter meters metre metres mtr"),
    "cm": ("length", "0.01", "cm cms centimeter centimeters centimetre centimetres zentimeter"),
    "mm": ("length", "0.001", "mm millimeter millimeters millimetre millimetres"),
    "in": ("length", "0.0254", "in ins inch inches \" ″ ” '' ′′ zoll"),
    "ft": ("length", "0.3048", "ft feet foot ' ′ ’ fuß"),
    "l": ("volume", "1", "l ltr liter liters litre litres"),
    "ml": ("volume", "0.001", "ml milliliter milliliters millilitre millilitres"),
}
"""Unit -> dimension, size in the base unit (exact by definition), spellings in lower case."""
_SMALLER = {"ft": "in", "lb": "oz", "m": "cm"}
"""What the second of two numbers counts: `5'11`, `3 lb 4`, `1m80`."""
# At most as many digits as a double holds exactly; no measure has more.
_NUMBER = r"([0-9]{1,15}(?:\.[0-9]+|,(?![0-9]{3}(?![0-9]))[0-9]+)?)"
_UNIT = r"""([^0-9\s.,+-]*)\.?"""
_MEASURE = rf"\A{_NUMBER} ?{_UNIT}(?: ?{_NUMBER} ?{_UNIT})?\z"


def parse_measure(text: Column, to: str, default: str | None = None) -> Column:
    """Read a measure with its unit and convert it.

    `71 in`, `1.80 m`, `1,80 m`, `154 lbs`, `5'11"`, `6 ft 1 in`, `3 lb 4 oz` and `1m80` are understood. Null where the
    text is none of these, where the unit is unknown or measures something else than `to`, and where a comma might
    separate thousands (`1,500 g`).

    Args:
        text: without outer white space.
        to: the unit of the result: kg, g, lb, oz, m, cm, mm, in, ft, l or ml.
        default: the unit of a bare number; without it a bare number is null.

    Returns:
        double column.

    Raises:
        ConfigurationError: a unit is not one of these.
    """
    for unit in (to, *((default,) if default else ())):
        if unit not in _UNITS:
            raise ConfigurationError("there is no such unit", found=unit, remedy=f"use one of {', '.join(_UNITS)}")
    clean = normalize_lower(text)
    first, second = (F.replace(F.regexp_extract(clean, _MEASURE, group), F.lit(","), F.lit(".")) for group in (1, 3))
    first_unit, second_unit = (F.regexp_extract(clean, _MEASURE, group) for group in (2, 4))
    factors = _factors(to)
    simple = first.try_cast("double") * look_up(first_unit, factors | _bare(default, factors)).cast("double")
    smaller = look_up(F.concat(first_unit, F.lit(" "), second_unit), _smaller_factors(factors)).cast("double")
    return F.when(second == "", simple).otherwise(simple + second.try_cast("double") * smaller)


def _factors(to: str) -> dict[str, str]:
    """Spelling -> how much of `to` it is; only spellings of the same dimension."""
    dimension, size, _ = _UNITS[to]
    return {
        spelling: repr(float(own) / float(size))
        for kind, own, spellings in _UNITS.values()
        if kind == dimension
        for spelling in spellings.split()
    }


def _bare(default: str | None, factors: dict[str, str]) -> dict[str, str]:
    return {"": factors[default]} if default in factors else {}


def _smaller_factors(factors: dict[str, str]) -> dict[str, str]:
    """Spellings of a unit and of its smaller one -> how much of the target the smaller one is."""
    pairs = {}
    for large, small in _SMALLER.items():
        for first in _UNITS[large][2].split():
            for second in ("", *_UNITS[small][2].split()):
                if small in factors:
                    pairs[f"{first} {second}"] = factors[small]
    return pairs


def from_minor_units(amount: Column, currency: Column) -> Column:
    """Turn an amount in minor units (1999 cents) into one in the currency (19.99).

    Args:
        amount: a whole number.
        currency: its ISO 4217 code; JPY has no decimals, BHD has three.

    Returns:
        decimal(38,4) column; null where the currency is unknown or the amount does not fit.
    """
    sizes = {code: f"1e-{decimals}" for code, decimals in read_table("minor_units").items()}
    size = look_up(F.upper(currency), sizes).cast("decimal(5,4)")
    return F.try_multiply(amount.try_cast("decimal(38,0)"), size)
