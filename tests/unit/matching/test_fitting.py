"""Parameters from patterns without labels, against the parameters that the patterns were drawn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lakehouse.matching import expectation, fitting
from lakehouse.matching.expectation import Observed, climb, posterior
from lakehouse.matching.fitting import agreement, fit_model, tells_siblings
from lakehouse.matching.kinds import KINDS, MISSING
from lakehouse.matching.level_shares import prior_shares, random_shares
from lakehouse.matching.neighbors import Neighbors
from lakehouse.matching.pair_classes import FieldShares, Fit, Patterns

KINDS_USED = [KINDS[name] for name in ("family_name", "date", "category", "identifier", "phrase")]


def test_shares_and_matches_are_found_again_without_labels(drawn):
    patterns, m, u, truth = drawn(KINDS_USED)
    fit = fit_model(patterns, KINDS_USED, [share.copy() for share in u])
    assert fit.converged
    assert fit.match * patterns.pairs == pytest.approx(3_000, rel=0.03)
    for got, shares in zip(fit.fields, m, strict=True):
        assert got.match == pytest.approx(shares, abs=0.03)
    likely = posterior(patterns, fit, KINDS_USED)
    assert mistakes(likely, patterns, truth) < mistakes(by_bayes(patterns, m, u), patterns, truth) + 0.01


def mistakes(likely, patterns, truth):
    """Expected number of wrong decisions for each true pair."""
    return (likely * (patterns.counts - truth) + (1 - likely) * truth).sum() / truth.sum()


def by_bayes(patterns, m, u):
    """The probability that somebody knows who drew the pairs."""
    odds = np.full(len(patterns.counts), 3_000 / 60_000)
    for j, (match, stranger) in enumerate(zip(m, u, strict=True)):
        there = patterns.levels[:, j] != MISSING
        odds[there] *= (match / stranger)[patterns.levels[there, j]]
    return odds / (1 + odds)


PERSONS = [KINDS[name] for name in ("given_name", "middle_name", "date", "email", "category", "identifier")]


def test_people_of_the_same_name_are_not_taken_for_one_person(drawn):
    patterns, _, u, _ = drawn(PERSONS, matches=0, namesakes=800)
    fit = fit_model(patterns, PERSONS, u)
    assert fit.match * patterns.pairs < 10
    patterns, _, u, _ = drawn(PERSONS, matches=400, namesakes=800)
    fit = fit_model(patterns, PERSONS, u)
    assert fit.match * patterns.pairs == pytest.approx(400, rel=0.1)
    assert fit.namesake * patterns.pairs == pytest.approx(800, rel=0.1)


def test_the_same_patterns_give_the_same_fit(drawn):
    patterns, _, u, _ = drawn(KINDS_USED, matches=500, strangers=5_000)
    one, two = (fit_model(patterns, KINDS_USED, u) for _ in range(2))
    assert all(np.array_equal(a.match, b.match) for a, b in zip(one.fields, two.fields, strict=True))


def test_better_agreement_never_speaks_less_for_a_match(drawn):
    patterns, _, u, _ = drawn(KINDS_USED, matches=40, strangers=4_000, seed=8)
    fit = fit_model(patterns, KINDS_USED, u)
    for kind, field, random in zip(KINDS_USED, fit.fields, u, strict=True):
        ratios = [field.match[n] / random[n] for n in range(kind.top + 1) if not kind.level(n).apart]
        assert all(a <= b * (1 + 1e-6) for a, b in zip(ratios, ratios[1:], strict=False))


def test_strangers_alone_are_said_to_be_too_few_to_learn_from(drawn):
    patterns, _, u, _ = drawn(KINDS_USED, matches=0, strangers=3_000)
    fit = fit_model(patterns, KINDS_USED, u)
    assert not fit.converged
    assert any("too few" in warning or "degenerate" in warning for warning in fit.warnings)
    assert all(np.allclose(field.match, prior_shares(kind)) for field, kind in zip(fit.fields, KINDS_USED, strict=True))


def test_a_fit_that_still_moves_says_so(drawn, monkeypatch):
    patterns, _, u, _ = drawn(KINDS_USED)
    for module in (expectation, fitting):
        monkeypatch.setattr(module, "STEPS", 2)
    fit = fit_model(patterns, KINDS_USED, u)
    assert not fit.converged
    assert "The fit still moved after 2 steps." in fit.warnings


def test_no_candidates_are_no_error():
    empty = Patterns(np.zeros((0, 5), dtype=np.int8), *(np.zeros(0) for _ in range(4)), 10.0, 5)
    fit = fit_model(empty, KINDS_USED, [prior_shares(kind) for kind in KINDS_USED])
    assert "no candidate pairs" in fit.warnings[0]


def test_nothing_is_impossible_among_random_pairs():
    shares = random_shares(KINDS["date"], np.zeros(5))
    assert shares.min() > 0
    assert shares.sum() == pytest.approx(1)


TOWNSPEOPLE = [KINDS[name] for name in ("given_name", "family_name", "email", "phone", "date", "city", "category")]


def origins(matches, alike, *, seed=3):
    """Candidates of which far more are strangers with one first name in one town than matches; and their shares."""
    chance = np.random.default_rng(seed)
    equal = {"match": [0.8, 0.85, 0.6, 0.75, 0.9, 0.85, 0.4], "alike": [0.9, 0.002, 0, 0, 0.0001, 1.0, 0.6]}
    rows = [
        np.stack([np.where(chance.random(count) < share, kind.top, 0) for share, kind in zip(equal[name], TOWNSPEOPLE, strict=True)], 1)
        for name, count in (("match", matches), ("alike", alike))
    ]  # fmt: skip
    u = [0.004, 0.001, 1e-6, 1e-6, 5e-5, 0.02, 0.08]
    random = [np.array([1 - 2 * one * kind.top, *[one] * (kind.top - 1), one * (kind.top + 1)]) for one, kind in zip(u, TOWNSPEOPLE, strict=True)]  # fmt: skip
    random = [one / one.sum() for one in random]
    found, counts = np.unique(np.concatenate(rows).astype(np.int8), axis=0, return_counts=True)
    rare = [np.where(found[:, j] == kind.top, -np.log2(one), 0.0) for j, (kind, one) in enumerate(zip(TOWNSPEOPLE, u, strict=True))]  # fmt: skip
    own, shared, named = (
        sum((one for one, kind in zip(rare, TOWNSPEOPLE, strict=True) if wanted(kind)), np.zeros(len(counts)))
        for wanted in (lambda kind: not kind.shared, lambda kind: kind.shared, lambda kind: kind.named)
    )
    return Patterns(found, counts.astype(float), own, shared, named, 5e9, 100_000), random


def alike_in_a_town(random):
    """Neighbors who agree on first name, town and category, as the candidates of `origins` do."""
    ratios = []
    for kind, share in zip(TOWNSPEOPLE, random, strict=True):
        near = share.copy()
        near[-1] *= {"given_name": 7.5, "city": 10, "category": 7.5}.get(kind.name, 1)
        near[0] = 1 - near[1:].sum()
        ratios.append(near / share)
    return Neighbors(0.1, tuple(ratios))


@pytest.mark.slow
def test_strangers_of_one_town_and_first_name_are_not_taken_for_the_matches_that_they_outnumber():
    patterns, random = origins(14_000, 2_000_000)
    fit = fit_model(patterns, TOWNSPEOPLE, random, alike_in_a_town(random))
    assert fit.match * patterns.pairs == pytest.approx(14_000, rel=0.05)
    assert agreement(fit, patterns, random) > 0.7
    assert fit.warnings == ()


def test_where_nothing_tells_them_apart_the_fit_is_doubted():
    patterns, random = origins(14_000, 2_000_000)
    fit = fit_model(patterns, TOWNSPEOPLE, random)
    assert fit.match * patterns.pairs > 1_000_000
    assert agreement(fit, patterns, random) < 0.3
    assert any("differs in most of what tells records apart" in one for one in fit.warnings)


@pytest.mark.slow
def test_of_several_fits_one_whose_matches_look_like_matches_is_kept(monkeypatch):
    patterns, random = origins(14_000, 700_000)
    right = climb(Observed(patterns, TOWNSPEOPLE, random), matches=1.0, dirt=0.0)
    wrong = climb(Observed(origins(14_000, 2_000_000)[0], TOWNSPEOPLE, random), matches=1.0, dirt=0.0)
    ends = iter([right, replace(wrong, likelihood=(right.likelihood[0] + 1e6,)), right])
    monkeypatch.setattr("lakehouse.matching.fitting.climb", lambda *_, **__: next(ends))
    fit = fit_model(patterns, TOWNSPEOPLE, random)
    assert fit.match == right.match
    assert len(fit.likelihood) == 3


ADDRESSED = [KINDS[name] for name in ("given_name", "family_name", "date", "street", "postcode", "city")]


def test_an_address_that_changed_as_a_whole_counts_once():
    chance = np.random.default_rng(6)
    stayed, moved, strangers = 1_600, 400, 40_000
    equal = np.where(chance.random((stayed + moved, len(ADDRESSED))) < 0.93, 1, 0)
    equal[stayed:, 3:] = 0
    others = chance.random((strangers, len(ADDRESSED))) < [0.3, 0.3, 0.001, 0.002, 0.002, 0.02]
    levels = np.concatenate([equal, others]) * np.array([kind.top for kind in ADDRESSED])
    found, where = np.unique(levels.astype(np.int8), axis=0, return_inverse=True)
    counts = np.bincount(where.ravel()).astype(float)
    u = [0.005, 0.001, 0.0001, 0.0001, 0.0001, 0.01]
    random = [np.array([1 - one * kind.top, *[one] * kind.top]) for one, kind in zip(u, ADDRESSED, strict=True)]
    rare = [np.where(found[:, j] == kind.top, -np.log2(one), 0.0) for j, (kind, one) in enumerate(zip(ADDRESSED, u, strict=True))]  # fmt: skip
    zero = np.zeros(len(counts))
    own = sum((one for one, kind in zip(rare, ADDRESSED, strict=True) if not kind.shared), zero)
    shared = sum((one for one, kind in zip(rare, ADDRESSED, strict=True) if kind.shared), zero)
    named = sum((one for one, kind in zip(rare, ADDRESSED, strict=True) if kind.named), zero)
    placed = sum((one for one, kind in zip(rare, ADDRESSED, strict=True) if kind.placed), zero)
    patterns = Patterns(found, counts, own, shared, named, 1e8, 15_000, placed=placed)
    fit = fit_model(patterns, ADDRESSED, random)
    assert fit.moved == pytest.approx(0.2, abs=0.03)
    # How addresses are misspelt is learned from those who stayed.
    assert all(one.match[0] == pytest.approx(0.07, abs=0.02) for one in fit.fields[3:])
    gone = (found[:, 3:] == 0).all(axis=1) & (found[:, :3] == [kind.top for kind in ADDRESSED[:3]]).all(axis=1)
    assert posterior(patterns, fit, ADDRESSED)[gone] == pytest.approx(1.0, abs=0.05)


THINGS = [KINDS[name] for name in ("text", "numbers", "category", "identifier", "number")]
TITLE, NUMBERS, CODE = 0, 1, 3


def series(matches, siblings, *, differing=(NUMBERS, CODE), seed=4):
    """Patterns of matches, of things of one series, and of strangers: siblings are as strangers in what is `differing`."""
    chance = np.random.default_rng(seed)
    m = [np.linspace(0.05, 0.5, kind.top + 1) for kind in THINGS]
    u = [np.array([1.0, *[0.02] * (kind.top - 1), 0.004]) for kind in THINGS]
    near = [u[j] if j in differing else m[j] for j in range(len(THINGS))]
    rows = [
        np.stack([chance.choice(len(one), count, p=one / one.sum()) for one in shares], axis=1)
        for shares, count in ((m, matches), (near, siblings), (u, 60_000))
    ]
    found, where = np.unique(np.concatenate(rows), axis=0, return_inverse=True)
    counts = np.bincount(where.ravel()).astype(float)
    rare = sum(np.where(found[:, j] == kind.top, 8.0, 0.0) for j, kind in enumerate(THINGS))
    zero = np.zeros(len(counts))
    patterns = Patterns(found.astype(np.int8), counts, rare, zero, zero, 60_000 + matches + siblings, 8_000)
    # Random pairs are of all sorts, as in a real table.
    random = [np.bincount(found[:, j], weights=counts, minlength=kind.top + 1) for j, kind in enumerate(THINGS)]
    return patterns, [(one + 0.5) / (one + 0.5).sum() for one in random]


def test_things_of_one_series_are_not_taken_for_one_thing():
    patterns, u = series(1_500, 1_000)
    fit = fit_model(patterns, THINGS, u)
    assert fit.match * patterns.pairs == pytest.approx(1_500, rel=0.1)
    assert fit.sibling * patterns.pairs == pytest.approx(1_000, rel=0.15)
    assert fit.stranger == pytest.approx(1 - fit.match - fit.sibling - fit.neighbor)


def test_without_a_series_there_are_no_siblings():
    patterns, u = series(1_500, 0)
    fit = fit_model(patterns, THINGS, u)
    assert fit.sibling == 0
    assert fit.match * patterns.pairs == pytest.approx(1_500, rel=0.1)


def told_of(*, matches=0.1, title=0.05, numbers=0.95, code=0.95, number=0.5, siblings=1.0):
    """Whether siblings are believed that differ so often in each field, and of which there are so many for each match."""
    differing = {"text": title, "numbers": numbers, "category": 0.1, "identifier": code, "number": number}

    def shares(kind, differs):
        # The levels at which a value of one says what the other does not, and all levels above them.
        apart = [kind.level(n).differs for n in range(kind.top + 1)]
        return np.array([differs / sum(apart) if one else (1 - differs) / (len(apart) - sum(apart)) for one in apart])

    stranger = [np.array([0.999, *[0.0005 / (kind.top - 1 or 1)] * (kind.top - 1), 0.0005]) for kind in THINGS]
    fields = tuple(
        FieldShares(shares(kind, matches), far, far, shares(kind, differing[kind.name]), far, far)
        for kind, far in zip(THINGS, stranger, strict=True)
    )
    patterns = Patterns(*[np.zeros(0)] * 5, pairs=1e6, records=2_000)
    return tells_siblings(Fit(fields, 1e-3, sibling=siblings * 1e-3), patterns, THINGS, stranger)


def test_siblings_are_believed_where_an_identifier_or_the_numbers_of_a_title_tell_them_apart():
    assert told_of()
    assert told_of(code=0.2)  # the numbers alone do
    assert told_of(numbers=0.2)  # a code does beside another field
    assert not told_of(numbers=0.2, code=0.2)
    assert not told_of(matches=0.6)  # where most matches differ, too, it is nothing that tells
    assert not told_of(numbers=0.2, number=0.2)  # a code alone may be one that each shop gives anew


def test_what_is_unlike_in_most_or_outnumbers_matches_is_no_series():
    assert told_of(siblings=1.9)
    assert not told_of(siblings=2.1)
    assert not told_of(siblings=0.001)  # one pair
    assert not told_of(title=0.95, number=0.95)


def test_people_have_no_series(drawn):
    patterns, _, u, _ = drawn(PERSONS, matches=400)
    assert fit_model(patterns, PERSONS, u).sibling == 0
