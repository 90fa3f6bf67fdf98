"""Expectation and maximization: from a start to the shares of classes and levels that make the observed patterns likeliest.

The classes and what they agree on are described in `pair_classes`; which of several ends is believed, `fitting` decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lakehouse.matching.kinds import MISSING
from lakehouse.matching.level_shares import prior_shares
from lakehouse.matching.neighbors import NOBODY, Neighbors
from lakehouse.matching.pair_classes import (
    BETWEEN,
    SMALLEST,
    FieldShares,
    Fit,
    Patterns,
    agrees,
    level_bits,
    ratio_bits,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lakehouse.matching.kinds import Kind

    Floats = NDArray[np.float64]

PRIOR_PAIRS = 20.0
"""How many true pairs the prior shares of the levels weigh as much as."""
PRIOR_MOVED = 0.05
"""Share of true pairs whose address changed as a whole, before any data are seen."""
FLOOR = 0.1
"""A level keeps at least this part of its share among random pairs for strangers, however many matches it holds."""
ALIKE = 0.2
"""Part of the things of one series that agree as a match does on what tells them apart, before any data are seen."""
STEPS, TOLERANCE = 500, 1e-4


@dataclass(frozen=True)
class Observed:
    """What a model is fitted to.

    Attributes:
        patterns: candidate pairs.
        kinds: of the fields, in the order of the columns of the patterns.
        random: shares of random pairs on the levels of each field.
        neighbors: which of the strangers agree more often than others.
        siblings: there is a class of things of one series.
    """

    patterns: Patterns
    kinds: Sequence[Kind]
    random: Sequence[Floats]
    neighbors: Neighbors = NOBODY
    siblings: bool = False

    @property
    def between(self) -> list[str]:
        """Classes whose pairs the fields can tell: some agree as in matches, and others set them apart from matches."""
        alike = {name: sum(getattr(kind, one) for kind in self.kinds) for name, one in BETWEEN.items() if one}
        found = [name for name, count in alike.items() if 1 < count < len(self.kinds)]
        return [*found, "sibling"] if self.siblings else found

    @property
    def placed(self) -> list[int]:
        """The fields of an address; of one alone none, for there is nothing that it could change together with."""
        places = [j for j, kind in enumerate(self.kinds) if kind.placed]
        return places if len(places) > 1 else []


@dataclass(frozen=True)
class _State:
    """Where an iteration stands.

    Attributes:
        shares: class -> for each field the shares of its levels; strangers are those who are no neighbors.
        sizes: class -> share among all pairs, without strangers.
        moved: share of matches whose address changed.
    """

    shares: dict[str, list[Floats]]
    sizes: dict[str, float]
    moved: float

    @property
    def strangers(self) -> float:
        """Share of strangers among all pairs, with neighbors."""
        return 1 - sum(self.sizes.values())


def climb(seen: Observed, *, matches: float, dirt: float) -> Fit:
    """Iterate from one start until nothing moves.

    Args:
        seen: what the model is fitted to.
        matches: matches at the start, for each record.
        dirt: how far the levels of matches start from their prior shares, towards those of random pairs; 0 to 1.
    """
    now = _start(seen, matches=matches, dirt=dirt)
    likelihood, step = -np.inf, 0
    for step in range(1, STEPS + 1):  # noqa: B007  - how many there were is told
        likely, still, likelihood = _expect(seen, now)
        fresh = _maximize(seen, likely, still)
        change = max(
            float(np.abs(a - b).max()) for a, b in zip(fresh.shares["match"], now.shares["match"], strict=True)
        )
        now = fresh
        if change < TOLERANCE:
            break
    return _told(seen, now, steps=step, likelihood=float(likelihood))


def _told(seen: Observed, now: _State, *, steps: int, likelihood: float) -> Fit:
    columns = [now.shares.get(name, now.shares["stranger"]) for name in ("match", *BETWEEN, "neighbor", "stranger")]
    each = zip(*columns, strict=True)
    match, related, namesake, sibling = (now.sizes.get(name, 0.0) for name in ("match", *BETWEEN))
    return Fit(
        tuple(FieldShares(*one) for one in each), match, related, namesake, sibling, now.strangers * seen.neighbors.share,
        now.moved, steps=steps, converged=steps < STEPS, likelihood=(likelihood,),
    )  # fmt: skip


def _start(seen: Observed, *, matches: float, dirt: float) -> _State:
    priors = [prior_shares(kind) for kind in seen.kinds]
    shares = {
        "match": [prior * (1 - dirt) + dirt * share for prior, share in zip(priors, seen.random, strict=True)],
        "neighbor": [seen.neighbors.apart(j, share)[0] for j, share in enumerate(seen.random)],
        "stranger": [seen.neighbors.apart(j, share)[1] for j, share in enumerate(seen.random)],
    }
    first = min(0.02, matches * max(seen.patterns.records, 2) / 2 / seen.patterns.pairs)
    sizes = {"match": first}
    for name in seen.between:
        shares[name] = [
            _of_class(name, kind, prior_of(name, kind, share), share)
            for kind, share in zip(seen.kinds, seen.random, strict=True)
        ]
        sizes[name] = first / 10
    return _State(shares, sizes, PRIOR_MOVED if seen.placed else 0.0)


def _of_class(name: str, kind: Kind, alike: Floats, stranger: Floats) -> Floats:
    """Shares in a class between: as in matches for what its pairs agree on, as among strangers for everything else."""
    if not agrees(name, kind):
        return stranger.copy()
    if kind.unique:
        alike = alike.copy()
        alike[-1] = stranger[-1]
        alike[:-1] *= (1 - alike[-1]) / alike[:-1].sum()
    return alike


def _expect(seen: Observed, now: _State) -> tuple[dict[str, Floats], Floats, float]:
    """For each pattern the probability of each class but strangers, and of a match that it did not move.

    Returns:
        class -> probabilities; those of a match of the same address; and the log2 likelihood of all pairs.
    """
    patterns = seen.patterns
    bits = _weights(seen, now)
    logs = _class_bits(seen, now, bits)
    if patterns.known is not None:  # a judged pair is a match, or of any other class: that is no guess
        logs[1:, patterns.known == 1] = -np.inf
        logs[0, patterns.known == 0] = -np.inf
    total = np.logaddexp2.reduce(logs, axis=0)
    outside = (patterns.pairs - patterns.counts.sum()) * np.log2(now.strangers)
    likelihood = float((patterns.counts * (total + bits["stranger"])).sum() + outside)
    likely = {name: np.exp2(one - total) for name, one in zip(now.sizes, logs, strict=False)}
    return likely, (1 - now.moved) * np.exp2(-_moved_bits(bits["placed"], now.moved)), likelihood


def _class_bits(seen: Observed, now: _State, bits: dict[str, Floats]) -> Floats:
    """Likelihood of each class, in bits: a row for each, strangers last."""
    alike = {**bits, "match": bits["match"] + _moved_bits(bits["placed"], now.moved)}
    rows = [np.log2(max(size, SMALLEST**4)) + alike[name] for name, size in now.sizes.items()]
    near = seen.neighbors.share
    if near:
        rows.append(np.log2(now.strangers * near) + bits["neighbor"])
    return np.stack([*rows, np.full(len(seen.patterns.counts), np.log2(now.strangers * (1 - near)))])


def _moved_bits(placed: Floats, moved: float) -> Floats:
    """What a match gains because its address may have changed as a whole: log2(stayed + moved / 2^address)."""
    return np.asarray(np.log2((1 - moved) + moved * np.exp2(-np.clip(placed, -200, 200))))


def _weights(seen: Observed, now: _State) -> dict[str, Floats]:
    """Bits of each class against strangers, of the address of a match, and of strangers themselves, for each pattern."""
    patterns, placed = seen.patterns, seen.placed
    whole = patterns.own + patterns.shared
    rare = {"match": whole, "related": patterns.shared, "namesake": patterns.named, "sibling": whole}
    bits = {name: rare[name].copy() for name in now.sizes}
    bits |= {name: np.zeros(len(patterns.counts)) for name in ("stranger", "neighbor", "placed")}
    if placed and patterns.placed is not None:
        bits["placed"] += patterns.placed
    for j, kind in enumerate(seen.kinds):
        level = patterns.levels[:, j]
        there = level != MISSING
        stranger = now.shares["stranger"][j]
        bits["stranger"][there] += np.log2(np.maximum(stranger, SMALLEST))[level[there]]
        bits["neighbor"][there] += ratio_bits(now.shares["neighbor"][j], stranger)[level[there]]
        for name in now.sizes:
            if name == "match" or agrees(name, kind):
                bits[name][there] += level_bits(now.shares[name][j], stranger)[level[there]]
        if j in placed:
            bits["placed"][there] += level_bits(now.shares["match"][j], stranger)[level[there]]
    return bits


def _maximize(seen: Observed, likely: dict[str, Floats], still: Floats) -> _State:
    """Return the shares and sizes that suit the probabilities best."""
    patterns, placed = seen.patterns, seen.placed
    counts = {name: chance * patterns.counts for name, chance in likely.items()}
    sizes = {name: float(count.sum()) / patterns.pairs for name, count in counts.items()}
    shares: dict[str, list[Floats]] = {name: [] for name in (*counts, "neighbor", "stranger")}
    for j, kind in enumerate(seen.kinds):
        for name, count in counts.items():
            # Who moved says nothing of how addresses are misspelt.
            counted = count * still if name == "match" and j in placed else count
            alike = _leveled(seen, j, counted, name)
            shares[name].append(alike if name == "match" else _of_class(name, kind, alike, seen.random[j]))
        others = sum((sizes[name] * shares[name][j] for name in counts), np.zeros(kind.top + 1))
        left = np.maximum(seen.random[j] - others, seen.random[j] * FLOOR)
        near, far = seen.neighbors.apart(j, left / left.sum())
        shares["neighbor"].append(near)
        shares["stranger"].append(far)
    matches = float(counts["match"].sum())
    gone = matches - float((counts["match"] * still).sum()) + PRIOR_PAIRS * PRIOR_MOVED
    return _State(shares, sizes, gone / (matches + PRIOR_PAIRS) if placed else 0.0)


def prior_of(name: str, kind: Kind, stranger: Floats) -> Floats:
    """Rough shares of a class on each level: things of one series agree on most, and mostly not on what is singular."""
    prior = prior_shares(kind)
    return prior * ALIKE + stranger * (1 - ALIKE) if name == "sibling" and kind.singular else prior


def _leveled(seen: Observed, j: int, weight: Floats, name: str) -> Floats:
    prior = prior_of(name, seen.kinds[j], seen.random[j])
    level = seen.patterns.levels[:, j]
    there = level != MISSING
    counted = np.bincount(level[there], weights=weight[there], minlength=len(prior))
    shares = counted + PRIOR_PAIRS * prior
    shares /= shares.sum()
    # Volumes of one work and ships of one class may well lie next to each other rather than be equal.
    return shares if name == "sibling" else _in_order(shares, seen.random[j], seen.kinds[j])


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


def weigh_patterns(patterns: Patterns, fit: Fit, kinds: Sequence[Kind]) -> Floats:
    """Match weight of the pairs of each pattern by the model alone, as if nobody had judged any."""
    # Random shares and ratios are only asked for while a model is fitted.
    seen = Observed(patterns, kinds, (), Neighbors(fit.neighbor / (fit.stranger + fit.neighbor)), fit.sibling > 0)
    names = ["match", *seen.between]
    shares = {name: [getattr(one, name) for one in fit.fields] for name in (*names, "neighbor", "stranger")}
    now = _State(shares, {name: getattr(fit, name) for name in names}, fit.moved)
    match, *others = _class_bits(seen, now, _weights(seen, now))
    return np.asarray(match - np.logaddexp2.reduce(np.stack(others), axis=0))


def posterior(patterns: Patterns, fit: Fit, kinds: Sequence[Kind]) -> Floats:
    """Probability that the pairs of each pattern are matches."""
    return np.asarray(1 / (1 + np.exp2(-np.clip(weigh_patterns(patterns, fit, kinds), -60, 60))))
