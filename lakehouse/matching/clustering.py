"""Scored pairs -> clusters or links, the threshold they rest on, and what the model expects of them; on the driver."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.sql import functions as F

from lakehouse.matching.agglomeration import Edges, cluster_edges
from lakehouse.matching.linking import choose_links, guess_links
from lakehouse.matching.parts import split_pairs
from lakehouse.matching.scoring import matters
from lakehouse.matching.thresholds import EVEN, Expectation, choose_threshold, expect

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame

    from lakehouse.matching.model import MatchModel
    from lakehouse.matching.records import Prepared
    from lakehouse.matching.settings import MatchSettings

    Integers = NDArray[np.int64]

REVIEW = 3.0
"""Bits below the threshold down to which a pair is worth a person's look."""


@dataclass(frozen=True)
class Clustering:
    """Clusters of distinct records.

    Attributes:
        ids: `_id` of every record in a scored pair, or with copies.
        label: `_id` of the record that names the cluster, for each of `ids`.
        copies: `_id` of records whose copies are the same person; other equal records stay apart.
        threshold, review_threshold: match weights.
        links: how many partners a record may have; None where pairs are not between two tables only.
        expected: what the model expects of these clusters.
        tried: what it expected of other thresholds.
        warnings: for people.
        edges: the weighed pairs, numbered by `ids`; of a graph beyond `max_edges` only a part of them.
    """

    ids: Integers
    label: Integers
    copies: Integers
    threshold: float
    review_threshold: float
    links: str | None
    expected: Expectation
    tried: tuple[Expectation, ...]
    warnings: tuple[str, ...]
    edges: Edges


def cluster_pairs(
    scored: DataFrame, copies: DataFrame, records: Prepared, settings: MatchSettings, model: MatchModel | None
) -> Clustering:
    """Cluster the records, or link two tables; runs actions.

    Args:
        scored: `id_l`, `id_r`, `match_weight`.
        copies: `_id`, `match_weight` of a record with an equal one.
        records: the records.
        settings: threshold and links, where they are given.
        model: a fitted model, whose threshold and links hold.
    """
    kept = scored.where(matters()).select("id_l", "id_r", "match_weight")
    given = model.threshold if model else settings.threshold
    parts = _parts(kept, settings.max_edges, floor=EVEN if given is None else given)
    edges, ids = _collect(parts[0], records)
    links = _links(edges, records, settings, model)
    tried: tuple[Expectation, ...] = ()
    threshold = given
    if threshold is None:
        # Of several parts the first stands for all: its components are chosen by a hash.
        floor = EVEN if len(parts) > 1 else None
        threshold, tried = choose_threshold(
            edges, partial(join_edges, edges, links), min_precision=settings.min_precision, lowest=floor
        )
    label = join_edges(edges, links, threshold)
    expected, names = expect(edges, label, threshold), [(ids, ids[label] if len(ids) else ids)]
    for part in parts[1:]:
        more, those = _collect(part, records)
        label = join_edges(more, links, threshold)
        expected, names = expected.plus(expect(more, label, threshold)), [*names, (those, those[label])]
    review = model.review_threshold if model else settings.review_threshold
    twins = copies.where(F.col("match_weight") >= threshold).select("_id").toArrow().column("_id").to_numpy()
    together = np.sort(twins) if links in (None, "many_to_many") else twins[:0]
    return Clustering(
        np.concatenate([one for one, _ in names]), np.concatenate([name for _, name in names]), together, threshold,
        threshold - REVIEW if review is None else review, links, expected, tried, _warnings(expected), edges,
    )  # fmt: skip


def _parts(kept: DataFrame, limit: int, *, floor: float) -> list[DataFrame]:
    count = kept.count()
    return [kept] if count <= limit else split_pairs(kept, floor=floor, count=count, limit=limit) or [kept]


def _collect(pairs: DataFrame, records: Prepared) -> tuple[Edges, Integers]:
    """Bring the pairs to the driver, numbered."""
    table = pairs.toArrow()
    left, right, weight = (table.column(name).to_numpy() for name in ("id_l", "id_r", "match_weight"))
    order = np.lexsort((right, left))
    ids, numbers = np.unique(np.concatenate([left[order], right[order]]), return_inverse=True)
    half = len(left)
    side = None
    if records.is_linkage:
        side = np.zeros(len(ids), dtype=np.int64)
        side[numbers[half:]] = 1
    return Edges(numbers[:half], numbers[half:], weight[order], len(ids), side), ids


def _links(edges: Edges, records: Prepared, settings: MatchSettings, model: MatchModel | None) -> str | None:
    if not records.is_linkage:
        return None
    if model and model.links:
        return model.links
    return guess_links(edges) if settings.links == "auto" else settings.links


def join_edges(edges: Edges, links: str | None, threshold: float) -> Integers:
    """Return the cluster of each record, named by its smallest member; `links` as `Clustering` has it."""
    if links in (None, "many_to_many"):
        return cluster_edges(edges, threshold)
    # "one to many": one record of the first table may have many partners, which have no other partner.
    taken = choose_links(edges, threshold, left_once=links == "one_to_one", right_once=True)
    label = np.arange(edges.nodes, dtype=np.int64)
    label[edges.right[taken]] = edges.left[taken]
    return label


def _warnings(expected: Expectation) -> tuple[str, ...]:
    if expected.clusters and expected.precision < 0.6:  # noqa: PLR2004  - four of ten pairs would be wrong
        return (f"Of the pairs in clusters only {expected.precision:.0%} are expected to be right.",)
    return ()


def expected_numbers(expected: Expectation) -> dict[str, Any]:
    """The figures of an expectation, rounded for people."""
    return {
        "threshold": expected.threshold, "precision": round(expected.precision, 4), "recall": round(expected.recall, 4),
        "f1": round(expected.f1, 4), "clusters": expected.clusters, "largest": expected.largest,
    }  # fmt: skip
