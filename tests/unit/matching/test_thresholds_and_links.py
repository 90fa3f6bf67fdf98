"""What the model expects of clusters, which threshold it chooses, and which links of two tables it takes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.matching.agglomeration import Edges, cluster_edges
from lakehouse.matching.linking import choose_links, guess_links
from lakehouse.matching.thresholds import GRID, choose_threshold, expect


def edges_of(pairs, nodes):
    columns = list(zip(*pairs, strict=True)) or [(), (), ()]
    left, right = (np.array(column, dtype=np.int64) for column in columns[:2])
    return Edges(left, right, np.array(columns[2], dtype=float), nodes)


def test_expected_figures_follow_from_the_probabilities_of_the_pairs():
    edges = edges_of([(0, 1, 2.0), (1, 2, 0.0), (3, 4, -2.0)], 5)
    got = expect(edges, np.array([0, 0, 0, 3, 4]), 1.0)
    likely = [0.8, 0.5, 0.2]
    assert got.precision == pytest.approx((0.8 + 0.5) / 3)  # 0-2 is in the cluster and was not scored
    assert got.recall == pytest.approx((0.8 + 0.5) / sum(likely))
    assert got.f1 == pytest.approx(2 * 1.3 / (3 + 1.5))
    assert (got.clusters, got.largest) == (1, 3)


def test_of_two_tables_only_pairs_between_them_can_be_wrong():
    edges = edges_of([(0, 1, 4.0), (0, 2, 4.0), (0, 3, 4.0)], 4)
    linkage = replace(edges, side=np.array([0, 1, 1, 1]))
    likely = 16 / 17
    assert expect(linkage, np.zeros(4, dtype=np.int64), 0.0).precision == pytest.approx(likely)
    assert expect(edges, np.zeros(4, dtype=np.int64), 0.0).precision == pytest.approx(3 * likely / 6)


def test_without_pairs_nothing_is_wrong():
    got = expect(edges_of([], 3), np.arange(3), 0.0)
    assert (got.precision, got.recall, got.f1, got.clusters, got.largest) == (1.0, 1.0, 1.0, 0, 1)


def test_the_threshold_climbs_to_the_best_expected_f1_that_is_precise_enough():
    chance = np.random.default_rng(3)
    pairs = [
        (2 * n, 2 * n + 1, float(w))
        for n, w in enumerate(np.concatenate([chance.normal(9, 2, 300), chance.normal(-2, 2, 900)]))
    ]
    edges = edges_of(pairs, 2400)
    chosen, tried = choose_threshold(edges, partial(cluster_edges, edges), min_precision=0.75)
    every = {place: expect(edges, cluster_edges(edges, place), place) for place in GRID}
    assert every[chosen].f1 >= max(one.f1 for one in every.values() if one.precision >= 0.75) - 0.01
    assert {one.threshold for one in tried} <= set(GRID)
    assert list(tried) == sorted(tried, key=lambda one: one.threshold)


def test_a_model_that_expects_little_raises_the_threshold():
    edges = edges_of(
        [(2 * n, 2 * n + 1, 0.3) for n in range(50)] + [(100 + 2 * n, 101 + 2 * n, 5.0) for n in range(5)], 120
    )
    chosen, _ = choose_threshold(edges, partial(cluster_edges, edges), min_precision=0.75)
    assert chosen > 0.3


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(6, 11), st.integers(-40, 120)), unique_by=lambda pair: pair[:2])
)
def test_the_heaviest_links_are_taken_first_and_nobody_is_linked_twice(pairs):
    edges = edges_of([(a, b, weight / 10) for a, b, weight in pairs], 12)
    taken = choose_links(edges, 1.0, left_once=True, right_once=True)
    links, used = [], set()
    for weight, a, b in sorted(((-w / 10, a, b) for a, b, w in pairs)):
        if -weight >= 1.0 and a not in used and b not in used:
            links.append((a, b))
            used |= {a, b}
    assert sorted(zip(edges.left[taken].tolist(), edges.right[taken].tolist(), strict=True)) == sorted(links)


def test_one_to_many_lets_a_record_of_the_first_table_have_several_partners():
    edges = edges_of([(0, 5, 9.0), (0, 6, 8.0), (1, 6, 7.0)], 7)
    assert choose_links(edges, 0.0, left_once=False, right_once=True).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("pairs", "links"),
    [
        ([], "one_to_one"),
        ([(n, n + 100, 9.0) for n in range(60)], "one_to_one"),
        ([(n // 2, n + 100, 9.0) for n in range(60)], "one_to_many"),
        ([(n // 2, 100 + n % 2 + n // 4 * 2, 9.0) for n in range(60)], "many_to_many"),
        ([(n // 2, n + 100, 1.0) for n in range(60)], "one_to_one"),  # nothing certain speaks for several
    ],
)
def test_the_certain_pairs_tell_how_many_partners_a_record_has(pairs, links):
    assert guess_links(edges_of(pairs, 200)) == links
