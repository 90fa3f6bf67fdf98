"""Random pairs of records -> how much strangers agree: on each level of each field, and on what blocking would look for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

from lakehouse.matching.blocking.rules import Equal, SharedToken, Swapped, Within
from lakehouse.matching.comparison import level_names, level_pairs, measure_pairs
from lakehouse.matching.level_shares import random_shares, unlike_matches
from lakehouse.matching.neighbors import NOBODY, Neighbors, find_neighbors
from lakehouse.matching.proposals import block_predicates, exchanged_names
from lakehouse.matching.sampling import random_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray
    from pyspark.sql import Column

    from lakehouse.matching.blocking.rules import Predicate
    from lakehouse.matching.fields import Field
    from lakehouse.matching.records import Prepared

MET = 10
"""Random pairs that must fulfill a conjunction before their share is believed."""
_BITS = 60
"""Predicates whose answers for a pair fit into one bigint."""


@dataclass(frozen=True)
class Strangers:
    """How much random pairs agree.

    Attributes:
        shares: for each field the share of random pairs on each level, "else" first.
        agreeing: blocking predicate -> share of random pairs that fulfill it.
        together: predicates -> share of random pairs that fulfill all of them, where it is more than chance.
        neighbors: which of them agree more often than others.
    """

    shares: list[NDArray[np.float64]]
    agreeing: dict[Predicate, float]
    together: dict[frozenset[Predicate], float] = field(default_factory=dict)
    neighbors: Neighbors = NOBODY


def observe_strangers(records: Prepared, fields: Sequence[Field], count: int) -> Strangers:
    """Compare random pairs; runs one action."""
    offers = list(block_predicates(fields))
    exchanged = exchanged_names(fields)
    asked: list[Predicate] = [*offers, *exchanged]
    measured = measure_pairs(random_pairs(records, count), records, fields)
    answers = _answers(asked)
    leveled = level_pairs(measured.withColumns(answers), fields, records, keep=list(answers))
    names = level_names(fields)
    # One histogram a field over one grouped table: patterns are few, pairs are many.
    table = leveled.groupBy(*names, *answers).agg(F.count("*").alias("n")).toArrow()
    n = table.column("n").to_numpy().astype(float)
    held = _unpacked(table, list(answers), len(asked))
    total = max(float(n.sum()), 1.0)
    agreeing = {one: (found + 0.5) / total for one, found in zip(offers, n @ held, strict=False)}
    shares, levels = _level_shares(table, fields, n), _levels(table, names)
    kinds = [field.kind for field in fields]
    near = find_neighbors(levels, n, shares, unlike_matches(levels, kinds, shares, records.pairs))
    return Strangers(shares, agreeing, _together(asked, held, n, total), near)


def _levels(table: pa.Table, names: Sequence[str]) -> NDArray[np.int8]:
    columns = [table.column(name).to_numpy().astype(np.int8) for name in names]
    return np.stack(columns, axis=1) if columns else np.zeros((table.num_rows, 0), dtype=np.int8)


def _level_shares(table: pa.Table, fields: Sequence[Field], n: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    shares = []
    for name, field_ in zip(level_names(fields), fields, strict=True):
        level = table.column(name).to_numpy()
        there = level >= 0
        counts = np.bincount(level[there], weights=n[there], minlength=field_.kind.top + 1).astype(float)
        shares.append(random_shares(field_.kind, counts))
    return shares


def _answers(asked: Sequence[Predicate]) -> dict[str, Column]:
    """Pack whether a pair fulfills each predicate into the bits of as few columns as hold them."""
    columns = {}
    for start in range(0, len(asked), _BITS):
        bits = F.lit(0).cast("bigint")
        for place, one in enumerate(asked[start : start + _BITS]):
            bits = bits.bitwiseOR(F.when(_holds(one), F.lit(1 << place).cast("bigint")).otherwise(F.lit(0)))
        columns[f"_held_{start}"] = bits
    return columns


def _unpacked(table: pa.Table, answers: Sequence[str], count: int) -> NDArray[np.float64]:
    """Return a row for each row of the table and a column for each predicate: 1 where it holds."""
    columns = [table.column(name).to_numpy().astype(np.int64) for name in answers]
    bits = [(columns[place // _BITS] >> (place % _BITS)) & 1 for place in range(count)]
    return np.stack(bits, axis=1).astype(float) if bits else np.zeros((table.num_rows, 0))


def _together(
    asked: Sequence[Predicate], held: NDArray[np.float64], n: NDArray[np.float64], total: float
) -> dict[frozenset[Predicate], float]:
    both = held.T @ (held * n[:, None])
    return {
        frozenset((asked[one], asked[two])): float(both[one, two]) / total
        for one in range(len(asked))
        for two in range(one, len(asked))
        if both[one, two] >= MET
    }


def _holds(predicate: Predicate) -> Column:
    match predicate:
        case Within(column, distance, _):
            return F.expr(f"d_{column} between 0 and {distance}")
        case SharedToken(column):
            return F.arrays_overlap(f"l_{column}", f"r_{column}")
        case Equal(column):
            return F.col(f"l_{column}") == F.col(f"r_{column}")
        case Swapped(column_a=a, column_b=b):
            return (F.col(f"l_{a}") == F.col(f"r_{b}")) & (F.col(f"l_{b}") == F.col(f"r_{a}"))
        case _:
            return F.lit(None).cast("boolean")
