"""Levels of agreement, pair by pair, each pair in both directions."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from lakehouse.matching.comparison import compare_pairs, level_names
from lakehouse.matching.fields import build_fields
from lakehouse.matching.records import prepare_records
from lakehouse.matching.semantics import SourceColumn

LEVELS = {
    "given_name": [
        ("Anna", "anna", "equal"), ("Anna", "Ana", "1 edit"), ("Martha", "Marhta", "2 edits"), ("Anna", "Annalena", "beginning"),
        ("Katarina", "Catherine", "else"), ("Ann", "Bob", "else"), ("Ann", None, None), ("Ann", " ", None), ("Christopher", "Kristoffer", "else"),
    ],
    "date": [
        ("1990-05-17", "17.05.1990", "equal"), ("1990-05-17", "1990-05-11", "1 edit"), ("1990-05-17", "1990-06-18", "2 edits or exchanged digits"),
        ("1990-05-17", "1990-12-28", "same year"), ("1990-05-17", "1971-12-28", "else"), ("1990-05-17", None, None),
    ],
    "email": [
        ("a.lee@x.org", "A.Lee@x.org", "equal"), ("a.lee@x.org", "a.le@x.org", "1 edit"), ("jonathan@gmail.com", "jonathan@yahoo.co.uk", "same mailbox, other domain"),
        ("jonathan@gmail.com", "jonhatan@mail.ru", "mailbox within 2 edits"), ("a@x.org", "b@yahoo.com", "else"),
    ],
    "phone": [("+49 170 1234567", "0170/1234567", "equal"), ("0170 1234567", "0170 1234568", "1 edit"), ("0170 1234567", "0151 7654321", "else")],
    "number": [("100", "100.0", "equal"), ("100", "100.9", "within 1 %"), ("100", "109", "within 10 %"), ("100", "130", "within 30 %"), ("100", "500", "else")],
    "category": [("Red", "red", "equal"), ("red", "blue", "else"), ("red", None, None)],
    "postcode": [("AB1 2CD", "ab12cd", "equal"), ("12345", "12346", "1 edit"), ("12345", "99999", "else")],
    "middle_name": [("Maria Luise", "Luise", "a word in common"), ("M", "Maria", "same initial"), ("Maria", "Maria", "equal"), ("Eva", "Maria", "else")],
}  # fmt: skip


@pytest.mark.parametrize("kind", LEVELS)
def test_a_pair_falls_on_the_best_level_that_holds_in_both_directions(frame, kind):
    (field,) = fields = build_fields([SourceColumn("x", kind, "")], {"x": "string"})
    cases = LEVELS[kind]
    rows = [(f"{side}{n}", pair[place]) for n, pair in enumerate(cases) for place, side in enumerate("lr")]
    # A second field tells equal values apart: copies are set aside before records are compared.
    prepared = prepare_records([frame(rows, "id", "x")], [*fields, *_apart()], key="id")
    ids = {row._key: row._id for row in prepared.members.collect()}
    pairs = [(ids[f"l{n}"], ids[f"r{n}"], n) for n in range(len(cases))]
    both = frame(pairs + [(b, a, n) for a, b, n in pairs], "id_l", "id_r", "n")
    compared = compare_pairs(both, prepared, fields).collect()
    got = {n: {row[level_names(fields)[0]] for row in compared if row.n == n} for n in range(len(cases))}
    labels = {
        n: {None if level < 0 else field.kind.level(level).label for level in levels} for n, levels in got.items()
    }
    assert labels == {n: {expected} for n, (_, _, expected) in enumerate(cases)}


def _apart():
    from lakehouse.matching.fields import Field
    from lakehouse.matching.kinds import KINDS

    return [Field("apart", KINDS["identifier"], ("id",), F.col("id"))]


def test_exchanged_names_count_once(frame):
    columns = [SourceColumn("given", "given_name", ""), SourceColumn("family", "family_name", "")]
    fields = build_fields(columns, {"given": "string", "family": "string"})
    rows = [("a", "Anna", "Schmidt"), ("b", "Schmidt", "Anna"), ("c", "Schmitt", "Anna"), ("d", "Anna", "Schmitt")]
    prepared = prepare_records([frame(rows, "id", "given", "family")], fields, key="id")
    ids = {row._key: row._id for row in prepared.members.collect()}
    pairs = frame([(ids["a"], ids[other]) for other in "bcd"], "id_l", "id_r")
    got = {row.id_r: (row.g_given, row.g_family) for row in compare_pairs(pairs, prepared, fields).collect()}
    exchanged = next(n for n in range(fields[0].kind.top) if fields[0].kind.level(n).label == "exchanged")
    assert got[ids["b"]] == got[ids["c"]] == (exchanged, -1)
    assert got[ids["d"]][0] == fields[0].kind.top


def test_rare_values_say_more_than_common_ones(frame):
    fields = build_fields([SourceColumn("family", "family_name", "")], {"family": "string"})
    rows = [(f"s{n}", "Smith") for n in range(50)] + [("w1", "Wolstenholme"), ("w2", "Wolstenholme")]
    prepared = prepare_records([frame(rows, "id", "family")], [*fields, *_apart()], key="id")
    ids = {row._key: row._id for row in prepared.members.collect()}
    pairs = frame([(ids["s0"], ids["s1"]), (ids["w1"], ids["w2"])], "id_l", "id_r")
    bits = {row.id_l: row._shared for row in compare_pairs(pairs, prepared, fields).collect()}
    assert bits[ids["w1"]] > bits[ids["s0"]] + 3


def test_words_in_common_are_weighed_by_how_rare_they_are(frame):
    (field,) = fields = build_fields([SourceColumn("x", "text", "")], {"x": "string"})
    filler = [(f"f{n}", f"the company of {chr(97 + n % 26)}{chr(97 + n // 26)}zz limited") for n in range(60)]
    rows = [
        ("a", "zeppelin works limited the company"),
        ("b", "works zeppelin"),
        ("c", "the company limited of shoes"),
        *filler,
    ]
    prepared = prepare_records([frame(rows, "id", "x")], fields, key="id")
    ids = {row._key: row._id for row in prepared.members.collect()}
    pairs = frame([(ids["a"], ids["b"]), (ids["a"], ids["c"])], "id_l", "id_r")
    level = {row.id_r: row.g_x for row in compare_pairs(pairs, prepared, fields).collect()}
    assert level[ids["b"]] > level[ids["c"]]
    assert field.kind.words
