"""Random pairs -> which of them are neighbors: strangers of one origin, who agree more often than strangers at large.

Who lives in one country has names of one language, and towns, postcodes and categories in common. Taken field by field, as
if fields were independent, two such strangers look related: the family name alone, or a first name and the town, would
make them a match where millions of pairs are candidates. Among random pairs there are hardly any matches, so that two
latent classes can be told apart without mistaking one for the other (latent class analysis; Lazarsfeld and Henry 1968,
fitted by EM).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lakehouse.matching.kinds import MISSING
from lakehouse.matching.pair_classes import ratio_bits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Levels = NDArray[np.int8]

FEWEST = 2_000
"""Of fewer random pairs nothing is learned."""
LEAST, MOST = 0.01, 0.6
"""Shares of random pairs that may be neighbors: fewer are rather matches, more are rather everybody."""
PULL = 5.0
"""As many pairs speak for a level being as frequent among neighbors as among all: one pair alone says nothing."""
BOOST, FIRST = 4.0, 0.1
"""Where the fit starts: a tenth are neighbors, who agree four times as often."""
STEPS, TOLERANCE = 60, 1e-3


@dataclass(frozen=True)
class Neighbors:
    """Strangers of one origin.

    Attributes:
        share: of all strangers; 0 where nothing sets any apart.
        ratios: for each field how many times as often their pairs are on each level as those of strangers at large, "else"
            first; empty where there are none.
    """

    share: float = 0.0
    ratios: tuple[Floats, ...] = ()

    def apart(self, j: int, strangers: Floats) -> tuple[Floats, Floats]:
        """Split the shares of the levels of a field among strangers: those of neighbors, and those of the others."""
        if not self.ratios:
            return strangers, strangers
        near = strangers * self.ratios[j]
        near /= near.sum()
        return near, _rest(strangers, self.share, near)


NOBODY = Neighbors()


def find_neighbors(levels: Levels, counts: Floats, random: Sequence[Floats], unlike: Floats) -> Neighbors:
    """Tell neighbors from other strangers.

    Args:
        levels: patterns of random pairs, a row for each, a column for each field.
        counts: pairs of each pattern.
        random: shares of random pairs on the levels of each field.
        unlike: for each pattern how likely it is that its pairs are no matches, 0 to 1.
    """
    weight = counts * unlike
    if weight.sum() < FEWEST or levels.shape[1] < 2:  # noqa: PLR2004  - one field agrees with no other
        return NOBODY
    found, where = np.unique(levels, axis=0, return_inverse=True)
    return _fitted(found, np.bincount(where.ravel(), weights=weight).astype(float), random)


def _fitted(levels: Levels, counts: Floats, random: Sequence[Floats]) -> Neighbors:
    share, near = FIRST, [_boosted(one) for one in random]
    gain = 0.0
    for _ in range(STEPS):
        far = [_rest(one, share, two) for one, two in zip(random, near, strict=True)]
        chance, gain = _expect(levels, counts, random, share, near, far)
        fresh = float(np.clip(chance @ counts / counts.sum(), LEAST / 10, 1 - LEAST))
        near = [_maximize(levels[:, j], chance * counts, counts, one, fresh) for j, one in enumerate(random)]
        share, moved = fresh, abs(fresh - share)
        if moved < TOLERANCE * share:
            break
    parameters = 1 + sum(len(one) - 1 for one in random)
    # The Bayesian information criterion, in bits.
    worth_it = gain > parameters * np.log2(counts.sum()) / 2
    ratios = tuple(one / two for one, two in zip(near, random, strict=True))
    return Neighbors(share, ratios) if worth_it and LEAST <= share <= MOST else NOBODY


def _boosted(random: Floats) -> Floats:
    more = random.copy()
    more[1:] *= BOOST
    return np.asarray(more / more.sum())


def _rest(random: Floats, share: float, near: Floats) -> Floats:
    """Shares of the levels among the others."""
    rest = np.maximum(random - share * near, random * 0.01)
    return np.asarray(rest / rest.sum())


def _expect(
    levels: Levels, counts: Floats, random: Sequence[Floats], share: float, near: Sequence[Floats], far: Sequence[Floats]
) -> tuple[Floats, float]:
    """Return the chance that pairs of a pattern are neighbors, and what telling them apart gains, in bits."""
    bits = {"near": np.full(len(counts), np.log2(share)), "far": np.full(len(counts), np.log2(1 - share))}
    for j, one in enumerate(random):
        there = levels[:, j] != MISSING
        for name, shares in (("near", near[j]), ("far", far[j])):
            bits[name][there] += ratio_bits(shares, one)[levels[there, j]]
    total = np.logaddexp2(bits["near"], bits["far"])
    return np.exp2(bits["near"] - total), float(counts @ total)


def _maximize(level: Levels, near: Floats, counts: Floats, random: Floats, share: float) -> Floats:
    there = level != MISSING
    found, among = (np.bincount(level[there], weights=one[there], minlength=len(random)) for one in (near, counts))
    fresh = random * (found + PULL) / (share * among + PULL)
    return np.asarray(fresh / fresh.sum())
