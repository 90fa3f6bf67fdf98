"""Weighted pairs -> the threshold whose clusters promise the best F1, judged by the probabilities of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lakehouse.matching.agglomeration import Edges

    Integers = NDArray[np.int64]

GRID = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
EVEN = 0.0
"""Where the odds are even: the search starts here, and stays unless another threshold promises more."""
SAME = 0.001
"""A gain in F1 that is worth another threshold."""


@dataclass(frozen=True)
class Expectation:
    """What the model expects of the clusters at a threshold.

    Attributes:
        threshold: least mean weight between groups that are joined.
        precision, recall, f1: over pairs of records in one cluster.
        clusters: how many clusters have two records or more.
        largest: records of the largest.
    """

    threshold: float
    precision: float
    recall: float
    f1: float
    clusters: int
    largest: int


def expect(edges: Edges, label: Integers, threshold: float) -> Expectation:
    """Judge clusters by the probabilities of the pairs; pairs that were not scored are taken for no matches."""
    probability = 1 / (1 + np.exp2(-np.clip(edges.weight, -60, 60)))
    kept = float(probability[label[edges.left] == label[edges.right]].sum())
    size = np.bincount(label)
    pairs = float((size * (size - 1) // 2).sum())
    all_ = float(probability.sum())
    return Expectation(
        threshold=threshold,
        precision=kept / pairs if pairs else 1.0,
        recall=kept / all_ if all_ else 1.0,
        f1=2 * kept / (pairs + all_) if pairs + all_ else 1.0,
        clusters=int((size > 1).sum()),
        largest=int(size.max(initial=0)),
    )


def choose_threshold(
    edges: Edges, cluster: Callable[[float], Integers], *, min_precision: float
) -> tuple[float, tuple[Expectation, ...]]:
    """Climb from even odds to the threshold with the best expected F1.

    Args:
        edges: scored pairs.
        cluster: threshold -> cluster of each record.
        min_precision: below this expected precision the threshold goes up, whatever the F1.

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

    place = GRID.index(EVEN)
    for step in (1, -1):
        while 0 <= place + step < len(GRID) and worth(place + step) > worth(place) + SAME:
            place += step
    worth(place)
    return GRID[place], tuple(tried[threshold] for threshold in sorted(tried))
