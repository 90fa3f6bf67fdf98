"""Pairs that a person has judged -> what is known of pairs of distinct records, which is learned from and obeyed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.sides import LEFT, RIGHT, side_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.records import Prepared

JUDGED, FOLD = "_judged", "_fold"
"""Columns of pairs: whether a person says that the two are the same, and with which others the pair is held out."""
FOLDS = 5
"""Parts that labels are split into, each of which is judged by what the others teach."""
BY_LABEL = "labels"
"""Stands in the place of a blocking rule for a pair that was compared for its label alone."""
CHOSEN, BY_WEIGHT = "chosen_by", "weight"
"""Column of labels, and what stands there where nothing but the weight had a say in which pairs were judged."""
_COLUMNS = ("id_l", "id_r", "match")
_YES, _NO = ("true", "yes", "y", "t", "1", "1.0"), ("false", "no", "n", "f", "0", "0.0")
_LEFT_OUT = {
    "unknown": "name a record that is not here", "twice": "name one record twice",
    "equal": "are about records that are equal in everything that is compared",
}  # fmt: skip


@dataclass(frozen=True)
class Labels:
    """What people say of pairs of distinct records.

    Attributes:
        pairs: `id_l`, `id_r`, `_judged`, `_fold` (null where the label may not calibrate); each pair once.
        right, wrong: how many were judged to be a match, and to be none.
        warnings: what was left out, and why.
    """

    pairs: DataFrame
    right: int
    wrong: int
    warnings: tuple[str, ...] = ()

    def added_to(self, candidates: DataFrame) -> DataFrame:
        """Add the judged pairs to those that blocking found (`id_l`, `id_r`, `rules`), and `_judged` and `_fold` to all."""
        found = candidates.localCheckpoint()
        missed = self.pairs.join(found, on=["id_l", "id_r"], how="left_anti")
        missed = missed.withColumn("rules", F.array(F.lit(BY_LABEL)))
        return found.join(self.pairs, on=["id_l", "id_r"], how="left").unionByName(missed)


def read_labels(labels: DataFrame, records: Prepared) -> Labels:
    """Find the records that labels speak of; runs actions.

    Args:
        labels: `id_l`, `id_r` (of two tables `id_l` is of the first, unless `side_l` and `side_r` say otherwise; a linkage
            knows nothing of two records of one table) and `match`: boolean, 1 or 0, or yes or no; empty
            where nobody has judged yet. Where `chosen_by` says `weight`, as in pairs of `MatchResult.to_label`, the label
            also calibrates.
        records: the records.

    Raises:
        ConfigurationError: other columns, a `match` that is neither yes nor no, or no label about two of the records.
    """
    missing = [name for name in _COLUMNS if name not in labels.columns]
    if missing:
        raise ConfigurationError(
            "The labels have other columns.", where="labels", found=", ".join(labels.columns[:20]) or "no column",
            remedy=f"name the columns {', '.join(_COLUMNS)}; missing: {', '.join(missing)}",
        )  # fmt: skip
    by_weight = F.lit(False)
    if CHOSEN in labels.columns:
        by_weight = F.coalesce(F.col(CHOSEN).cast("string") == BY_WEIGHT, by_weight)
    # A list of questions is handed in with some of them still open.
    answered = labels.where(F.trim(F.col("match").cast("string")) != "")
    left, right = (side_of(answered, end, records) for end in ("l", "r"))
    if records.is_linkage:
        # What is said of two records of one table, or the other way round, is about no pair of a linkage.
        left, right = F.when(left == LEFT, left), F.when(right == RIGHT, right)
    sides = [left.alias("side_l"), right.alias("side_r")]
    ends = _with_ends(answered.select(*_COLUMNS, *sides, by_weight.alias("by_weight")), records).localCheckpoint()
    conditions = _conditions(ends, two=records.is_linkage)
    counts = ends.agg(F.count("*"), *(F.count_if(one) for one in conditions.values())).collect()[0]
    total, found = counts[0], dict(zip(conditions, counts[1:], strict=True))
    _require_usable(total, found)
    pairs = _once(ends, two=records.is_linkage).localCheckpoint()
    kinds = (F.col(JUDGED), ~F.col(JUDGED), F.col(JUDGED).isNull())
    right, wrong, torn = pairs.agg(*(F.count_if(one) for one in kinds)).collect()[0]
    warnings = [f"{found[one]:,} of {total:,} labels {why}; left out." for one, why in _LEFT_OUT.items() if found[one]]
    if torn:
        warnings.append(f"Of {torn:,} pairs some labels say yes and others no; left out.")
    return Labels(pairs.where(F.col(JUDGED).isNotNull()), right, wrong, tuple(warnings))


def _require_usable(total: int, found: Mapping[str, int]) -> None:
    if found["unread"]:
        raise ConfigurationError(
            "A label says neither yes nor no.", where="labels, column match",
            found=f"{found['unread']:,} of {total:,} labels", remedy="write true or false, 1 or 0, or yes or no",
        )  # fmt: skip
    if total and found["unknown"] == total:
        raise ConfigurationError(
            "No label is about two of the records.", where="labels, columns id_l and id_r",
            found=f"{total:,} labels with other ids",
            remedy="give ids as the records have them; of two tables `id_l` is of the first",
        )  # fmt: skip


def _with_ends(labels: DataFrame, records: Prepared) -> DataFrame:
    """Return `said`, `by_weight`, `_l`, `_r` (records that were named), `id_l`, `id_r` (those that stand for them, or null)."""
    text = F.lower(F.trim(F.col("match").cast("string")))
    said = F.when(text.isin(*_YES), F.lit(True)).when(text.isin(*_NO), F.lit(False))
    texts = [F.col(f"id_{side}").cast("string").alias(side) for side in "lr"]
    found = labels.select(said.alias("said"), "by_weight", "side_l", "side_r", *texts)
    for side in "lr":
        members = records.members.select(F.col("_id").alias(f"_{side}"), F.col("_copy_of").alias(f"id_{side}"))
        named = F.col(side).isNotNull() & F.col(f"side_{side}").isNotNull()
        key = F.when(named, F.xxhash64(F.col(f"side_{side}"), F.col(side)))
        found = found.withColumn(f"_{side}", key).join(members, on=f"_{side}", how="left")
    return found.drop("l", "r", "side_l", "side_r")


def _conditions(ends: DataFrame, *, two: bool) -> Mapping[str, Column]:
    """What may be wrong with a label, each with what tells it."""
    same = F.lit(False) if two else F.coalesce(ends["_l"] == ends["_r"], F.lit(False))
    there = ends["id_l"].isNotNull() & ends["id_r"].isNotNull()
    return {
        "unread": ends["said"].isNull(), "unknown": ~there, "twice": there & same,
        "equal": there & ~same & (ends["id_l"] == ends["id_r"]),
    }  # fmt: skip


def _once(ends: DataFrame, *, two: bool) -> DataFrame:
    """Return each pair once, the way round that candidates have; `_judged` is null where labels contradict each other."""
    _, *unusable = _conditions(ends, two=two).values()
    left, right = (F.col("id_l"), F.col("id_r")) if two else (F.least("id_l", "id_r"), F.greatest("id_l", "id_r"))
    return (
        ends.where(~reduce(or_, unusable))
        .select(left.alias("id_l"), right.alias("id_r"), "said", "by_weight")
        .groupBy("id_l", "id_r")
        .agg(F.min("said").alias("_all"), F.max("said").alias("_any"), F.max("by_weight").alias("_by_weight"))
        .select(
            "id_l", "id_r", F.when(F.col("_all") == F.col("_any"), F.col("_all")).alias(JUDGED),
            F.when(F.col("_by_weight"), F.pmod(F.xxhash64("id_l", "id_r"), F.lit(FOLDS))).cast("int").alias(FOLD),
        )
    )  # fmt: skip
