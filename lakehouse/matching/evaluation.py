"""A result and the known answer -> how right the pairs and clusters are, and at which stage a true pair was lost.

Every true pair of the records is in the denominator, also those that no blocking rule found. Figures of pairs judge the
score (weights at or above the threshold), figures of the closure judge the clusters, pair by pair, and B-cubed judges
them record by record (Bagga and Baldwin 1998), so that one large wrong cluster does not drown everything else.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.components.connected import connected_components
from lakehouse.matching.sides import LEFT, RIGHT, SIDES, side_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.result import MatchResult

COPIES = "equal records"
"""Stands for the rule that records which are equal in every field are a pair."""


@dataclass(frozen=True)
class Evaluation:
    """How a matching run compares with the known answer; precision, recall and F1 lie between 0 and 1.

    Attributes:
        pair_precision, pair_recall, pair_f1: pairs whose weight reaches the threshold.
        closure_precision, closure_recall, closure_f1: pairs that are in one cluster.
        bcubed_precision, bcubed_recall, bcubed_f1: mean over the records.
        exact_clusters: share of the true groups of two or more that are a cluster, member for member.
        largest_cluster, largest_true: records.
        true_pairs: how many pairs are true; of two tables only pairs between them count.
        blocking_recall: share of the true pairs that were compared.
        lost_in_blocking: true pairs that were not compared.
        lost_in_scoring: true pairs that were compared and stayed below the threshold.
        lost_in_clustering: true pairs at or above the threshold that ended in different clusters.
        won_by_clustering: true pairs in one cluster that were not compared or stayed below the threshold.
        unknown_ids: ids of the answer that no record has; their pairs count for nothing.
        found_by_rule: blocking rule -> true pairs that it found.
        only_by_rule: blocking rule -> true pairs that no other rule found.
    """

    pair_precision: float
    pair_recall: float
    pair_f1: float
    closure_precision: float
    closure_recall: float
    closure_f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    exact_clusters: float
    largest_cluster: int
    largest_true: int
    true_pairs: int
    blocking_recall: float
    lost_in_blocking: int
    lost_in_scoring: int
    lost_in_clustering: int
    won_by_clustering: int
    unknown_ids: int = 0
    found_by_rule: dict[str, int] = field(default_factory=dict)
    only_by_rule: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        lines = ["           precision   recall       F1"]
        for name in ("pair", "closure", "bcubed"):
            three = (getattr(self, f"{name}_{part}") for part in ("precision", "recall", "f1"))
            lines.append(f"{name:<11}" + "".join(f"{value:>9.4f}" for value in three))
        lines += [
            (
                f"{self.true_pairs:,} true pairs; {self.blocking_recall:.2%} compared; "
                f"lost: {self.lost_in_blocking:,} in blocking, "
                f"{self.lost_in_scoring:,} in scoring, {self.lost_in_clustering:,} in clustering; "
                f"won back by clusters: {self.won_by_clustering:,}"
            ),
            (
                f"largest cluster {self.largest_cluster:,} (true: {self.largest_true:,}); "
                f"{self.exact_clusters:.2%} of the true groups found member for member"
            ),
        ]
        return "\n".join(lines)


def evaluate(result: MatchResult, truth: DataFrame) -> Evaluation:
    """Compare a result with the known answer; runs actions.

    Args:
        result: of `match`.
        truth: `id_l`, `id_r`: pairs of ids that are the same person or thing; their closure is the answer, and a record in
            no pair is alone. Of two tables `id_l` is an id of the first and `id_r` of the second, unless `side_l` and
            `side_r` (`left` or `right`) say otherwise.

    Raises:
        ConfigurationError: columns missing, or not one id of the answer is that of a record.
    """
    groups, unknown = _true_groups(result, truth)
    records = _labeled(result, groups).localCheckpoint()
    clusters = _Tally.of(records, linkage=result.records.is_linkage)
    compared = _Compared.of(result, records)
    true, right = clusters.true_pairs, clusters.right_pairs
    return Evaluation(
        *_three(compared.scored, compared.claimed, true), *_three(right, clusters.pairs, true), *clusters.bcubed,
        exact_clusters=clusters.exact, largest_cluster=clusters.largest, largest_true=clusters.largest_true,
        true_pairs=true, blocking_recall=compared.found / true if true else 1.0, lost_in_blocking=true - compared.found,
        lost_in_scoring=compared.found - compared.scored, lost_in_clustering=compared.scored - compared.joined,
        won_by_clustering=right - compared.joined, unknown_ids=unknown,
        found_by_rule=compared.found_by_rule, only_by_rule=compared.only_by_rule,
    )  # fmt: skip


def _true_groups(result: MatchResult, truth: DataFrame) -> tuple[DataFrame, int]:
    """Return `_id`, `truth` of the records that are in a true pair, and how many ids are unknown."""
    missing = [name for name in ("id_l", "id_r") if name not in truth.columns]
    if missing:
        raise ConfigurationError(
            "The known answer lacks a column.", where="truth", found=", ".join(truth.columns),
            remedy="give the pairs as two columns `id_l` and `id_r`",
        )  # fmt: skip
    named = truth.where("id_l is not null and id_r is not null")
    ids = [
        F.xxhash64(side_of(truth, end, result.records), F.col(f"id_{end}").cast("string")).alias(f"id_{end}")
        for end in ("l", "r")
    ]
    pairs = named.select(*ids)
    groups = connected_components(pairs).toDF("_id", "truth")
    known = groups.join(result.records.members.select("_id"), on="_id").localCheckpoint()
    all_, there = groups.count(), known.count()
    if all_ and not there:
        raise ConfigurationError(
            "Not one id of the known answer is the id of a record.", where="truth", found=f"{all_} ids",
            remedy="use the ids that `id` names, written the same way; of two tables `id_l` is of the first",
        )  # fmt: skip
    return known, all_ - there


def _labeled(result: MatchResult, groups: DataFrame) -> DataFrame:
    """Return `_id`, `_copy_of`, `side`, `cluster`, `truth` of every record."""
    members = result.records.members
    named = result.clusters
    side = F.lit(LEFT)
    if "side" in named.columns:
        side = F.when(F.col("side") == SIDES[LEFT], LEFT).otherwise(RIGHT)
    clusters = named.select(F.xxhash64(side, F.col("id")).alias("_id"), F.col("cluster_id").alias("cluster"))
    labeled = members.join(clusters, on="_id").join(groups, on="_id", how="left")
    truth = F.coalesce(F.col("truth"), F.col("_id")).alias("truth")
    return labeled.select("_id", "_copy_of", F.col("_side").alias("side"), "cluster", truth)


@dataclass(frozen=True)
class _Tally:
    """Counts of the contingency table of clusters and true groups."""

    right_pairs: int
    pairs: int
    true_pairs: int
    bcubed: tuple[float, float, float]
    exact: float
    largest: int
    largest_true: int

    @classmethod
    def of(cls, records: DataFrame, *, linkage: bool) -> _Tally:
        both = _cells(records, ["cluster", "truth"], linkage=linkage).localCheckpoint()
        clusters, groups = (_cells(records, [name], linkage=linkage) for name in ("cluster", "truth"))
        joined = both.join(clusters.select("cluster", F.col("n").alias("n_cluster")), on="cluster")
        joined = joined.join(groups.select("truth", F.col("n").alias("n_truth")), on="truth")
        n = F.col("n")
        whole = (n == F.col("n_cluster")) & (n == F.col("n_truth")) & (n > 1)
        total, precise, complete, exact = _row(
            joined, F.sum("n"), F.sum(n * n / F.col("n_cluster")), F.sum(n * n / F.col("n_truth")), F.count_if(whole)
        )
        precision, recall = precise / total if total else 1.0, complete / total if total else 1.0
        claimed, largest, _ = _row(clusters, F.sum("pairs"), F.max("n"), F.lit(0))
        true, largest_true, several = _row(groups, F.sum("pairs"), F.max("n"), F.count_if(n > 1))
        (right,) = _row(both, F.sum("pairs"))
        return cls(
            int(right), int(claimed), int(true), (precision, recall, _f1(precision, recall)),
            exact / several if several else 1.0, int(largest), int(largest_true),
        )  # fmt: skip


def _cells(records: DataFrame, keys: Sequence[str], *, linkage: bool) -> DataFrame:
    """Count the records by keys: `n`, and the pairs that they make: `pairs`, of two tables only those between them."""
    n, right = F.count("*"), F.sum(F.col("side").cast("bigint"))
    pairs = (n - right) * right if linkage else n * (n - 1) / 2
    return records.groupBy(*keys).agg(n.alias("n"), pairs.alias("pairs"))


@dataclass(frozen=True)
class _Compared:
    """Compared pairs of records: how many are true, reach the threshold, and end in one cluster.

    Distinct records were compared; each stands for its copies, whose pairs are counted by products instead of being listed.
    """

    found: int
    scored: int
    claimed: int
    joined: int
    found_by_rule: dict[str, int]
    only_by_rule: dict[str, int]

    @classmethod
    def of(cls, result: MatchResult, records: DataFrame) -> _Compared:
        pairs = _distinct_pairs(result)
        above = pairs.where("above")
        by_rules = _matched(pairs, records, ["truth"]).groupBy("rules", "above").agg(F.sum("pairs").alias("pairs"))
        counted = [(list(row.rules), row.above, int(row.pairs)) for row in by_rules.collect()]
        (claimed,) = _row(_matched(above, records, []), F.sum("pairs"))
        (joined,) = _row(_matched(above, records, ["truth", "cluster"]), F.sum("pairs"))
        names = sorted({rule for rules, _, _ in counted for rule in rules})
        return cls(
            found=sum(n for _, _, n in counted), scored=sum(n for _, over, n in counted if over),
            claimed=int(claimed), joined=int(joined),
            found_by_rule={rule: sum(n for rules, _, n in counted if rule in rules) for rule in names},
            only_by_rule={rule: sum(n for rules, _, n in counted if rules == [rule]) for rule in names},
        )  # fmt: skip


def _distinct_pairs(result: MatchResult) -> DataFrame:
    """Return `id_l`, `id_r`, `rules`, `above`: compared pairs of distinct records, and each record of one table with its copies."""
    above = F.col("match_weight") >= result.model.threshold
    pairs = result.scored.select("id_l", "id_r", "rules", above.alias("above"))
    if result.records.is_linkage:
        return pairs
    whole = pa.table({"_id": result.clustering.copies, "above": [True] * len(result.clustering.copies)})
    joined = result.scored.sparkSession.createDataFrame(whole, "_id bigint, above boolean")
    twins = result.records.distinct.where("_copies > 1").select("_id").join(joined, on="_id", how="left")
    copies = twins.select(
        F.col("_id").alias("id_l"), F.col("_id").alias("id_r"), F.array(F.lit(COPIES)).alias("rules"),
        F.coalesce("above", F.lit(False)).alias("above"),
    )  # fmt: skip
    return pairs.unionByName(copies)


def _matched(pairs: DataFrame, records: DataFrame, alike: Sequence[str]) -> DataFrame:
    """Count the pairs of records behind pairs of distinct records that are alike in some columns: adds `pairs`."""
    cells = records.groupBy("_copy_of", *alike).agg(F.count("*").alias("n"))
    left = cells.select(F.col("_copy_of").alias("id_l"), *alike, F.col("n").alias("n_l"))
    right = cells.select(F.col("_copy_of").alias("id_r"), *alike, F.col("n").alias("n_r"))
    joined = pairs.join(left, on="id_l").join(right, on=["id_r", *alike])
    within = F.col("n_l") * (F.col("n_l") - 1) / 2
    between = (F.col("n_l") * F.col("n_r")).cast("double")
    return joined.withColumn("pairs", F.when(F.col("id_l") == F.col("id_r"), within).otherwise(between))


def _row(frame: DataFrame, *sums: Column) -> list[float]:
    row = frame.agg(*sums).first()
    return [float(value or 0) for value in row or [0] * len(sums)]


def _three(right: int, claimed: int, true: int) -> tuple[float, float, float]:
    precision, recall = right / claimed if claimed else 1.0, right / true if true else 1.0
    return precision, recall, _f1(precision, recall)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
