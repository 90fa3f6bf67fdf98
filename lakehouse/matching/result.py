"""What a matching run gives back: pairs, clusters, review list, model, and explanations of single pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import functions as F

from lakehouse.matching.comparison import level_names

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.clustering import Clustering
    from lakehouse.matching.fields import Field
    from lakehouse.matching.fitting import Fit
    from lakehouse.matching.model import MatchModel
    from lakehouse.matching.records import Prepared

SIDES = ("left", "right")


@dataclass(frozen=True)
class MatchResult:
    """Pairs, clusters and how they came about.

    Attributes:
        records: the records as they were compared.
        fields: what was compared.
        fit: shares of the levels in each class of pairs.
        model: everything that was decided, readable and reusable.
        scored: candidate pairs of distinct records by internal ids, with levels and weights.
        clustering: clusters of distinct records by internal ids.
    """

    records: Prepared
    fields: tuple[Field, ...]
    fit: Fit
    model: MatchModel
    scored: DataFrame
    clustering: Clustering

    @cached_property
    def pairs(self) -> DataFrame:
        """Candidate pairs that may matter, one row each; of exact copies one record stands for all.

        Returns:
            `id_l`, `id_r` (as text), `score` (probability), `match_weight` (log2 odds), `levels` (struct of the labels by
            field; null where a value is missing), `rules` (the blocking rules that found it), `joined` (whether the two
            are in one cluster).
        """
        labels = self.labels.withColumnRenamed("label", "_label")
        kept = self.scored.where(F.col("match_weight") >= min(self.model.review_threshold, self.model.threshold))
        for side in ("l", "r"):
            keys = self.records.members.select(F.col("_id").alias(f"id_{side}"), F.col("_key").alias(f"_key_{side}"))
            named = labels.select(F.col("_id").alias(f"id_{side}"), F.col("_label").alias(f"_label_{side}"))
            kept = kept.join(keys, on=f"id_{side}").join(named, on=f"id_{side}", how="left")
        levels = F.struct(*(self._label(field) for field in self.fields)).alias("levels")
        left, right = (F.col("_key_l"), F.col("_key_r"))
        if not self.records.is_linkage:
            left, right = F.least("_key_l", "_key_r"), F.greatest("_key_l", "_key_r")
        joined = F.coalesce(F.col("_label_l") == F.col("_label_r"), F.lit(False)).alias("joined")
        return kept.select(left.alias("id_l"), right.alias("id_r"), "score", "match_weight", levels, "rules", joined)

    def _label(self, field: Field) -> Column:
        labels = F.array(*(F.lit(field.kind.level(number).label) for number in range(field.kind.top + 1)))
        level = F.col(level_names([field])[0])
        return F.when(level >= 0, F.element_at(labels, level + 1)).alias(field.name)

    @cached_property
    def labels(self) -> DataFrame:
        """`_id` and `label` (internal id that names the cluster) of the records in scored pairs."""
        table = pa.table({"_id": self.clustering.ids, "label": self.clustering.label})
        return self.scored.sparkSession.createDataFrame(table)

    @cached_property
    def clusters(self) -> DataFrame:
        """The cluster of every record: `id` (as text), `cluster_id` (smallest id of its members), and `side` of two tables."""
        spark = self.scored.sparkSession
        whole = pa.table({"_copy_of": self.clustering.copies, "_whole": [True] * len(self.clustering.copies)})
        labels = self.labels.select(F.col("_id").alias("_copy_of"), "label")
        grouped = self.labels.groupBy("label").count().where("count > 1").select("label", F.lit(True).alias("_grouped"))
        labels = labels.join(grouped, on="label", how="left")
        members = self.records.members.join(labels, on="_copy_of", how="left")
        members = members.join(
            spark.createDataFrame(whole, "_copy_of bigint, _whole boolean"), on="_copy_of", how="left"
        )
        first = F.col("_id") == F.col("_copy_of")
        together = F.coalesce("_whole", "_grouped", F.lit(False)) if self._copies_join else first
        label = F.when(first | together, F.coalesce("label", "_copy_of")).otherwise(F.col("_id"))
        named = members.withColumn("_cluster", label)
        key = F.col("_key")
        if self.records.is_linkage:
            key = F.concat_ws(":", F.when(F.col("_side") == 0, SIDES[0]).otherwise(SIDES[1]), "_key")
        names = named.groupBy("_cluster").agg(F.min(key).alias("cluster_id"))
        rows = named.join(names, on="_cluster")
        side = (
            [F.when(F.col("_side") == 0, SIDES[0]).otherwise(SIDES[1]).alias("side")] if self.records.is_linkage else []
        )
        return rows.select(F.col("_key").alias("id"), "cluster_id", *side)

    @property
    def _copies_join(self) -> bool:
        """Equal records of one table may be one person; not where a record has one partner only."""
        return self.clustering.links in (None, "many_to_many")

    @cached_property
    def review(self) -> DataFrame:
        """Pairs for a person to judge: `id_l`, `id_r`, `score`, `match_weight`, `reason`; the most doubtful first."""
        close = F.col("match_weight") >= self.model.threshold
        reason = (
            F.when(~F.col("joined") & close, "alike, but the other members of the groups speak against it")
            .when(~F.col("joined"), "just below the threshold")
            .when(F.col("joined") & ~close, "joined by other members, though the two are not alike")
            .when(self._contradiction(), "joined, though a date or an identifier differs")
        )
        doubtful = self.pairs.withColumn("reason", reason).where("reason is not null")
        return doubtful.select("id_l", "id_r", "score", "match_weight", "reason").orderBy(
            F.abs(F.col("score") - 0.5), "id_l", "id_r"
        )

    def _contradiction(self) -> Column:
        hard = [field for field in self.fields if field.kind.name in ("date", "identifier")]
        differs = F.lit(False)
        for field in hard:
            differs = differs | (F.col(f"levels.{field.name}") == "else")
        return F.coalesce(differs, F.lit(False))
