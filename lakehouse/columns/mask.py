"""Personal values -> what may be shown of them: enough to recognize a pattern, not enough to recognize a person."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

DOTS = "•••"


def mask(value: Column, kind: str) -> Column:
    """Mask a value of any type; null stays null.

    Args:
        value: the column.
        kind: its Spark type name.

    Returns:
        text: the first character of a text, the year of a date or time, the names of the fields of a VARIANT, and
        dots for everything else.
    """
    if kind == "string":
        masked = F.concat(F.substring(value, 1, 1), F.lit(DOTS))
    elif kind in ("date", "timestamp"):
        masked = F.concat(F.date_format(value, "yyyy"), F.lit("-••-••"))
    elif kind == "variant":
        # Null, and so dots, where the VARIANT is no record.
        names = F.array_join(F.map_keys(F.try_variant_get(value, "$", "map<string,variant>")), ", ")
        masked = F.coalesce(F.concat(F.lit("{"), names, F.lit(f": {DOTS}}}")), F.lit(DOTS))
    else:
        masked = F.lit(DOTS)
    return F.when(value.isNotNull(), masked)
