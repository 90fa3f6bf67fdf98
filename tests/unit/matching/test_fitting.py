"""Parameters from patterns without labels, against the parameters that the patterns were drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from lakehouse.matching.expectation import posterior
from lakehouse.matching.fitting import fit_model
from lakehouse.matching.kinds import KINDS, MISSING
from lakehouse.matching.level_shares import prior_shares, random_shares
from lakehouse.matching.pair_classes import Patterns

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


def test_no_candidates_are_no_error():
    empty = Patterns(np.zeros((0, 5), dtype=np.int8), *(np.zeros(0) for _ in range(4)), 10.0, 5)
    fit = fit_model(empty, KINDS_USED, [prior_shares(kind) for kind in KINDS_USED])
    assert "no candidate pairs" in fit.warnings[0]


def test_nothing_is_impossible_among_random_pairs():
    shares = random_shares(KINDS["date"], np.zeros(5))
    assert shares.min() > 0
    assert shares.sum() == pytest.approx(1)
