"""Patterns of agreement and their counts -> the parameters of the model, by expectation and maximization without labels.

A pair belongs to one of three classes: the same person (match), people who share a home or an employer (related), or
strangers. Fellegi and Sunter (1969) with the EM of Winkler (1988); the related class keeps a common address from outvoting
different names. Everything is about *all* pairs of the records: pairs that are no candidates count as strangers, so that
the shares hold for the data and not for the candidates that the blocking rules happened to leave.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lakehouse.matching.kinds import MISSING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lakehouse.matching.kinds import Kind

    Floats = NDArray[np.float64]
    Levels = NDArray[np.int8]

PRIOR_PAIRS = 20.0
"""How many true pairs the prior shares of the levels weigh as much as."""
SMALLEST = 1e-9
FLOOR = 0.1
"""A level keeps at least this part of its share among random pairs for strangers, however many matches it holds."""
STEPS, TOLERANCE = 500, 1e-4
FEWEST = 5.0
"""With fewer expected matches than this the levels of matches cannot be learned."""


@dataclass(frozen=True)
class Patterns:
    """Candidate pairs by pattern.

    Attributes:
        levels: a row for each pattern, a column for each field.
        counts: pairs of each pattern.
        own, shared: mean addition of rareness, in bits, of the pairs of each pattern.
        pairs: all pairs of the records, candidates or not.
        records: distinct records; of two tables those of the smaller.
    """

    levels: Levels
    counts: Floats
    own: Floats
    shared: Floats
    pairs: float
    records: int


@dataclass(frozen=True)
class FieldShares:
    """Share of the pairs of a class on each level of a field, "else" first.

    Attributes:
        match, related, stranger: among pairs of that class.
    """

    match: Floats
    related: Floats
    stranger: Floats


@dataclass(frozen=True)
class Fit:
    """What the fit found.

    Attributes:
        fields: one entry a field.
        match, related: shares of the classes among all pairs.
        steps: iterations of the best start.
        converged: whether they ended because nothing moved any more.
        likelihood: log2 likelihood of each start.
        warnings: what a person should know before believing the scores.
    """

    fields: tuple[FieldShares, ...]
    match: float
    related: float
    steps: int = 0
    converged: bool = True
    likelihood: tuple[float, ...] = ()
    warnings: tuple[str, ...] = field(default=())


def prior_shares(kind: Kind) -> Floats:
    """Rough shares of true pairs on each level, "else" first."""
    shares = np.array([level.share for level in reversed(kind.levels)])
    return np.asarray(shares / shares.sum())


def random_shares(kind: Kind, histogram: Floats) -> Floats:
    """Shares of random pairs on each level; half a pair is added so that nothing is impossible."""
    smoothed = histogram + 0.5
    return np.asarray(smoothed / smoothed.sum()) if len(smoothed) == kind.top + 1 else prior_shares(kind)


def fit_model(patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats]) -> Fit:
    """Fit the model from several starts and keep the most likely.

    Args:
        patterns: candidate pairs.
        kinds: of the fields, in the order of the columns of the patterns.
        random: shares of random pairs on the levels of each field.
    """
    if not len(patterns.counts) or not kinds:
        return _unfitted(patterns, kinds, random, "There are no candidate pairs.")
    related = _has_related(kinds)
    starts = [(1.0, 0.0, related), (1.0, 0.3, related), (0.05, 0.0, related)]
    fits = [_run(patterns, kinds, random, matches=m, dirt=d, related=r) for m, d, r in starts]
    best = max(fits, key=lambda fit: fit.likelihood[0])
    found = best.match * patterns.pairs
    likelihood = tuple(fit.likelihood[0] for fit in fits)
    if found < FEWEST:
        return _unfitted(patterns, kinds, random, f"The model expects {found:.1f} true pairs: too few to learn from.")
    if _is_upside_down(best, patterns):
        return _unfitted(patterns, kinds, random, "The fit is degenerate: true pairs would agree less than strangers.")
    warnings = () if best.converged else (f"The fit still moved after {STEPS} steps.",)
    return Fit(best.fields, best.match, best.related, best.steps, best.converged, likelihood, warnings)


def _has_related(kinds: Sequence[Kind]) -> bool:
    """There are fields that a household shares, and others that tell its members apart."""
    shared = sum(kind.shared for kind in kinds)
    return shared > 1 and len(kinds) - shared > 0


def _unfitted(patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats], warning: str) -> Fit:
    fields = tuple(FieldShares(prior_shares(kind), share, share) for kind, share in zip(kinds, random, strict=True))
    share = min(0.05, 0.1 / max(patterns.records, 1))
    return Fit(fields, share, 0.0, 0, converged=False, warnings=(f"{warning} The scores rest on prior shares.",))


def _is_upside_down(fit: Fit, patterns: Patterns) -> bool:
    better = sum(one.match[-1] > one.stranger[-1] for one in fit.fields)
    return bool(better * 2 < len(fit.fields) or fit.match * patterns.pairs > patterns.counts.sum())


def _run(
    patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats], *, matches: float, dirt: float, related: bool
) -> Fit:
    priors = [prior_shares(kind) for kind in kinds]
    m = [prior * (1 - dirt) + dirt * share for prior, share in zip(priors, random, strict=True)]
    h = [p.copy() if kind.shared else share.copy() for kind, p, share in zip(kinds, priors, random, strict=True)]
    u = [share.copy() for share in random]
    start = min(0.02, matches * max(patterns.records, 2) / 2 / patterns.pairs)
    shares = (start, start / 10 if related else 0.0)
    likelihood, step = -np.inf, 0
    for step in range(1, STEPS + 1):
        pm, pr, likelihood = _expect(patterns, m, h, u, shares, kinds)
        weight_m, weight_r = pm * patterns.counts, pr * patterns.counts
        shares = (float(weight_m.sum()) / patterns.pairs, float(weight_r.sum()) / patterns.pairs)
        moved = 0.0
        for j, kind in enumerate(kinds):
            fresh = _maximize(patterns, j, weight_m, priors[j], kind, random[j])
            moved = max(moved, float(np.abs(fresh - m[j]).max()))
            m[j] = fresh
            if related and kind.shared:
                h[j] = _maximize(patterns, j, weight_r, priors[j], kind, random[j])
            rest = (random[j] - shares[0] * m[j] - shares[1] * h[j]) / (1 - sum(shares))
            u[j] = np.maximum(rest, random[j] * FLOOR)
            u[j] /= u[j].sum()
            if not kind.shared:
                h[j] = u[j]
        if moved < TOLERANCE:
            break
    fields = tuple(FieldShares(*three) for three in zip(m, h, u, strict=True))
    return Fit(fields, *shares, step, step < STEPS, (float(likelihood),))


def _expect(
    patterns: Patterns,
    m: list[Floats],
    h: list[Floats],
    u: list[Floats],
    shares: tuple[float, float],
    kinds: Sequence[Kind],
) -> tuple[Floats, Floats, float]:
    """Probability that the pairs of each pattern are matches, and related; and the likelihood of all."""
    match, kin, stranger = _weights(patterns, m, h, u, kinds)
    logs = np.stack([
        np.log2(max(shares[0], SMALLEST**2)) + match,
        np.log2(max(shares[1], SMALLEST**4)) + kin,
        np.full(len(match), np.log2(1 - sum(shares))),
    ])  # fmt: skip
    top = logs.max(axis=0)
    total = top + np.log2(np.exp2(logs - top).sum(axis=0))
    outside = (patterns.pairs - patterns.counts.sum()) * np.log2(1 - sum(shares))
    likelihood = float((patterns.counts * (total + stranger)).sum() + outside)
    return np.exp2(logs[0] - total), np.exp2(logs[1] - total), likelihood


def _weights(
    patterns: Patterns, m: list[Floats], h: list[Floats], u: list[Floats], kinds: Sequence[Kind]
) -> tuple[Floats, Floats, Floats]:
    """Bits for match and for related against strangers, and bits of strangers themselves, for each pattern."""
    match, kin = patterns.own + patterns.shared, patterns.shared.copy()
    stranger = np.zeros(len(match))
    for j, kind in enumerate(kinds):
        level = patterns.levels[:, j]
        there = level != MISSING
        match[there] += level_bits(m[j], u[j])[level[there]]
        stranger[there] += np.log2(np.maximum(u[j], SMALLEST))[level[there]]
        if kind.shared:
            kin[there] += level_bits(h[j], u[j])[level[there]]
    return match, kin, stranger


def level_bits(match: Floats, stranger: Floats) -> Floats:
    """Bits that each level speaks for a match; equal values are worth their rareness besides, which is counted apart."""
    against = stranger.copy()
    against[-1] = 1.0
    return np.asarray(np.log2(np.maximum(match, SMALLEST) / np.maximum(against, SMALLEST)))


def _maximize(patterns: Patterns, j: int, weight: Floats, prior: Floats, kind: Kind, random: Floats) -> Floats:
    level = patterns.levels[:, j]
    there = level != MISSING
    counted = np.bincount(level[there], weights=weight[there], minlength=kind.top + 1)
    shares = counted + PRIOR_PAIRS * prior
    return _in_order(shares / shares.sum(), random, kind)


def _in_order(shares: Floats, random: Floats, kind: Kind) -> Floats:
    """Let better agreement never speak less for a match: pool levels whose ratios are out of order (Ayer et al. 1955)."""
    ordered = [number for number in range(kind.top + 1) if not kind.level(number).apart]
    pools: list[tuple[float, float, list[int]]] = []
    for number in ordered:
        pools.append((float(shares[number]), float(random[number]), [number]))
        while len(pools) > 1 and pools[-2][0] * pools[-1][1] > pools[-1][0] * pools[-2][1]:
            s, r, numbers = pools.pop()
            s0, r0, numbers0 = pools.pop()
            pools.append((s + s0, r + r0, numbers0 + numbers))
    result = shares.copy()
    for share, among, numbers in pools:
        result[numbers] = share * random[numbers] / among
    return np.asarray(result / result.sum())


def posterior(patterns: Patterns, fit: Fit, kinds: Sequence[Kind]) -> Any:
    """Probability that the pairs of each pattern are matches."""
    m, h, u = ([getattr(one, name) for one in fit.fields] for name in ("match", "related", "stranger"))
    return _expect(patterns, m, h, u, (fit.match, fit.related), kinds)[0]
