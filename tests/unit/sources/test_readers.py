"""Files as they come, read by Spark: the oracle is Python's own codecs, csv module and a loop over the lines."""

from __future__ import annotations

import bz2
import csv
import datetime as dt
import gzip
import io
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.raw.landing import land_rows
from lakehouse.session import isolated
from lakehouse.sources.files import arrived
from lakehouse.sources.readers import (
    READ_ERRORS,
    READ_SETTINGS,
    read_documents,
    read_lines,
    read_multiline_csv,
    read_parquet,
)
from lakehouse.sources.settings import CsvSettings

NAMES = ("plain.txt", "sp ace.txt", "100%25.txt", "{a}[b]*?.txt", "q'\"uo.txt", "new\nline.txt", "😀é.txt",
         "#x&y=+,;.txt", "back\\slash.txt", "sub/dir.txt/part", " lead ")  # fmt: skip


def session_of(spark, split=None):
    session = isolated(spark)
    sizes = ("spark.sql.files.maxPartitionBytes", "spark.sql.files.openCostInBytes")
    for key, value in {**READ_SETTINGS, **(dict.fromkeys(sizes, str(split)) if split else {})}.items():
        session.conf.set(key, value)
    return session


@pytest.fixture(scope="module")
def reader(spark):
    return session_of(spark)


def write(folder, contents):
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return arrived([f"file:{quoted(folder / name)}" for name in contents], str(folder))


def quoted(path):
    """As Spark writes a path: letters of any script stay."""
    return "".join(f"%{ord(sign):02X}" if sign in '%{}[]?"\n#\\ ' else sign for sign in str(path))


def test_lines_keep_their_place_whatever_the_splits_and_the_parallelism(spark, tmp_path):
    words = [f"line {number} " + "x" * (number * 7 % 40) for number in range(120)]
    contents = {f"{end!r}-{name}": end.join(words[: 40 * name]).encode() for name in (1, 2, 3) for end in ("\n", "\r\n")}
    contents["empty"] = b""
    files = write(tmp_path, {name.replace("\\", ""): content for name, content in contents.items()})
    seen = []
    for partitions in ("1", "7"):
        session = session_of(spark, split=500)
        session.conf.set("spark.sql.shuffle.partitions", partitions)
        rows = read_lines(session, files, "utf-8").repartition(int(partitions)).collect()
        seen.append(sorted((row["_record_id"], row["_source_file"], row["line"]) for row in rows))
    assert seen[0] == seen[1]
    assert len({record for record, _, _ in seen[0]}) == len(seen[0]) == 2 * (40 + 80 + 120)
    for file in files:
        # Sorted by their ids, the lines of a file stand as they stand in it, over all its splits.
        assert [line for _, name, line in seen[0] if name == file.name] == words[: len([1 for r in seen[0] if r[1] == file.name])]
    blocks = {record[:29] for record, _, _ in seen[0]}
    assert len(blocks) > 12, "the splits were never cut"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16le"])
def test_no_border_of_a_split_tears_a_line_end_or_a_character(spark, tmp_path, encoding):
    text = 'ä\r\n\r\nöö,é\r\n{"a": "ß"}\n\nend ü'
    if encoding == "utf-8":
        text = text.replace("end", "😀\r€\r\n\r\r\nend")
    wanted = re.split("\r\n|\r|\n", text)
    files = write(tmp_path, {"a.txt": text.encode(encoding)})
    for split in (1, 2, 3, 5, 8, 13):
        rows = read_lines(session_of(spark, split=split), files, encoding).orderBy("_record_id").collect()
        assert [row["line"] for row in rows] == wanted, split
        assert len({row["_record_id"] for row in rows}) == len(wanted), split


def test_hostile_names_of_files_are_read_like_any_other(reader, tmp_path):
    files = write(tmp_path, {name: name.encode() for name in NAMES})
    rows = read_lines(reader, files, "utf-8").collect()
    found = {}
    for row in rows:
        found[row["_source_file"]] = [*found.get(row["_source_file"], []), row["line"]]
    assert found == {name: name.split("\n") for name in NAMES}
    assert {row["_record_id"][:16] for row in rows} == {file.identity for file in files}


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16le", b"\xff\xfe"), ("utf-16be", b"\xfe\xff"),
        ("latin-1", b""), ("windows-1252", b""), ("us-ascii", b""),
    ],
)  # fmt: skip
def test_text_of_every_encoding_is_read_as_python_reads_it(reader, tmp_path, encoding, mark):
    text = "id,größe\r\n1,Ä ß\tÿ\r\nU+0A0A ends no line: x"
    if encoding == "us-ascii":
        text = text.encode("ascii", "ignore").decode()
    elif encoding == "windows-1252":
        text += "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
    elif encoding != "latin-1":
        text = text.replace("U+0A0A", "\u0a0a\u010a") + "😀"
    files = write(tmp_path, {"a.txt": mark + text.encode(encoding)})
    rows = read_lines(reader, files, encoding).orderBy("_record_id").collect()
    assert [row["line"] for row in rows] == text.split("\r\n")
    assert [row["bytes"] for row in rows] == [None] * 3


