"""A graph beyond what the driver may hold: the clusters are those of the whole graph at once."""

from __future__ import annotations

import random

import pytest

from lakehouse.errors import ConfigurationError
from lakehouse.matching import match
from lakehouse.matching.parts import split_pairs


def clusters(result):
    return {row.id: row.cluster_id for row in result.clusters.collect()}


@pytest.mark.slow
def test_parts_of_a_graph_give_the_clusters_of_the_whole(frame, people, names):
    rows, _ = people(60, seed=5)
    whole = match(frame(rows, *names), id="id", settings={"threshold": 1.0})
    assert len(whole.clustering.edges.left) > 30
    parts = match(frame(rows, *names), id="id", settings={"threshold": 1.0, "max_edges": 20})
    assert len(parts.clustering.edges.left) < len(whole.clustering.edges.left)
    assert clusters(parts) == clusters(whole)
    one, two = whole.clustering.expected, parts.clustering.expected
    assert (one.clusters, one.largest, one.precision) == (two.clusters, two.largest, pytest.approx(two.precision))


@pytest.mark.slow
def test_the_threshold_may_be_chosen_from_a_part(frame, people, names):
    rows, _ = people(60, seed=5)
    parts = match(frame(rows, *names), id="id", settings={"max_edges": 20})
    assert parts.model.threshold >= 0
    assert len(clusters(parts)) == len(rows)


def test_pairs_are_split_by_what_is_connected(frame):
    chance = random.Random(2)
    pairs = [(10 * n, 10 * n + m, chance.choice([-3.0, 2.0])) for n in range(40) for m in range(1, 4)]
    across = [(10 * n, 10 * n + 10, -2.0) for n in range(39)]
    parts = split_pairs(frame(pairs + across, "id_l", "id_r", "match_weight"), floor=0.0, count=159, limit=30)
    found = [[(row.id_l, row.id_r) for row in part.collect()] for part in parts]
    assert len(found) > 3
    together = [pair for part in found for pair in part]
    joined = {pair[:2] for pair in pairs if pair[2] >= 0}
    assert joined <= set(together) <= {pair[:2] for pair in pairs}
    assert len(together) == len(set(together))
    records = [{record for pair in part for record in pair} for part in found]
    assert sum(map(len, records)) == len(set.union(*records))


def test_one_group_that_no_part_can_hold_is_refused_with_numbers(frame):
    pairs = [(0, n, 5.0) for n in range(1, 100)]
    with pytest.raises(ConfigurationError, match="99 pairs, 10 allowed"):
        split_pairs(frame(pairs, "id_l", "id_r", "match_weight"), floor=0.0, count=99, limit=10)
