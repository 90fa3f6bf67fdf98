"""What must not matter: the order of rows, partitions, the order of a pair, and records that have nothing to do with it."""

from __future__ import annotations

import random

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.sql import functions as F

from lakehouse.matching import match


def partition(result):
    groups: dict[str, set[str]] = {}
    for row in result.clusters.collect():
        groups.setdefault(row.cluster_id, set()).add(row.id)
    return sorted(sorted(ids) for ids in groups.values())


@pytest.fixture(scope="module")
def rows(people):
    return people(50, seed=4)[0]


@pytest.fixture(scope="module", params=["all pairs", pytest.param("rules", marks=pytest.mark.slow)])
def settings(request):
    """So few records are compared each with each, unless rules are given as many would get them."""
    rules = ["email<=1", "given_name<=1 & birth_date<=1", "family_name<=2 & birth_date<=1", "given_name><family_name"]
    return {"rules": rules} if request.param == "rules" else None


@pytest.fixture(scope="module")
def result(frame, rows, names, settings):
    return match(frame(rows, *names), id="id", settings=settings)


@pytest.mark.slow
def test_neither_the_order_of_rows_nor_their_partitions_matter(frame, rows, names, result, settings):
    turned = list(rows)
    random.Random(9).shuffle(turned)
    again = match(frame(turned, *names).repartition(3), id="id", settings=settings)
    assert partition(again) == partition(result)
    one, two = ({(row.id_l, row.id_r): row.match_weight for row in some.pairs.collect()} for some in (result, again))
    assert one == two
    assert again.model == result.model


def test_every_record_is_in_one_cluster_that_is_named_by_its_smallest_id(result, rows):
    clusters = partition(result)
    assert sorted(one for ids in clusters for one in ids) == sorted(row[0] for row in rows)
    assert {row.cluster_id for row in result.clusters.collect()} == {ids[0] for ids in clusters}


def test_a_model_scores_the_same_records_the_same_again(frame, rows, names, result):
    again = match(frame(rows, *names), id="id", settings=result.model)
    one, two = ({(row.id_l, row.id_r): row.match_weight for row in some.pairs.collect()} for some in (result, again))
    assert two == pytest.approx(one, abs=1e-3)
    assert partition(again) == partition(result)


@pytest.mark.slow
def test_two_tables_may_change_places(frame, people, names):
    rows, _ = people(60, seed=7, copies=0.6)
    left, right = rows[::2], rows[1::2]
    there = match(frame(left, *names), frame(right, *names), id="id", settings={"links": "one_to_one"})
    back = match(frame(right, *names), frame(left, *names), id="id", settings={"links": "one_to_one"})
    same = {}  # of equal records any one may stand for the others
    for row in rows:
        same[row[0]] = min(other[0] for other in rows if other[1:] == row[1:])
    one = {(same[row.id_l], same[row.id_r]): row.match_weight for row in there.pairs.collect()}
    assert one == {(same[row.id_r], same[row.id_l]): row.match_weight for row in back.pairs.collect()}


def made_of(result, *, known):
    """The clusters with a record among the known ones, and the others."""
    clusters = partition(result)
    return [ids for ids in clusters if set(ids) & known], [ids for ids in clusters if not set(ids) & known]


@pytest.fixture(scope="module")
def others():
    """Records that have nothing to do with anybody."""
    chance = random.Random(11)

    def word(size):
        return "".join(chance.choice("bcdfghjkqvwxyz") + chance.choice("aeiou") for _ in range(size)).title()

    def born():
        return f"18{chance.randint(10, 99)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"

    return [(f"z{n}", word(5), word(6), born(), word(5), None) for n in range(30)]


def test_unrelated_records_change_no_cluster_under_the_same_model(frame, rows, names, result, others):
    more, known = match(frame(rows + others, *names), id="id", settings=result.model), {row[0] for row in rows}
    assert made_of(more, known=known) == (partition(result), sorted([row[0]] for row in others))


@pytest.mark.slow
def test_unrelated_records_change_no_cluster_of_clear_data_though_the_model_is_fitted_anew(
    frame, rows, names, result, others, settings
):
    more, known = match(frame(rows + others, *names), id="id", settings=settings), {row[0] for row in rows}
    assert made_of(more, known=known) == (partition(result), sorted([row[0]] for row in others))


@pytest.mark.slow
def test_no_worker_of_python_is_started(frame, rows, names, settings, spark, monkeypatch, tmp_path):
    monkeypatch.setattr(spark.sparkContext, "pythonExec", str(tmp_path / "none"))
    as_text = F.udf(lambda value: f"{value}", "string")
    with pytest.raises(Py4JJavaError, match="Cannot run program"):  # as it would be for a UDF of ours
        spark.range(3).select(as_text("id")).collect()
    result = match(frame(rows, *names), id="id", settings=settings)
    result.report(tmp_path / "report.html")
    assert result.clusters.count() == len(rows)
    assert result.pairs.count() > 0


@pytest.mark.slow
def test_ten_thousand_equal_records_are_one_cluster(frame, people, names):
    rows, _ = people(40, seed=3)
    equal = [(f"e{n:05d}", *rows[0][1:]) for n in range(10_000)]
    result = match(frame(rows + equal, *names), id="id")
    sizes = sorted(row["count"] for row in result.clusters.groupBy("cluster_id").count().collect())
    assert sizes[-1] >= 10_000
    assert result.scored.count() < 10_000
