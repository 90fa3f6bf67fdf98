"""Pairs of ids -> levels of agreement: the distance of each field once, in its own column, then the level it falls on.

id_l, id_r -> l_x, r_x -> d_x, s_x -> g_x, _own, _shared, _named, _placed
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.matching.kinds import MISSING
from lakehouse.matching.value_counts import common_weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.fields import Field
    from lakehouse.matching.records import Prepared

FUZZY = 0.5
"""How much of the rareness of a name counts where the names are only similar: one of them is the other, misspelt."""


def compare_pairs(pairs: DataFrame, records: Prepared, fields: Sequence[Field]) -> DataFrame:
    """Compare the fields of each pair.

    Args:
        pairs: `id_l`, `id_r` and any further columns, which stay.
        records: where the values are.
        fields: what is compared.

    Returns:
        `pairs` with `g_<field>` (level, -1 where a value is missing), `_own`, `_shared`, `_named` and `_placed`: what the
        rareness of the equal values adds to the match weight, for the fields of one person, for those that a household
        shares, for those of either sort on which namesakes agree, and for those of an address.
    """
    return level_pairs(measure_pairs(pairs, records, fields), fields, records, keep=pairs.columns)


def measure_pairs(pairs: DataFrame, records: Prepared, fields: Sequence[Field]) -> DataFrame:
    """Put both values of each field beside each other and measure them: `l_x`, `r_x`, `d_x`, `s_x`."""
    sides = pairs.join(_side(records, fields, "l"), on="id_l").join(_side(records, fields, "r"), on="id_r")
    return sides.withColumns(_measures(fields))


def level_pairs(
    measured: DataFrame, fields: Sequence[Field], records: Prepared, *, keep: Sequence[str], apart: bool = False
) -> DataFrame:
    """Turn measures into levels and rareness; of the other columns those of `keep` stay.

    Args:
        measured: pairs with their measures.
        fields: what is compared.
        records: where frequencies come from.
        keep: other columns that stay.
        apart: also tell the rareness of each field by itself, in `a_<field>`.
    """
    levels = [
        _level(field, fields, records).alias(name) for field, name in zip(fields, level_names(fields), strict=True)
    ]
    frequencies = [f"{side}_{field.name}_f" for field in fields for side in "lr"]
    leveled = measured.select(*keep, *levels, *frequencies)
    each = [_adjustment(field, records).alias(f"a_{field.name}") for field in fields] if apart else []
    return leveled.select(*keep, *level_names(fields), *_rareness(fields, records), *each)


def level_names(fields: Sequence[Field]) -> list[str]:
    """Columns that hold the levels."""
    return [f"g_{field.name}" for field in fields]


def exchangeable(fields: Sequence[Field]) -> tuple[str, str] | None:
    """The given and the family name that may have changed places; None where one of them is not compared."""
    given, family = (
        next((f.name for f in fields if f.kind.name == kind), None) for kind in ("given_name", "family_name")
    )
    return (given, family) if given and family else None


def _side(records: Prepared, fields: Sequence[Field], side: str) -> DataFrame:
    columns = []
    for field in fields:
        names = [field.name, f"{field.name}_f"]
        names += [f"{field.name}_{part}" for part in ("words", "weight", "rare", "two")] if field.kind.words else []
        names += [f"{field.name}_local"] if field.kind.name == "email" else []
        columns += [F.col(name).alias(f"{side}_{name}") for name in names]
    return records.distinct.select(F.col("_id").alias(f"id_{side}"), *columns)


def _measures(fields: Sequence[Field]) -> dict[str, Column]:
    measures = {}
    for field in fields:
        x, distance = field.name, field.kind.distance
        if distance is not None:
            measures[f"d_{x}"] = F.levenshtein(f"l_{x}", f"r_{x}", distance)
        if field.kind.name == "email":
            measures[f"d_{x}_local"] = F.levenshtein(f"l_{x}_local", f"r_{x}_local", 2)
        if field.kind.words:
            measures[f"s_{x}"] = _similarity(x)
    names = exchangeable(fields)
    if names:
        given, family = names
        measures["_given_family"] = F.levenshtein(f"l_{given}", f"r_{family}", 1)
        measures["_family_given"] = F.levenshtein(f"l_{family}", f"r_{given}", 1)
    return measures


def _similarity(x: str) -> Column:
    """Weight of the words in common, twice, over the weight of all words (Dice)."""
    weight = common_weight(f"l_{x}_words", f"r_{x}_words")
    return F.lit(2.0) * weight / (F.col(f"l_{x}_weight") + F.col(f"r_{x}_weight"))


def level_condition(field: Field, number: int, fields: Sequence[Field], piles: bool) -> str:  # noqa: FBT001  - a fact
    """Write the Spark SQL condition of a level of a field."""
    return field.kind.level(number).condition.format(
        x=field.name, piles=str(piles).lower(), exchanged=_exchanged(fields) if exchangeable(fields) else "false"
    )


def _exchanged(fields: Sequence[Field]) -> str:
    given, family = exchangeable(fields) or ("", "")
    straight = f"d_{given} between 0 and 1 or d_{family} between 0 and 1"
    return f"_given_family between 0 and 1 and _family_given between 0 and 1 and not ({straight})"


def _level(field: Field, fields: Sequence[Field], records: Prepared) -> Column:
    x = field.name
    missing = f"l_{x} is null or r_{x} is null"
    names = exchangeable(fields)
    if names and x == names[1]:
        # The given name carries the evidence of an exchange; the family name would count it twice.
        missing = f"{missing} or ({_exchanged(fields)})"
    level = F.when(F.expr(missing), F.lit(MISSING))
    for number in range(field.kind.top, 0, -1):
        condition = level_condition(field, number, fields, x in records.piles)
        level = level.when(F.expr(condition), F.lit(number))
    return level.otherwise(F.lit(0)).cast("tinyint")


def _rareness(fields: Sequence[Field], records: Prepared) -> list[Column]:
    """What rareness adds: for equal values all of it (their level itself counts log2 m), for similar names a part."""
    adjusted = [(field.kind, _adjustment(field, records)) for field in fields]
    zero = F.lit(0.0).cast("double")
    chosen = {
        "_own": [one for kind, one in adjusted if not kind.shared],
        "_shared": [one for kind, one in adjusted if kind.shared],
        "_named": [one for kind, one in adjusted if kind.named],
        "_placed": [one for kind, one in adjusted if kind.placed],
    }
    return [reduce(add, some, zero).alias(name) for name, some in chosen.items()]


def _adjustment(field: Field, records: Prepared) -> Column:
    x, level = field.name, F.col(f"g_{field.name}")
    rare = -F.log2(F.greatest(f"l_{x}_f", f"r_{x}_f"))
    adjustment = F.when(level == field.kind.top, rare)
    if field.kind.name in ("given_name", "family_name"):
        similar = (level >= 2) & (level < field.kind.top) & ~level.isin(_apart(field))  # noqa: PLR2004  - from "beginning" up
        adjustment = adjustment.when(similar, FUZZY * (rare + F.log2(F.lit(records.typical[x]))))
    return adjustment.otherwise(0.0)


def _apart(field: Field) -> list[int]:
    return [number for number in range(field.kind.top + 1) if field.kind.level(number).apart]