def test_bytes_that_are_no_text_are_kept_and_spoil_only_their_line(reader, tmp_path):
    files = write(tmp_path, {"a": b"good\nM\xfcller\n\xc3\xa9\nnul\x00\n"})
    rows = read_lines(reader, files, "utf-8").orderBy("_record_id").collect()
    assert [(row["line"], row["bytes"]) for row in rows] == [
        ("good", None), (None, "Müller"), ("é", None), ("nul\x00", None)
    ]  # fmt: skip
    wide = "good\n".encode("utf-16le") + b"\x00\xd8A\x00\n\x00" + "last".encode("utf-16le") + b"\x41"
    rows = read_lines(reader, write(tmp_path, {"b": wide}), "utf-16le").orderBy("_record_id").collect()
    assert [row["line"] for row in rows] == ["good", None, None]
    assert [row["bytes"] and row["bytes"].encode("latin-1") for row in rows] == [
        None, b"\x00\xd8A\x00", "last".encode("utf-16le") + b"\x41"
    ]  # fmt: skip


def test_packed_files_are_read_and_of_a_cut_one_what_stands_before_the_cut(reader, tmp_path):
    content = b"".join(b"%d,%s\n" % (number, bytes(str(hash(str(number))), "ascii")) for number in range(20_000))
    packed = gzip.compress(content)
    files = write(tmp_path, {"a.gz": packed, "b.bz2": bz2.compress(content), "cut.gz": packed[: len(packed) // 2]})
    assert read_lines(reader, files[:2], "utf-8").count() == 40_000
    with pytest.raises(READ_ERRORS):
        read_lines(reader, files[2:], "utf-8").count()
    saved = read_lines(reader, files[2:], "utf-8", salvage=True).orderBy("_row").collect()
    assert 1000 < len(saved) < 20_000
    assert [row["line"] for row in saved] == content.decode().split("\n")[: len(saved)]


def test_a_document_is_one_line_without_its_mark(reader, tmp_path):
    files = write(tmp_path, {"a.json": b'\xef\xbb\xbf[\n{"a": 1}\n]', "b.json": b'{"a": "\xff"}'})
    rows = read_documents(reader, files, "utf-8").orderBy("_source_file").collect()
    assert [(row["line"], row["bytes"]) for row in rows] == [('[\n{"a": 1}\n]', None), (None, '{"a": "ÿ"}')]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16le", "latin-1", "windows-1252"])
def test_quoted_line_breaks_are_read_as_pythons_csv_module_reads_them(reader, tmp_path, encoding):
    text = 'id;text\n1;"first\nsecond; ""quoted"""\n2;ä\n\n3;""\n4;"\n"\n'
    mark = b"\xff\xfe" if encoding == "utf-16le" else b""
    files = write(tmp_path, {"a.csv": mark + text.encode(encoding)})
    settings = CsvSettings(delimiter=";", multiline=True)
    rows = read_multiline_csv(reader, files, encoding, 2, settings)
    found = [(row["f0"], row["f1"]) for row in rows.orderBy("_record_id").collect()]
    assert found == [tuple(row) for row in list(csv.reader(io.StringIO(text), delimiter=";"))[1:] if row]
    assert rows.where("_spoilt OR _corrupt IS NOT NULL").count() == 0


def test_bytes_that_are_no_text_spoil_only_their_multiline_record(reader, tmp_path):
    files = write(tmp_path, {"a.csv": b'id,text\n1,"a\nb"\n2,M\xfcller\n3\n'})
    rows = read_multiline_csv(reader, files, "utf-8", 2, CsvSettings(multiline=True)).orderBy("_record_id").collect()
    assert [(row["f0"], row["f1"], row["_spoilt"]) for row in rows] == [
        ("1", "a\nb", False), ("2", "Müller", True), ("3", None, False)
    ]  # fmt: skip
    assert [row["_corrupt"] for row in rows] == [None, None, "3"]


def test_parquet_columns_may_be_called_and_typed_anything(reader, tmp_path):
    table = pa.table(
        {
            "id": [1, 2], "ID": ["x", None], "_source_file": ["s", "t"], "_record_id": ["r", "s"], "_metadata": ["m", "n"],
            "a.b": [1.5, float("nan")], "`q`": [True, None], "": [1, 2],
            "time": [dt.time(1, 2), None], "big": pa.array([2**64 - 1, 0], pa.uint64()),
            "map": pa.array([[(1, 2)], None], pa.map_(pa.int32(), pa.int32())),
            "at": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC), None],
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "odd.parquet")
    rows = read_parquet(reader, arrived([f"file:{tmp_path}/odd.parquet"], str(tmp_path)))
    landed = land_rows(rows).selectExpr("to_json(record) AS json", "_record_id", "_source_file").orderBy("_record_id")
    first, second = landed.collect()
    assert first["_record_id"].endswith("-000000000000-0000000000")
    assert second["_record_id"].endswith("-000000000000-0000000001")
    assert first["_source_file"] == "odd.parquet"
    for piece in ('"id":1', '"ID":"x"', '"_source_file":"s"', '"a.b":1.5', '"`q`":true', '"time":"01:02:00"',
                  '"big":18446744073709551615', '"map":"{1 -> 2}"', '"_metadata":"m"', '"":1'):  # fmt: skip
        assert piece in first["json"], piece
    assert '"a.b":"NaN"' in second["json"]
