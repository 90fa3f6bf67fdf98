"""What YAML means here, and that no file whatsoever raises."""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.config.reader import MAX_BYTES, MAX_VALUES, exists, is_folder, read_document


@pytest.fixture
def read(tmp_path):
    def read(content):
        path = tmp_path / "x.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        return read_document(path, "x.yaml", tmp_path)

    return read


SCALARS = [
    ("1", 1), ("-7", -7), ("0", 0), ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0),
    ("true", True), ("False", False), ("~", None), ("null", None), ("", None),
    ("yes", "yes"), ("no", "no"), ("NO", "NO"), ("on", "on"), ("tRue", "tRue"),
    ("2026-01-31", "2026-01-31"), ("12:30", "12:30"), ("0815", "0815"), ("007", "007"), ("1_000", "1_000"),
    ("0x1f", "0x1f"), (".nan", ".nan"), ("1e999", "1e999"), ("9" * 5000, "9" * 5000), ("'1'", "1"), ('"true"', "true"),
    ("!!str 5", "5"), ("!!int 5", "5"), ("|\n  a\n  b\n", "a\nb\n"), (">-\n  a\n  b\n", "a b"), ("a\n  b", "a b"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SCALARS, ids=[text[:12] for text, _ in SCALARS])
def test_scalars_follow_the_core_schema_except_that_codes_stay_text(read, text, value):
    document = read(f"k: {text}\n")
    assert document.findings == []
    assert document.value == {"k": value}
    assert type(document.value["k"]) is type(value)


def test_keys_are_texts_whatever_they_look_like(read):
    assert read("1: a\ntrue: b\nnull: c\nNO: d\n2026-01-01: e\n").value == {
        "1": "a", "true": "b", "null": "c", "NO": "d", "2026-01-01": "e",
    }  # fmt: skip


def test_every_key_and_item_has_its_line(read):
    document = read("# comment\n\na: 1\nb:\n  - x\n  - y: 2\n    z: {q: 3}\nc: >-\n  one\n  two\nd: 4\n")
    assert document.value == {"a": 1, "b": ["x", {"y": 2, "z": {"q": 3}}], "c": "one two", "d": 4}
    places = {(): 3, ("a",): 3, ("b",): 4, ("b", 0): 5, ("b", 1): 6, ("b", 1, "z", "q"): 7, ("c",): 8, ("d",): 11}
    assert {place: document.line(place) for place in places} == places
    assert document.line(("b", 1, "missing")) == 6
    assert document.line(("nowhere",)) == 3


def test_a_byte_order_mark_is_no_part_of_the_first_key(read):
    assert read(b"\xef\xbb\xbfa: 1\n").value == {"a": 1}


def test_aliases_repeat_a_value(read, monkeypatch):
    monkeypatch.setenv("PASSWORD", "hunter2!")
    document = read("a: &list [1, '${env:PASSWORD}', '${env:NO_SUCH}']\nb: *list\n")
    assert document.value == {"a": [1, "hunter2!", "${env:NO_SUCH}"], "b": [1, "hunter2!", "${env:NO_SUCH}"]}
    assert document.hidden == {("a", 1): "${env:PASSWORD}", ("b", 1): "${env:PASSWORD}"}
    assert document.is_broken(("b", 2))
    assert not document.is_broken(("b", 1))


