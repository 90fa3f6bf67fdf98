"""What comes to the door of matching as people have it: each gets a right result, or a message that says what to do."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from datetime import date
from functools import partial

import pytest
from pyspark.sql import functions as F
from ruamel.yaml import YAML

from lakehouse.errors import ConfigurationError
from lakehouse.matching import MatchModel, MatchSettings, match
from lakehouse.matching.report import build_report
from lakehouse.matching.understanding import understand_tables


@pytest.fixture(scope="module")
def people_rows(people):
    return people(40, seed=5)[0]


@pytest.fixture(scope="module")
def result(frame, people_rows, names):
    return match(frame(people_rows, *names), id="id")


def clusters_of(result):
    return {row.id: row.cluster_id for row in result.clusters.collect()}


def refused(function, *words):
    """The message of a refusal, which has a remedy and these words."""
    with pytest.raises(ConfigurationError) as caught:
        function()
    message = str(caught.value)
    assert caught.value.remedy
    assert all(word in message for word in words), message
    return message


def test_the_package_comes_without_spark_until_something_is_asked_for():
    code = (
        "import sys, lakehouse.matching; assert 'pyspark.sql' not in sys.modules\n"
        "import lakehouse.matching.run\n"
        "from lakehouse.matching import MatchModel, MatchResult, MatchSettings, evaluate, match\n"
        "assert callable(match) and callable(evaluate)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    import lakehouse.matching as package

    with pytest.raises(AttributeError, match="no attribute `matsch`"):
        _ = package.matsch


def test_ids_that_do_not_identify_are_refused(frame):
    rows = [("1", "Ann", "Lee"), ("2", "Bob", "Ray"), ("2", "Cid", "Fox"), (None, "Dan", "Elk")]
    table = frame(rows, "Id", "given_name", "family_name")
    refused(lambda: match(table, id="ID"), "no id column", "did you mean `Id`?")
    refused(lambda: match(table, id="zip"), "no id column", "given_name")
    refused(lambda: match(table, id="Id"), "without an id", "1 of 4 rows")
    refused(lambda: match(table.where("Id is not null"), id="Id"), "several records", "3 rows, 2 different ids")


def test_columns_that_differ_in_nothing_but_case_are_refused(frame):
    table = frame([("1", "Ann", "Lee")], "id", "Name", "NAME")
    refused(lambda: match(table, id="id"), "`Name`, `NAME`", "rename")
    refused(lambda: match(frame([("1", "2", "x")], "id", "ID", "name"), id="id"), "`id`, `ID`")


def test_there_must_be_something_to_compare(frame):
    refused(lambda: match(frame([("1",), ("2",)], "id"), id="id"), "nothing to compare", "no column besides the id")
    nulls = frame([("1", None), ("2", None)], "id", "note").selectExpr("id", "cast(note as string) as note")
    refused(lambda: match(nulls, id="id"), "nothing to compare", "note: no value")
    left, right = frame([("1", "Ann"), ("2", "Bob")], "id", "name"), frame([("1", "Ann")], "id", "nom")
    refused(lambda: match(left, right, id="id"), "nothing to compare", "in one of the tables only")


def test_columns_that_tell_nothing_are_left_out_with_the_reason(frame, people_rows, names):
    rows = [(*row, None, "shop", f"K{place:05d}x") for place, row in enumerate(people_rows)]
    table = frame(rows, *names, "empty", "source", "token").withColumn("empty", F.lit(None).cast("string"))
    columns = {one.name: (one.kind, one.reason) for one in understand_tables([table], key="id", settings=None).columns}
    assert columns["empty"] == ("ignore", "no value")
    assert columns["source"] == ("ignore", "the same value in every record")
    assert columns["token"] == ("ignore", "a different code in every record")
    assert columns["given_name"][0] == "given_name"


def test_settings_that_are_wrong_are_refused_with_everything_that_is_wrong(frame, people_rows, names, tmp_path):
    table = frame(people_rows, *names)
    wrong = {"treshold": 3, "links": "many", "columns": {"city": "town"}}
    refused(lambda: match(table, id="id", settings=wrong), "did you mean `threshold`?", "links", "columns.city")
    refused(
        lambda: match(table, id="id", settings={"threshold": 1.0, "review_threshold": 4.0}), "lies above `threshold`"
    )
    refused(lambda: match(table, id="id", settings={"columns": {"town": "city"}}), "not there", "town", "family_name")
    refused(
        lambda: match(table, id="id", settings={"columns": dict.fromkeys(names[1:], "ignore")}), "nothing to compare"
    )
    refused(lambda: match(table, id="id", settings={"rules": ["surname<=2"]}), "surname", "family_name")
    refused(lambda: match(table, id="id", settings={"rules": ["family_name ~~ 2"]}), "cannot be read")
    refused(lambda: match(table, id="id", settings=["threshold"]), "mapping")
    file = tmp_path / "settings.yaml"
    for content, words in [
        ("threshold: 2\nreview_treshold: 1\n", ("did you mean `review_threshold`?", "settings.yaml")),
        ("threshold: [\n", ("cannot be read",)),
        ("- a\n", ("mapping", "list")),
        ("format: 1\nfields: {}\n", ("fitted model", "--model")),
        ("threshold: .nan\n", ("threshold",)),
        ("max_candidates: 0\n", ("max_candidates", "greater than or equal to 1")),
    ]:
        file.write_text(content)
        refused(lambda: MatchSettings.load(file), *words)
    refused(lambda: MatchSettings.load(tmp_path / "none.yaml"), "cannot be read", "FileNotFoundError")
    file.write_text("")
    assert MatchSettings.load(file) == MatchSettings()


def test_a_model_is_used_again_and_a_foreign_one_refused(result, frame, people_rows, names, tmp_path):
    file = tmp_path / "model.yaml"
    result.model.save(file)
    model = MatchModel.load(file)
    again = match(frame(people_rows, *names), id="id", settings=model)
    assert clusters_of(again) == clusters_of(result)
    assert again.model == model
    others = frame([(row[0], *row[2:]) for row in people_rows], "id", *names[2:])
    refused(lambda: match(others, id="id", settings=model), "other columns", "given_name")
    content = YAML(typ="safe").load(file.read_text())
    for change, words in [
        ({"format": 99}, ("another format", "format 99", "fit the model again")),
        ({"threshold": None}, ("cannot be read", "threshold")),
        ({"surprise": 1}, ("cannot be read", "surprise")),
        ({"columns": {names[1]: {"kind": "surname"}}}, ("cannot be read", f"columns.{names[1]}.kind", "family_name")),
    ]:
        refused(partial(MatchModel.parse, {**content, **change}, "model.yaml"), *words)
    refused(lambda: MatchModel.parse(["x"], "model.yaml"), "another format")
    edited = {**content["columns"], names[1]: {**content["columns"][names[1]], "kind": "phrase"}}
    changed = MatchModel.parse({**content, "columns": edited}, "model.yaml")
    refused(lambda: match(frame(people_rows, *names), id="id", settings=changed), "compared in another way", "phrase")
    file.write_bytes(b"format: 1\n\xff")
    refused(lambda: MatchModel.load(file), "cannot be read")


@pytest.mark.slow
def test_one_record_and_none_are_results_too(frame, people_rows, names):
    table = frame(people_rows, *names)
    one, none = match(table.limit(1), id="id"), match(table.limit(0), id="id")
    assert [row.id == row.cluster_id for row in one.clusters.collect()] == [True]
    assert none.clusters.count() == none.pairs.count() == 0
    assert one.summary.clusters == none.summary.clusters == 0
    assert "No two records" in build_report(none)


def test_an_empty_second_table_links_nothing(frame, people_rows, names):
    table = frame(people_rows, *names)
    linked = match(table, table.limit(0), id="id")
    clusters = linked.clusters.collect()
    assert len(clusters) == len({row.cluster_id for row in clusters}) == len(people_rows)
    assert {row.side for row in clusters} == {"left"}
    assert linked.pairs.count() == 0


def test_ids_and_columns_of_two_types_are_compared_as_text(frame, people_rows, names):
    left = [(number, *row[1:3], date.fromisoformat(row[3]) if row[3] and len(row[3]) == 10 and row[3].replace("-", "").isdigit() else None, *row[4:]) for number, row in enumerate(people_rows)]  # fmt: skip
    right = [(f"{number:03d}", *row[1:]) for number, row in enumerate(people_rows)]
    linked = match(frame(left, *names), frame(right, *names), id="id")
    clusters = {(row.side, row.id): row.cluster_id for row in linked.clusters.collect()}
    assert len(clusters) == 2 * len(people_rows)
    distinct = {row[1:] for row in people_rows}
    unique = [
        number
        for number, row in enumerate(people_rows)
        if sum(row[1:] == other for other in [r[1:] for r in people_rows]) == 1
    ]
    assert len(distinct) > 30
    together = sum(clusters["left", str(number)] == clusters["right", f"{number:03d}"] for number in unique)
    assert together >= 0.9 * len(unique)


STRANGE = [
    "cust.id",
    "given.name",
    "fam`ily name",
    "date of birth",
    "E-Mail ✉",
    "姓",
    "名",
    "product",
    "product_weight",
    "<b>note</b>",
]
LOOKALIKE = str.maketrans("aeopcx", "аеорсх")
"""Latin letters and the Cyrillic ones that look like them."""


def strange_rows(people_rows):
    """Every person twice: as written, and with another way of writing the same."""
    changes = [
        lambda name: unicodedata.normalize("NFD", name),
        lambda name: f"\u202b{name}\u202c",
        lambda name: f" {name.upper()}\u00a0",
        lambda name: name,
    ]
    rows = []
    for place, row in enumerate(people_rows):
        family = ["Müller", "Françoise", "שלום", "محمد", "Žižek"][place % 5] + row[2][:5] if row[2] else None
        note = ["👩‍👩‍👧 " * 3, "'; DROP TABLE x; --", "=1+1", "${env:HOME}", "\\N {x} %s"][place % 5]
        for copy in range(2):
            name = changes[place % 4](family) if copy and family else family
            given = row[1].translate(LOOKALIKE) if copy and place % 7 == 0 and row[1] else row[1]
            rows.append((f"{place}/{copy}", given, name, row[3], row[5], "山田王李"[place % 4], ["太郎", "花子", "明"][place % 3] + str(place % 11), f"thing {place % 13} of {place % 5}", f"{place % 17}.5", note))  # fmt: skip
    return rows


def test_strange_names_and_values_are_compared_for_what_they_are(frame, people_rows):
    unlike = list({row[5]: row for row in people_rows if row[5] and row[3]}.values())
    rows = strange_rows(unlike)
    result = match(frame(rows, *STRANGE), id="cust.id")
    assert len({field.name for field in result.fields}) == len(result.fields)
    assert [field.sources for field in result.fields if field.sources[0] == "product_weight"]
    clusters = clusters_of(result)
    assert len(clusters) == len(rows)
    together = sum(clusters[f"{place}/0"] == clusters[f"{place}/1"] for place in range(len(unlike)))
    assert together >= 0.95 * len(unlike)
    explained = str(result.explain("0/0", "0/1"))
    assert unlike[0][5] not in explained


@pytest.mark.slow
def test_a_text_of_a_megabyte_is_compared_by_its_beginning(frame, people_rows, names):
    long = "lorem ipsum dolor sit amet " * 40_000
    rows = [
        (*row, f"{place} {long}" if place < 6 else f"{place} short text of {row[1]} and {row[4]}")
        for place, row in enumerate(people_rows)
    ]
    result = match(frame(rows, *names, "biography"), id="id")
    assert len(clusters_of(result)) == len(rows)
    assert result.records.distinct.selectExpr("max(length(biography)) as longest").first().longest <= 200


@pytest.mark.slow
def test_where_all_records_are_equal_their_rareness_decides_whether_they_are_one(spark):
    ids = spark.range(3000).withColumn("country", F.lit("Norway"))
    person = ids.withColumns({"given_name": F.lit("Anna"), "family_name": F.lit("Lee"), "born": F.lit("1970-03-04")})
    assert match(person, id="id").summary.sizes == {3000: 1}
    assert match(ids, id="id").summary.sizes == {1: 3000}
