"""edges -> connected components: contracted on Spark until the driver can hold what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.components.contraction import both_directions, contracted
from lakehouse.matching.components.driver import connected_components_arrays

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MAX_DRIVER_EDGES = 20_000_000
"""Edges that the driver takes: about 2 GB of memory at the peak."""


def connected_components(edges: DataFrame, *, max_driver_edges: int = MAX_DRIVER_EDGES) -> DataFrame:
    """Find what is connected with what. Runs jobs.

    Args:
        edges: `id_l`, `id_r`, both of one type, bigint or string; edges may be repeated, and a loop makes its end a
            component of its own. An edge with a null end is left out.
        max_driver_edges: edges up to which the driver does the work; a larger graph is contracted on Spark first.

    Returns:
        `id`, `component`: one row for every id of an edge; `component` is the smallest id that it is connected with.
    """
    kind = _id_type(edges)
    staged = edges.select("id_l", "id_r").na.drop().localCheckpoint()
    count = staged.count()
    if kind == "bigint":
        return _components(staged.toDF("left", "right"), count, max_driver_edges).toDF("id", "component")
    return _of_strings(staged, count, max_driver_edges)


def _id_type(edges: DataFrame) -> str:
    types = {dict(edges.dtypes)[name] for name in ("id_l", "id_r")}
    if types in ({"bigint"}, {"string"}):
        return types.pop()
    raise ConfigurationError(
        "The ends of edges have types that cannot be connected.",
        where="edges, columns id_l and id_r",
        found=", ".join(sorted(types)),
        remedy="cast both to bigint or both to string",
    )


def _components(edges: DataFrame, count: int, max_driver_edges: int) -> DataFrame:
    """Return `node`, `component` for `left`, `right` of type bigint."""
    if count <= max_driver_edges:
        return _on_driver(edges, "left", "right")
    loops = edges.where("left = right").select("left", F.col("left").alias("component")).distinct()
    rounds: list[DataFrame] = []
    graph = both_directions(edges).localCheckpoint()
    while (left := graph.count()) > 2 * max_driver_edges and left:
        step = contracted(graph, len(rounds))
        rounds.append(step.names)
        graph = step.edges
    last = _on_driver(graph.where("node < neighbor"), "node", "neighbor") if left else None
    return _smallest(_composed(rounds, last), loops)


def _composed(rounds: list[DataFrame], last: DataFrame | None) -> DataFrame:
    """Follow the names through the rounds: `node`, `_name`, `_round`; a component is what shares the last two.

    Names of different rounds may coincide by chance, hence the number of the round in which a component was finished.
    """
    reached = None
    if last is not None:
        reached = last.select("node", F.col("component").alias("_name"), F.lit(len(rounds)).alias("_round"))
    for number in range(len(rounds) - 1, -1, -1):
        names = rounds[number].select("node", "name")
        if reached is None:
            reached = names.select("node", F.col("name").alias("_name"), F.lit(number).alias("_round"))
            continue
        further = reached.select(F.col("node").alias("name"), "_name", "_round")
        joined = names.join(further, on="name", how="left")
        finished = F.col("_round").isNull()
        reached = joined.select(
            "node",
            F.when(finished, F.col("name")).otherwise(F.col("_name")).alias("_name"),
            F.coalesce("_round", F.lit(number)).alias("_round"),
        )
    if reached is None:
        raise AssertionError("a graph beyond the budget has been contracted at least once")
    return reached


def _smallest(reached: DataFrame, loops: DataFrame) -> DataFrame:
    least = reached.groupBy("_name", "_round").agg(F.min("node").alias("component"))
    found = reached.join(least, on=["_name", "_round"], how="inner").select("node", "component")
    alone = loops.toDF("node", "component").join(found.select("node"), on="node", how="left_anti")
    return found.unionByName(alone)


def _on_driver(edges: DataFrame, left: str, right: str) -> DataFrame:
    table = edges.select(left, right).toArrow()
    ends = (np.asarray(table.column(name).to_numpy()) for name in (left, right))
    nodes, components = connected_components_arrays(*ends)
    return edges.sparkSession.createDataFrame(pa.table({"node": nodes, "component": components}))


def _of_strings(edges: DataFrame, count: int, max_driver_edges: int) -> DataFrame:
    """Connect the hashes of the ids, and name each component by its smallest id."""
    ids = edges.select(F.col("id_l").alias("id")).unionByName(edges.select(F.col("id_r").alias("id"))).distinct()
    numbered = ids.select("id", F.xxhash64("id").alias("node")).localCheckpoint()
    _require_unique(numbered)
    left = numbered.select(F.col("id").alias("id_l"), F.col("node").alias("left"))
    right = numbered.select(F.col("id").alias("id_r"), F.col("node").alias("right"))
    hashed = edges.join(left, on="id_l", how="inner").join(right, on="id_r", how="inner").select("left", "right")
    found = _components(hashed.localCheckpoint(), count, max_driver_edges)
    members = found.join(numbered, on="node", how="inner").select("id", F.col("component").alias("_component"))
    least = members.groupBy("_component").agg(F.min("id").alias("component"))
    return members.join(least, on="_component", how="inner").select("id", "component")


def _require_unique(numbered: DataFrame) -> None:
    ids, nodes = numbered.agg(F.count("id"), F.countDistinct("node")).collect()[0]
    if ids != nodes:
        raise ConfigurationError(
            "Two string ids have the same 64-bit hash.",
            where="edges, columns id_l and id_r",
            found=f"{ids} ids, {nodes} hashes",
            remedy="give the records bigint ids",
        )
