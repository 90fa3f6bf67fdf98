"""Neighbors among random pairs, against the classes that they were drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from lakehouse.matching.kinds import KINDS, MISSING
from lakehouse.matching.level_shares import random_shares, unlike_matches
from lakehouse.matching.neighbors import NOBODY, Neighbors, find_neighbors

USED = [KINDS[name] for name in ("given_name", "family_name", "email", "date", "city", "country", "category")]
FAR = [0.003, 0.001, 0.00001, 0.0001, 0.004, 0.05, 0.04]
NEAR = [0.03, 0.01, 0.00001, 0.0001, 0.15, 0.9, 0.8]
"""How often the pairs of either class are equal in each field; what is not equal has nothing in common."""


def drawn(near, far, matches=0, *, missing=0.1, seed=4):
    """Random pairs: levels, counts and shares, as `observe_strangers` has them."""
    chance = np.random.default_rng(seed)
    parts = []
    for count, equal in ((near, NEAR), (far, FAR), (matches, [0.9] * len(USED))):
        rows = [np.where(chance.random(count) < share, kind.top, 0) for share, kind in zip(equal, USED, strict=True)]
        parts.append(np.stack(rows, axis=1))
    levels = np.concatenate(parts)
    levels[chance.random(levels.shape) < missing] = MISSING
    found, counts = np.unique(levels.astype(np.int8), axis=0, return_counts=True)
    shares = []
    for j, kind in enumerate(USED):
        there = found[:, j] != MISSING
        shares.append(random_shares(kind, np.bincount(found[there, j], counts[there], kind.top + 1)))
    return found, counts.astype(float), shares


def sought(levels, counts, shares, pairs=1e8):
    return find_neighbors(levels, counts, shares, unlike_matches(levels, USED, shares, pairs))


@pytest.mark.parametrize("matches", [0, 400], ids=["strangers alone", "matches among them"])
def test_who_agrees_more_often_is_found_again(matches):
    levels, counts, shares = drawn(40_000, 360_000, matches)
    neighbors = sought(levels, counts, shares)
    assert neighbors.share == pytest.approx(0.1, abs=0.02)
    for j, kind in enumerate(USED):
        near, far = neighbors.apart(j, shares[j])
        together = neighbors.share * near + (1 - neighbors.share) * far
        assert together == pytest.approx(shares[j], rel=0.02)
        if kind.name not in ("email", "date"):
            # Rather less than there is: what might be a match is left out.
            assert 0.65 * NEAR[j] < near[-1] < 1.2 * NEAR[j]
        else:  # on what tells persons apart neighbors agree no more than others, and matches are not taken for them
            assert near[-1] < 3 * far[-1]


def test_where_fields_are_independent_nobody_is_a_neighbor():
    assert sought(*drawn(0, 400_000)) is NOBODY


def test_of_few_pairs_or_one_field_nothing_is_learned():
    levels, counts, shares = drawn(100, 900)
    assert sought(levels, counts, shares) is NOBODY
    levels, counts, shares = drawn(40_000, 360_000)
    one = levels[:, :1]
    assert find_neighbors(one, counts, shares[:1], np.ones(len(counts))) is NOBODY


def test_the_order_of_the_patterns_changes_nothing():
    levels, counts, shares = drawn(10_000, 90_000)
    order = np.random.default_rng(1).permutation(len(counts))
    one, two = sought(levels, counts, shares), sought(levels[order], counts[order], shares)
    assert one.share == two.share
    assert all(np.array_equal(a, b) for a, b in zip(one.ratios, two.ratios, strict=True))


def test_without_neighbors_strangers_are_all_alike():
    shares = np.array([0.9, 0.1])
    assert all(part is shares for part in Neighbors().apart(0, shares))
