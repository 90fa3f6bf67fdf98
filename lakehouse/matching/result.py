"""What a matching run gives back: pairs, clusters, review list, model, and explanations of single pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import Window
from pyspark.sql import functions as F

from lakehouse.matching.comparison import level_names
from lakehouse.matching.explanation import explain_pair
from lakehouse.matching.labels import BY_WEIGHT, CHOSEN
from lakehouse.matching.pair_classes import VERDICT
from lakehouse.matching.report import write_report
from lakehouse.matching.sides import SIDES, side_name
from lakehouse.matching.summary import summarize

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.clustering import Clustering
    from lakehouse.matching.evaluation import Evaluation
    from lakehouse.matching.explanation import Explanation
    from lakehouse.matching.fields import Field
    from lakehouse.matching.model import MatchModel
    from lakehouse.matching.pair_classes import Fit
    from lakehouse.matching.proposals import Verdict
    from lakehouse.matching.records import Prepared
    from lakehouse.matching.sides import Side
    from lakehouse.matching.summary import Summary

_RIVALS = {
    True: "alike, but the other members of the groups speak against it",
    False: "alike, but one of the two has a partner that is more alike",
}
"""Why two records that are alike are apart, by whether groups may have any size."""
LABELLED = (-10, 20)
"""Whole bits between which pairs are chosen for labels; what lies outside counts at the ends."""
_TORN = "labelled a match, but other labels, or a partner that has one, speak against it"


@dataclass(frozen=True, repr=False)
class MatchResult:
    """Pairs, clusters and how they came about.

    Attributes:
        records: the records as they were compared.
        fields: what was compared.
        fit: shares of the levels in each class of pairs.
        model: everything that was decided, readable and reusable.
        scored: candidate pairs of distinct records by internal ids, with levels and weights.
        clustering: clusters of distinct records by internal ids.
        left_out: blocking rules that were considered and not used, those that would find most first; empty where rules
            were given or no rule was needed.
    """

    records: Prepared
    fields: tuple[Field, ...]
    fit: Fit
    model: MatchModel
    scored: DataFrame
    clustering: Clustering
    left_out: tuple[Verdict, ...] = ()

    def __repr__(self) -> str:
        expected, counts = self.clustering.expected, self.records.counts
        tables = " and ".join(f"{count:,}" for count in counts[: 1 + self.records.two_tables])
        return (
            f"MatchResult({tables} distinct records; {expected.clusters:,} clusters of distinct records, "
            f"the largest of {expected.largest:,}; "
            f"threshold {self.model.threshold:+.2f} bits; expected precision {expected.precision:.3f}, recall "
            f"{expected.recall:.3f})"
        )

    @cached_property
    def pairs(self) -> DataFrame:
        """Candidate pairs that may matter, one row each; of exact copies one record stands for all; kept once computed.

        Returns:
            `id_l`, `id_r` (as text; of two tables `id_l` is of the first, and under `dedupe` `side_l` and `side_r` tell
            `left` or `right`), `score` (probability), `match_weight` (log2 odds; 1000 or -1000 where a
            person's label says match or no match), `levels` (struct of the labels by
            field; null where a value is missing), `rules` (the blocking rules that found it), `joined` (whether the two
            are in one cluster).
        """
        labels = self.labels.withColumnRenamed("label", "_label")
        lowest = min(self.model.review_threshold, self.model.threshold)
        kept = self.scored.where((F.col("match_weight") >= lowest) | _is_judged())
        for side in ("l", "r"):
            named = labels.select(F.col("_id").alias(f"id_{side}"), F.col("_label").alias(f"_label_{side}"))
            kept = kept.join(named, on=f"id_{side}", how="left")
        levels = F.struct(*(self._label(field) for field in self.fields)).alias("levels")
        joined = F.coalesce(F.col("_label_l") == F.col("_label_r"), F.lit(False)).alias("joined")
        return self._named(kept).select(*self._ends, "score", "match_weight", levels, "rules", joined).cache()

    @property
    def _ends(self) -> list[str]:
        """The columns that name the two records of a pair."""
        return ["id_l", "id_r", *(["side_l", "side_r"] if self.records.dedupe else [])]

    def _named(self, pairs: DataFrame, *, ordered: bool = True) -> DataFrame:
        """Put the ids that people know in the place of internal ones; `ordered`: the smaller one first where it may be."""
        for side in ("l", "r"):
            end = F.struct(F.col("_side").alias("side"), F.col("_key").alias("key")).alias(f"_end_{side}")
            pairs = pairs.join(self.records.members.select(F.col("_id").alias(f"id_{side}"), end), on=f"id_{side}")
        ends = F.col("_end_l"), F.col("_end_r")
        if ordered and not self.records.is_linkage:
            ends = F.least(*ends), F.greatest(*ends)
        names = {f"id_{side}": end["key"] for side, end in zip("lr", ends, strict=True)}
        names |= {f"side_{side}": side_name(end["side"]) for side, end in zip("lr", ends, strict=True)}
        return pairs.withColumns(names)

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
        """The cluster of every record: `id` (as text), `cluster_id` (smallest id of its members), and `side` of two tables.

        Kept in memory, or on disk, once computed.
        """
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
        if self.clustering.links == "one_to_many":
            # Equal records of the second table may all be partners of the one of the first.
            together = first | ((F.col("_side") == 1) & F.coalesce("_grouped", F.lit(False)))
        label = F.when(first | together, F.coalesce("label", "_copy_of")).otherwise(F.col("_id"))
        named = members.withColumn("_cluster", label)
        key, side = F.col("_key"), side_name(F.col("_side"))
        if self.records.two_tables:
            key = F.concat_ws(":", side, "_key")
        names = named.groupBy("_cluster").agg(F.min(key).alias("cluster_id"))
        rows = named.join(names, on="_cluster")
        sides = [side.alias("side")] if self.records.two_tables else []
        return rows.select(F.col("_key").alias("id"), "cluster_id", *sides).cache()

    @property
    def _copies_join(self) -> bool:
        """Equal records of one table may be one person; not where a record has one partner only."""
        return self.clustering.links in (None, "many_to_many")

    @cached_property
    def review(self) -> DataFrame:
        """Pairs for a person to judge: ids as in `pairs`, `score`, `match_weight`, `reason`; the most doubtful first."""
        close = F.col("match_weight") >= self.model.threshold
        reason = (
            F.when((F.col("match_weight") >= VERDICT) & ~F.col("joined"), _TORN)
            .when(_is_judged(), F.lit(None))
            .when(~F.col("joined") & close, _RIVALS[self._copies_join])
            .when(~F.col("joined"), "just below the threshold")
            .when(F.col("joined") & ~close, "joined by other members, though the two are not alike")
            .when(self._contradiction(), "joined, though a date or an identifier differs")
        )
        doubtful = self.pairs.withColumn("reason", reason).where("reason is not null")
        return doubtful.select(*self._ends, "score", "match_weight", "reason").orderBy(
            F.abs(F.col("score") - 0.5), *self._ends
        )

    def to_label(self, count: int = 100) -> DataFrame:
        """Choose pairs whose labels tell most about the model: evenly over all weights, by nothing but the weight.

        Add a column `match` with what a person says and give the table to `match(..., labels=...)`. Labels of `review`
        are obeyed as well; they do not calibrate, for that list is chosen by what clusters contradict.

        Args:
            count: how many pairs, about.

        Returns:
            ids as in `pairs`, `match_weight`, `chosen_by` (`weight`), in no order of weight; the same in every run. Pairs that
            have a label are not asked for again.
        """
        low, high = LABELLED
        bits = F.floor(F.greatest(F.least("match_weight", F.lit(high)), F.lit(low)))
        nth = F.row_number().over(Window.partitionBy(bits).orderBy(F.xxhash64("id_l", "id_r")))
        each = max(1, round(count / (high - low + 1)))
        chosen = self.scored.where(~_is_judged()).withColumn("_nth", nth).where(F.col("_nth") <= each)
        listed = self._named(chosen.withColumn("_place", F.xxhash64("id_r", "id_l")), ordered=False).orderBy("_place")
        return listed.select(*self._ends, "match_weight", F.lit(BY_WEIGHT).alias(CHOSEN))

    def _contradiction(self) -> Column:
        hard = [field for field in self.fields if field.kind.name in ("date", "identifier")]
        differs = F.lit(False)
        for field in hard:
            differs = differs | (F.col(f"levels.{field.name}") == "else")
        return F.coalesce(differs, F.lit(False))

    @cached_property
    def summary(self) -> Summary:
        """The figures of the run; counting them runs actions once."""
        return summarize(self)

    def explain(
        self, a: object, b: object, *, sides: tuple[Side, Side] = SIDES, show_values: bool = False
    ) -> Explanation:
        """Explain why a pair weighs what it weighs, also a pair that no blocking rule found; runs actions.

        Args:
            a: id of a record.
            b: id of another.
            sides: of two tables, from which each of the two ids is.
            show_values: show what was compared; by default only the first character of a text and the year of a date.

        Returns:
            the parts of the weight; `str()` writes them as a waterfall, `.svg()` draws it, and a notebook shows it.

        Raises:
            ConfigurationError: an id that no record has.
        """
        return explain_pair(self, str(a), str(b), sides=sides, show_values=show_values)

    def report(self, path: str | Path, *, show_values: bool = False, evaluation: Evaluation | None = None) -> None:
        """Write what was matched, how, and how far to believe it as one HTML page that needs nothing else; runs actions.

        Args:
            path: of the file.
            show_values: show values and ids of the doubtful pairs; by default they are masked.
            evaluation: figures against a known answer, as `evaluate` returns them.
        """
        write_report(self, path, show_values=show_values, evaluation=evaluation)


def _is_judged() -> Column:
    """Tell whether a person's label decides a pair."""
    return F.abs("match_weight") >= VERDICT
