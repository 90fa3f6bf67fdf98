"""Labels and a fitted model -> the line that turns its match weights into odds that the labels bear out.

Platt (1999), on weights instead of decision values: log odds = slope * weight + offset, drawn towards a slope of 1 and an
offset of 0 so that a handful of labels, or labels that the weights tell apart without an error, do not run away. What a
label teaches is measured on labels that the model has not seen (cross-validation); a line that does not help there is
left out.

Only labels count here whose pairs were chosen by nothing but their weight. Of pairs that clusters contradict, which a review
list is full of, fewer are matches than of all pairs of their weight, and a line through them would be too low.

In one table the line is for the scores that people read, and not for what clusters rest on: that others of a group agree
lifts a pair above what pairs of its weight are on average, and a line of that average would tear groups apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lakehouse.matching.expectation import weigh_patterns
from lakehouse.matching.fitting import fit_model
from lakehouse.matching.neighbors import NOBODY, Neighbors
from lakehouse.matching.pair_classes import FEWEST_LABELS, Calibration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lakehouse.matching.kinds import Kind
    from lakehouse.matching.pair_classes import Patterns

    Floats = NDArray[np.float64]
    Levels = NDArray[np.int8]

SLOPE_SPREAD, OFFSET_SPREAD = 0.5, 4.0
"""How far slope and offset (bits) are expected to be from 1 and 0: standard deviations of their prior."""
FLATTEST = 0.05
"""Least slope: a model whose weights speak against the labels altogether is not turned round."""
CERTAIN = 2.0
"""Standard errors by which held out labels must be judged better with a line: chance makes that once in forty times."""
FARTHEST = 30.0
"""Bits beyond which a weight says no more to a line."""
_STEPS, _STILL = 100, 1e-9


def calibrate(
    patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats], neighbors: Neighbors = NOBODY
) -> Calibration:
    """Draw the line; slope 1 and offset 0 where there are too few labels, or held out ones are not surely judged better.

    Args:
        patterns: candidate pairs, some of them judged.
        kinds: of the fields.
        random: shares of random pairs on the levels of each field.
        neighbors: which of the strangers agree more often than others.
    """
    if patterns.known is None or patterns.fold is None:
        return Calibration()
    yes, no = (int(patterns.counts[patterns.known == said].sum()) for said in (1, 0))
    judged = (patterns.known >= 0) & (patterns.fold >= 0)
    right = (patterns.known[judged] == 1).astype(float)
    count = patterns.counts[judged]
    if min((count * right).sum(), (count * (1 - right)).sum()) < FEWEST_LABELS:
        return Calibration(right=yes, wrong=no)
    fold = patterns.fold[judged]
    weight = _held_out(patterns, kinds, random, neighbors, np.unique(fold))[judged]
    calibrated = np.empty_like(weight)
    for part in np.unique(fold):
        there = fold == part
        slope, offset = draw_line(weight[~there], right[~there], count[~there])
        calibrated[there] = slope * weight[there] + offset
    losses = [log_losses(one, right) for one in (weight, calibrated)]
    before, after = (float(np.average(loss, weights=count)) for loss in losses)
    if not _is_certain(losses[0] - losses[1], count):
        return Calibration(right=yes, wrong=no, loss_before=before, loss_after=before)
    slope, offset = draw_line(weight, right, count)
    return Calibration(
        round(slope, 6), round(offset, 6), right=yes, wrong=no, loss_before=before, loss_after=after
    )  # fmt: skip


def _held_out(
    patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats], neighbors: Neighbors, folds: Levels
) -> Floats:
    """Weigh each pair of a fold by a model that does not know the labels of the fold."""
    weight = np.zeros(len(patterns.counts))
    for part in folds:
        held = patterns.fold == part
        fit = fit_model(patterns.without(held), kinds, random, neighbors)
        weight[held] = weigh_patterns(patterns, fit, kinds)[held]
    return np.clip(weight, -FARTHEST, FARTHEST)


def log_losses(weight: Floats, right: Floats) -> Floats:
    """-log(probability of what is true), of each pair."""
    bits = np.where(right == 1, weight, -weight)
    return np.asarray(np.logaddexp(0, -bits * np.log(2)))


def _is_certain(gain: Floats, count: Floats) -> bool:
    """Tell whether the mean gain is more than what the choice of these labels and no others may have made."""
    mean = np.average(gain, weights=count)
    error = np.sqrt(np.average((gain - mean) ** 2, weights=count) / count.sum())
    return bool(mean > CERTAIN * error)


def draw_line(weight: Floats, right: Floats, count: Floats) -> tuple[float, float]:
    """Find slope and offset of the greatest posterior, by Newton's method.

    Args:
        weight: match weights in bits.
        right: 1 where the pair is a match, else 0.
        count: how many pairs there are of each.
    """
    inputs = np.stack([weight, np.ones(len(weight))], axis=1)
    spread = np.array([SLOPE_SPREAD, OFFSET_SPREAD])
    line = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp2(-np.clip(inputs @ line, -60, 60)))
        gradient = np.log(2) * inputs.T @ (count * (chance - right)) + (line - [1, 0]) / spread**2
        curve = np.log(2) ** 2 * (inputs.T * (count * chance * (1 - chance))) @ inputs + np.diag(1 / spread**2)
        step = np.linalg.solve(curve, gradient)
        # Far from the optimum the curve is flat and Newton's step too long; shorter ones get there as well.
        line = line - step / max(1.0, float(np.abs(step / spread).max()))
        if np.abs(step).max() < _STILL:
            break
    return max(float(line[0]), FLATTEST), float(line[1])
