"""Contraction on Spark against the driver, on graphs that are hard for one of them."""

from __future__ import annotations

import random

import numpy as np
import pytest
from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.components.connected import connected_components
from lakehouse.matching.components.contraction import scrambled
from lakehouse.matching.components.driver import connected_components_arrays


def hard_graph():
    rng = random.Random(3)
    chain = [(i, i + 1) for i in range(1, 200)]
    star = [(5000 + i, 4999) for i in range(150)]
    pairs = [(10_000 + 2 * i, 10_001 + 2 * i) for i in range(100)]
    noise = [(rng.randrange(20_000, 20_300), rng.randrange(20_000, 20_300)) for _ in range(200)]
    negative = [(-7, -(2**63)), (2**63 - 1, 0), (0, -7)]
    loops = [(77_777, 77_777), (5, 5)]
    edges = [*chain, *star, *pairs, *noise, *negative, *loops, *chain[:20], *((b, a) for a, b in star[:20])]
    rng.shuffle(edges)
    return edges


@pytest.fixture(scope="module")
def expected():
    left, right = (np.array(ends, dtype=np.int64) for ends in zip(*hard_graph(), strict=True))
    nodes, components = connected_components_arrays(left, right)
    return dict(zip(nodes.tolist(), components.tolist(), strict=True))


@pytest.mark.parametrize("budget", [1_000_000, 100, pytest.param(0, marks=pytest.mark.slow)])
def test_driver_contraction_and_their_mixture_find_the_same_components(spark, expected, budget):
    edges = spark.createDataFrame(hard_graph(), "id_l long, id_r long")
    rows = connected_components(edges, max_driver_edges=budget).collect()
    assert len(rows) == len(expected)
    assert {row.id: row.component for row in rows} == expected


@pytest.mark.parametrize("budget", [1_000_000, 0])
def test_components_of_strings_are_named_by_the_smallest_string(spark, budget):
    edges = spark.createDataFrame(
        [("b", "ä"), ("c", "b"), ("x", "x"), ("z", None), ("10", "9")], "id_l string, id_r string"
    )
    rows = connected_components(edges, max_driver_edges=budget).collect()
    assert {(row.id, row.component) for row in rows} == {
        ("b", "b"), ("ä", "b"), ("c", "b"), ("x", "x"), ("10", "10"), ("9", "10")
    }  # fmt: skip


@pytest.mark.parametrize("budget", [10, 0])
def test_no_edges_make_no_components(spark, budget):
    edges = spark.createDataFrame([], "id_l long, id_r long")
    assert connected_components(edges, max_driver_edges=budget).collect() == []


def test_ids_of_other_or_different_types_are_refused(spark):
    with pytest.raises(ConfigurationError, match="bigint or both to string"):
        connected_components(spark.createDataFrame([(1, "1")], "id_l long, id_r string"))


def test_scrambling_keeps_names_apart_and_differs_by_round(spark):
    names = spark.range(-500, 20_000).withColumns({f"_{n}": scrambled(F.col("id"), n) for n in range(3)})
    counts = names.agg(
        *(F.countDistinct(f"_{n}") for n in range(3)), F.sum(F.expr("int(_0 = _1 or _1 = _2)"))
    ).collect()[0]
    assert tuple(counts) == (20_500, 20_500, 20_500, 0)
