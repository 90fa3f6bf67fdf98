"""Normal forms: how each kind of value is written for comparing."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from lakehouse.matching.date_texts import DIGITS
from lakehouse.matching.fields import build_fields, safe_name
from lakehouse.matching.semantics import SourceColumn

CASES = {
    "given_name": [("  José-María ", "jose maria"), ("O'Brien", "o brien"), ("ZOË", "zoe"), ("", None), ("Łukasz", "lukasz"), ("王", "王")],
    "email": [(" Ann.Lee@Example.ORG ", "ann.lee@example.org"), ("no mail", "no mail"), (" ", None), ("ann+news@x.org", "ann@x.org"), ("+49@x.org", "+49@x.org")],
    "phone": [("+49 (0)170 123-45 67", "701234567"), ("0170/1234567", "701234567"), ("none", None), ("12", "12")],
    "date": [
        ("1999-12-31", "19991231"), ("31.12.1999", "19991231"), ("1.2.1999", "19990201"), ("1999/2/1", "19990201"), ("19991231", "19991231"),
        ("1999-12-31T10:00:00Z", "19991231"), ("1999", "19990101"), ("unknown", None), ("31/02/1999", "19990231"),
        ("17 May 1990", "19900517"), ("May 17, 1990", "19900517"), ("17-MAY-90", "19900517"), ("1990-May-7", "19900507"),
        ("Thu May 17 1990 10:00:00", "19900517"), ("17. März 1990", "19900317"), ("1er août 1990", "19900801"),
        ("7 juil. 1990", "19900707"), ("30 juin 1990", "19900630"), ("3 de dezembro de 1990", "19901203"), ("May 1990", "19900501"),
        ("17.05.90", "19900517"), ("1/2/04", "20040201"), ("martian", None), ("Mar", None),
    ],
    "number": [("1,234.50", 1234.5), ("1.234,50", 1234.5), ("$ 12.90", 12.9), ("12,5", 12.5), ("-3", -3.0), ("none", None), ("3 kg", 3.0)],
    "year": [("1987", 1987.0), ("c1987", 1987.0), ("[1987]", 1987.0), ("©2004.", 2004.0), ("'87", None), ("12345", None), ("3000", None), ("1999/2000", 1999.0)],
    "country": [("Deutschland", "de"), ("DE", "de"), ("Germany", "de"), ("DEU", "de"), ("Atlantis", "atlantis"), (" ", None)],
    "house_number": [("12 A", "12a"), ("12a", "12a")],
    "postcode": [("ab1 2cd", "ab12cd"), ("01234", "01234")],
    "identifier": [("ABC-12 3", "abc123"), ("abc 123", "abc123")],
    "phrase": [("Noble, Ada", "ada noble"), ("Ada Noble", "ada noble"), ("a, b, c", "a b c"), ("Room 5, B", "room 5 b")],
    "text": [("Ünïted  Parcel—Service", "united parcel service"), ("x" * 999, "x" * 200)],
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
def test_a_value_is_written_in_the_normal_form_of_its_kind(frame, kind):
    (field,) = build_fields([SourceColumn("value", kind, "")], {"value": "string"})
    rows = frame([(n, value) for n, (value, _) in enumerate(CASES[kind])], "n", "value")
    got = [row.got for row in rows.select("n", field.normal.alias("got")).orderBy("n").collect()]
    assert got == [expected for _, expected in CASES[kind]]


def test_the_numbers_of_a_text_are_a_field_of_their_own(frame):
    whole, numbers = build_fields([SourceColumn("title", "text", "", numbers=True)], {"title": "string"})
    assert (whole.name, numbers.name, numbers.kind.name) == ("title", "title_numbers", "numbers")
    cases = {"Sony WH-1000XM4": "1000 4", "vol. 02": "2", "2 x 500 ml, 2-pack": "2 500", "none": None, "007": "7", "0": "0", "٣ books": None}
    rows = frame(list(enumerate(cases)), "n", "title").select("n", numbers.normal.alias("got")).orderBy("n").collect()
    assert [row.got for row in rows] == list(cases.values())


def test_identifiers_are_read_without_prefix_and_old_isbns_as_new_ones(frame):
    (ship,) = build_fields([SourceColumn("imo", "identifier", "", prefix="imo")], {"imo": "string"})
    (book,) = build_fields([SourceColumn("ISBN", "identifier", "")], {"ISBN": "string"})
    rows = frame([("IMO 9074729", "978-0-306-40615-7"), ("9074729", "0-306-40615-2"), ("IMO", "043942089X")], "imo", "ISBN")
    got = [tuple(row) for row in rows.select(ship.normal, book.normal).collect()]
    assert got == [("9074729", "030640615"), ("9074729", "030640615"), ("imo", "043942089")]


def test_month_first_dates_are_read_as_the_column_writes_them(frame):
    (field,) = build_fields([SourceColumn("value", "date", "", month_first=True)], {"value": "string"})
    row = frame([("12/31/1999",)], "value").select(field.normal.alias("got")).first()
    assert row.got == "19991231"


def test_dates_and_arrays_of_spark_need_no_text(spark):
    types = {"born": "date", "mails": "array<string>"}
    fields = build_fields([SourceColumn("born", "date", ""), SourceColumn("mails", "email", "")], types)
    rows = spark.range(1).select(
        F.lit("1999-12-31").cast("date").alias("born"), F.array(F.lit("B@x"), F.lit("a@x"), F.lit("B@x")).alias("mails")
    )
    row = rows.select(*(field.normal.alias(field.name) for field in fields)).first()
    assert row.born == "19991231"
    assert len(row.mails) == 2
    assert row.mails == sorted(row.mails)
    assert fields[1].kind.name == "set"


def test_no_date_is_longer_than_an_index_takes_dates_to_be(spark):
    (typed,) = build_fields([SourceColumn("value", "date", "")], {"value": "date"})
    (written,) = build_fields([SourceColumn("text", "date", "")], {"text": "string"})
    rows = spark.sql("select make_date(12345, 1, 1) as value, '12345-01-01 10:00:00 and 17 more' as text")
    row = rows.select(typed.normal.alias("one"), written.normal.alias("two")).first()
    assert len(row.one) == len(row.two) == DIGITS


NAMES = [
    ("Dr. Anna Maria Schmidt", ("anna", "maria", "schmidt")),
    ("Schmidt, Anna Maria", ("anna", "maria", "schmidt")),
    ("Anna Schmidt", ("anna", None, "schmidt")),
    ("Cher", ("cher", None, None)),
    ("  ", (None, None, None)),
]


def test_a_full_name_is_taken_apart(frame):
    fields = build_fields([SourceColumn("name", "full_name", "")], {"name": "string"})
    assert [field.kind.name for field in fields] == ["given_name", "middle_name", "family_name"]
    rows = frame([(n, name) for n, (name, _) in enumerate(NAMES)], "n", "name").orderBy("n")
    got = [tuple(row) for row in rows.select(*(field.normal.alias(field.name) for field in fields)).collect()]
    assert got == [parts for _, parts in NAMES]


def test_a_full_name_that_stands_for_not_known_is_missing(frame):
    fields = build_fields([SourceColumn("name", "full_name", "", placeholders=("n. n.",))], {"name": "string"})
    rows = frame([("N. N. ",), ("Anna Schmidt",)], "name").select(*(field.normal for field in fields)).collect()
    assert [tuple(row) for row in rows] == [(None, None, None), ("anna", None, "schmidt")]


def test_beside_given_and_family_name_only_the_rest_of_a_full_name_is_new(frame):
    columns = [
        SourceColumn("full", "full_name", ""),
        SourceColumn("first", "given_name", ""),
        SourceColumn("last", "family_name", ""),
    ]
    fields = build_fields(columns, dict.fromkeys(("full", "first", "last"), "string"))
    row = (
        frame([("Anna Maria Schmidt", "Anna", "Schmidt")], "full", "first", "last")
        .select(fields[0].normal.alias("rest"))
        .first()
    )
    assert (fields[0].name, row.rest) == ("full_rest", "maria")


@pytest.mark.parametrize(
    ("column", "name"),
    [("First Name", "first_name"), ("e-mail", "e_mail"), ("a.b", "a_b"), ("Straße", "stra_e"), ("名前", "field")],
)
def test_a_field_is_named_so_that_sql_needs_no_quotes(column, name):
    assert safe_name(column) == name
