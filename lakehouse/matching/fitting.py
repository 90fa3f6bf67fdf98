"""Patterns of agreement and their counts -> the parameters of the model, without labels: the best of several fits.

A pair belongs to one of six classes: the same person or thing (match), people who share a home or an employer (related),
people of the same name (namesake), things of one series (sibling), strangers of one origin (neighbor), or other strangers.
Fellegi and Sunter (1969) with the EM of Winkler (1988); the classes between keep a common address from outvoting different
names, a common name, with the mailbox that is made of it, from outvoting everything else, and a common title from outvoting
another volume of it. What neighbors have in common is learned from random pairs
beforehand. Part of the matches have moved: then the whole of an address differs, and counts once and not field by field.

Everything is about *all* pairs of the records: pairs that are no candidates count as strangers, so that the shares hold for
the data and not for the candidates that the blocking rules happened to leave.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lakehouse.matching.expectation import STEPS, Observed, climb
from lakehouse.matching.kinds import MISSING
from lakehouse.matching.level_shares import prior_shares
from lakehouse.matching.neighbors import NOBODY, Neighbors
from lakehouse.matching.pair_classes import SMALLEST, FieldShares, Fit, Patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lakehouse.matching.kinds import Kind

    Floats = NDArray[np.float64]

STARTS = ((1.0, 0.0), (1.0, 0.3), (0.05, 0.0))
"""Matches for each record, and how far their levels start from the prior shares."""
PLAUSIBLE = 0.5
"""Of what the fields can tell, matches agree on at least this part; a fit that says otherwise has found something else."""
FEWEST = 5.0
"""With fewer expected matches than this the levels of matches cannot be learned."""
AGREEING, DIFFERING = 0.5, 0.85
"""In what is singular at most so many matches differ, and at least so many things of one series."""
RARELY = 1 / 32
"""A field on the best level of which so few random pairs are tells records apart."""
APART = 0.25
"""How many more of the siblings than of the matches differ in a further such field."""
MORE = 2.0
"""So many times as many siblings as matches may there be."""


def fit_model(
    patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats], neighbors: Neighbors = NOBODY
) -> Fit:
    """Fit the model from several starts and keep the most likely of those whose matches look like matches.

    The likelihood alone does not tell: where pairs of strangers who agree on a few fields outnumber the true ones, a class
    of matches that explains these is the most likely one.

    Args:
        patterns: candidate pairs.
        kinds: of the fields, in the order of the columns of the patterns.
        random: shares of random pairs on the levels of each field.
        neighbors: which of the strangers agree more often than others.
    """
    if not len(patterns.counts) or not kinds:
        return _unfitted(patterns, kinds, random, "There are no candidate pairs.")
    seen = Observed(patterns, kinds, random, neighbors)
    fits = [climb(seen, matches=matches, dirt=dirt) for matches, dirt in STARTS]
    plausible = [fit for fit in fits if agreement(fit, patterns, random) >= PLAUSIBLE]
    if may_have_siblings(kinds):
        matches, dirt = STARTS[0]
        fit = climb(replace(seen, siblings=True), matches=matches, dirt=dirt)
        if agreement(fit, patterns, random) >= PLAUSIBLE and tells_siblings(fit, patterns, kinds, random):
            fits, plausible = [*fits, fit], [fit]
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


def may_have_siblings(kinds: Sequence[Kind]) -> bool:
    """Whether the records are of things, and say something that things of one series differ in."""
    return len(kinds) > 2 and any(kind.singular for kind in kinds) and not any(kind.named for kind in kinds)  # noqa: PLR2004


def tells_siblings(fit: Fit, patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats]) -> bool:
    """Whether what a fit takes for siblings are other things, and not matches that were recorded in another way.

    Siblings are as different as strangers in an identifier, or in the numbers of a title, in which most matches agree. An
    identifier alone may be a code that each source gives anew; so they also differ in another field that tells records
    apart. In everything else they mostly agree, and there are not many more of them than matches.

    Args:
        fit: with a class of siblings.
        patterns: candidate pairs.
        kinds: of the fields.
        random: shares of random pairs on the levels of each field.
    """
    if min(fit.sibling, fit.match) * patterns.pairs < FEWEST or fit.sibling > MORE * fit.match:
        return False
    rest = [(one, share) for kind, one, share in zip(kinds, fit.fields, random, strict=True) if not kind.singular]
    told = np.array([-np.log2(max(share[-1], SMALLEST)) for _, share in rest])
    if told @ np.array([1.0 - one.sibling[0] for one, _ in rest]) < PLAUSIBLE * told.sum():
        return False
    singular = {
        kind.name
        for kind, one in zip(kinds, fit.fields, strict=True)
        if kind.singular and _differing(kind, one.match) <= AGREEING and _differing(kind, one.sibling) >= DIFFERING
    }
    telling = (one for one, share in zip(fit.fields, random, strict=True) if share[-1] <= RARELY)
    apart = sum(one.sibling[0] - one.match[0] >= APART for one in telling)
    return "numbers" in singular or (bool(singular) and apart > 1)


def _differing(kind: Kind, shares: Floats) -> float:
    return float(sum(share for number, share in enumerate(shares) if kind.level(number).differs))


def _unfitted(patterns: Patterns, kinds: Sequence[Kind], random: Sequence[Floats], warning: str) -> Fit:
    fields = tuple(
        FieldShares(prior_shares(kind), *[share] * 5) for kind, share in zip(kinds, random, strict=True)
    )
    share = min(0.05, 0.1 / max(patterns.records, 1))
    return Fit(fields, share, converged=False, warnings=(f"{warning} The scores rest on prior shares.",))


def _is_upside_down(fit: Fit, patterns: Patterns) -> bool:
    better = sum(one.match[-1] > one.stranger[-1] for one in fit.fields)
    return bool(better * 2 < len(fit.fields) or fit.match * patterns.pairs > patterns.counts.sum())
