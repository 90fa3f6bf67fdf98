"""Numbers and truth values as people write them -> typed values; what does not fit is null, never something near it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.text import plain_keys, strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column

_GROUPS = " \u00a0\u202f\u2009'’"
"""What separates thousands besides the comma or the point: blanks of several widths and apostrophes."""
_PLAIN = {"int": r"\A[+-]?[0-9]{1,9}\z", "bigint": r"\A[+-]?[0-9]{1,18}\z"}
"""Type -> texts that are such a number for certain."""
_DECIMAL = re.compile(r"decimal\(\d+,\s*(\d+)\)")


def parse_number(text: Column, kind: str, decimal_separator: str = ".") -> Column:
    """Read a number; null where the text is none, or where it does not fit into the type.

    Thousands may be separated, always by the same mark and in groups of three: `1.234.567,89` with `,` as decimal
    separator, `1,234,567.89` with `.`, `1 234 567` and `1'234'567` with either. A whole number may have a fraction of
    zeros (`17850.0`); other types may have an exponent. `NaN`, `Infinity` and numbers beyond the type are null. Digits
    beyond the scale of a decimal are rounded half up.

    Args:
        text: outer white space does not matter.
        kind: `int`, `bigint`, `double` or `decimal(p,s)`; a decimal of scale 0 is a whole number.
        decimal_separator: `.` or `,`; the other one separates thousands.
    """
    scale = _DECIMAL.fullmatch(kind)
    whole_number = kind in ("int", "bigint") or (scale is not None and int(scale[1]) == 0)
    thousands = "," if decimal_separator == "." else "."
    point, group = re.escape(decimal_separator), re.escape(thousands) + _GROUPS
    integer = rf"(?:[0-9]+|[1-9][0-9]{{0,2}}([{group}])[0-9]{{3}}(?:\1[0-9]{{3}})*+)"
    fraction = rf"{integer}(?:{point}[0-9]+)?|{point}[0-9]+"
    shape = rf"{integer}(?:{point}0+)?" if whole_number else rf"(?:{fraction})(?:[eE][+-]?[0-9]{{1,3}})?"
    stripped = strip(text)
    plain = F.translate(stripped, f"{decimal_separator}−{thousands}{_GROUPS}", ".-")
    number = (F.substring_index(plain, ".", 1) if whole_number else plain).try_cast(kind)
    parsed = F.when(stripped.rlike(rf"\A[+−-]?{shape}\z"), number)
    if kind in _PLAIN:
        # Plain digits are cast at half the price. Nothing else is tried that way: of a text that is no whole number Spark
        # writes an error message and throws it away, which costs fifty times as much.
        return F.coalesce(F.when(text.rlike(_PLAIN[kind]), text.try_cast(kind)), parsed)
    # A double too large for its type is cast to infinity, without an error.
    return F.when(F.abs(parsed) < float("inf"), parsed) if kind == "double" else parsed


def parse_boolean(text: Column, true_values: Sequence[str], false_values: Sequence[str]) -> Column:
    """Read a truth value; null where the text is neither.

    Args:
        text: without outer white space; case does not matter.
        true_values: what means true.
        false_values: what means false.
    """
    lowered = F.lower(text)
    true = F.when(lowered.isin(*plain_keys(true_values)), F.lit(True))
    return true.when(lowered.isin(*plain_keys(false_values)), F.lit(False))
