"""Compared pairs and a fitted model -> match weights: log2 of the odds that a pair is a match, field by field."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

from lakehouse.matching.agglomeration import AGAINST
from lakehouse.matching.comparison import level_names
from lakehouse.matching.labels import FOLD, JUDGED
from lakehouse.matching.pair_classes import SMALLEST, VERDICT, Patterns, agrees, level_bits, ratio_bits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.fields import Field
    from lakehouse.matching.pair_classes import Calibration, FieldShares, Fit

RARENESS = ("own", "shared", "named", "placed")
"""What the rareness of equal values adds, summed over fields of several sorts: columns of compared pairs."""
COARSE, FINE = 2.0, 0.01
"""Bits of rareness that pairs of one pattern may differ by, and those that a person has judged."""


def with_weights(compared: DataFrame, fields: Sequence[Field], fit: Fit) -> DataFrame:
    """Add `match_weight` (log2 odds by the model) and `score` (probability, by labels where they calibrate) to pairs.

    Args:
        compared: pairs with their levels; where they have `_judged` (boolean), what a person says decides.
        fields: what was compared.
        fit: the model.
    """
    match = F.lit(_log(fit.match)) + F.col("_own") + F.col("_shared") + match_bits(fields, fit) + moved_bits(fields, fit)
    *_, against = no_match_bits(fields, fit).values()
    line = fit.calibration
    weight = F.round(_on(line, match - against) if line.moves_weights else match - against, 6)
    if JUDGED in compared.columns:
        weight = F.when(F.col(JUDGED), VERDICT).when(~F.col(JUDGED), -VERDICT).otherwise(weight)
    weighted = compared.withColumn("match_weight", weight)
    # The score of a verdict is that of its weight: a line as flat as can be leaves it certain.
    odds = F.col("match_weight") if line.moves_weights else _on(line, F.col("match_weight"))
    bounded = F.greatest(F.least(odds, F.lit(60.0)), F.lit(-60.0))
    return weighted.withColumn("score", 1 / (1 + F.pow(F.lit(2.0), -bounded)))


def _on(line: Calibration, weight: Column) -> Column:
    """Calibrate a weight."""
    return weight if (line.slope, line.offset) == (1.0, 0.0) else line.slope * weight + line.offset


def matters() -> Column:
    """Pairs on which clusters depend: those that weigh more, or are more certain, than a pair that was not scored."""
    return (F.col("match_weight") > AGAINST) | (F.col("match_weight") <= -VERDICT)


def no_match_bits(fields: Sequence[Field], fit: Fit) -> dict[str, Column]:
    """How likely a pair is without being a match, in bits.

    Returns:
        class -> log2 of the likelihood by strangers and the classes up to this one; the last is by all of them.
    """
    against = F.lit(_log(fit.stranger))
    found = {"stranger": against}
    classes = {"related": F.col("_shared"), "namesake": F.col("_named"), "sibling": F.col("_own") + F.col("_shared")}
    for name, rareness in classes.items():
        size = getattr(fit, name)
        if size > 0:
            against = _either(F.lit(_log(size)) + rareness + _bits_between(fields, fit, name), against)
            found[name] = against
    if fit.neighbor > 0:
        against = _either(F.lit(_log(fit.neighbor)) + _neighbor_bits(fields, fit), against)
        found["neighbor"] = against
    return found


def _either(one: Column, two: Column) -> Column:
    """log2(2^one + 2^two), each written once: bits are some hundreds at most, and doubles reach to 1023."""
    return F.log2(F.pow(F.lit(2.0), one) + F.pow(F.lit(2.0), two))


def prior_bits(fit: Fit) -> float:
    """Bits for a match before anything of a pair is looked at."""
    return _log(fit.match) - _log(fit.stranger)


def match_bits(fields: Sequence[Field], fit: Fit) -> Column:
    """Bits of all fields for a match against strangers, without rareness."""
    bits = [field_bits(field, shares) for field, shares in zip(fields, fit.fields, strict=True)]
    return reduce(add, bits, F.lit(0.0).cast("double"))


def moved_bits(fields: Sequence[Field], fit: Fit) -> Column:
    """Bits that a match gains because its address may have changed as a whole; a little less than none if it did not."""
    if fit.moved == 0:
        return F.lit(0.0).cast("double")
    bits = [field_bits(one, shares) for one, shares in zip(fields, fit.fields, strict=True) if one.kind.placed]
    address = reduce(add, bits, F.col("_placed"))
    return F.log2(F.lit(1 - fit.moved) + F.lit(fit.moved) * F.pow(F.lit(2.0), -address))


def field_bits(field: Field, shares: FieldShares) -> Column:
    """Bits of one field for a match against strangers, without rareness."""
    return _pick(field, level_bits(shares.match, shares.stranger).tolist())


def _bits_between(fields: Sequence[Field], fit: Fit, name: str) -> Column:
    """Bits for a class between matches and strangers, of the fields on which its pairs agree."""
    bits = [
        _pick(field, level_bits(getattr(shares, name), shares.stranger).tolist())
        for field, shares in zip(fields, fit.fields, strict=True)
        if agrees(name, field.kind)
    ]
    return reduce(add, bits, F.lit(0.0).cast("double"))


def _neighbor_bits(fields: Sequence[Field], fit: Fit) -> Column:
    """Bits for neighbors against other strangers."""
    pairs = zip(fields, fit.fields, strict=True)
    bits = [_pick(field, ratio_bits(shares.neighbor, shares.stranger).tolist()) for field, shares in pairs]
    return reduce(add, bits, F.lit(0.0).cast("double"))


def _pick(field: Field, bits: Sequence[float]) -> Column:
    """The bits of the level; 0 where a value is missing."""
    return F.element_at(F.array(F.lit(0.0), *(F.lit(round(bit, 6)) for bit in bits)), F.col(f"g_{field.name}") + 2)


def _log(share: float) -> float:
    return float(np.log2(max(share, SMALLEST**4)))


def collect_patterns(compared: DataFrame, fields: Sequence[Field], *, pairs: int, records: int) -> Patterns:
    """Count the patterns of agreement; runs the plan.

    Args:
        compared: candidate pairs with their levels; `_judged` and `_fold` where a person has judged some.
        fields: what was compared.
        pairs: all pairs of the records.
        records: distinct records; of two tables those of the smaller.
    """
    levels = level_names(fields)
    step = F.lit(COARSE)
    judged: dict[str, Column] = {}
    if JUDGED in compared.columns:
        step = F.when(F.col(JUDGED).isNull(), COARSE).otherwise(FINE)
        judged = {"known": F.coalesce(F.col(JUDGED).cast("int"), F.lit(-1)), "fold": F.coalesce(FOLD, F.lit(-1))}
    steps = {f"{name}_step": F.round(F.col(name) / step).cast("int") for name in ("_own", "_shared")}
    means = [F.count("*").alias("n"), *(F.avg(f"_{name}").alias(name) for name in RARENESS)]
    table = compared.withColumns({**steps, **judged}).groupBy(*levels, *steps, *judged).agg(*means).toArrow()
    found = {name: table.column(name).to_numpy() for name in table.column_names}
    order = np.lexsort([found[name] for name in (*judged, "_shared_step", "_own_step", *levels)])
    stacked = np.stack([found[name][order] for name in levels], axis=1) if levels else np.zeros((len(order), 0))
    n, own, shared, named, placed = (found[name].astype(float)[order] for name in ("n", *RARENESS))
    known, fold = (found[name].astype(np.int8)[order] if judged else None for name in ("known", "fold"))
    return Patterns(
        stacked.astype(np.int8), n, own, shared, named, float(max(pairs, 1)), records, known, fold, placed
    )  # fmt: skip
