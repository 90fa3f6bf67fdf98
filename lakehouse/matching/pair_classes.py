"""The classes that a pair of records belongs to, and the shares of the levels of agreement within each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lakehouse.matching.kinds import Kind

    Floats = NDArray[np.float64]
    Levels = NDArray[np.int8]

SMALLEST = 1e-9
"""No share counts as smaller."""
VERDICT = 1000.0
"""Match weight, for or against, of a pair that a person has judged: more than all fields together can say."""
FEWEST_LABELS = 10
"""Labels of each sort, match and no match, from which weights can be calibrated."""
BETWEEN = {"related": "shared", "namesake": "named", "sibling": ""}
"""Class between matches and strangers -> attribute of the kinds on which its pairs agree as matches do; none: to be learned."""


def agrees(name: str, kind: Kind) -> bool:
    """Whether pairs of a class between have shares of their own on the levels of a kind, and not those of strangers."""
    return not BETWEEN[name] or bool(getattr(kind, BETWEEN[name]))


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
        known: 1 where a person says match, 0 where no match, -1 where nobody judged; None where nobody judged any.
        fold: of judged pairs the part in which they are held out together.
        placed: mean addition of rareness of the fields of an address, which is part of `shared`; None where there are none.
    """

    levels: Levels
    counts: Floats
    own: Floats
    shared: Floats
    named: Floats
    pairs: float
    records: int
    known: Levels | None = None
    fold: Levels | None = None
    placed: Floats | None = None

    def without(self, held: NDArray[np.bool_]) -> Patterns:
        """The same pairs, as if nobody had judged those where `held` is true."""
        return self if self.known is None else replace(self, known=np.where(held, np.int8(-1), self.known))


@dataclass(frozen=True)
class FieldShares:
    """Share of the pairs of a class on each level of a field, "else" first.

    Attributes:
        match, related, namesake, sibling, neighbor, stranger: among pairs of that class.
    """

    match: Floats
    related: Floats
    namesake: Floats
    sibling: Floats
    neighbor: Floats
    stranger: Floats


@dataclass(frozen=True)
class Calibration:
    """A line over match weights that labels bear out, and what it is worth on labels that the model had not seen.

    Attributes:
        slope, offset: calibrated weight = slope * weight + offset, in bits; 1 and 0 change nothing.
        moves_weights: the line holds for match weights, which decide, and not for scores alone; so it is where each pair is
            decided by itself (links between two tables).
        right, wrong: pairs that people judged to be a match, and to be none.
        loss_before, loss_after: mean log loss (natural logarithm) of held out labels without and with a line; None where
            there were too few labels to draw one.
    """

    slope: float = 1.0
    offset: float = 0.0
    moves_weights: bool = False
    right: int = 0
    wrong: int = 0
    loss_before: float | None = None
    loss_after: float | None = None

    def __str__(self) -> str:
        said = f"{self.right:,} say match, {self.wrong:,} say no match; "
        if self.loss_before is None or self.loss_after is None:
            return said + f"nothing is calibrated, which takes {FEWEST_LABELS} of each, of pairs of `to_label`"
        if self.loss_before <= self.loss_after:
            return said + f"no calibration judges held out labels surely better (log loss {self.loss_before:.3f})"
        return said + f"calibration changes the log loss of held out labels from {self.loss_before:.3f} to {self.loss_after:.3f}"


@dataclass(frozen=True)
class Fit:
    """What the fit found.

    Attributes:
        fields: one entry a field.
        match, related, namesake, sibling, neighbor: shares of the classes among all pairs; 0 of what the fields cannot tell.
        moved: share of the matches whose address changed as a whole.
        steps: iterations of the best start.
        converged: whether they ended because nothing moved any more.
        likelihood: log2 likelihood of each start.
        warnings: what a person should know before believing the scores.
        calibration: what labels say of the weights.
    """

    fields: tuple[FieldShares, ...]
    match: float
    related: float = 0.0
    namesake: float = 0.0
    sibling: float = 0.0
    neighbor: float = 0.0
    moved: float = 0.0
    steps: int = 0
    converged: bool = True
    likelihood: tuple[float, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    calibration: Calibration = Calibration()

    @property
    def stranger(self) -> float:
        """Share of strangers among all pairs, without neighbors."""
        return 1 - self.match - self.related - self.namesake - self.sibling - self.neighbor


def level_bits(match: Floats, stranger: Floats) -> Floats:
    """Bits that each level speaks for a match; equal values are worth their rareness besides, which is counted apart."""
    against = stranger.copy()
    against[-1] = 1.0
    return np.asarray(np.log2(np.maximum(match, SMALLEST) / np.maximum(against, SMALLEST)))


def ratio_bits(shares: Floats, others: Floats) -> Floats:
    """Bits by which each level is more frequent in one class than in another."""
    return np.asarray(np.log2(np.maximum(shares, SMALLEST) / np.maximum(others, SMALLEST)))
