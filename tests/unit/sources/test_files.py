from __future__ import annotations

import os

import pytest

from lakehouse.sources.files import ArrivedFile, arrived, fingerprint, list_folder, relative_name
from lakehouse.sources.readers import escape_glob


@pytest.mark.parametrize(
    ("uri", "folder", "name"),
    [
        ("file:/data/in/a.csv", "/data/in", "a.csv"),
        ("file:///data/in/2026/a%20b.csv", "/data/in/", "2026/a b.csv"),
        ("file:/data/in/100%2525.csv", "file:/data/in", "100%25.csv"),
        ("s3a://bucket/in/x/a.csv", "s3a://bucket/in", "x/a.csv"),
        ("file:/elsewhere/a.csv", "/data/in", "a.csv"),
        # Two folders behind a wildcard may hold files of one name.
        ("file:/data/berlin/in/a.csv", "/data/*/in", "berlin/in/a.csv"),
        ("file:/data/in/y2026/a.csv", "/data/in/y20{25,26}", "y2026/a.csv"),
        ("file:/data/in/%7B%7D%5B%5D*%3F%0A%F0%9F%98%80.csv", "/data/in", "{}[]*?\n😀.csv"),
    ],
)
def test_a_file_is_called_by_its_path_below_the_folder(uri, folder, name):
    assert relative_name(uri, folder) == name


def test_files_come_in_the_order_of_their_names_whatever_the_listing():
    files = arrived(["file:/in/b.csv", "file:/in/a.csv", "file:/in/sub/a.csv"], "/in")
    assert [file.name for file in files] == ["a.csv", "b.csv", "sub/a.csv"]
    assert len({file.identity for file in files}) == 3


def test_the_identity_of_a_file_does_not_depend_on_where_the_folder_lies():
    here, there = arrived(["file:/in/a.csv"], "/in")[0], arrived(["s3a://bucket/x/a.csv"], "s3a://bucket/x")[0]
    assert here.identity == there.identity
    assert len(here.identity) == 16


def test_a_local_file_is_told_from_an_object_of_a_store(tmp_path):
    path = tmp_path / "a%20b #1?.csv"
    path.write_text("x")
    file = ArrivedFile(path.as_uri(), path.name)
    assert file.local == path
    assert ArrivedFile("s3a://bucket/a.csv", "a.csv").local is None
    before = fingerprint(file)
    path.write_text("xy")
    assert fingerprint(file) != before
    path.unlink()
    assert fingerprint(file) is None
    assert fingerprint(ArrivedFile("s3a://bucket/a.csv", "a.csv")) is None


def test_hidden_files_and_folders_are_not_listed(tmp_path):
    for name in ("a.csv", "b.txt", "_c.csv", ".d.csv", "_tmp/e.csv", "x.csv/f.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = list_folder(str(tmp_path), "*.csv")
    assert found == {(tmp_path / "a.csv").as_uri(), (tmp_path / "x.csv" / "f.csv").as_uri()}
    assert list_folder("s3a://bucket/in", "*") is None
    assert list_folder(f"{tmp_path}/*", "*") is None


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.csv", {"a.csv", "b1.csv", "b2.csv"}),
        ("{a,b[12]}.{csv,txt}", {"a.csv", "a.txt", "b1.csv", "b2.csv"}),
        ("b[^1].csv", {"b2.csv"}),
        ("b?.csv", {"b1.csv", "b2.csv"}),
        ("?{,1}.csv", {"a.csv", "b1.csv"}),
    ],
)
def test_a_pattern_means_what_it_means_to_spark(spark, tmp_path, pattern, names):
    for name in ("a.csv", "a.txt", "b1.csv", "b2.csv", "c.json"):
        (tmp_path / name).write_text("x")
    assert list_folder(str(tmp_path), pattern) == {(tmp_path / name).as_uri() for name in names}
    listed = spark.read.format("binaryFile").option("pathGlobFilter", pattern).load(str(tmp_path))
    assert {row["path"].rpartition("/")[2] for row in listed.select("path").collect()} == names


def test_a_pipe_is_not_listed(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    assert list_folder(str(tmp_path), "*") == set()


def test_no_sign_of_a_name_is_taken_for_a_pattern():
    assert escape_glob("/in/a{b}[c]*?\\.csv") == "/in/a\\{b\\}\\[c\\]\\*\\?\\\\.csv"
