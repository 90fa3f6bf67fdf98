"""Files that turn out to be damaged, or gone, only after their first bytes were looked at."""

from __future__ import annotations

import gzip

import pytest
from pyspark.sql import functions as F

from lakehouse.pipeline import landing
from lakehouse.session import isolated
from lakehouse.sources.files import arrived
from lakehouse.sources.readers import READ_SETTINGS
from lakehouse.sources.settings import CsvSettings, FileSourceSettings

CUT = "the file is damaged or cut short; what could be read of it has landed"
NOTHING = "the file is damaged or cut short, and nothing of it can be read"


@pytest.fixture
def land(spark, tmp_path):
    """Land files of a source that entities read `id` and `name` from; returns file -> [(record?, text, reason)]."""
    session = isolated(spark)
    for key, value in READ_SETTINGS.items():
        session.conf.set(key, value)

    def landed(contents, **options):
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content)
        files = arrived([f"file:{tmp_path / name}" for name in contents], str(tmp_path))  # as Spark writes it
        settings = FileSourceSettings(path=str(tmp_path), format="csv", csv=CsvSettings(**options))
        batch = landing.land_batch(session, landing.Batch(files, settings, "people", ("id", "name")))
        found = {}
        columns = ("_source_file", "record IS NOT NULL", "_corrupt_record", "_corrupt_reason")
        for row in batch.records.orderBy("_record_id").selectExpr(*columns).collect():
            found.setdefault(row[0], []).append(tuple(row[1:]))
        assert batch.expected == sum(map(len, found.values()))
        landed.tasks = batch.records.select(F.spark_partition_id()).distinct().count()
        return found

    return landed


@pytest.mark.parametrize("multiline", [False, True])
def test_a_file_with_a_foreign_header_that_is_cut_short_keeps_its_lines_as_text(land, multiline):
    lines = ["id;name", *(f"{number};{number * number}" for number in range(20_000))]
    packed = gzip.compress("\n".join(lines).encode())
    found = land({"good.csv": b"id,name\n1,Ann\n", "cut.csv.gz": packed[: len(packed) // 2]}, multiline=multiline)
    assert found["good.csv"] == [(True, None, None)]
    *kept, problem = found["cut.csv.gz"]
    assert problem == (False, CUT, "file")
    assert len(kept) > 1000
    assert kept == [(False, line, "header") for line in lines[: len(kept)]]


def test_a_file_that_vanishes_after_a_look_at_it_is_named_and_the_others_land(land, tmp_path, monkeypatch):
    look = landing.inspect_file

    def look_and_remove(file, *arguments, **options):
        facts = look(file, *arguments, **options)
        if file.name == "gone.csv":
            (tmp_path / file.name).unlink()
        return facts

    monkeypatch.setattr(landing, "inspect_file", look_and_remove)
    found = land({"gone.csv": b"id,name\n1,Ann\n", "good.csv": b"id,name\n2,Bob\n"})
    assert found == {"good.csv": [(True, None, None)], "gone.csv": [(False, NOTHING, "file")]}


@pytest.mark.parametrize("multiline", [False, True])
def test_what_one_task_has_read_of_a_packed_file_is_parsed_by_all(land, monkeypatch, multiline):
    lines = ["id,name", *(f"{number},{number * number}" for number in range(500)), "1,2,3"]
    contents = {"packed.csv.gz": gzip.compress("\n".join(lines).encode())}
    as_it_was = land(contents, multiline=multiline)
    assert land.tasks == 1
    monkeypatch.setattr(landing, "_ROWS_A_TASK", 100)
    assert land(contents, multiline=multiline) == as_it_was
    assert land.tasks == 2
    assert len(as_it_was["packed.csv.gz"]) == 501
    several = {f"{number}.csv": b"id,name\n" + b"1,Ann\n" * 200 for number in range(3)}
    land(several, multiline=multiline)
    assert land.tasks == 3  # as many as there are files, and more than cores
