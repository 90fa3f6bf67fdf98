"""The components in memory against a plain breadth-first search."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.matching.components.driver import connected_components_arrays, union_find


def walked(edges):
    """The smallest node reachable from each node, by walking."""
    neighbors = defaultdict(set)
    for a, b in edges:
        neighbors[a].add(b)
        neighbors[b].add(a)
    smallest = {}
    for start in sorted(neighbors):
        todo = [start]
        while todo:
            node = todo.pop()
            if node not in smallest:
                smallest[node] = start
                todo.extend(neighbors[node])
    return smallest


def found(edges):
    left, right = (np.array(ends, dtype=np.int64) for ends in (zip(*edges, strict=True) if edges else ((), ())))
    nodes, components = connected_components_arrays(left, right)
    return dict(zip(nodes.tolist(), components.tolist(), strict=True))


nodes = st.one_of(st.integers(0, 12), st.integers(-(2**63), 2**63 - 1))


@given(st.lists(st.tuples(nodes, nodes), max_size=40))
@settings(max_examples=300, deadline=None)
def test_components_equal_a_walk_on_any_graph(edges):
    assert found(edges) == walked(edges)


def test_chains_stars_and_bridges_are_one_component():
    chain = [(i, i + 1) for i in range(3000)]
    star = [(10_000 + i, 99_999) for i in range(5000)]
    assert set(found(chain).values()) == {0}
    assert set(found(star).values()) == {10_000}
    assert set(found([*chain, *star, (1500, 12_000)]).values()) == {0}
    assert found([(i, i + 1) for i in range(3000, 0, -1)]) == walked([(i, i + 1) for i in range(3000, 0, -1)])


def test_nodes_without_an_edge_are_their_own_component():
    assert union_find(np.array([3]), np.array([1]), 5).tolist() == [0, 1, 2, 1, 4]
