"""New records against known ones: candidates from an index, weights by a frozen model, and only the clusters they touch.

new records -> normal forms -> nodes (distinct records) -> candidates -> weighed pairs -> touched components -> clusters

Under one model the outcome is that of matching everything at once, whatever the batches and their order: keys, weights and
clusters of a component follow from the records in it, the model and the vocabulary alone. Deleted and corrected records
are no new records; they and a new model take a full run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.blocking.index import holding, index_keys, meeting, probe_keys
from lakehouse.matching.blocking.keyed_sides import prefixed
from lakehouse.matching.comparison import compare_pairs
from lakehouse.matching.known import KnownRecords
from lakehouse.matching.reclustering import recluster
from lakehouse.matching.records import form_hash, normal_forms, require_unique
from lakehouse.matching.rule_texts import ALL_PAIRS
from lakehouse.matching.scoring import matters, with_weights
from lakehouse.matching.understanding import understand_tables
from lakehouse.matching.vocabulary import with_vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column

    from lakehouse.matching.fields import Field


FEW = 25_000
"""New records whose keys, about a hundred each, every task may hold; with more the index moves between tasks."""


@dataclass(frozen=True)
class MatchUpdate:
    """What new records change; tables that are kept take the rows of `added` and merge `clusters` on `_id`.

    Attributes:
        known: all records after the update.
        added: the rows that are new in `members`, `nodes`, `index` and `pairs`, by the name of the table.
        clusters: the rows of `clusters` that are new or have changed.
    """

    known: KnownRecords
    added: dict[str, DataFrame]
    clusters: DataFrame


def match_new(
    known: KnownRecords,
    new: DataFrame | None,
    other: DataFrame | None = None,
    *,
    id: str,  # noqa: A002  - as `match` calls it
) -> MatchUpdate:
    """Match new records with the known ones and with each other; runs actions whose cost goes with the new records.

    Args:
        known: what was kept of the records so far; `index_records` starts it.
        new: new records, of the first table where two are linked; None where there are none.
        other: new records of the second table.
        id: the column that identifies a record within its table.

    Raises:
        ConfigurationError: null, repeated or known ids, or other columns than those of the model.
    """
    arrived, count = _arrived(known, [new, other], id)
    fresh = _fresh_nodes(known, arrived).localCheckpoint()
    index = _index(known, fresh).coalesce(1 + count // FEW).localCheckpoint()
    after = replace(
        known,
        members=known.members.unionByName(arrived.select(*known.members.columns)),
        nodes=known.nodes.unionByName(fresh.select(*known.nodes.columns)),
    )
    pairs = _weighed(after, fresh, index, few=count <= FEW).localCheckpoint()
    clusters = recluster(known, fresh, pairs)
    added = {"members": arrived, "nodes": fresh, "index": index, "pairs": pairs}
    # Stored as they come, many small parts would be as many small files.
    added = {name: rows.select(*getattr(known, name).columns).coalesce(1 + count // FEW) for name, rows in added.items()}
    untouched = known.clusters.join(F.broadcast(clusters.select("_id")), on="_id", how="left_anti")
    after = replace(
        after,
        index=known.index.unionByName(added["index"]),
        pairs=known.pairs.unionByName(added["pairs"]),
        clusters=untouched.unionByName(clusters),
    )
    return MatchUpdate(after, added, clusters)


def _arrived(known: KnownRecords, tables: Sequence[DataFrame | None], key: str) -> tuple[DataFrame, int]:
    """Write the new records in normal form: `_id`, `_side`, `_key`, `_node` and the fields; and count them."""
    given = [(side, table) for side, table in enumerate(tables) if table is not None]
    if not given or (len(given) > 1 or given[0][0] == 1) > known.two_tables:
        raise ConfigurationError(
            "The new records do not fit what is known.", where="match_new",
            found=f"{len(given)} tables of new records, {1 + known.two_tables} tables are known",
            remedy="give new records of the tables that were matched first",
        )  # fmt: skip
    understood = understand_tables([table for _, table in given], key=key, settings=known.model)
    sides = [normal_forms(table, understood.fields, key, side) for side, table in given]
    forms = sides[0] if len(sides) == 1 else sides[0].unionByName(sides[1])
    arrived = forms.withColumn("_node", node_id(understood.fields, known)).drop("_form").localCheckpoint()
    again = known.members.join(F.broadcast(arrived.select("_id")), on="_id", how="left_semi")
    return arrived, _require_new(arrived, again, key)


def node_id(fields: Sequence[Field], known: KnownRecords) -> Column:
    """Name a distinct record by what it says, so that it is the same one whenever and however often it comes."""
    return form_hash([field.name for field in fields], node_side(known))


def node_side(known: KnownRecords) -> Column:
    """The table that a distinct record is of, where it matters."""
    return F.col("_side") if known.linkage else F.lit(0)


def _require_new(arrived: DataFrame, again: DataFrame, key: str) -> int:
    """Count the new records; raise where ids are null, repeated or known."""
    ids = arrived.select("_id", F.col("_key").isNull().alias("null")).unionByName(again.select("_id", F.lit(False).alias("null")))
    rows, different, nulls = ids.agg(F.count("*"), F.count_distinct("_id"), F.count_if("null")).first() or (0, 0, 0)
    if different == rows and not nulls:
        return int(rows)
    require_unique(arrived, key)
    raise ConfigurationError(
        "Records that are known already came again.", where=f"column {key}", found=f"{again.count()} known ids",
        remedy="give only records that are new; changed records take a full run",
    )  # fmt: skip


def _fresh_nodes(known: KnownRecords, arrived: DataFrame) -> DataFrame:
    """Return the distinct new records that say what no known one does, ready for comparing."""
    names = [field.name for field in known.fields]
    distinct = arrived.select(F.col("_node").alias("_id"), node_side(known).alias("_side"), *names).dropDuplicates(["_id"])
    met = known.nodes.select("_id").join(F.broadcast(distinct.select("_id")), on="_id", how="left_semi")
    unseen = distinct.join(F.broadcast(met), on="_id", how="left_anti").localCheckpoint()
    return with_vocabulary(unseen, known.fields, known.vocabulary)


def _index(known: KnownRecords, nodes: DataFrame) -> DataFrame:
    return index_keys(nodes, known.rules, known.spelling) if known.rules else known.index.limit(0)


def _weighed(known: KnownRecords, fresh: DataFrame, index: DataFrame, *, few: bool) -> DataFrame:
    """Return the pairs with a fresh node that a rule finds and that may matter, weighed."""
    # Each step is kept before the next filters by what it says: Spark would push the filter below and take each distance
    # twice, and spends longer on telling what follows from such a condition than on all else.
    candidates = _candidates(known, fresh, index, few=few).localCheckpoint()
    ends = candidates.select(F.explode(F.array("id_l", "id_r")).alias("_id")).distinct()
    involved = known.nodes.join(F.broadcast(ends), on="_id", how="left_semi").localCheckpoint()
    compared = compare_pairs(candidates, known.prepared(involved.hint("shuffle_hash")), known.fields).localCheckpoint()
    weighed = with_weights(compared, known.fields, known.model.fit())
    return weighed.where(matters())


def _candidates(known: KnownRecords, fresh: DataFrame, index: DataFrame, *, few: bool) -> DataFrame:
    """Return `id_l`, `id_r`, `rules` of the pairs with a fresh node that fulfill a rule; of two tables `id_l` is of the first."""
    pairs = _met(known, fresh, index, few=few) if known.rules else _all_pairs(known, fresh)
    turned = F.col("_l__side") > F.col("_r__side")
    swapped = turned | ((F.col("_l__side") == F.col("_r__side")) & (F.col("_l__id") > F.col("_r__id")))
    ends = [
        F.when(swapped, F.col(f"_{b}__id")).otherwise(F.col(f"_{a}__id")).alias(f"id_{a}") for a, b in ("lr", "rl")
    ]
    if not known.rules:
        return pairs.select(*ends, F.array(F.lit(ALL_PAIRS)).alias("rules")).distinct()
    # A pair shares a key of every rule that it fulfills, and was judged by each; two fresh nodes meet from both ends.
    by = [F.max(F.col("rule") == place).alias(f"_by_{place}") for place in range(len(known.rules))]
    names = [F.when(F.col(f"_by_{place}"), rule.name) for place, rule in enumerate(known.rules)]
    found = pairs.select(*ends, "rule").groupBy("id_l", "id_r").agg(*by)
    return found.select("id_l", "id_r", F.array_compact(F.array(*names)).alias("rules"))


def _met(known: KnownRecords, fresh: DataFrame, index: DataFrame, *, few: bool) -> DataFrame:
    """Return the pairs that share a key of a rule and fulfill it, by each such `rule`: columns of both, `_l_` (fresh) and `_r_`."""
    columns = list(dict.fromkeys(column for rule in known.rules for column in rule.columns))
    probes = probe_keys(fresh, known.rules, known.spelling, linkage=known.linkage)
    looking = F.broadcast(probes) if few else probes
    # Joined apart the rows of the large one are read and looked up in one compiled loop.
    met = reduce(DataFrame.unionByName, [meeting(one, looking, known.rules) for one in (known.index, index)])
    ours, theirs = (
        prefixed(nodes.select("_id", "_side", *columns), side) for nodes, side in ((fresh, "_l_"), (known.nodes, "_r_"))
    )
    # What met moves between tasks once, to what is known of the one end, and what met repeatedly is judged once; fresh nodes
    # are few enough to be sent to each.
    once = met.repartition("two").distinct()
    theirs, ours = theirs.hint("shuffle_hash"), F.broadcast(ours) if few else ours
    pairs = once.join(theirs, on=F.col("two") == F.col("_r__id")).join(ours, on=F.col("one") == F.col("_l__id"))
    return holding(pairs, known.rules, dict(known.nodes.dtypes)).drop("one", "two")


def _all_pairs(known: KnownRecords, fresh: DataFrame) -> DataFrame:
    """Return all pairs with a fresh node: the model was fitted on few records, and fresh ones are fewer."""
    ours, theirs = (prefixed(nodes.select("_id", "_side"), side) for nodes, side in ((fresh, "_l_"), (known.nodes, "_r_")))
    apart = F.col("_l__side") != F.col("_r__side") if known.linkage else F.col("_l__id") != F.col("_r__id")
    return theirs.crossJoin(F.broadcast(ours)).where(apart)
