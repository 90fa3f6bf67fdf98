"""Weighed pairs, old and new -> the clusters of the components that new records touch; what they do not touch stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F

from lakehouse.matching.agglomeration import Edges, components_of
from lakehouse.matching.clustering import join_edges
from lakehouse.matching.parts import split_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame

    from lakehouse.matching.known import KnownRecords
    from lakehouse.matching.model import MatchModel

    Integers = NDArray[np.int64]

_LABELS = pa.schema([(name, pa.int64()) for name in ("_id", "component", "label")])
_EDGES = pa.schema([("id_l", pa.int64()), ("id_r", pa.int64()), ("match_weight", pa.float64())])


def cluster_all(nodes: DataFrame, pairs: DataFrame, model: MatchModel, *, linkage: bool, max_edges: int) -> DataFrame:
    """Cluster all nodes by their pairs; runs actions and brings the pairs to the driver, in parts where they are many.

    Args:
        nodes: `_id`.
        pairs: `id_l`, `id_r`, `match_weight`.
        model: whose threshold and links hold.
        linkage: pairs are between two tables.
        max_edges: pairs that the driver may hold.

    Returns:
        `_id`, `component`, `label`.

    Raises:
        ConfigurationError: one component alone has more pairs than the driver may hold.
    """
    spark, count = nodes.sparkSession, pairs.count()
    if count <= max_edges:
        ids = np.sort(nodes.select("_id").toArrow().column("_id").to_numpy())
        return spark.createDataFrame(_clustered(ids, _collected(pairs), model, linkage=linkage))
    parts = split_pairs(pairs, floor=model.threshold, count=count, limit=max_edges)
    found = spark.createDataFrame(
        pa.concat_tables(
            [_LABELS.empty_table(), *(_clustered(_ends(part), part, model, linkage=linkage) for part in map(_collected, parts))]
        )
    )
    alone = nodes.select("_id").join(found.select("_id"), on="_id", how="left_anti")
    return found.unionByName(alone.select("_id", *(F.col("_id").alias(name) for name in ("component", "label"))))


def _ends(pairs: pa.Table) -> Integers:
    return np.unique(np.concatenate([pairs.column(name).to_numpy() for name in ("id_l", "id_r")]))


def recluster(known: KnownRecords, fresh: DataFrame, pairs: DataFrame) -> DataFrame:
    """Cluster again what the new pairs touch; runs actions whose cost goes with that.

    Args:
        known: what was known before.
        fresh: `_id` of the new nodes.
        pairs: weighed pairs with a new node at one end at least.

    Returns:
        `_id`, `component`, `label` of the new nodes and of all nodes in components that they touch.
    """
    spark = fresh.sparkSession
    edges = _collected(pairs)
    new = fresh.select("_id").toArrow().column("_id").to_numpy()
    strong = edges.column("match_weight").to_numpy() >= known.model.threshold
    ends = np.concatenate([edges.column(name).to_numpy()[strong] for name in ("id_l", "id_r")])
    reached = spark.createDataFrame(pa.table({"_id": np.unique(np.setdiff1d(ends, new))}))
    components = known.clusters.join(F.broadcast(reached), on="_id", how="left_semi").select("component").distinct()
    touched = known.clusters.join(F.broadcast(components), on="component", how="left_semi").select("_id").toArrow()
    old = _pairs_among(known.pairs, touched)
    ids = np.union1d(touched.column("_id").to_numpy(), new)
    together = pa.concat_tables([old, edges])
    inside = np.isin(together.column("id_l").to_numpy(), ids) & np.isin(together.column("id_r").to_numpy(), ids)
    return spark.createDataFrame(_clustered(ids, together.filter(pa.array(inside)), known.model, linkage=known.linkage))


def _pairs_among(pairs: DataFrame, nodes: pa.Table) -> pa.Table:
    """Return the pairs with both ends among the nodes."""
    if not nodes.num_rows:
        return _EDGES.empty_table()
    some = F.broadcast(pairs.sparkSession.createDataFrame(nodes))
    left, right = some.select(F.col("_id").alias("id_l")), some.select(F.col("_id").alias("id_r"))
    return _collected(pairs.join(left, on="id_l", how="left_semi").join(right, on="id_r", how="left_semi"))


def _collected(pairs: DataFrame) -> pa.Table:
    """Bring pairs to the driver; stored and fresh ones differ in what may be null."""
    return pairs.select(*_EDGES.names).toArrow().cast(_EDGES)


def _clustered(ids: Integers, pairs: pa.Table, model: MatchModel, *, linkage: bool) -> pa.Table:
    """Cluster nodes, given in ascending order, by the pairs among them."""
    left, right = (np.searchsorted(ids, pairs.column(name).to_numpy()) for name in ("id_l", "id_r"))
    weight = pairs.column("match_weight").to_numpy()
    order = np.lexsort((right, left))
    side = None
    if linkage:
        side = np.zeros(len(ids), dtype=np.int64)
        side[right] = 1
    edges = Edges(left[order], right[order], weight[order], len(ids), side)
    label = join_edges(edges, model.links, model.threshold)
    component = components_of(edges.only(edges.weight >= model.threshold))
    return pa.table({"_id": ids, "component": ids[component], "label": ids[label]})
