from __future__ import annotations

import json

import lakehouse.raw.json_records as json_records
from lakehouse.raw.json_records import count_json_records, land_json_documents, land_json_lines

TEXTS = "line string, bytes string, _source_file string, _record_id string"


def frame(spark, texts):
    pairs = [text if isinstance(text, tuple) else (text, None) for text in texts]
    return spark.createDataFrame([(*pair, "a.json", f"{number:06d}") for number, pair in enumerate(pairs)], TEXTS)


def landed(rows):
    found = rows.selectExpr("to_json(record)", "_corrupt_record", "_corrupt_reason").orderBy("_record_id").collect()
    return [tuple(row) for row in found]


DEEP = '{"a":' * 500 + "1" + "}" * 500
LONG = '{"a":"' + "x" * 5_000_000 + '"}'


def test_a_line_becomes_a_record_or_keeps_its_text_with_a_reason(spark):
    good = {
        '{"id":1,"name":"Ann"}': '{"id":1,"name":"Ann"}',
        ' {"id": 1} ': '{"id":1}',
        '{"id":"007","x":null,"y":[1,{"z":true}]}': '{"id":"007","x":null,"y":[1,{"z":true}]}',
        '{"t":"a}b {\\"c\\":1}"}': '{"t":"a}b {\\"c\\":1}"}',
        '{"t":"=cmd()<script>\'; DROP TABLE x--😀\\u0000"}': '{"t":"=cmd()<script>\'; DROP TABLE x--😀\\u0000"}',
        "{}": "{}",
        DEEP: DEEP,
        LONG: LONG,
        # JSON knows no limit, a double does: what is larger is infinite, which no type of a column accepts
        '{"n":1e400,"m":-1e400}': '{"m":"-Infinity","n":"Infinity"}',
        '{"n":1e308,"id":12345678901234567890123456789012345678}': '{"id":12345678901234567890123456789012345678,"n":1.0E308}',
    }
    bad = {
        "{oops": "json",
        '{"id":1': "json",
        '{"id":1,"id":2}': "json",
        '{"id":NaN}': "json",
        "{'id':1}": "json",
        '{"id":1,}': "json",
        '{"t":"raw nul \x00"}': "json",
        '{"t":"\\ud800"}': "json",
        '{"a":1}{"b":2}': "json",
        '{"a":{"b":1}} {"c":2}': "json",
        '{"a":1},{"b":2}': "json",
        '{"a":1} # comment': "json",
        '{"a":{"b":1}}]': "json",
        "[" * 5000: "json",
        "[" * 1_000_000: "json",
        '{"n":' + "1" * 1001 + "}": "json",
        "[1,2]": "object",
        '[{"id":1}]': "object",
        '"text"': "object",
        "1": "object",
        "null": "object",
    }
    found = landed(land_json_lines(frame(spark, [*good, *bad, (None, "\xff{}")])))
    for line, got in zip([*good, *bad], found, strict=False):
        want = (good[line], None, None) if line in good else (got[0], line, bad[line])
        assert got == want, line[:80]
    assert found[-1] == (None, "\xff{}", "encoding")


def test_a_text_beyond_the_limit_of_the_parser_is_told_from_broken_json(spark, monkeypatch):
    monkeypatch.setattr(json_records, "MAX_TEXT_BYTES", 20)
    line = '{"a": "' + "x" * 30
    assert landed(land_json_lines(frame(spark, [line]))) == [(None, line, "size")]


DOCUMENTS = {
    '[{"a":1},{"a":2}]': [('{"a":1}', None, None), ('{"a":2}', None, None)],
    '{\n "a": [1, 2]\n}': [('{"a":[1,2]}', None, None)],
    "[]": [],
    '[{"a":1}, 5, null]': [('{"a":1}', None, None), ("5", "5", "object"), ("null", "null", "object")],
    "null": [("null", "null", "object")],
    '[{"a":1},': [(None, '[{"a":1},', "json")],
    '{"a":1}\n{"a":2}\n': [(None, '{"a":1}\n{"a":2}\n', "json")],  # JSON Lines
    '[{"a":1}] x': [(None, '[{"a":1}] x', "json")],
    '[{"a":1,"a":2}]': [(None, '[{"a":1,"a":2}]', "json")],
    "": [(None, "", "json")],
}


def test_a_document_becomes_its_elements_and_another_parser_counts_the_same(spark):
    documents = frame(spark, [*DOCUMENTS, (None, "\xff")])
    found = landed(land_json_documents(documents))
    assert found == [*(row for rows in DOCUMENTS.values() for row in rows), (None, "\xff", "encoding")]
    # A document of which a key comes twice is valid for the one parser only.
    assert count_json_records(documents).count() == len(found)


def test_the_id_of_an_element_ends_in_its_position(spark):
    rows = land_json_documents(frame(spark, ['[{"a":1},{"a":2}]'])).orderBy("_record_id").collect()
    assert [row["_record_id"] for row in rows] == ["000000-0000000000", "000000-0000000001"]


def test_every_line_of_any_shape_is_landed_or_kept(spark):
    values = [None, True, 0, -1.5, "x", "}", '"', [], {}, [{}], {"a": {"b": ["c"]}}, {"}{": "}{"}]
    lines = [json.dumps(value) for value in values] + [json.dumps(value)[:-1] for value in values]
    for line, (_, text, reason) in zip(lines, landed(land_json_lines(frame(spark, lines))), strict=True):
        try:
            is_record = isinstance(json.loads(line), dict)
        except ValueError:
            assert (text, reason) == (line, "json")
            continue
        assert (text, reason) == ((None, None) if is_record else (line, "object"))
