"""Weighted pairs -> clusters: join what is most alike on average, as long as the average speaks for one person.

A single strong pair does not join two groups whose other members disagree (average linkage). A pair that was never scored
counts as one that speaks against. Where all pairs of a connected component speak for it nothing else need be looked at.
Components are independent of each other, so that a record which is connected with nothing changes no cluster.
What a person has judged outweighs any mean: a match is joined first, and what is none is in no cluster together.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lakehouse.matching.pair_classes import VERDICT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

AGAINST = -4.0
"""Match weight of a pair that was not scored, and the least that any pair counts: odds of 1 to 16."""
FOR = 12.0
"""The most that a pair counts: one pair beyond doubt does not outvote a group of others."""


@dataclass(frozen=True)
class Edges:
    """Scored pairs of records that are numbered from 0.

    Attributes:
        left, right: the two records.
        weight: match weight in bits.
        nodes: how many records there are.
        side: table of each record, where only pairs between two tables are scored; None for one table.
    """

    left: Integers
    right: Integers
    weight: Floats
    nodes: int
    side: Integers | None = None

    def only(self, chosen: Any) -> Edges:
        """The pairs where `chosen` is true."""
        return Edges(self.left[chosen], self.right[chosen], self.weight[chosen], self.nodes, self.side)


def components_of(edges: Edges) -> Integers:
    """Number of the connected component of each record: the smallest record of it."""
    label = np.arange(edges.nodes, dtype=np.int64)
    left, right = edges.left, edges.right
    while len(left):
        one, two = label[left], label[right]
        smaller, larger = np.minimum(one, two), np.maximum(one, two)
        np.minimum.at(label, larger, smaller)
        while True:  # follow the labels up to the root
            up = label[label]
            if np.array_equal(up, label):
                break
            label = up
        open_ = label[left] != label[right]
        left, right = left[open_], right[open_]
    return label


def cluster_edges(edges: Edges, threshold: float, *, against: float = AGAINST) -> Integers:
    """Cluster of each record, named by its smallest member.

    Args:
        edges: scored pairs; a pair that is absent was not scored.
        threshold: least mean weight between two groups that are joined.
        against: weight of pairs that were not scored.
    """
    label = components_of(edges.only(edges.weight >= threshold))
    counted = (edges.weight > against) | (edges.weight <= -VERDICT)
    inside = edges.only((label[edges.left] == label[edges.right]) & counted)
    agreeing = np.bincount(label[inside.left], weights=inside.weight >= threshold, minlength=edges.nodes)
    complete = agreeing >= possible_pairs(label, edges)
    doubtful = inside.only(~complete[label[inside.left]])
    if not len(doubtful.left):
        return label
    found, members = np.unique(np.concatenate([doubtful.left, doubtful.right]), return_inverse=True)
    half = len(doubtful.left)
    side = None if edges.side is None else edges.side[found]
    small = Edges(members[:half], members[half:], doubtful.weight, len(found), side)
    joined = _agglomerate(small, threshold, against)
    result = label.copy()
    result[found] = found[joined]
    return _smallest(result)


def possible_pairs(label: Integers, edges: Edges) -> Any:
    """How many pairs of each cluster could be scored: all, or those between two tables; counted at the number of its name."""
    size = np.bincount(label, minlength=edges.nodes)
    if edges.side is None:
        return size * (size - 1) / 2
    second = np.bincount(label, weights=edges.side, minlength=edges.nodes)
    return (size - second) * second


def _smallest(label: Integers) -> Integers:
    """Name each cluster by its smallest member."""
    first = np.full(len(label), len(label), dtype=np.int64)
    np.minimum.at(first, label, np.arange(len(label), dtype=np.int64))
    return np.asarray(first[label])


def _agglomerate(edges: Edges, threshold: float, against: float) -> Integers:
    """Join the two groups with the largest mean weight until no mean reaches the threshold."""
    weight = np.clip(edges.weight, against, FOR)
    weight[edges.weight >= VERDICT] = np.inf
    weight[edges.weight <= -VERDICT] = -np.inf
    beside: list[dict[int, tuple[float, int]]] = [{} for _ in range(edges.nodes)]
    heap: list[tuple[float, int, int, int, int]] = []
    for one, two, bits in zip(edges.left.tolist(), edges.right.tolist(), weight.tolist(), strict=True):
        beside[one][two] = beside[two][one] = (bits, 1)
        if bits >= threshold:
            heap.append((-bits, min(one, two), max(one, two), 0, 0))
    heapq.heapify(heap)
    first, second = _sizes(edges)
    version, parent = [0] * edges.nodes, list(range(edges.nodes))
    while heap:
        _, one, two, version_one, version_two = heapq.heappop(heap)
        if version[one] != version_one or version[two] != version_two:
            continue
        _join(beside, one, two)
        parent[two] = one
        first[one], second[one] = first[one] + first[two], second[one] + second[two]
        version[one] += 1
        version[two] = -1
        for other, (bits, scored) in beside[one].items():
            possible = first[one] * second[other] + second[one] * first[other]
            mean = (bits + (possible - scored) * against) / possible
            if mean >= threshold:
                low, high = min(one, other), max(one, other)
                heapq.heappush(heap, (-mean, low, high, version[low], version[high]))
    return _roots(parent)


def _sizes(edges: Edges) -> tuple[list[float], list[float]]:
    """Records of each group by table, so that first x second + second x first pairs can be scored between two groups."""
    if edges.side is None:
        return [0.5**0.5] * edges.nodes, [0.5**0.5] * edges.nodes
    return (1.0 - edges.side).tolist(), (edges.side * 1.0).tolist()


def _join(beside: list[dict[int, tuple[float, int]]], one: int, two: int) -> None:
    """Move the pairs of group `two` to group `one`."""
    del beside[one][two], beside[two][one]
    mine = beside[one]
    for other, (bits, scored) in beside[two].items():
        del beside[other][two]
        known = mine.get(other, (0.0, 0))
        mine[other] = beside[other][one] = (known[0] + bits, known[1] + scored)
    beside[two] = {}


def _roots(parent: list[int]) -> Integers:
    roots = np.array(parent, dtype=np.int64)
    while True:
        up = roots[roots]
        if np.array_equal(up, roots):
            return roots
        roots = up
