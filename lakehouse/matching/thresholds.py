"""Weighted pairs -> the threshold whose clusters promise the best F1, judged by the probabilities of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lakehouse.matching.agglomeration import possible_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lakehouse.matching.agglomeration import Edges

    Integers = NDArray[np.int64]

GRID = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
EVEN = 0.0
"""Where the odds are even: the search starts here, and stays unless another threshold promises more."""
SAME = 1e-5
"""A gain in F1 that is none: sums of floats depend on the order of their parts."""


@dataclass(frozen=True)
class Expectation:
    """What the model expects of the clusters at a threshold.

    Attributes:
        threshold: least mean weight between groups that are joined.
        precision, recall, f1: over pairs of records in one cluster.
        clusters: how many clusters have two records or more.
        largest: records of the largest.
        right, pairs, all_right: expected true pairs within clusters, all pairs within them, and all true pairs.
    """

    threshold: float
    precision: float
    recall: float
    f1: float
    clusters: int
    largest: int
    right: float = 0.0
    pairs: float = 0.0
    all_right: float = 0.0

    @classmethod
    def of(
        cls, threshold: float, *, right: float, pairs: float, all_right: float, clusters: int, largest: int
    ) -> Expectation:
        """Work the shares out of counts."""
        return cls(
            threshold=threshold,
            precision=right / pairs if pairs else 1.0,
            recall=right / all_right if all_right else 1.0,
            f1=2 * right / (pairs + all_right) if pairs + all_right else 1.0,
            clusters=clusters, largest=largest, right=right, pairs=pairs, all_right=all_right,
        )  # fmt: skip

    def plus(self, other: Expectation) -> Expectation:
        """What is expected of clusters that share no record, together."""
        return Expectation.of(
            self.threshold, right=self.right + other.right, pairs=self.pairs + other.pairs,
            all_right=self.all_right + other.all_right, clusters=self.clusters + other.clusters,
            largest=max(self.largest, other.largest),
        )  # fmt: skip


def expect(edges: Edges, label: Integers, threshold: float) -> Expectation:
    """Judge clusters by the probabilities of the pairs; pairs that were not scored are taken for no matches."""
    probability = 1 / (1 + np.exp2(-np.clip(edges.weight, -60, 60)))
    kept = float(probability[label[edges.left] == label[edges.right]].sum())
    size = np.bincount(label)
    return Expectation.of(
        threshold, right=kept, pairs=float(possible_pairs(label, edges).sum()), all_right=float(probability.sum()),
        clusters=int((size > 1).sum()), largest=int(size.max(initial=0)),
    )  # fmt: skip


def choose_threshold(
    edges: Edges, cluster: Callable[[float], Integers], *, min_precision: float, lowest: float | None = None
) -> tuple[float, tuple[Expectation, ...]]:
    """Climb from even odds to the threshold with the best expected F1.

    Args:
        edges: scored pairs.
        cluster: threshold -> cluster of each record.
        min_precision: below this expected precision the threshold goes up, whatever the F1.
        lowest: no threshold below it is tried.

    Returns:
        the threshold, and what was expected of each that was tried.
    """
    tried: dict[float, Expectation] = {}

    def worth(place: int) -> float:
        threshold = GRID[place]
        if threshold not in tried:
            tried[threshold] = expect(edges, cluster(threshold), threshold)
        one = tried[threshold]
        return one.f1 if one.precision >= min_precision else one.precision - 1

    bottom = 0 if lowest is None else GRID.index(lowest)
    place = GRID.index(EVEN)
    for step in (1, -1):
        while bottom <= place + step < len(GRID) and worth(place + step) > worth(place) + SAME:
            place += step
    worth(place)
    return GRID[place], tuple(tried[threshold] for threshold in sorted(tried))
