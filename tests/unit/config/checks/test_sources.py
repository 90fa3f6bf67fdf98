"""Sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse.config.checks.sources import check_source, has_password
from lakehouse.config.model import LakeConfig, LakeSettings
from lakehouse.sources.settings import FileSourceSettings


@pytest.fixture
def check(lines):
    def check(root="/srv/lake", **settings):
        config = LakeConfig(Path("/srv/conf"), Path("/srv"), root, LakeSettings(), {}, {}, {})
        source = FileSourceSettings.model_validate({"path": "landing", "format": "csv"} | settings)
        return lines(check_source(source, config))

    return check


def test_sources_that_fit_have_no_problems(check):
    assert check() == []
    assert check(path="lake2") == check(path="/other/*/x") == check(path="s3a://bucket/landing") == []
    assert check(csv={"delimiter": ";", "multiline": True}, encoding="latin-1") == []
    assert check(csv={"header": False, "columns": ["a", "b"]}) == []
    assert check(format="parquet") == check(format="jsonl", encoding="utf-16") == []


APART = "path: the lake and the folder of the source lie within each other; keep arriving files apart from `root` in lake.yaml"


@pytest.mark.parametrize(
    ("root", "path"),
    [
        ("/srv/lake", "lake"),
        ("/srv/lake", "lake/raw/crm"),
        ("/srv/lake", "."),
        ("/srv/lake", ".."),
        ("/srv/lake", "*/crm"),
        ("/srv/lake", "/srv/lake/../lake/x"),
        ("s3a://b/lake", "s3a://b/lake/x"),
        ("s3a://b/lake/", "s3a://b"),
    ],
)
def test_a_source_that_would_read_the_lake_itself_is_told(check, root, path):
    assert check(root=root, path=path) == [APART]


CASES = [
    ({"format": "json", "csv": {}}, "csv: this has no effect with `format: json`; remove it"),
    ({"format": "parquet", "encoding": "utf-8"}, "encoding: this has no effect with `format: parquet`; remove it"),
    ({"csv": {"header": False}}, ("csv.columns: files without a header need the names of their columns; "
     "list them in order, or set `header: true`")),
    ({"csv": {"columns": ["a"]}}, ("csv.columns: this has no effect, the header of each file names the columns; "
     "remove it, or set `header: false`")),
    ({"csv": {"header": False, "columns": ["a", "b", "a"]}},
     "csv.columns: `a` stands twice; give every column a name of its own"),
    ({"csv": {"quote": "|", "delimiter": "|"}},
     "csv.quote: the same character cannot be delimiter and quote; choose another one"),
    ({"path": "s3a://key:secret@bucket/x"},
     "path: a password stands in the URI; give it as a Spark setting in lake.yaml: ${env:NAME}"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "expected"), CASES)
def test_sources_that_do_not_fit_are_told_with_what_to_do(check, settings, expected):
    assert check(**settings) == [expected]


def test_passwords_in_uris_are_seen():
    assert has_password("ftp://ann:x@host/y")
    for uri in ("abfss://box@account.dfs.core.windows.net/x", "hdfs://host:9000/a@b", "landing/a:b@c", "s3a://b/x:y@z"):
        assert not has_password(uri)
