"""records -> pairs of texts that are similar, each text once however many records have it; several rules share them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.matching.blocking.keyed_sides import Search, joined_pairs, prepared_values
from lakehouse.matching.blocking.rules import Within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from lakehouse.matching.blocking.plan import RulePlan


@dataclass(frozen=True)
class SimilarTexts:
    """Texts of one column that are within an edit distance.

    Attributes:
        pairs: `_text_l`, `_text_r`, each pair once; of one table also every text with itself.
        distance: by how many edits they differ at most.
    """

    pairs: DataFrame
    distance: int

    def within(self, distance: int) -> DataFrame:
        """Keep the pairs within a distance that may be smaller."""
        if distance == self.distance:
            return self.pairs
        return self.pairs.where(F.levenshtein("_text_l", "_text_r", distance) >= 0)


def find_similar_texts(tables: Sequence[DataFrame], plans: Sequence[RulePlan]) -> Mapping[Within, SimilarTexts]:
    """Find the similar texts of all rules that begin with them, of each column once, by the largest distance.

    Runs an action for each column that several rules begin with: Spark would find the same texts anew in every rule, because
    it does not know two scans of one checkpoint for the same.

    Args:
        tables: one table, or two to link; the columns of the rules.
        plans: of the rules of a run.
    """
    by_column: dict[tuple[str, bool], list[RulePlan]] = defaultdict(list)
    for plan in plans:
        if plan.by_texts and isinstance(plan.anchor, Within):
            by_column[plan.anchor.column, plan.anchor.transpositions].append(plan)
    found: dict[Within, SimilarTexts] = {}
    for alike in by_column.values():
        widest = max(alike, key=_distance)
        pairs = _similar(tables, widest.text_search)
        similar = SimilarTexts(pairs.localCheckpoint() if len(alike) > 1 else pairs, _distance(widest))
        found |= {plan.anchor: similar for plan in alike if isinstance(plan.anchor, Within)}
    return found


def _distance(plan: RulePlan) -> int:
    return plan.anchor.distance if isinstance(plan.anchor, Within) else 0


def _similar(tables: Sequence[DataFrame], search: Search) -> DataFrame:
    texts = [distinct_texts(table, search) for table in tables]
    pairs = joined_pairs(texts[0], texts[1] if len(texts) > 1 else None, search)
    if len(texts) == 1:
        pairs = pairs.unionByName(texts[0].select(F.col("_group").alias("_group_l"), F.col("_group").alias("_group_r")))
    return pairs.toDF("_text_l", "_text_r")


def distinct_texts(records: DataFrame, search: Search) -> DataFrame:
    """Return the texts of a column, each once, as groups of their own: `_group` is the text itself."""
    texts = records.select(search.column).na.drop().distinct()
    return prepared_values(texts.withColumn("_group", F.col(search.column)), search)
