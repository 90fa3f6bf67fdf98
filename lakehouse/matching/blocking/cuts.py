"""A sample of the texts of a column -> where to cut them, so that few meet that are not similar.

Segments of equal size are far from equally telling: of e-mail addresses the last half is one of a few domains, of phone
numbers the first digits are those of a country. The pigeonhole asks only that the cuts follow from the length; so they are
laid where segments of a sample agree least often, and as many segments survive as make signatures and comparisons cheapest
together, for each length by itself. Nothing is lost by it: whatever the cuts are, the pairs that are found are the same.

For the cuts of one length it is the shortest path over the positions of the text (dynamic programming), where the length of
a step is the share of sampled pairs that agree on the characters in between.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb, prod
from typing import TYPE_CHECKING

import numpy as np

from lakehouse.matching.blocking.segments import Segmentation, surviving_segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SURVIVORS = {0: 1, 1: 3, 2: 3, 3: 2}
"""Edit distance -> segments that a signature holds where too few texts are known to choose."""
MOST_SURVIVORS = 4
FEWEST, MOST = 20, 300
"""Texts of one length from which its cuts are chosen, and as many as are looked at."""
LONGEST = 80
"""Characters of texts whose cuts are chosen: longer ones are few, and their even segments tell enough."""
SIGNATURES_A_SECOND, COMPARISONS_A_SECOND = 400_000.0, 6_000_000.0
"""Rows that one core makes and shuffles, and compares behind their masks, in a second: rough, for weighing them up."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class TextSample:
    """Some of the different texts of a column.

    Attributes:
        texts: each once, in an order that follows from the texts alone.
        share: of all different texts of the column.
    """

    texts: Sequence[str]
    share: float


def choose_segmentation(samples: Sequence[TextSample], distance: int) -> Segmentation:
    """Choose the cuts and the number of surviving segments of every length.

    Args:
        samples: of the column of one table, or of both tables that are linked: the first looks up what the second holds.
        distance: largest number of edits.
    """
    counts = [_counted(sample) for sample in samples]
    known: dict[int, list[str]] = defaultdict(list)
    for sample in samples:
        for text in sample.texts:
            known[len(text)].append(text)
    sizes = {}
    for length, texts in sorted(known.items()):
        if len(texts) >= FEWEST and distance < length <= LONGEST:
            looking = _looking(counts[0], length, distance, one_table=len(samples) == 1)
            sizes[length] = _cheapest(_agreement(texts[:MOST]), distance, counts[-1][length], looking)
    return Segmentation(distance, SURVIVORS[distance], sizes)


def _counted(sample: TextSample) -> dict[int, float]:
    """About how many different texts of each length there are."""
    counts: dict[int, float] = defaultdict(float)
    for text in sample.texts:
        counts[len(text)] += 1 / sample.share
    return counts


def _looking(counts: Mapping[int, float], length: int, distance: int, *, one_table: bool) -> dict[int, float]:
    """Difference in length -> how many texts look up those of this length."""
    least = 0 if one_table else -distance
    return {more: counts[length + more] for more in range(least, distance + 1) if counts.get(length + more)}


def _cheapest(agreement: Floats, distance: int, found: float, looking: Mapping[int, float]) -> tuple[int, ...]:
    """Return the sizes of the segments for which signatures and comparisons cost least."""
    length = len(agreement) - 1
    choices = [
        best_cut(agreement, distance + survivors)
        for survivors in range(1, MOST_SURVIVORS + 1)
        if survivors == 1 or distance + survivors <= length
    ]
    return min(choices, key=lambda sizes: _seconds(sizes, agreement, distance, found, looking))


def _seconds(
    sizes: tuple[int, ...], agreement: Floats, distance: int, found: float, looking: Mapping[int, float]
) -> float:
    survivors = len(sizes) - distance
    entries = surviving_segments(distance, survivors)
    kinds = comb(len(sizes), survivors)
    probes = {more: many * len(entries.get(more, ())) for more, many in looking.items()}
    ends = np.cumsum((0, *sizes))
    alone = [float(agreement[start, end]) for start, end in pairwise(ends)]
    # As if segments agreed independently: of several that survive together it is an upper bound on how much they tell.
    meeting = sum(prod(some) for some in combinations(alone, survivors)) / kinds
    signatures = found * kinds + sum(probes.values())
    return signatures / SIGNATURES_A_SECOND + sum(probes.values()) * found * meeting / COMPARISONS_A_SECOND


def _agreement(texts: Iterable[str]) -> Floats:
    """Return in row `i`, column `j` the share of pairs of texts of one length that have the same characters from i to j."""
    letters = np.stack([np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32) for text in texts])
    letters = letters.astype(np.uint64)
    count, length = letters.shape
    least = 0.5 / (count * (count - 1) + 1)
    shares = np.ones((length + 1, length + 1))
    for start in range(length):
        hashed = np.zeros(count, dtype=np.uint64)
        for place in range(start, length):
            hashed = (hashed ^ letters[:, place]) * _MIX
            hashed ^= hashed >> np.uint64(29)
            many = np.unique(hashed, return_counts=True)[1]
            if len(many) == count:  # what differs in a part differs in the whole
                shares[start, place + 1 :] = least
                break
            shares[start, place + 1] = max(float((many * (many - 1)).sum()) / (count * (count - 1)), least)
    return shares


def best_cut(agreement: Floats, parts: int) -> tuple[int, ...]:
    """Cut a text into parts that agree as seldom as can be, each of a character or more where there are enough.

    Args:
        agreement: row `i`, column `j`: how often texts agree from character i to j; of a length of one more.
        parts: how many.

    Returns:
        the sizes of the parts, which sum to the length.
    """
    length = len(agreement) - 1
    whole = min(parts, length)
    best = np.full((whole + 1, length + 1), np.inf)
    best[0, 0] = 0.0
    back = np.zeros((whole + 1, length + 1), dtype=int)
    for part in range(1, whole + 1):
        for end in range(part, length + 1):
            sums = best[part - 1, :end] + agreement[:end, end]
            back[part, end] = int(np.argmin(sums))
            best[part, end] = sums[back[part, end]]
    ends = [length]
    for part in range(whole, 0, -1):
        ends.append(int(back[part, ends[-1]]))
    sizes = tuple(int(size) for size in np.diff(ends[::-1]))
    return (0,) * (parts - whole) + sizes
