from __future__ import annotations

import bz2
import errno
import gzip
import os

import pytest

from lakehouse.sources.files import ArrivedFile
from lakehouse.sources.inspection import HEAD_BYTES, inspect_file, split_header
from lakehouse.sources.settings import CsvSettings, FileSourceSettings


def look(content, name="in/a.csv", *, expected=(), **settings):
    """Inspect a file of this content; an exception stands for a file that cannot be opened."""

    def read(_file):
        if isinstance(content, Exception):
            raise content
        return content[:HEAD_BYTES]

    known = {"path": "landing", "format": "csv", **settings}
    return inspect_file(ArrivedFile(f"file:/x/{name}", name), FileSourceSettings(**known), read, expected=expected)


GOOD = b"id,name\n1,Ann\n"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)), "No such file or directory"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES)), "Permission denied"),
        (OSError("it is no regular file"), "it is no regular file"),
        (OSError(), "OSError"),
    ],
)
def test_a_file_that_cannot_be_opened_is_named_with_the_reason(error, reason):
    facts = look(error)
    assert facts.problem == f"the file cannot be opened ({reason})"
    assert (facts.opened, facts.whole, facts.readable) == (False, True, False)


@pytest.mark.parametrize(
    ("content", "name", "kind", "problem"),
    [
        (b"PAR1....", "a.csv", "csv", "this is a Parquet file, the source says csv"),
        (b"id,name\n", "a.parquet", "parquet", "this is no Parquet file"),
        (b"PK\x03\x04....", "a.csv", "csv", "ZIP archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.csv", "csv", "old Excel"),
        (b"\xfd7zXZ\x00", "a.csv.xz", "csv", "unpack it"),
        (gzip.compress(GOOD), "a.csv", "csv", "gzip file whose name does not end in .gz"),
        (gzip.compress(GOOD), "A.CSV.GZ", "csv", "gzip file whose name does not end in .gz"),
        (bz2.compress(GOOD), "a.csv", "csv", "bzip2 file whose name does not end in .bz2"),
        (GOOD, "a.csv.gz", "csv", "no gzip file"),
        (GOOD, "a.csv.bz2", "csv", "no bzip2 file"),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 200, "a.csv.gz", "csv", "damaged from its first bytes on"),
        ("id,name\n".encode("utf-32"), "a.csv", "csv", "UTF-32"),
    ],
)
def test_a_file_of_another_kind_is_recognized_by_its_first_bytes(content, name, kind, problem):
    facts = look(content, name, format=kind)
    assert problem in facts.problem
    assert facts.whole
    assert not facts.readable


def test_an_empty_file_and_one_without_a_header_say_so():
    assert look(b"").notes == ("empty file",)
    assert look(b"\xef\xbb\xbf\r\n , \n\x00\x00").notes == ("no header and no records",)
    assert look(b"").empty
    assert not look(b"\n\n").readable


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (GOOD, "utf-8"),
        (b"\xef\xbb\xbf" + GOOD, "utf-8"),
        (b"\xff\xfe" + GOOD.decode().encode("utf-16le"), "utf-16le"),
        (b"\xfe\xff" + GOOD.decode().encode("utf-16be"), "utf-16be"),
    ],
)
def test_a_byte_order_mark_goes_before_the_setting(content, encoding):
    facts = look(content, encoding="utf-8")
    assert (facts.encoding, facts.header, facts.problem) == (encoding, ("id", "name"), "")


def test_latin_1_names_are_read_in_the_encoding_of_the_source():
    assert look("größe,name\n".encode("latin-1"), encoding="latin-1").header == ("größe", "name")
    assert look("preis €,x\n".encode("windows-1252"), encoding="windows-1252").header == ("preis €", "x")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
@pytest.mark.parametrize("encoding", ["utf-16le", "utf-16be"])
def test_utf_16_without_a_mark_names_the_setting_that_it_needs(kind, encoding):
    facts = look('{"id": 1, "name": "Ann"}\n'.encode(encoding), "a", format=kind)
    assert facts.problem.endswith(f"set encoding: {encoding}")
    assert not facts.whole


def test_nul_bytes_alone_are_not_taken_for_utf_16():
    assert look(b"id,name\n1,A\x00n\n" + b"2,Bob\n" * 50).problem == ""
    assert look(b"id,name\n1,x\n" + b"\x00" * 500).problem == ""


def test_the_header_is_the_first_line_that_says_something():
    facts = look(b"\n  \n;;;\nid,name\n1,Ann\n")
    assert (facts.header_row, facts.header) == (3, ("id", "name"))
    # What Python takes for a line end and Spark does not.
    assert look("id,na\x0bme\u2028x\x85\n1,2\n".encode()).header == ("id", "na\x0bme\u2028x\x85")
    assert look(b"id,name\r1,Ann\r").header == ("id", "name")


@pytest.mark.parametrize(
    ("content", "delimiter", "problem"),
    [
        (b"id;name\n1;Ann\n", ",", "';' fits better"),
        (b"id\tname\n", ",", r"'\t' fits better"),
        (b"id,name\n", ";", "',' fits better"),
        (b"1,Ann,Berlin\n2,Bob,Rome\n", ",", "names none of the expected columns"),
        (b"\x01\x02\x03\n", ",", "names none of the expected columns"),
        (b"x" * (2 << 20), ",", "does not end within 1 MB"),
        (b"a," * 50_000 + b"\n", ",", "has 50001 columns"),
    ],
)
def test_a_first_line_that_is_no_header_spoils_the_header_only(content, delimiter, problem):
    facts = look(content, csv=CsvSettings(delimiter=delimiter), expected=("id", "name"))
    assert problem in facts.problem
    assert facts.readable


def test_a_single_column_may_hold_another_delimiter():
    assert look(b"name; first\nAnn\n", expected=("name; first",)).problem == ""


def test_a_column_that_an_entity_reads_and_the_file_lacks_is_noted():
    facts = look(b"id,full_name\n1,Ann\n", expected=("id", "name"))
    assert facts.notes == ("column `name` is missing",)
    assert facts.fields == ("id", "full_name")
    assert facts.problem == ""


def test_without_a_header_the_settings_name_the_columns():
    facts = look(b"1,Ann\n", csv=CsvSettings(header=False, columns=["id", "name"]), expected=("id", "name"))
    assert (facts.header, facts.header_row) == (("id", "name"), -1)


def test_the_first_records_of_json_tell_its_fields():
    lines = b'{"id": 1, "name": "Ann"}\n[1]\n{oops\n{"id": 2, "city": "Rome"}\n' + b"[" * 100_000
    assert look(lines, format="jsonl").fields == ("id", "name", "city")
    assert look(b'[{"id": 1}, 2, {"b": null}]', format="json").fields == ("id", "b")
    assert look(b'{"id": 1}', format="json").fields == ("id",)
    assert look(b'[{"id": 1}, ', format="json").fields == ()


def test_a_packed_file_is_inspected_unpacked():
    assert look(gzip.compress(GOOD), "a.csv.gz").header == ("id", "name")
    assert look(gzip.compress(GOOD * 1000)[:-10], "a.csv.gz").header == ("id", "name")
    assert look(bz2.compress(GOOD), "a.csv.bz2").header == ("id", "name")


def test_a_name_of_a_megabyte_does_not_break_the_header():
    assert split_header("x" * 200_000 + ",b", CsvSettings()) == ["x" * 200_000 + ",b"]
    assert split_header("'a'||'b'", CsvSettings(delimiter="||", quote="'")) == ["a", "b"]
    assert split_header('"a,b",c', CsvSettings()) == ["a,b", "c"]
