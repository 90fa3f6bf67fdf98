"""Matching new records against known ones: the same partition as all at once, whatever the batches."""

from __future__ import annotations

import random

import pytest
from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching import incremental, match
from lakehouse.matching.agglomeration import AGAINST
from lakehouse.matching.blocking.candidates import candidate_pairs
from lakehouse.matching.blocking.index import KEY
from lakehouse.matching.comparison import compare_pairs
from lakehouse.matching.incremental import match_new, node_id
from lakehouse.matching.known import KnownRecords, index_records
from lakehouse.matching.model import MatchModel
from lakehouse.matching.reclustering import cluster_all
from lakehouse.matching.records import normal_forms
from lakehouse.matching.scoring import with_weights
from lakehouse.matching.understanding import understand_tables
from lakehouse.matching.vocabulary import with_vocabulary

RULES = ["email<=1", "given_name<=1 & birth_date=", "given_name><family_name"]


def partition(clusters, *keys):
    """Sets of records that are together."""
    groups: dict[str, set] = {}
    for row in clusters.collect():
        groups.setdefault(row["cluster_id"], set()).add(tuple(row[key] for key in keys or ("id",)))
    return {frozenset(group) for group in groups.values()}


def weighed(known):
    return {(row.id_l, row.id_r): (round(row.match_weight, 4), tuple(row.rules)) for row in known.pairs.collect()}


@pytest.fixture(scope="module")
def started(people, frame, names):
    """Rows to start with and rows that come later: copies of known records, near ones, strangers, copies of each other."""
    rows, _ = people(90, seed=11)
    later = [(f"n{row[0]}", *row[1:]) for row in people(90, seed=11)[0][::4]] + people(30, seed=12)[0]
    chance = random.Random(4)
    chance.shuffle(later)
    result = match(frame(rows, *names), id="id", settings={"rules": RULES})
    known = index_records(result)
    known = KnownRecords.from_tables(known.model, {name: one.localCheckpoint() for name, one in known.tables.items()})
    return rows, later, known, result


def in_batches(known, rows, sizes, frame, names):
    for size in sizes:
        batch, rows = rows[:size], rows[size:]
        update = match_new(known, frame(batch, *names), id="id")
        known = KnownRecords.from_tables(
            known.model, {name: one.localCheckpoint() for name, one in update.known.tables.items()}
        )
    assert not rows
    return known


def from_scratch(known, records):
    """All records at once by the model and the vocabulary: full candidates, all weights, all clusters."""
    understood = understand_tables([records], key="id", settings=known.model)
    forms = normal_forms(records, understood.fields, "id", 0).withColumn("_node", node_id(understood.fields, known))
    nodes = forms.select(F.col("_node").alias("_id"), "_side", *(field.name for field in understood.fields))
    nodes = with_vocabulary(nodes.dropDuplicates(["_id"]), understood.fields, known.vocabulary).localCheckpoint()
    candidates = candidate_pairs(nodes, known.rules)
    compared = compare_pairs(candidates, known.prepared(nodes), known.fields)
    pairs = (
        with_weights(compared, known.fields, known.model.fit()).where(F.col("match_weight") > AGAINST).localCheckpoint()
    )
    clusters = cluster_all(nodes, pairs, known.model, linkage=False, max_edges=1_000_000)
    members = forms.select("_id", "_side", "_key", "_node")
    tables = {**known.tables, "members": members, "nodes": nodes, "pairs": pairs, "clusters": clusters}
    return KnownRecords.from_tables(known.model, tables)


@pytest.mark.slow
def test_the_state_says_what_the_run_said(started):
    _, _, known, result = started
    assert partition(known.named_clusters()) == partition(result.clusters)
    assert known.pairs.count() == result.scored.where(F.col("match_weight") > AGAINST).count()


