"""Patterns of agreement and their counts -> the parameters of the model, by expectation and maximization without labels.

A pair belongs to one of four classes: the same person (match), people who share a home or an employer (related), people
of the same name (namesake), or strangers. Fellegi and Sunter (1969) with the EM of Winkler (1988); the classes between
keep a common address from outvoting different names, and a common name, with the mailbox that is made of it, from
outvoting everything else. Everything is about *all* pairs of the records: pairs that are no candidates count as strangers, so that
the shares hold for the data and not for the candidates that the blocking rules happened to leave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lakehouse.matching.kinds import MISSING
from lakehouse.matching.pair_classes import BETWEEN, SMALLEST, FieldShares, Fit, Patterns, level_bits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lakehouse.matching.kinds import Kind

    Floats = NDArray[np.float64]
    Levels = NDArray[np.int8]

PRIOR_PAIRS = 20.0
"""How many true pairs the prior shares of the levels weigh as much as."""
FLOOR = 0.1
"""A level keeps at least this part of its share among random pairs for strangers, however many matches it holds."""
STEPS, TOLERANCE = 500, 1e-4
PLAUSIBLE = 0.5
"""Of what the fields can tell, matches agree on at least this part; a fit that says otherwise has found something else."""
FEWEST = 5.0
"""With fewer expected matches than this the levels of matches cannot be learned."""


def prior_shares(kind: Kind) -> Floats:
    """Rough shares of true pairs on each level, "else" first."""
    shares = np.array([level.share for level in reversed(kind.levels)])
    return np.asarray(shares / shares.sum())


def random_shares(kind: Kind, histogram: Floats) -> Floats:
    """Shares of random pairs on each level; half a pair is added so that nothing is impossible."""
    smoothed = histogram + 0.5
    return np.asarray(smoothed / smoothed.sum()) if len(smoothed) == kind.top + 1 else prior_shares(kind)


def fit_model(patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats]) -> Fit:
    """Fit the model from several starts and keep the most likely of those whose matches look like matches.

    The likelihood alone does not tell: people of one town and one language share first names far more often than by
    chance, and where their pairs outnumber the true ones, a class of matches that explains them is the most likely one.

    Args:
        patterns: candidate pairs.
        kinds: of the fields, in the order of the columns of the patterns.
        random: shares of random pairs on the levels of each field.
    """
    if not len(patterns.counts) or not kinds:
        return _unfitted(patterns, kinds, random, "There are no candidate pairs.")
    starts = [(1.0, 0.0), (1.0, 0.3), (0.05, 0.0)]
    fits = [_run(patterns, kinds, random, matches=matches, dirt=dirt) for matches, dirt in starts]
    plausible = [fit for fit in fits if agreement(fit, patterns, random) >= PLAUSIBLE]
    best = max(plausible or fits, key=lambda fit: fit.likelihood[0])
    found = best.match * patterns.pairs
    likelihood = tuple(fit.likelihood[0] for fit in fits)
    if found < FEWEST:
        return _unfitted(patterns, kinds, random, f"The model expects {found:.1f} true pairs: too few to learn from.")
    if _is_upside_down(best, patterns):
        return _unfitted(patterns, kinds, random, "The fit is degenerate: true pairs would agree less than strangers.")
    warnings = [] if best.converged else [f"The fit still moved after {STEPS} steps."]
    if not plausible:
        warnings.append(
            "What the fit takes for true pairs differs in most of what tells records apart: look at some before believing it."
        )
    return replace(best, likelihood=likelihood, warnings=tuple(warnings))


def agreement(fit: Fit, patterns: Patterns, random: Sequence[Floats]) -> float:
    """Return on what part of what the fields can tell the matches of a fit agree, from 0 to 1.

    A field can tell as many bits as its best level is rare among random pairs, where it has a value.
    """
    told = np.array([-np.log2(max(share[-1], SMALLEST)) for share in random])
    told *= (patterns.levels != MISSING).T @ patterns.counts
    agreed = np.array([1.0 - one.match[0] for one in fit.fields])
    return float(told @ agreed / max(told.sum(), SMALLEST))


def _classes_between(kinds: Sequence[Kind]) -> list[str]:
    """Classes whose pairs the fields can tell: some agree as in matches, and others set them apart from matches."""
    found = []
    for name, attribute in BETWEEN.items():
        alike = sum(getattr(kind, attribute) for kind in kinds)
        if alike > 1 and len(kinds) > alike:
            found.append(name)
    return found


def _unfitted(patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats], warning: str) -> Fit:
    fields = tuple(
        FieldShares(prior_shares(kind), share, share, share) for kind, share in zip(kinds, random, strict=True)
    )
    share = min(0.05, 0.1 / max(patterns.records, 1))
    return Fit(fields, share, converged=False, warnings=(f"{warning} The scores rest on prior shares.",))


def _is_upside_down(fit: Fit, patterns: Patterns) -> bool:
    better = sum(one.match[-1] > one.stranger[-1] for one in fit.fields)
    return bool(better * 2 < len(fit.fields) or fit.match * patterns.pairs > patterns.counts.sum())


def _run(patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats], *, matches: float, dirt: float) -> Fit:
    now = _start(patterns, kinds, random, matches=matches, dirt=dirt)
    likelihood, step = -np.inf, 0
    for step in range(1, STEPS + 1):  # noqa: B007  - how many there were is told
        likely, likelihood = _expect(patterns, now, kinds)
        fresh = _next(patterns, likely, kinds, random)
        moved = max(float(np.abs(a - b).max()) for a, b in zip(fresh.shares["match"], now.shares["match"], strict=True))
        now = fresh
        if moved < TOLERANCE:
            break
    columns = (now.shares.get(name, now.shares["stranger"]) for name in ("match", *BETWEEN, "stranger"))
    fields = tuple(FieldShares(*four) for four in zip(*columns, strict=True))
    match, related, namesake = (now.sizes.get(name, 0.0) for name in ("match", *BETWEEN))
    return Fit(fields, match, related, namesake, steps=step, converged=step < STEPS, likelihood=(float(likelihood),))


@dataclass(frozen=True)
class _State:
    """Where an iteration stands.

    Attributes:
        shares: class -> for each field the shares of its levels.
        sizes: class -> share among all pairs, without strangers.
    """

    shares: dict[str, list[Floats]]
    sizes: dict[str, float]

    @property
    def strangers(self) -> float:
        return 1 - sum(self.sizes.values())


def _start(
    patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats], *, matches: float, dirt: float
) -> _State:
    priors = [prior_shares(kind) for kind in kinds]
    shares = {
        "match": [prior * (1 - dirt) + dirt * share for prior, share in zip(priors, random, strict=True)],
        "stranger": [share.copy() for share in random],
    }
    first = min(0.02, matches * max(patterns.records, 2) / 2 / patterns.pairs)
    sizes = {"match": first}
    for name in _classes_between(kinds):
        shares[name] = [
            _of_class(name, kind, prior, share) for kind, prior, share in zip(kinds, priors, random, strict=True)
        ]
        sizes[name] = first / 10
    return _State(shares, sizes)


def _of_class(name: str, kind: Kind, alike: Floats, stranger: Floats) -> Floats:
    """Shares in a class between: as in matches for what its pairs agree on, as among strangers for everything else."""
    if not getattr(kind, BETWEEN[name]):
        return stranger.copy()
    if name == "namesake" and kind.unique:
        alike = alike.copy()
        alike[-1] = stranger[-1]
        alike[:-1] *= (1 - alike[-1]) / alike[:-1].sum()
    return alike


def _expect(patterns: Patterns, now: _State, kinds: Sequence[Kind]) -> tuple[dict[str, Floats], float]:
    """Probability of each class but strangers for the pairs of each pattern, and the log2 likelihood of all pairs."""
    bits = _weights(patterns, now, kinds)
    logs = _class_bits(patterns, now, bits)
    if patterns.known is not None:  # a judged pair is a match, or of any other class: that is no guess
        logs[1:, patterns.known == 1] = -np.inf
        logs[0, patterns.known == 0] = -np.inf
    total = _added(logs)
    outside = (patterns.pairs - patterns.counts.sum()) * np.log2(now.strangers)
    likelihood = float((patterns.counts * (total + bits["stranger"])).sum() + outside)
    return {name: np.exp2(one - total) for name, one in zip(now.sizes, logs, strict=False)}, likelihood


def _class_bits(patterns: Patterns, now: _State, bits: dict[str, Floats]) -> Floats:
    """Likelihood of each class, in bits: a row for each, strangers last."""
    return np.stack([
        *(np.log2(max(size, SMALLEST**4)) + bits[name] for name, size in now.sizes.items()),
        np.full(len(patterns.counts), np.log2(now.strangers)),
    ])  # fmt: skip


def _added(logs: Floats) -> Floats:
    """log2 of the sum of what the rows are logarithms of."""
    top = logs.max(axis=0)
    return np.asarray(top + np.log2(np.exp2(logs - top).sum(axis=0)))


def _weights(patterns: Patterns, now: _State, kinds: Sequence[Kind]) -> dict[str, Floats]:
    """Bits of each class against strangers, and bits of strangers themselves, for each pattern."""
    rare = {"match": patterns.own + patterns.shared, "related": patterns.shared, "namesake": patterns.named}
    bits = {name: rare[name].copy() for name in now.sizes}
    bits["stranger"] = np.zeros(len(patterns.counts))
    for j, kind in enumerate(kinds):
        level = patterns.levels[:, j]
        there = level != MISSING
        stranger = now.shares["stranger"][j]
        bits["stranger"][there] += np.log2(np.maximum(stranger, SMALLEST))[level[there]]
        for name in now.sizes:
            if name == "match" or getattr(kind, BETWEEN[name]):
                bits[name][there] += level_bits(now.shares[name][j], stranger)[level[there]]
    return bits


def _next(patterns: Patterns, likely: dict[str, Floats], kinds: Sequence[Kind], random: Sequence[Floats]) -> _State:
    """Maximize: the shares and sizes that suit the probabilities best."""
    counts = {name: chance * patterns.counts for name, chance in likely.items()}
    sizes = {name: float(count.sum()) / patterns.pairs for name, count in counts.items()}
    shares: dict[str, list[Floats]] = {name: [] for name in (*counts, "stranger")}
    for j, kind in enumerate(kinds):
        prior = prior_shares(kind)
        for name, count in counts.items():
            alike = _maximize(patterns, j, count, prior, kind, random[j])
            shares[name].append(alike if name == "match" else _of_class(name, kind, alike, random[j]))
        rest = random[j] - sum((sizes[name] * shares[name][j] for name in counts), np.zeros(len(prior)))
        stranger = np.maximum(rest, random[j] * FLOOR)
        shares["stranger"].append(np.asarray(stranger / stranger.sum()))
    return _State(shares, sizes)


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
    return 1 / (1 + np.exp2(-np.clip(weigh_patterns(patterns, fit, kinds), -60, 60)))


def weigh_patterns(patterns: Patterns, fit: Fit, kinds: Sequence[Kind]) -> Floats:
    """Match weight of the pairs of each pattern by the model alone, as if nobody had judged any."""
    names = ["match", *_classes_between(kinds)]
    shares = {name: [getattr(one, name) for one in fit.fields] for name in (*names, "stranger")}
    state = _State(shares, {name: getattr(fit, name) for name in names})
    match, *others = _class_bits(patterns, state, _weights(patterns, state, kinds))
    return np.asarray(match - _added(np.stack(others)))
