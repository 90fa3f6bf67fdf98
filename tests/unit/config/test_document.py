"""Places in texts of several lines, and what findings may show."""

from __future__ import annotations

import pytest

from lakehouse.config.document import Document, kind_of, masked, printable
from lakehouse.config.reader import read_document
from lakehouse.errors import Finding

TEXTS = {
    "literal": "k: |\n  aa bb\n  cc\n\n  dd\n",
    "folded": "k: >-\n  aa bb\n  cc\n\n  dd\n",
    "plain": "k: aa bb\n  cc\n\n  dd\n",
    "single quotes": "k: 'aa bb\n  cc\n\n  dd'\n",
    "double quotes": 'k: "aa bb\n  cc\n\n  dd"\n',
}
LINES = {
    "literal": {"aa": 2, "bb": 2, "cc": 3, "dd": 5},
    "folded": {"aa": 2, "bb": 2, "cc": 3, "dd": 5},
    **{key: {"aa": 1, "bb": 1, "cc": 2, "dd": 4} for key in ("plain", "single quotes", "double quotes")},
}


@pytest.mark.parametrize("style", TEXTS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_place_in_a_text_is_found_in_the_file_however_the_text_is_written(tmp_path, style, ending):
    path = tmp_path / "x.yaml"
    path.write_bytes(TEXTS[style].replace("\n", ending).encode())
    document = read_document(path, "x.yaml", tmp_path)
    value = document.get(("k",))
    found = {}
    for word in LINES[style]:
        ahead = value[: value.index(word)]
        found[word] = document.line_within(("k",), ahead.count("\n") + 1, len(ahead.rsplit("\n", 1)[-1]) + 1)
    assert found == LINES[style]


@pytest.mark.parametrize("style", TEXTS)
def test_a_place_beyond_the_text_is_its_last_line(tmp_path, style):
    path = tmp_path / "x.yaml"
    path.write_text(TEXTS[style] + "z: 1\n")
    document = read_document(path, "x.yaml", tmp_path)
    assert document.line_within(("k",), 99, 99) == LINES[style]["dd"]
    assert document.line_within(("z",), 1, 1) == LINES[style]["dd"] + 1


def test_values_are_found_by_their_path():
    document = Document("x", value={"a": [{"b": 1}], "t": "text"})
    assert document.get(("a", 0, "b")) == 1
    assert [document.get(path) for path in (("x",), ("a", 1), ("t", "y"), ("a", "b"))] == [None] * 4


def test_findings_name_what_came_from_outside_as_it_is_written():
    document = Document("x", value={"a": "hunter2", "b": ["x.y", "de"], "c": "longer hunter2"})
    document.hidden = {("a",): "${env:A}", ("b", 0): "${env:B}", ("b", 1): "${env:C}", ("c",): "longer ${env:A}"}
    cases = {
        "unknown source `hunter2`": "unknown source `${env:A}`",
        "known: hunter2, x.y": "known: ${env:A}, ${env:B}",
        "longer hunter2 is long": "longer ${env:A} is long",
        "hunter22 and xxy": "hunter22 and xxy",
        "de facto `de`": "de facto `${env:C}`",
    }
    findings = masked([Finding("f", 1, "k", text, text) for text in cases], [document, Document("y")])
    assert [finding.problem for finding in findings] == list(cases.values())
    assert [finding.remedy for finding in findings] == list(cases.values())


def test_a_long_value_is_hidden_before_a_finding_is_cut():
    document = Document("x", value={"a": "s" * 1000}, hidden={("a",): "${env:A}"})
    (finding,) = masked([Finding("f", 1, "k" * 500, f"unknown `{'s' * 1000}` " + "é" * 1000)], [document])
    assert finding.problem.startswith("unknown `${env:A}`")
    assert (len(finding.problem), len(finding.key)) == (500, 120)


def test_nothing_hidden_means_nothing_replaced():
    assert masked([Finding("f", 0, "", "a b")], []) == [Finding("f", 0, "", "a b")]


def test_printed_texts_hold_nothing_that_steers_a_terminal():
    assert printable("a\x1b[31m\n\t\u202eü\U0001f600", 50) == "a?[31m???ü\U0001f600"
    assert printable("abcdef", 4) == "abc…"


def test_kinds_have_names():
    values = [True, 1, 1.5, "x", [], {}, None]
    assert [kind_of(value) for value in values] == [
        "true or false", "a number", "a number", "text", "a list", "a mapping", "nothing",
    ]  # fmt: skip


def test_a_document_does_not_print_its_values():
    document = Document("x.yaml", text="password: hunter2", value={"password": "hunter2"})
    assert "hunter2" not in repr(document)
