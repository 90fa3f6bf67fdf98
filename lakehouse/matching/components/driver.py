"""Edges in memory -> components, by hooking and pointer jumping on whole arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def connected_components_arrays(
    left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the nodes in ascending order, and for each the smallest node that it is connected with."""
    nodes, codes = np.unique(np.concatenate([left, right]), return_inverse=True)
    components = union_find(codes[: len(left)], codes[len(left) :], len(nodes))
    return nodes, nodes[components]


def union_find(left: NDArray[np.int64], right: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return for each of the nodes 0 … count - 1 the smallest node of its component.

    Every round hooks the ends of the remaining edges to each other, by turns the larger to the smaller and the smaller
    to the larger, and flattens the trees. A root that found no neighbor to hook to in one round finds one in the next,
    so that two rounds halve the roots: O((nodes + edges) log nodes) after Shiloach and Vishkin (1982).
    """
    parents = np.arange(count, dtype=np.int64)
    downward = True
    while len(left):
        low, high = np.minimum(left, right), np.maximum(left, right)
        hooked, target = (high, low) if downward else (low, high)
        parents[hooked] = target
        parents = _flattened(parents)
        left, right = parents[left], parents[right]
        apart = left != right
        left, right, downward = left[apart], right[apart], not downward
    return _smallest(parents)


def _flattened(parents: NDArray[np.int64]) -> NDArray[np.int64]:
    while True:
        grandparents = parents[parents]
        if np.array_equal(grandparents, parents):
            return parents
        parents = grandparents


def _smallest(roots: NDArray[np.int64]) -> NDArray[np.int64]:
    first = np.full(len(roots), len(roots), dtype=np.int64)
    np.minimum.at(first, roots, np.arange(len(roots), dtype=np.int64))
    return first[roots]
