"""Fields and how often strangers agree on them -> the blocking rules that find most true pairs within the budget.

A rule is a conjunction of as few predicates as keep the candidates few. Which rules are worth their candidates is judged on
made-up true pairs: values are missing as often as in the records, and errors are drawn at rates that registers report.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from lakehouse.matching.blocking.rules import BlockingRule, Equal, Predicate, SharedToken, Swapped, Within
from lakehouse.matching.comparison import exchangeable
from lakehouse.matching.rule_texts import build_rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from lakehouse.matching.fields import Field

    Flags = NDArray[np.bool_]

PER_RECORD = 30.0
"""Candidates that one rule may bring for each record; a rule of more is joined with a second predicate."""
MOST_RULES = 12
LEAST_GAIN = 0.0008
"""A further rule must find at least this part of the made-up pairs besides."""
FREE = 600_000
"""Candidates of a run that are compared without asking what they are worth: they take a few seconds."""
DEAREST = 40_000
"""Beyond those a rule may bring so many candidates for each true pair that it is expected to find besides: a CPU second."""
TRUE_PAIRS = 0.1
"""True pairs expected for each record, where nothing is known yet."""
PAIRS = 6000
CLEAN, DIRTY = (0.72, 0.86, 0.93), (0.45, 0.66, 0.78)
"""Made-up pairs within 0, 1 and 2 edits in one field, of careful and of careless registers; half of the pairs each."""
KEPT = {"rare": (0.85, 0.6), "two": (0.75, 0.45)}
"""Made-up pairs that share a rare word, and a couple of common ones, where they have some."""
CORRELATED = 30.0
"""Fields of one address agree together far more often than by chance: a rule of two counts so many times as much."""


@dataclass(frozen=True)
class Proposal:
    """A rule with what is expected of it.

    Attributes:
        rule: the conjunction.
        candidates: expected candidate pairs.
        found: which of the made-up true pairs it finds.
    """

    rule: BlockingRule
    candidates: float
    found: Flags


@dataclass(frozen=True)
class Verdict:
    """What became of a proposal.

    Attributes:
        rule: the conjunction.
        candidates: expected candidate pairs.
        gain: share of the made-up true pairs that it finds and no rule before it does.
        chosen: whether the rule is used.
        reason: why, for people.
    """

    rule: BlockingRule
    candidates: float
    gain: float
    chosen: bool
    reason: str


def block_predicates(fields: Sequence[Field]) -> dict[Predicate, Field]:
    """Every predicate that the fields offer, each with its field."""
    offers: dict[Predicate, Field] = {}
    for field in fields:
        for distance in field.kind.block:
            offers[Within(field.name, distance) if distance else Equal(field.name)] = field
        if field.kind.words:
            offers[SharedToken(f"{field.name}_rare")] = field
            offers[SharedToken(f"{field.name}_two")] = field
    return offers


def exchanged_names(fields: Sequence[Field]) -> list[Predicate]:
    """The predicate that given and family name changed places, where both are compared."""
    names = exchangeable(fields)
    return [Swapped(*names)] if names else []


def propose_rules(
    fields: Sequence[Field],
    agreeing: Mapping[Predicate, float],
    together: Mapping[frozenset[Predicate], float],
    filled: Mapping[str, float],
    *,
    pairs: float,
    records: int,
) -> list[Proposal]:
    """List the rules that are worth considering.

    Args:
        fields: what is compared.
        agreeing: predicate -> share of random pairs that fulfill it.
        together: predicates -> share of random pairs that fulfill all of them, as far as enough were met to tell; where
            it is more than the predicates alone make expect, it counts.
        filled: field, and column of words -> share of the records with a value.
        pairs: all pairs.
        records: distinct records.
    """
    offers = block_predicates(fields)
    found = _made_up(fields, offers, filled)
    limit = PER_RECORD * records
    alone = {one: share * pairs for one, share in agreeing.items() if share * pairs <= limit}
    singles = [Proposal(build_rule(one), cost, found[one]) for one, cost in _widest(alone).items()]
    couples = []
    for one, two in combinations([one for one in offers if one not in alone], 2):
        if offers[one] is offers[two]:
            continue
        related = CORRELATED if offers[one].kind.shared and offers[two].kind.shared else 1.0
        cost = pairs * max(agreeing[one] * agreeing[two] * related, together.get(frozenset((one, two)), 0.0))
        if cost <= limit:
            couples.append(Proposal(build_rule(one, two), cost, found[one] & found[two]))
    return [*singles, *couples, *_exchanged(fields, together, pairs, records)]


def _widest(alone: Mapping[Predicate, float]) -> dict[Predicate, float]:
    """Of the distances of one column the largest, which finds what the others find."""
    widest: dict[tuple[type, str], Predicate] = {}
    for one in alone:
        key = (SharedToken if isinstance(one, SharedToken) else Within, one.columns[0])
        if key not in widest or alone[one] > alone[widest[key]]:
            widest[key] = one
    return {one: alone[one] for one in widest.values()}


def _exchanged(
    fields: Sequence[Field], together: Mapping[frozenset[Predicate], float], pairs: float, records: int
) -> list[Proposal]:
    rare = np.random.default_rng(7).random(PAIRS) < 0.01  # noqa: PLR2004  - about one pair in a hundred
    return [
        Proposal(build_rule(one), max(0.2 * records, pairs * together.get(frozenset((one,)), 0.0)), rare)
        for one in exchanged_names(fields)
    ]


def _made_up(
    fields: Sequence[Field], offers: Mapping[Predicate, Field], filled: Mapping[str, float]
) -> dict[Predicate, Flags]:
    """Which made-up true pairs fulfill each predicate."""
    random = np.random.default_rng(20)
    dirty = np.arange(PAIRS) % 2
    found: dict[Predicate, Flags] = {}
    draws = {}
    for field in fields:
        there = random.random(PAIRS) < filled[field.name] ** 2
        draws[field.name] = (there, random.random(PAIRS), random.random(PAIRS))
    for predicate, field in offers.items():
        there, edits, words = draws[field.name]
        if isinstance(predicate, SharedToken):
            tokens = predicate.column
            kept = np.array(KEPT[tokens.removeprefix(f"{field.name}_")])[dirty]
            # Of a value that both have; what one record shares with no other is not counted among its rare words.
            some = random.random(PAIRS) * filled[field.name] < filled[tokens]
            found[predicate] = there & some & (words < kept)
        else:
            distance = predicate.distance if isinstance(predicate, Within) else 0
            found[predicate] = there & (edits < np.array([CLEAN[distance], DIRTY[distance]])[dirty])
    return found


def pick_rules(
    proposals: Sequence[Proposal], *, budget: float, records: int, at_any_price: bool = False
) -> list[Verdict]:
    """Pick rules greedily: most made-up pairs found besides, for each candidate, until the budget or the gain ends.

    Args:
        proposals: what is worth considering.
        budget: candidates of all rules together.
        records: distinct records.
        at_any_price: whoever gave the budget wants it used: no rule is too dear.

    Returns:
        a verdict on every proposal, the picked ones first and in the order in which they were picked.
    """
    shop = _Shop(budget, records, at_any_price=at_any_price)
    covered = np.zeros(PAIRS, dtype=bool)
    left = list(proposals)
    while left and len(shop.picked) < MOST_RULES:
        gains = [float((one.found & ~covered).mean()) for one in left]
        worth = [
            0.0 if shop.reason_against(one, gain) else gain / (one.candidates + records)
            for one, gain in zip(left, gains, strict=True)
        ]
        best = int(np.argmax(worth))
        if worth[best] == 0.0:
            break
        one = left.pop(best)
        shop.picked.append(Verdict(one.rule, one.candidates, gains[best], True, "within the budget"))
        covered |= one.found
    verdicts = list(shop.picked)
    for one in left:
        gain = float((one.found & ~covered).mean())
        reason = shop.reason_against(one, gain) or f"the limit of {MOST_RULES} rules is reached"
        verdicts.append(Verdict(one.rule, one.candidates, gain, False, reason))
    return verdicts


class _Shop:
    """Where rules are bought: what was picked, and what speaks against picking more."""

    def __init__(self, budget: float, records: int, *, at_any_price: bool) -> None:
        self.picked: list[Verdict] = []
        self._budget, self._records, self._at_any_price = budget, records, at_any_price

    def reason_against(self, proposal: Proposal, gain: float) -> str:
        """Say why a rule cannot be picked; nothing where it can."""
        if gain < LEAST_GAIN:
            return "finds hardly a pair besides"
        spent = sum(one.candidates for one in self.picked)
        if spent + proposal.candidates > self._budget:
            return f"more candidates than the {max(self._budget - spent, 0):,.0f} that are left of the budget"
        pairs = gain * TRUE_PAIRS * self._records
        dear = spent + proposal.candidates > FREE and proposal.candidates > DEAREST * pairs
        if dear and not self._at_any_price:
            each = f"brings {proposal.candidates / pairs:,.0f} candidates for each pair that it may find besides"
            return f"{each}; `max_candidates` pays for it"
        return ""
