"""Spellings of a category -> its value, by a mapping that the configuration holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.lookup import look_up
from lakehouse.columns.text import plain_keys, strip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column


def normalize_category(text: Column, mapping: Mapping[str, str]) -> Column:
    """Return the value that the mapping gives for a spelling; null where it gives none.

    Spellings are compared without case and outer white space. A value of the mapping is a spelling of itself, unless
    the mapping says otherwise.

    Args:
        text: any text.
        mapping: spelling -> value.
    """
    values = list(dict.fromkeys(mapping.values()))
    table = dict(zip(plain_keys(values), values, strict=True))
    table.update(zip(plain_keys(mapping), mapping.values(), strict=True))
    return look_up(F.lower(strip(text)), table)
