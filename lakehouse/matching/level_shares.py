"""What is known of the levels of agreement before pairs are fitted: of true pairs by experience, of random ones by a count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lakehouse.matching.kinds import MISSING
from lakehouse.matching.pair_classes import ratio_bits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lakehouse.matching.kinds import Kind

    Floats = NDArray[np.float64]
    Levels = NDArray[np.int8]


SUSPECT = 6.0
"""Bits below even odds from which a random pair is held for a possible match: priors are rough, and values are missing."""


def prior_shares(kind: Kind) -> Floats:
    """Rough shares of true pairs on each level, "else" first."""
    shares = np.array([level.share for level in reversed(kind.levels)])
    return np.asarray(shares / shares.sum())


def random_shares(kind: Kind, histogram: Floats) -> Floats:
    """Shares of random pairs on each level; half a pair is added so that nothing is impossible."""
    smoothed = histogram + 0.5
    return np.asarray(smoothed / smoothed.sum()) if len(smoothed) == kind.top + 1 else prior_shares(kind)


def unlike_matches(levels: Levels, kinds: Sequence[Kind], random: Sequence[Floats], pairs: float) -> Floats:
    """Return how surely random pairs are no matches, by prior shares alone: 1 for all but what agrees nearly everywhere.

    Args:
        levels: a row for each pattern, a column for each field.
        kinds: of the fields.
        random: shares of random pairs on the levels of each field.
        pairs: all pairs of the records; as many matches are expected as there are records.
    """
    bits = np.full(len(levels), SUSPECT - np.log2(max(pairs, 1.0)) / 2)
    for j, (kind, share) in enumerate(zip(kinds, random, strict=True)):
        there = levels[:, j] != MISSING
        bits[there] += ratio_bits(prior_shares(kind), share)[levels[there, j]]
    return np.asarray(1 / (1 + np.exp2(np.clip(bits, -60, 60))))
