"""Weighted pairs of two tables -> links: one to one, one to many, or whatever the weights allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lakehouse.matching.agglomeration import Edges

CERTAIN = 4.0
"""Weight from which a pair is taken for a match when links are counted: odds of 16 to 1."""
CROWDED = 0.02
"""Share of records with a second certain partner up to which both tables are taken to be free of duplicates."""


def guess_links(edges: Edges) -> str:
    """Decide from the certain pairs whether records have one partner or several."""
    certain = edges.only(edges.weight >= CERTAIN)
    if not len(certain.left):
        return "one_to_one"
    crowded = [
        float((count[count > 0] > 1).mean()) for count in (np.bincount(certain.left), np.bincount(certain.right))
    ]
    if max(crowded) <= CROWDED:
        return "one_to_one"
    return "one_to_many" if crowded[1] <= CROWDED else "many_to_many"


def choose_links(edges: Edges, threshold: float, *, left_once: bool, right_once: bool) -> NDArray[np.bool_]:
    """Take the heaviest pairs first, each record once where it may have one partner only.

    Args:
        edges: scored pairs, `left` of the first table and `right` of the second.
        threshold: least weight of a link.
        left_once: a record of the first table has one partner at most.
        right_once: the same for the second table.
    """
    order = np.lexsort((edges.right, edges.left, -edges.weight))
    taken: NDArray[np.bool_] = np.zeros(len(edges.left), dtype=bool)
    used: tuple[set[Any], set[Any]] = (set(), set())
    for row in order.tolist():
        if edges.weight[row] < threshold:
            break
        left, right = edges.left[row], edges.right[row]
        if (left_once and left in used[0]) or (right_once and right in used[1]):
            continue
        taken[row] = True
        used[0].add(left)
        used[1].add(right)
    return taken