@pytest.mark.slow
def test_the_vocabulary_measures_records_as_the_run_did(started, frame, names):
    rows, _, known, result = started
    understood = understand_tables([frame(rows, *names)], key="id", settings=known.model)
    forms = result.records.distinct.select("_id", *(field.name for field in understood.fields))
    again = with_vocabulary(forms, understood.fields, known.vocabulary)
    for field in understood.fields:
        there = F.col(field.name).isNotNull()
        shares = [
            table.where(there).select("_id", F.round(f"{field.name}_f", 12))
            for table in (again, result.records.distinct)
        ]
        assert shares[0].exceptAll(shares[1]).isEmpty()
        if field.kind.words:
            bags = [
                table.where(there).select("_id", f"{field.name}_words", f"{field.name}_weight")
                for table in (again, result.records.distinct)
            ]
            assert bags[0].exceptAll(bags[1]).isEmpty()


@pytest.mark.slow
def test_batches_in_any_order_give_the_clusters_of_all_at_once(started, frame, names):
    rows, later, known, _ = started
    chance = random.Random(1)
    shuffled = chance.sample(later, len(later))
    first = chance.randrange(1, len(later) - 5)
    after = in_batches(known, shuffled, [first, 4, len(later) - first - 4], frame, names)
    scratch = from_scratch(known, frame([*rows, *later], *names))
    assert partition(after.named_clusters()) == partition(scratch.named_clusters())
    assert weighed(after) == weighed(scratch)
    assert {tuple(row) for row in after.clusters.collect()} == {tuple(row) for row in scratch.clusters.collect()}
    assert any(len(group) > 1 for group in partition(after.named_clusters()))


@pytest.mark.slow
def test_a_model_of_all_pairs_takes_new_records_too(people, frame, names):
    rows = people(40, seed=21)[0]
    known = index_records(match(frame(rows[:40], *names), id="id"))
    assert known.rules == ()
    after = in_batches(known, rows[40:], [10, len(rows) - 50], frame, names)
    at_once = in_batches(known, rows[40:], [len(rows) - 40], frame, names)
    assert partition(after.named_clusters()) == partition(at_once.named_clusters())
    assert weighed(after) == weighed(at_once)


@pytest.mark.slow
def test_records_of_two_tables_may_come_in_any_order(people, frame, names):
    rows = people(120, seed=31, copies=0.8)[0]
    left, right = rows[::2], rows[1::2]
    result = match(
        frame(left[:60], *names), frame(right[:60], *names), id="id", settings={"rules": RULES, "links": "one_to_one"}
    )
    known = index_records(result)
    tables = {name: one.localCheckpoint() for name, one in known.tables.items()}
    known = KnownRecords.from_tables(known.model, tables)
    assert partition(known.named_clusters(), "side", "id") == partition(result.clusters, "side", "id")
    at_once = match_new(known, frame(left[60:], *names), frame(right[60:], *names), id="id").known
    one_by_one = match_new(known, None, frame(right[60:], *names), id="id").known
    one_by_one = match_new(one_by_one, frame(left[60:], *names), id="id").known
    assert partition(at_once.named_clusters(), "side", "id") == partition(one_by_one.named_clusters(), "side", "id")
    assert weighed(at_once) == weighed(one_by_one)


