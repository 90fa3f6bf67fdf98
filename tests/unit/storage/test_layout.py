"""The root of a lake: marked, recognized, refused."""

from __future__ import annotations

import json

import pytest

from lakehouse.errors import TableError
from lakehouse.storage.layout import LAKE_FORMAT, is_lake, open_root


def test_a_new_or_empty_folder_becomes_a_lake_and_stays_one(spark, tmp_path):
    root = str(tmp_path / "a" / "lake")
    assert not is_lake(spark, root)
    layout = open_root(spark, root + "/")
    assert layout.table("raw", "x") == f"{root}/raw/x"
    assert is_lake(spark, root)
    assert open_root(spark, root) == layout


def test_a_folder_with_something_else_is_refused(spark, tmp_path):
    (tmp_path / "letter.txt").write_text("hello")
    with pytest.raises(TableError, match="not a lake and is not empty"):
        open_root(spark, str(tmp_path))


@pytest.mark.parametrize(
    ("mark", "message"),
    [(json.dumps({"format": LAKE_FORMAT + 1}), "newer lakehouse"), ("{", "cannot be read"), ("[]", "cannot be read")],
)
def test_a_mark_of_another_kind_is_told(spark, tmp_path, mark, message):
    (tmp_path / "_lakehouse").mkdir()
    (tmp_path / "_lakehouse" / "lake.json").write_text(mark)
    with pytest.raises(TableError, match=message):
        open_root(spark, str(tmp_path))
