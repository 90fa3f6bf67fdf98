"""The classes that a pair of records belongs to, and the shares of the levels of agreement within each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Levels = NDArray[np.int8]

SMALLEST = 1e-9
"""No share counts as smaller."""
BETWEEN = {"related": "shared", "namesake": "named"}
"""Class between matches and strangers -> attribute of the kinds on which its pairs agree as matches do."""


@dataclass(frozen=True)
class Patterns:
    """Candidate pairs by pattern.

    Attributes:
        levels: a row for each pattern, a column for each field.
        counts: pairs of each pattern.
        own, shared, named: mean addition of rareness, in bits, of the pairs of each pattern: of the fields of one person,
            of those that a household shares, and of those on which namesakes agree.
        pairs: all pairs of the records, candidates or not.
        records: distinct records; of two tables those of the smaller.
    """

    levels: Levels
    counts: Floats
    own: Floats
    shared: Floats
    named: Floats
    pairs: float
    records: int


@dataclass(frozen=True)
class FieldShares:
    """Share of the pairs of a class on each level of a field, "else" first.

    Attributes:
        match, related, namesake, stranger: among pairs of that class.
    """

    match: Floats
    related: Floats
    namesake: Floats
    stranger: Floats


@dataclass(frozen=True)
class Fit:
    """What the fit found.

    Attributes:
        fields: one entry a field.
        match, related, namesake: shares of the classes among all pairs; 0 of a class that the fields cannot tell.
        steps: iterations of the best start.
        converged: whether they ended because nothing moved any more.
        likelihood: log2 likelihood of each start.
        warnings: what a person should know before believing the scores.
    """

    fields: tuple[FieldShares, ...]
    match: float
    related: float = 0.0
    namesake: float = 0.0
    steps: int = 0
    converged: bool = True
    likelihood: tuple[float, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    @property
    def stranger(self) -> float:
        """Share of strangers among all pairs."""
        return 1 - self.match - self.related - self.namesake


def level_bits(match: Floats, stranger: Floats) -> Floats:
    """Bits that each level speaks for a match; equal values are worth their rareness besides, which is counted apart."""
    against = stranger.copy()
    against[-1] = 1.0
    return np.asarray(np.log2(np.maximum(match, SMALLEST) / np.maximum(against, SMALLEST)))
