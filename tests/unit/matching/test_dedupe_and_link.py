"""Two tables, duplicates within each and between them in one run: the same as one table whose ids tell where they are from."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter

import pytest
from pyspark.sql import functions as F

from lakehouse import cli
from lakehouse.errors import ConfigurationError
from lakehouse.matching import MatchModel, MatchSettings, evaluate, match
from lakehouse.matching.incremental import match_new
from lakehouse.matching.known import index_records

pytestmark = pytest.mark.slow  # every test rests on a model that is fitted first

SIDES = ("left", "right")
MORE = {"review_threshold": -12.0}
"""So that there are pairs to review."""


@pytest.fixture(scope="module")
def tables(people):
    """Two tables that share half of their ids, each with duplicates, and who each record is."""
    rows, persons = people(110, seed=31, copies=0.7)
    sides = rows[::2], rows[1::2]
    # The same id in both tables is no evidence: it names whoever stands at the same place.
    ids = [[f"c{place:03d}" for place in range(len(side))] for side in sides]
    named = tuple([(key, *row[1:]) for key, row in zip(ids[n], side, strict=True)] for n, side in enumerate(sides))
    who = {
        (SIDES[n], key): persons[row[0]] for n, side in enumerate(sides) for key, row in zip(ids[n], side, strict=True)
    }
    return named, who


@pytest.fixture(scope="module")
def both(tables, frame, names):
    left, right = (frame(rows, *names) for rows in tables[0])
    return match(left, right, id="id", settings={"dedupe": True, **MORE})


def as_one(tables):
    return [(f"{side}:{row[0]}", *row[1:]) for side, rows in zip(SIDES, tables, strict=True) for row in rows]


def weighed(result):
    """Pairs by what they weigh: of equal records another one may stand for all."""
    return Counter(map(tuple, result.pairs.select("match_weight", "joined", F.concat_ws(";", "rules")).collect()))


def true_pairs(who):
    """Each record with the first of its person."""
    first = {}
    for end, person in sorted(who.items()):
        first.setdefault(person, end)
    return [(*first[person][::-1], *end[::-1]) for end, person in who.items() if first[person] != end]


def test_the_outcome_is_that_of_one_table_whose_ids_name_their_table(tables, both, frame, names):
    one = match(frame(as_one(tables[0]), *names), id="id", settings=MORE)
    alone = {row.id: row.cluster_id for row in one.clusters.collect()}
    assert {f"{row.side}:{row.id}": row.cluster_id for row in both.clusters.collect()} == alone
    assert weighed(both) == weighed(one)
    assert both.model.rules == one.model.rules
    assert both.model.threshold == one.model.threshold


def test_pairs_are_found_within_each_table_and_between_them(both, tables, frame):
    pairs = both.pairs.where("joined").select("side_l", "side_r").distinct().collect()
    assert {tuple(row) for row in pairs} == {("left", "left"), ("left", "right"), ("right", "right")}
    truth = frame(true_pairs(tables[1]), "id_l", "side_l", "id_r", "side_r")
    found = evaluate(both, truth)
    assert found.closure_f1 > 0.95
    assert found.unknown_ids == 0
    assert found.true_pairs > len(true_pairs(tables[1]))


def test_equal_records_of_both_tables_are_one(frame, names, both):
    row = ("Wilhelmina", "Abendroth", "1950-05-06", "Gera", "w.abendroth@example.org")
    other = ("Kunigunde", "Zwerenz", "1961-07-08", "Aachen", "kuni@example.org")
    left, right = frame([("a", *row), ("b", *other)], *names), frame([("a", *row), ("c", *row)], *names)
    result = match(left, right, id="id", settings=both.model)
    homes = {(one.side, one.id): one.cluster_id for one in result.clusters.collect()}
    assert homes == {
        ("left", "a"): "left:a", ("right", "a"): "left:a", ("right", "c"): "left:a", ("left", "b"): "left:b"
    }  # fmt: skip
    assert result.summary.records == (2, 2)
    assert "within each and between" in str(result.summary)


def test_a_pair_of_one_table_is_explained_as_a_pair_of_two_is(both):
    for sides in (("left", "left"), ("right", "right"), ("left", "right")):
        row = both.pairs.where(f"side_l = '{sides[0]}' and side_r = '{sides[1]}' and joined").first()
        told = both.explain(row.id_l, row.id_r, sides=sides)
        assert (told.match_weight, told.joined) == (row.match_weight, True)
        assert not [note for note in told.notes if "linkage" in note]


def test_the_report_tells_of_which_tables_the_pairs_to_look_at_are(both, tmp_path):
    both.report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    shown = [(row.side_l, row.side_r) for row in both.review.limit(20).collect()]
    found = re.findall(r"<summary><strong>(left|right) \S+ and (left|right) ", page)
    assert found[: len(shown)] == shown[: len(found)]
    assert len(set(found)) > 1


def test_a_linkage_leaves_out_what_is_said_of_two_records_of_one_table(tables, both, frame, names):
    left, right = (frame(rows, *names) for rows in tables[0])
    pair = both.pairs.where("joined and side_l = 'left' and side_r = 'right'").first()
    said = [("left", "right", "no"), ("left", "left", "yes"), ("right", "left", "yes")]
    labels = frame([(pair.id_l, pair.id_r, *one) for one in said], "id_l", "id_r", "side_l", "side_r", "match")
    result = match(left, right, id="id", settings=both.model.model_copy(update={"dedupe": False}), labels=labels)
    assert any("2 of 3 labels name a record that is not here" in one for one in result.summary.warnings)
    homes = {(row.side, row.id): row.cluster_id for row in result.clusters.collect()}
    assert homes["left", pair.id_l] != homes["right", pair.id_r]


def test_labels_name_the_tables_of_their_records(both, tables, frame, names):
    left, right = (frame(rows, *names) for rows in tables[0])
    torn = both.pairs.where("joined and side_l = 'right' and side_r = 'right'").first()
    asked = both.to_label(60)
    assert asked.columns == ["id_l", "id_r", "side_l", "side_r", "match_weight", "chosen_by"]
    said = [(torn.id_l, torn.id_r, " Right", "right", "no"), (torn.id_l, torn.id_r, "middle", "right", "no")]
    labels = frame(said, "id_l", "id_r", "side_l", "side_r", "match")
    result = match(left, right, id="id", settings={"dedupe": True}, labels=labels)
    homes = {(row.side, row.id): row.cluster_id for row in result.clusters.collect()}
    assert homes["right", torn.id_l] != homes["right", torn.id_r]
    assert any("1 of 2 labels name a record that is not here" in one for one in result.model.warnings)


def test_new_records_of_either_table_find_known_ones_of_both(tables, both, frame, names):
    known = index_records(both)
    old = tables[0][0][3]
    update = match_new(known, None, frame([("new", *old[1:-1], None), ("equal", *old[1:])], *names), id="id")
    homes = {(row.side, row.id): row.cluster_id for row in update.known.named_clusters().collect()}
    assert homes["right", "new"] == homes["right", "equal"] == homes["left", old[0]]
    before = {(row.side, row.id): row.cluster_id for row in both.clusters.collect()}
    assert {end: home for end, home in homes.items() if end[1] not in ("new", "equal")} == before


def test_partners_that_are_counted_contradict_groups_of_any_size():
    for links in ("one_to_one", "one_to_many"):
        with pytest.raises(ConfigurationError, match="allows one partner"):
            MatchSettings.parse({"dedupe": True, "links": links})
    assert MatchSettings.parse({"dedupe": True, "links": "many_to_many"}).dedupe


def typed(*arguments):
    try:
        cli.main(["match", *map(str, arguments)])
    except SystemExit as ended:
        return ended.code or 0
    return 0


def test_the_command_links_and_dedupes_files(spark, tables, names, tmp_path, capsys):
    for side, rows in zip(SIDES, tables[0], strict=True):
        with (tmp_path / f"{side}.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows([names, *rows])
    with (tmp_path / "truth.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("side", "id", "cluster"), *((*end, who) for end, who in tables[1].items())])
    files = [tmp_path / "left.csv", tmp_path / "right.csv", "--id", "id", "--dedupe"]
    more = ["--out", tmp_path / "out", "--truth", tmp_path / "truth.csv", "--to-label", tmp_path / "ask.csv", "--show-values"]
    assert typed(*files, *more, "--json") == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["evaluation"]["closure_f1"] > 0.95
    assert told["evaluation"]["unknown_ids"] == 0
    values = {(side, row[0]): row for side, rows in zip(SIDES, tables[0], strict=True) for row in rows}
    with (tmp_path / "ask.csv").open(newline="") as stream:
        asked = list(csv.DictReader(stream))
    assert {(row["side_l"], row["side_r"]) for row in asked} >= {("left", "left"), ("right", "right")}
    for row in asked:
        for end in "lr":
            record = values[row[f"side_{end}"], row[f"id_{end}"]]
            assert [row[f"{name}_{end}"] for name in names[1:]] == [value or "" for value in record[1:]]
    model = tmp_path / "out" / "model.yaml"
    assert MatchModel.load(model).dedupe
    assert typed(*files, "--out", tmp_path / "again", "--model", model) == 0
    assert (tmp_path / "again" / "clusters.csv").read_bytes() == (tmp_path / "out" / "clusters.csv").read_bytes()
    model.write_text(model.read_text().replace("dedupe: true", "dedupe: false"))
    assert typed(*files, "--out", tmp_path / "third", "--model", model) == 2
    assert "without `dedupe`" in capsys.readouterr().err
