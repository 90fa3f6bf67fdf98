"""Average linkage against a slow one that looks at every pair of groups in every step."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.matching.agglomeration import AGAINST, FOR, Edges, cluster_edges, components_of


def edges_of(pairs, nodes, side=None):
    left, right, weight = ([pair[place] for pair in pairs] for place in range(3))
    return Edges(
        np.array(left, dtype=np.int64), np.array(right, dtype=np.int64), np.array(weight, dtype=float), nodes,
        None if side is None else np.array(side, dtype=np.int64),
    )  # fmt: skip


def slow_clusters(pairs, nodes, threshold, side=None):
    """Join the two groups with the largest mean weight, ties by the smallest members, while the mean suffices."""
    known = {frozenset(pair[:2]): min(max(pair[2], AGAINST), FOR) for pair in pairs}
    groups = [[node] for node in range(nodes)]
    while True:
        best = None
        for one, two in itertools.combinations(groups, 2):
            scorable = [(a, b) for a in one for b in two if side is None or side[a] != side[b]]
            if not any(frozenset(pair) in known for pair in scorable):
                continue
            mean = sum(known.get(frozenset(pair), AGAINST) for pair in scorable) / len(scorable)
            if mean >= threshold and (best is None or mean > best[0] + 1e-9):
                best = (mean, one, two)
        if best is None:
            return sorted(sorted(group) for group in groups)
        groups = [group for group in groups if group is not best[1] and group is not best[2]] + [best[1] + best[2]]
        groups.sort(key=min)


def groups_of(label):
    return sorted(np.flatnonzero(label == name).tolist() for name in np.unique(label))


WEIGHTS = st.integers(-80, 160).map(lambda tenths: tenths / 10 + 0.037)


@st.composite
def graphs(draw, *, sides=False):
    nodes = draw(st.integers(2, 9))
    side = [draw(st.integers(0, 1)) for _ in range(nodes)] if sides else None
    pairs = [
        (a, b, draw(WEIGHTS) + a * 0.0013 + b * 0.00017)  # different, so that no tie decides
        for a, b in itertools.combinations(range(nodes), 2)
        if (side is None or side[a] != side[b]) and draw(st.booleans())
    ]
    return pairs, nodes, side


@given(graphs(), st.integers(-2, 6))
def test_clusters_are_those_of_slow_average_linkage(graph, threshold):
    pairs, nodes, _ = graph
    assert groups_of(cluster_edges(edges_of(pairs, nodes), threshold)) == slow_clusters(pairs, nodes, threshold)


@given(graphs(sides=True), st.integers(-2, 6))
def test_of_two_tables_only_pairs_between_them_speak(graph, threshold):
    pairs, nodes, side = graph
    found = cluster_edges(edges_of(pairs, nodes, side), threshold)
    assert groups_of(found) == slow_clusters(pairs, nodes, threshold, side)


@given(graphs(), graphs(), st.integers(-2, 6))
def test_records_that_are_connected_with_nothing_change_no_cluster(graph, other, threshold):
    pairs, nodes, _ = graph
    more, others, _ = other
    beside = [(a + nodes, b + nodes, weight) for a, b, weight in more]
    together = cluster_edges(edges_of(pairs + beside, nodes + others), threshold)
    assert groups_of(together[:nodes]) == groups_of(cluster_edges(edges_of(pairs, nodes), threshold))


@given(graphs(), st.randoms(use_true_random=False), st.integers(-2, 6))
def test_neither_the_order_of_pairs_nor_of_their_ends_matters(graph, chance, threshold):
    pairs, nodes, _ = graph
    turned = [(b, a, weight) if chance.random() < 0.5 else (a, b, weight) for a, b, weight in pairs]
    chance.shuffle(turned)
    one, two = (cluster_edges(edges_of(some, nodes), threshold) for some in (pairs, turned))
    assert np.array_equal(one, two)


@given(graphs())
def test_components_are_what_a_walk_reaches(graph):
    pairs, nodes, _ = graph
    beside = {node: {node} for node in range(nodes)}
    for a, b, _ in pairs:
        beside[a].add(b)
        beside[b].add(a)
    expected = []
    for node in range(nodes):
        reached, todo = {node}, [node]
        while todo:
            fresh = beside[todo.pop()] - reached
            reached |= fresh
            todo += fresh
        expected.append(min(reached))
    assert components_of(edges_of(pairs, nodes)).tolist() == expected


def test_one_strong_pair_does_not_join_two_groups_that_disagree():
    group = [(a, b, 9.0) for a, b in itertools.combinations(range(4), 2)]
    other = [(a + 4, b + 4, 9.0) for a, b in itertools.combinations(range(4), 2)]
    assert groups_of(cluster_edges(edges_of([*group, *other, (0, 4, 8.5)], 8), 0.0)) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_a_long_chain_and_a_large_group_are_no_matter_of_time():
    chain = [(n, n + 1, 5.0) for n in range(20_000)]
    found = cluster_edges(edges_of(chain, 20_001), 0.0)
    assert np.bincount(found).max() < 10  # neighbors only: the ends of a chain know nothing of each other
    star = [(0, n, 5.0) for n in range(1, 3_000)]
    assert np.bincount(cluster_edges(edges_of(star, 3_000), 0.0)).max() < 10


@pytest.mark.parametrize("nodes", [0, 1, 5])
def test_without_pairs_everybody_stays_alone(nodes):
    assert cluster_edges(edges_of([], nodes), 0.0).tolist() == list(range(nodes))
