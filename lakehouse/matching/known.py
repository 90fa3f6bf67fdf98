"""What is kept of a matching run so that new records can be matched without matching the old ones again.

Six tables and a model: the caller stores them, as Delta tables for instance, and hands them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.blocking.index import COLUMNS, Spelling, index_keys
from lakehouse.matching.comparison import compare_pairs
from lakehouse.matching.date_texts import DIGITS
from lakehouse.matching.fields import LONGEST, Field
from lakehouse.matching.kinds import KINDS
from lakehouse.matching.labels import FOLD, JUDGED
from lakehouse.matching.reclustering import cluster_all
from lakehouse.matching.records import Prepared, form_hash
from lakehouse.matching.rule_texts import ALL_PAIRS, read_rule
from lakehouse.matching.scoring import matters, with_weights
from lakehouse.matching.settings import MatchSettings
from lakehouse.matching.sides import side_name
from lakehouse.matching.vocabulary import freeze_vocabulary, with_rare_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from lakehouse.matching.blocking.rules import BlockingRule
    from lakehouse.matching.model import MatchModel
    from lakehouse.matching.result import MatchResult

DOMAIN = 11
"""Characters of a usual domain of e-mail addresses with the @ before it (@gmail.com, @outlook.com); a longer one is cut."""
TABLES = ("members", "nodes", "index", "pairs", "clusters", "vocabulary")


@dataclass(frozen=True)
class KnownRecords:
    """Everything that matching new records asks of the old ones.

    Attributes:
        model: by which pairs are weighed and clusters are joined.
        members: every record: `_id`, `_side`, `_key` (its id as text), `_node` (the distinct record that it is a copy of).
        nodes: one row for each distinct record: `_id`, `_side`, its normal form and what is derived from it.
        index: `key_3`, `node`, `mask`, `mask_2`: under which keys a node is found.
        pairs: weighed pairs that may matter: `id_l`, `id_r` (nodes), `match_weight`, `score`, levels, `rules`.
        clusters: `_id` (node), `component` (smallest node that it is connected with by pairs above the threshold),
            `label` (smallest node of its cluster).
        vocabulary: how frequent values and words were when the model was fitted.
        two_tables: the records are of two tables.
    """

    model: MatchModel
    members: DataFrame
    nodes: DataFrame
    index: DataFrame
    pairs: DataFrame
    clusters: DataFrame
    vocabulary: DataFrame
    two_tables: bool

    @classmethod
    def from_tables(cls, model: MatchModel, tables: Mapping[str, DataFrame]) -> KnownRecords:
        """Take up what `tables` gave, after it was stored and read again.

        Args:
            model: the model of the run, as it is or loaded.
            tables: every table by its name; without `index` it is derived from `nodes` anew, for the caller to store.

        Raises:
            ConfigurationError: a table is missing, or `index` was written by a version that found records by other keys.
        """
        missing = [name for name in TABLES if name not in tables and name != "index"]
        if missing:
            raise ConfigurationError(
                "Tables of known records are missing.", where="known records", found=f"no {', '.join(missing)}",
                remedy="store every table of `KnownRecords.tables`, or match all records again",
            )  # fmt: skip
        index = tables.get("index")
        if index is None:
            index = _index(tables["nodes"], model)
        elif not set(COLUMNS) <= set(index.columns):
            raise ConfigurationError(
                "The index of known records was written by another version; pairs would be missed.",
                where="table index", found=f"columns {', '.join(index.columns)}, not {', '.join(COLUMNS)}",
                remedy="leave `index` out of the tables, so that it is derived from `nodes`, and store the new one",
            )  # fmt: skip
        kept = {name: tables[name] for name in TABLES if name != "index"}
        return cls(model, index=index, **kept, two_tables=len(model.records) > 1)

    @property
    def linkage(self) -> bool:
        """All pairs are between two tables."""
        return self.two_tables and not self.model.dedupe

    @property
    def tables(self) -> dict[str, DataFrame]:
        """What to store, by name."""
        return {name: getattr(self, name) for name in TABLES}

    @cached_property
    def fields(self) -> list[Field]:
        """What is compared; how values come into normal form is told by the columns of new records."""
        return [
            Field(name, KINDS[one.kind], tuple(one.sources), F.lit(None)) for name, one in self.model.fields.items()
        ]

    @cached_property
    def rules(self) -> tuple[BlockingRule, ...]:
        """The rules of the model; none where all pairs are candidates."""
        return tuple(read_rule(text) for text in self.model.rules if text != ALL_PAIRS)

    @property
    def spelling(self) -> Spelling:
        """What the keys of the index follow from besides a record and the rules."""
        return spelling_of(self.model)

    def prepared(self, nodes: DataFrame) -> Prepared:
        """Give nodes the form in which pairs are compared, with the measures of the model."""
        fields = self.model.fields
        typical = {name: one.typical_frequency for name, one in fields.items()}
        piles = frozenset(name for name, one in fields.items() if one.first_of_january_means_year)
        filled, dedupe = dict.fromkeys(fields, 1.0), self.model.dedupe
        return Prepared(self.members, nodes, (1, 1), filled, typical, piles, self.two_tables, dedupe)

    def named_clusters(self) -> DataFrame:
        """The cluster of every record: `id` (as text), `cluster_id` (smallest id of its members), `side` of two tables."""
        whole = self._whole().select(F.col("_id").alias("_node"), F.lit(True).alias("_whole"))
        sizes = self.clusters.groupBy("label").agg(F.count("*").alias("_size"))
        labels = self.clusters.join(sizes, on="label").select(F.col("_id").alias("_node"), "label", "_size")
        first = self.members.groupBy("_node").agg(F.min("_id").alias("_first"))
        members = self.members.join(labels, on="_node").join(first, on="_node").join(whole, on="_node", how="left")
        together = F.coalesce("_whole", F.lit(False)) | (F.col("_size") > 1)
        if self.model.links not in (None, "many_to_many"):
            together = F.lit(False)
        is_first = F.col("_id") == F.col("_first")
        # A copy that stands alone is named by itself; hashes of ids and of forms do not meet.
        cluster = F.when(is_first | together, F.struct(F.lit(0).alias("kind"), F.col("label").alias("id")))
        named = members.withColumn(
            "_cluster", cluster.otherwise(F.struct(F.lit(1).alias("kind"), F.col("_id").alias("id")))
        )
        key, side = F.col("_key"), side_name(F.col("_side"))
        names = named.groupBy("_cluster").agg(
            F.min(F.concat_ws(":", side, key) if self.two_tables else key).alias("cluster_id")
        )
        rows = named.join(names, on="_cluster")
        return rows.select(F.col("_key").alias("id"), "cluster_id", *([side.alias("side")] if self.two_tables else []))

    def _whole(self) -> DataFrame:
        """Return `_id` of the nodes whose copies are one person: they say enough to tell people apart."""
        copied = self.members.groupBy("_node").agg(F.count("*").alias("n")).where("n > 1")
        twins = copied.select(F.col("_node").alias("id_l"), F.col("_node").alias("id_r"))
        weighed = with_weights(
            compare_pairs(twins, self.prepared(self.nodes), self.fields), self.fields, self.model.fit()
        )
        return weighed.where(F.col("match_weight") >= self.model.threshold).select(F.col("id_l").alias("_id"))


def index_records(result: MatchResult, *, max_edges: int = MatchSettings().max_edges) -> KnownRecords:
    """Keep what `match_new` needs of a matching run; runs actions where the clusters are drawn.

    Args:
        result: of `match`.
        max_edges: pairs that the driver may hold; more are split into parts on the cluster first.

    Equal weights may have been joined in another order by `match`, which knows records by their ids and not by what
    they say; from here on the order is that of the clusters that this returns.
    """
    records, fields = result.records, list(result.fields)
    names = [field.name for field in fields]
    # Where pairs have no direction a record is the same one in either table.
    side = F.col("_side") if records.is_linkage else F.lit(0)
    named = records.distinct.withColumns({"_side": side, "_node": form_hash(names, side)})
    ids = named.select(F.col("_id").alias("_copy_of"), "_node")
    vocabulary = freeze_vocabulary(records, fields).localCheckpoint()
    nodes = with_rare_words(named.drop("_id", "_copies").withColumnRenamed("_node", "_id"), fields, vocabulary)
    members = records.members.join(ids, on="_copy_of").select("_id", "_side", "_key", "_node")
    pairs = _renamed(result, ids).localCheckpoint()
    index = _index(nodes, result.model)
    clusters = cluster_all(nodes, pairs, result.model, linkage=records.is_linkage, max_edges=max_edges)
    return KnownRecords(result.model, members, nodes, index, pairs, clusters, vocabulary, records.two_tables)


def _index(nodes: DataFrame, model: MatchModel) -> DataFrame:
    rules = [read_rule(text) for text in model.rules if text != ALL_PAIRS]
    if not rules:
        return nodes.select(*(F.col("_id").alias(name) for name in COLUMNS)).limit(0)
    return index_keys(nodes, rules, spelling_of(model))


def spelling_of(model: MatchModel) -> Spelling:
    """Tell how texts are spelled that a model compares."""
    kinds = {name: one.kind for name, one in model.fields.items()}
    dates = {name: DIGITS for name, kind in kinds.items() if kind == "date"}
    return Spelling(LONGEST, dates, {name: DOMAIN for name, kind in kinds.items() if kind == "email"})


def _renamed(result: MatchResult, ids: DataFrame) -> DataFrame:
    """Weigh the pairs of a run by the model as it is stored, and name their ends by what they say."""
    weighed = with_weights(result.scored.drop("match_weight", "score"), result.fields, result.model.fit())
    kept = weighed.where(matters()).drop(JUDGED, FOLD)
    for side in ("l", "r"):
        named = ids.select(F.col("_copy_of").alias(f"id_{side}"), F.col("_node").alias(f"_node_{side}"))
        kept = kept.join(named, on=f"id_{side}").drop(f"id_{side}")
    left, right = F.col("_node_l"), F.col("_node_r")
    if not result.records.is_linkage:
        left, right = F.least(left, right), F.greatest(left, right)
    rest = [name for name in kept.columns if not name.startswith("_node_")]
    return kept.select(left.alias("id_l"), right.alias("id_r"), *rest)
