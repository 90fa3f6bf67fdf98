"""Cuts of texts that follow from nothing but their length, for an index: at places that texts of similar lengths share.

Who looks texts of `n - k` to `n + k` characters up asks for every place where a piece may stand in one of them. Where all
of them are cut at the same places there is a third of that to ask for, at the price of one segment that varies in size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.matching.blocking.segments import Segmentation, even_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORT = 4
"""Texts of fewer characters a segment are cut alike if a single segment survives: most names are that short. Longer ones, such
as dates, would have too little told by segments of so few characters."""
FIRST = {0: (), 1: (3,), 2: (2, 2), 3: (2, 2, 2)}
"""Distance -> sizes of the segments of short texts but for the last, which is the rest."""
STEP = 4
"""Lengths that are cut alike if several segments survive: a signature shall still hold much of a text."""


def lasting_cuts(distance: int, survivors: int, lengths: Iterable[int], ending: int = 0) -> Segmentation:
    """Cut texts of all lengths.

    Args:
        distance: largest number of edits that is found.
        survivors: segments that a signature holds.
        lengths: every length that any text has or will have.
        ending: characters at the end that are a segment of their own; 0 for none.
    """
    parts = distance + survivors
    if ending:
        cut = {n: (*even_sizes(n - ending, parts - 1), ending) for n in lengths if n - ending >= parts}
        return Segmentation(distance, survivors, cut)
    if survivors == 1:
        first = {n: FIRST[distance] for n in lengths if sum(FIRST[distance]) < n < SHORT * parts}
        shapes = dict.fromkeys(first, SHORT * parts - 1)
    else:
        shapes = {n: n - n % STEP for n in lengths if n - n % STEP >= parts}
        first = {n: even_sizes(shape, parts)[:-1] for n, shape in shapes.items()}
    return Segmentation(distance, survivors, {n: (*some, n - sum(some)) for n, some in first.items()}, shapes)
