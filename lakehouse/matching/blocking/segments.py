"""The pigeonhole behind complete edit-distance blocking: which pieces of a text survive `k` edits, and where they go.

Cut a text into `k + m` segments. `k` edits touch at most `k` of them, so at least `m` segments stand unchanged in any
text within distance `k`, each moved by the insertions minus the deletions before it. With `m = 1` these are the
segments and the multi-match-aware substrings of Pass-Join (Li, Deng, Wang and Feng, VLDB 2012); with every character
a segment of its own it is the deletion neighborhood (FastSS). In between a signature holds `m / (k + m)` of the text:
the larger `m`, the fewer false candidates and the more signatures. The cuts may lie anywhere as long as they follow
from the length alone, and segments may be empty, so that texts shorter than `k + m` need no path of their own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate, combinations, product
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Survivors: TypeAlias = tuple[tuple[int, int], ...]
"""(segment, shift) of segments that stand unchanged; the shift is where the segment moved in the longer text."""

Piece: TypeAlias = tuple[int, int]
"""(start, size) of a substring, counted from 1."""


@dataclass(frozen=True)
class Segmentation:
    """How the texts of every length are cut, for one edit distance.

    Attributes:
        distance: largest number of edits that is found.
        survivors: m, for a length that `sizes` does not name.
        sizes: length -> sizes of the segments in order; more than `distance` of them.
        shapes: length -> number of the shape that it shares with other lengths, whose segments stand at the same places but for
            the size of one; a length without one is a shape of its own. Who looks up what may have several lengths of a
            shape has less to look up.
    """

    distance: int
    survivors: int
    sizes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    shapes: Mapping[int, int] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.distance, self.survivors, *(tuple(sorted(some.items())) for some in (self.sizes, self.shapes))))

    @property
    def pieces(self) -> int:
        """The largest number of surviving segments of any length: how many substrings a signature hashes."""
        return max(self.survivors, *(len(sizes) - self.distance for sizes in self.sizes.values()), 1)

    def shape(self, length: int) -> int:
        """Return the number that the signatures of texts of this length hold."""
        return self.shapes.get(length, length)

    def cut(self, length: int) -> tuple[int, ...]:
        """Return the sizes of the segments of a text of this length; they sum to the length."""
        known = self.sizes.get(length)
        return known or even_sizes(length, self.distance + default_survivors(length, self.distance, self.survivors))


@dataclass(frozen=True)
class Signature:
    """One thing to hash: two texts within the distance have one with equal `shape`, `kind` and text of the pieces.

    Attributes:
        shape: of the length of the indexed text.
        kind: which segments survive, as a number.
        pieces: substrings to read, in the order of the segments.
    """

    shape: int
    kind: int
    pieces: tuple[Piece, ...]


def even_sizes(length: int, parts: int) -> tuple[int, ...]:
    """Cut a length into parts that differ by one at most, the shorter first; parts may be empty."""
    size, longer = divmod(length, parts)
    return (size,) * (parts - longer) + (size + 1,) * longer


def default_survivors(length: int, distance: int, most: int) -> int:
    """Return how many segments shall survive: as many as wanted, yet none smaller than a character if it can be."""
    return max(1, min(most, length - distance))


def index_signatures(segmentation: Segmentation, length: int) -> Iterator[Signature]:
    """Yield the signatures under which a text of this length is found: every choice of surviving segments."""
    sizes = segmentation.cut(length)
    starts = _starts(sizes)
    for kind, chosen in enumerate(_choices(len(sizes), segmentation.distance)):
        yield Signature(segmentation.shape(length), kind, tuple((starts[i], sizes[i]) for i in chosen))


def probe_signatures(segmentation: Segmentation, length: int, *, indexed: int) -> Iterator[Signature]:
    """Yield what a text of this length has to look up to find the texts of length `indexed` within the distance."""
    sizes = segmentation.cut(indexed)
    starts, choices = _starts(sizes), _choices(len(sizes), segmentation.distance)
    survivors = len(sizes) - segmentation.distance
    for moved in surviving_segments(segmentation.distance, survivors).get(length - indexed, ()):
        pieces = tuple((starts[i] + shift, sizes[i]) for i, shift in moved)
        if all(start >= 1 and start + size - 1 <= length for start, size in pieces):
            yield Signature(segmentation.shape(indexed), choices.index(tuple(i for i, _ in moved)), pieces)


@cache
def surviving_segments(distance: int, survivors: int) -> Mapping[int, tuple[Survivors, ...]]:
    """Return, by the difference in length, segments of which in every case some entry stands whole and as shifted.

    Every way to spread up to `distance` edits over the segments is enumerated, the most scattered first; a way adds
    an entry only when no entry so far survives it.
    """
    found: dict[int, list[Survivors]] = defaultdict(list)
    for difference, standing in _edited(distance, distance + survivors):
        options = list(combinations(standing, survivors))
        if not any(option in found[difference] for option in options):
            found[difference].append(options[0])
    return {difference: tuple(entries) for difference, entries in found.items()}


def _edited(distance: int, parts: int) -> Iterator[tuple[int, Survivors]]:
    for touched in range(min(distance, parts), -1, -1):
        for hit in combinations(range(parts), touched):
            for net in product(range(-distance, distance + 1), repeat=touched):
                # A touched segment that keeps its length has paid one substitution at least.
                if sum(max(1, abs(change)) for change in net) <= distance:
                    change_of = dict(zip(hit, net, strict=True))
                    shifts = accumulate((change_of.get(i, 0) for i in range(parts)), initial=0)
                    standing = [
                        (i, shift) for i, shift in zip(range(parts), shifts, strict=False) if i not in change_of
                    ]
                    yield sum(net), tuple(standing)


@cache
def _choices(parts: int, distance: int) -> tuple[tuple[int, ...], ...]:
    return tuple(combinations(range(parts), parts - distance))


def _starts(sizes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(accumulate(sizes, initial=1))[: len(sizes)]
