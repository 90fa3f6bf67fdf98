"""Weighted pairs -> the threshold whose clusters promise the best F1, judged by the probabilities of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from lakehouse.matching.agglomeration import Edges

    Integers = NDArray[np.int64]

GRID = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
EVEN = 0.0
"""Where the odds are even: among thresholds that promise the same the one nearest to it is taken."""
SAME = 0.001


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


def choose_threshold(edges: Edges, cluster: Callable[[float], Integers]) -> tuple[float, tuple[Expectation, ...]]:
    """Try thresholds and take the one with the best expected F1.

    Args:
        edges: scored pairs.
        cluster: threshold -> cluster of each record.

    Returns:
        the threshold, and what was expected of each.
    """
    tried = tuple(expect(edges, cluster(threshold), threshold) for threshold in GRID)
    return _best(tried), tried


def _best(tried: Sequence[Expectation]) -> float:
    top = max(one.f1 for one in tried)
    good = [one.threshold for one in tried if one.f1 >= top - SAME]
    return min(good, key=lambda threshold: (abs(threshold - EVEN), threshold))
