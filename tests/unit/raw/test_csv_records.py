from __future__ import annotations

import csv
import io
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lakehouse.raw.csv_records as csv_records
from lakehouse.raw.csv_records import land_csv, land_csv_rows
from lakehouse.sources.readers import csv_options
from lakehouse.sources.settings import CsvSettings

HEADER = ("id", "name", "note")
LINES = "line string, bytes string, _source_file string, _record_id string"


def land(spark, lines, header=HEADER, **options):
    """Land lines; a pair is (line, bytes). Returns (record, corrupt text, reason) in the order of the lines."""
    pairs = [line if isinstance(line, tuple) else (line, None) for line in lines]
    frame = spark.createDataFrame([(*pair, "a.csv", f"{number:06d}") for number, pair in enumerate(pairs)], LINES)
    landed = land_csv(frame, header, csv_options(CsvSettings(**options), len(header)))
    rows = landed.selectExpr("to_json(record) AS record", "_corrupt_record", "_corrupt_reason", "_record_id")
    found = rows.orderBy("_record_id").collect()
    return [(row[0] and json.loads(row[0]), row[1], row[2]) for row in found]


def record(*values, header=HEADER):
    return dict(zip(header, values, strict=True))


def test_a_line_becomes_a_record_of_texts_or_keeps_its_text_with_a_reason(spark):
    long = "x" * 5_000_000
    cases = {
        "1,Ann,x": (record("1", "Ann", "x"), None),
        "007, Ann ,1e5": (record("007", " Ann ", "1e5"), None),
        '1,"a,b","say ""hi"""': (record("1", "a,b", 'say "hi"'), None),
        '1,"",': (record("1", "", None), None),
        ",,": (record(None, None, None), None),
        "1,\x00,a\x0bb\u2028\x85c": (record("1", "\x00", "a\x0bb\u2028\x85c"), None),
        "#1,comment?,x": (record("#1", "comment?", "x"), None),
        "\x00,b,c": (record("\x00", "b", "c"), None),
        "1,Robert'); DROP TABLE x;--,<script>=cmd|'/c calc'!A0": (
            record("1", "Robert'); DROP TABLE x;--", "<script>=cmd|'/c calc'!A0"), None
        ),
        "1,😀,../../etc/passwd": (record("1", "😀", "../../etc/passwd"), None),
        f"1,{long},x": (record("1", long, "x"), None),
        # short and long ones keep what fits
        "1,Ann": (record("1", "Ann", None), "ragged"),
        "1": (record("1", None, None), "ragged"),
        "1,Ann,x,y": (record("1", "Ann", "x"), "ragged"),
        "1;Ann;x": (record("1;Ann;x", None, None), "ragged"),
        "," * 5000: (None, "ragged"),
        "x," * 200_000: (None, "ragged"),
        # quotes
        '1,"Ann,x': (None, "quotes"),
        '"1,Ann,x': (None, "quotes"),
        '1,Ann,"x': (None, "quotes"),
        '1,5" nail,x': (record("1", '5" nail', "x"), None),
        '1,Ann "the",x': (record("1", 'Ann "the"', "x"), None),
    }  # fmt: skip
    found = land(spark, [*cases, (None, "M\xfcller")])
    wanted = [(value, line if reason else None, reason) for line, (value, reason) in cases.items()]
    for line, got, want in zip(cases, found, wanted, strict=False):
        assert got == want, line[:80]
    assert found[-1] == (None, "Müller", "encoding")


def test_escaped_quotes_do_not_count_as_open(spark):
    found = land(spark, [r'1,"say \"hi\"",x', r'1,"back\\",x', r'1,"open \",x'], escape="\\")
    assert found == [
        (record("1", 'say "hi"', "x"), None, None),
        (record("1", "back\\", "x"), None, None),
        (None, r'1,"open \",x', "quotes"),
    ]


def test_delimiter_and_quote_may_be_any(spark):
    assert land(spark, ["1||'a||b'||x"], delimiter="||", quote="'", escape="'") == [(record("1", "a||b", "x"), None, None)]
    assert land(spark, ["1\ta,b\tx"], delimiter="\t") == [(record("1", "a,b", "x"), None, None)]


def test_columns_may_be_called_anything(spark):
    header = ("`; DROP TABLE x --", "a.b", '"q"\'', "😀", "ID", "id", "_record_id", "line", "$", "{}[]*?")
    values = tuple(str(number) for number in range(len(header)))
    assert land(spark, [",".join(values)], header) == [(record(*values, header=header), None, None)]


def test_a_record_larger_than_a_variant_stays_text(spark, monkeypatch):
    monkeypatch.setattr(csv_records, "MAX_RECORD_BYTES", 1000)
    big = "1," + "x" * 1000 + ",y"
    assert land(spark, ["1,2,3", big]) == [(record("1", "2", "3"), None, None), (None, big, "size")]


def test_two_hundred_generated_files_are_read_as_pythons_csv_module_reads_them(spark):
    random.seed(7)
    alphabet = ["a", "ä", "😀", " ", ",", '"', "'", "\\", "1", "\x00", ";", "\t", "#", ""]
    rows = [["".join(random.choices(alphabet, k=random.randint(0, 6))) for _ in HEADER] for _ in range(200)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    found = land(spark, text.getvalue().split("\n")[:-1])
    assert [reason for _, _, reason in found] == [None] * 200
    assert [[value or "" for value in landed.values()] for landed, _, _ in found] == rows


def test_parsed_rows_of_multiline_files_keep_their_text_with_the_reason(spark, monkeypatch):
    monkeypatch.setattr(csv_records, "MAX_RECORD_BYTES", 50)
    rows = spark.createDataFrame(
        [
            ("1", "a\nb", None, False, "a.csv", "1"),
            ("2", None, "2", False, "a.csv", "2"),
            ("3", "Müller", None, True, "a.csv", "3"),
            ("4", "x" * 60, None, False, "a.csv", "4"),
        ],
        "f0 string, f1 string, _corrupt string, _spoilt boolean, _source_file string, _record_id string",
    )
    landed = land_csv_rows(rows, ("id", "text")).selectExpr("to_json(record)", "_corrupt_record", "_corrupt_reason")
    assert [tuple(row) for row in landed.orderBy("_record_id").collect()] == [
        ('{"id":"1","text":"a\\nb"}', None, None),
        ('{"id":"2","text":null}', "2", "ragged"),
        ('{"id":"3","text":"Müller"}', '{"id":"3","text":"Müller"}', "encoding"),
        (None, '{"id":"4","text":"%s"}' % ("x" * 60), "size"),
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_no_line_whatever_it_holds_is_dropped_or_stops_the_others(spark, seed):
    cases = []

    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    @given(st.text(alphabet=st.sampled_from(list('a",;\\\x00\'é {}')), max_size=30))
    def collect(text):
        cases.append(text + "x" * seed)

    collect()
    found = land(spark, cases)
    assert len(found) == len(cases)
    for line, (landed, text, reason) in zip(cases, found, strict=True):
        assert (text == line) if reason else (landed is not None and text is None)