@pytest.mark.slow
def test_state_in_delta_tables_grows_by_appending_and_merging(started, spark, frame, names, tmp_path):
    _, later, known, _ = started
    known.model.save(tmp_path / "model.yaml")
    for name, rows in known.tables.items():
        rows.write.format("delta").save(str(tmp_path / name))

    def load():
        stored = {name: spark.read.format("delta").load(str(tmp_path / name)) for name in known.tables}
        return KnownRecords.from_tables(MatchModel.load(tmp_path / "model.yaml"), stored)

    for batch in (later[:20], later[20:]):
        update = match_new(load(), frame(batch, *names), id="id")
        for name, rows in update.added.items():
            rows.write.format("delta").mode("append").save(str(tmp_path / name))
        update.clusters.localCheckpoint().createOrReplaceTempView("changed")
        spark.sql(
            f"MERGE INTO delta.`{tmp_path / 'clusters'}` AS kept USING changed ON kept._id = changed._id "
            "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        )
    in_memory = in_batches(known, later, [len(later)], frame, names)
    assert partition(load().named_clusters()) == partition(in_memory.named_clusters())
    assert weighed(load()) == weighed(in_memory)
    assert load().index.exceptAll(in_memory.index).isEmpty()


@pytest.mark.slow
def test_new_records_that_are_equal_or_near_nothing_change_no_cluster(started, frame, names):
    _, _, known, _ = started
    alone = frame([("x1", "Zebedia", "Quixwort", "1911-11-11", "Oz", "zq@nowhere.test")], *names)
    update = match_new(known, alone, id="id")
    before, after = partition(known.named_clusters()), partition(update.known.named_clusters())
    assert after - before == {frozenset({("x1",)})}
    assert update.clusters.count() == 1


@pytest.mark.slow
def test_known_and_repeated_ids_are_refused(started, frame, names):
    rows, later, known, _ = started
    with pytest.raises(ConfigurationError, match="known already"):
        match_new(known, frame(rows[:3], *names), id="id")
    with pytest.raises(ConfigurationError, match="several records"):
        match_new(known, frame([later[0], later[0]], *names), id="id")
    with pytest.raises(ConfigurationError, match="other columns"):
        match_new(known, frame([row[:4] for row in later[:3]], *names[:4]), id="id")
    with pytest.raises(ConfigurationError, match="do not fit what is known"):
        match_new(known, None, frame(later[:3], *names), id="id")
    with pytest.raises(ConfigurationError, match="no clusters, vocabulary"):
        KnownRecords.from_tables(known.model, dict.fromkeys(("members", "nodes", "index", "pairs"), known.nodes))


@pytest.mark.slow
def test_a_graph_beyond_what_the_driver_may_hold_is_clustered_in_parts(started):
    _, _, known, result = started
    assert known.pairs.count() > 40
    parts = index_records(result, max_edges=20).clusters
    assert set(map(tuple, parts.select("_id", "component", "label").collect())) == set(
        map(tuple, known.clusters.select("_id", "component", "label").collect())
    )


@pytest.mark.slow
def test_more_new_records_than_a_task_may_hold_are_matched_alike(started, frame, names, monkeypatch):
    _, later, known, _ = started
    few = match_new(known, frame(later, *names), id="id").known
    monkeypatch.setattr(incremental, "FEW", 1)
    many = match_new(known, frame(later, *names), id="id").known
    assert weighed(many) == weighed(few)
    assert partition(many.named_clusters()) == partition(few.named_clusters())


@pytest.mark.slow
def test_new_records_take_few_queries(started, spark, frame, names):
    """Most of what an update costs is planning: a new query is a price, and has to be meant."""
    _, later, known, _ = started
    executions = spark._jsparkSession.sharedState().statusStore()
    before = executions.executionsCount()
    match_new(known, frame(later, *names), id="id")
    assert executions.executionsCount() - before <= 14


@pytest.mark.slow
def test_an_index_of_another_version_is_refused_and_derived_anew(started):
    _, _, known, _ = started
    old = known.tables | {"index": known.index.withColumnRenamed(KEY, "key")}
    with pytest.raises(ConfigurationError, match="another version") as refused:
        KnownRecords.from_tables(known.model, old)
    assert "leave `index` out" in str(refused.value)
    del old["index"]
    derived = KnownRecords.from_tables(known.model, old).index
    assert derived.exceptAll(known.index).isEmpty()
    assert known.index.exceptAll(derived).isEmpty()


def test_a_value_that_moved_to_another_column_is_no_copy(frame):
    rows = [
        ("a", "robin", None, "1980-01-01"),
        ("b", None, "robin", "1980-01-01"),
        ("c", "ann", "lee", "1981-01-01"),
        ("d", "eva", "fox", "1982-01-01"),
    ]
    result = match(frame(rows, "id", "given_name", "family_name", "birth_date"), id="id")
    assert result.records.counts == (4, 0)