BROKEN = [
    ("tab", "a:\n\tb: 1\n", 2, "spaces, not with tabs"),
    ("open bracket", "a: [1, 2\nb: 3\n", 2, "close the bracket"),
    ("open quote", "a: 'x\nb: 3\n", 3, "close the quote"),
    ("colon in text", "a: b: c\n", 1, "put text that holds `: ` in quotes"),
    ("no colon", "a: 1\nb\nc: 2\n", 3, "`key: value`"),
    ("indentation", "a:\n  b: 1\n c: 2\n", 3, "indentation"),
    ("at sign", "a: @x\n", 1, "put text that begins with @"),
    ("placeholder in brackets", "a: [${env:X}]\n", 1, "put ${…} in quotes"),
    ("unknown alias", "a: *x\n", 1, "mark a value above it with `&x`"),
    ("alias within itself", "a: &x [*x]\n", 1, "mark a value above it"),
    ("merge key", "a: &x {b: 1}\nc:\n  <<: *x\n", 3, "write the keys out"),
    ("tag", "a: !!python/object:os.system x\n", 1, "remove it"),
    ("own tag", "a: !secret x\n", 1, "remove it"),
    ("key that is a list", "? [a]\n: 1\n", 1, "put text that begins with {"),
    ("template", "a: {{ x }}\n", 1, "put text that begins with {"),
    ("two documents", "a: 1\n---\nb: 2\n", 2, "remove `---`"),
    ("list", "- a\n- b\n", 1, "one setting a line"),
    ("text", "just a text\n", 1, "one setting a line"),
    ("empty", "", 0, "fill it, or delete it"),
    ("comments only", "# nothing\n\n", 0, "fill it, or delete it"),
    ("null", "~\n", 1, "one setting a line"),
    ("control character", "a: 1\nb: \x00\n", 2, "remove it"),
    ("lone surrogate", "a: \ud800\n", 1, "UTF-8"),
    ("latin-1", b"a: 1\nb: M\xfcller\n", 2, "UTF-8"),
    ("utf-16", "a: 1\n".encode("utf-16"), 1, "UTF-8"),
    ("binary", bytes(range(256)), 2, "UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "line", "remedy"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_file_that_cannot_be_read_is_one_finding_with_line_and_remedy(read, content, line, remedy):
    document = read(content)
    assert document.value is None
    assert [(finding.file, finding.line) for finding in document.findings] == [("x.yaml", line)]
    assert remedy in document.findings[0].remedy


def test_a_repeated_key_is_a_finding_and_the_rest_is_read(read):
    document = read("a: 1\nb: {c: 2, c: [3]}\na: 4\nd: 5\n")
    assert document.value == {"a": 1, "b": {"c": 2}, "d": 5}
    assert [(f.line, f.key, f.remedy) for f in document.findings] == [
        (2, "b.c", "remove one; the first is on line 2"),
        (3, "a", "remove one; the first is on line 1"),
    ]


def _bomb():
    steps = [f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "b0: &b0 [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(steps) + "\n"


OVERLONG = {
    "large": "a: " + "x" * MAX_BYTES,
    "bomb": _bomb(),
    "many values": "a: [" + "1, " * (MAX_VALUES + 10) + "]",
    "many repeated keys": "a: 1\n" * 20_000,
    "deep list": "[" * 100_000,
    "deep mapping": "\n".join(" " * depth + "a:" for depth in range(700)),
    "deep dashes": "- " * 100_000,
    "open braces": "{" * 100_000,
    "bangs": "!" * 100_000,
    "placeholders": "a: " + "${" * 100_000,
}


@pytest.mark.parametrize("content", OVERLONG.values(), ids=OVERLONG.keys())
def test_no_file_takes_long_or_much_memory(read, content):
    started = time.process_time()
    assert 1 <= len(read(content).findings) <= 101
    assert time.process_time() - started < 10


def test_what_is_no_file_is_a_finding(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "folder.yaml").mkdir()
    for name, problem in {
        "pipe.yaml": "this is no ordinary file",
        "loop.yaml": "the file cannot be read (Too many levels of symbolic links)",
        "folder.yaml": "this is a folder",
        "missing.yaml": "the file cannot be read (No such file or directory)",
        "x" * 300: "the file cannot be read (File name too long)",
    }.items():
        findings = read_document(tmp_path / name, name, tmp_path).findings
        assert [finding.problem for finding in findings] == [problem]


def test_a_file_without_permission_is_a_finding(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    findings = read_document(path, "x.yaml", tmp_path).findings
    assert [finding.problem for finding in findings] == ["the file cannot be read (Permission denied)"]


def test_looking_for_a_path_never_raises(tmp_path):
    for name in ("x" * 5000, "a\x00b"):
        assert not exists(tmp_path / name)
        assert not is_folder(tmp_path / name)
    assert exists(tmp_path)
    assert is_folder(tmp_path)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=" \t\n:-?[]{},&*!|>'\"%@`#~<ab01.$\\é\u2028", max_size=60))
def test_no_text_raises(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode())
    document = read_document(path, "any.yaml", path.parent)
    assert isinstance(document.value, dict) or document.findings
