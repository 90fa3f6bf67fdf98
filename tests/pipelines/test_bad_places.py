"""Folders, tables and disks that are not what they should be: an error that says so, and nothing is lost or harmed."""

from __future__ import annotations

import json
import os
import subprocess

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from lakehouse.errors import ConfigurationError, SourceUnavailable, StorageUnavailable, TableError
from lakehouse.pipeline import ingest

GOOD = b"id,name\n1,Ann\n2,Bob\n"


@pytest.fixture
def shop(project):
    """A project with one CSV source and nothing else."""
    project.conf(sources_people="path: landing/people\nformat: csv\n")
    (project.folder / "landing/people").mkdir()
    return project


def ids(lake, source="people"):
    rows = lake.raw(source).selectExpr("_source_file", "try_variant_get(record, '$.id', 'string')").collect()
    return sorted(map(tuple, rows), key=repr)


def test_a_root_that_is_no_lake_or_that_of_a_newer_library_is_left_alone(project):
    root = project.folder / "lake"
    thesis = project.write("lake/thesis.txt", "years of work")
    with pytest.raises(TableError) as caught:
        project.lake()
    assert caught.value.exit_code == 2
    assert str(caught.value) == (
        f"{root}: this folder is not a lake and is not empty\n  found: no _lakehouse/lake.json\n"
        "  to do: point `root` in conf/lake.yaml (or --root) to a new or empty folder, or to an existing lake"
    )
    assert [path.name for path in root.rglob("*")] == ["thesis.txt"]
    thesis.unlink()
    for mark, problem in (
        ('{"format": 99}', "this lake was written by a newer lakehouse"),
        ("oops", "the mark of the lake cannot be read"),
        ("[]", "the mark of the lake cannot be read"),
    ):
        project.write("lake/_lakehouse/lake.json", mark)
        with pytest.raises(TableError, match=problem):
            project.lake()
    project.write("lake2", "a file")
    with pytest.raises(TableError, match="not a lake"):
        project.lake(root=str(project.folder / "lake2"))


def test_tables_of_others_and_of_newer_libraries_are_refused_and_left_as_they_are(shop):
    sources = ("foreign", "newer", "protocol", "stray")
    shop.conf(**{f"sources_{name}": "path: landing/people\nformat: csv\n" for name in sources})
    shop.land("people/a.csv", GOOD)
    lake = shop.lake()
    lake.ingest("people")
    tables = {name: lake.layout.table("raw", name) for name in sources}
    write_deltalake(tables["foreign"], pa.table({"theirs": [1]}))
    write_deltalake(tables["protocol"], pa.table({"theirs": [1]}))
    features = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["later"], "writerFeatures": ["later"]}
    shop.write("lake/raw/protocol/_delta_log/00000000000000000001.json", json.dumps({"protocol": features}) + "\n")
    lake.ingest("newer")
    shop.spark.sql(f"ALTER TABLE delta.`{tables['newer']}` SET TBLPROPERTIES ('lakehouse.format' = '99')")
    shop.write("lake/raw/stray/notes.txt", "not a table")
    before = sorted(path for path in (shop.folder / "lake/raw").rglob("*") if "people" not in path.parts)
    for name, problem in {
        "foreign": "this Delta table was written by somebody else",
        "newer": "this table was written by a newer lakehouse",
        "protocol": "this table needs a newer Delta",
        "stray": "the folder of the table holds something else",
    }.items():
        with pytest.raises(TableError, match=problem) as caught:
            lake.ingest(name)
        assert (caught.value.exit_code, caught.value.where) == (2, tables[name])
        assert caught.value.remedy
    shop.land("people/b.csv", b"id,name\n3,Cid\n")
    with pytest.raises(TableError) as caught:
        lake.run()
    statuses = {step.step: step.status for step in caught.value.report.steps}
    assert statuses == {"ingest people": "done", **{f"ingest {name}": "failed" for name in sources}}
    assert ids(lake) == [("a.csv", "1"), ("a.csv", "2"), ("b.csv", "3")]
    assert sorted(path for path in (shop.folder / "lake/raw").rglob("*") if "people" not in path.parts) == before
    assert DeltaTable(tables["foreign"]).to_pyarrow_table().to_pydict() == {"theirs": [1]}


def test_a_folder_that_is_missing_or_a_file_is_told_from_each_other(project):
    project.conf(
        sources_file="path: landing/a.csv\nformat: csv\n", sources_missing="path: landing/none\nformat: csv\n"
    )
    project.land("a.csv", GOOD)
    lake = project.lake()
    with pytest.raises(ConfigurationError) as caught:
        lake.ingest("file")
    assert str(caught.value) == (
        "conf/sources/file.yaml: `path` is a file, it must be the folder in which files arrive\n"
        f"  found: {project.folder}/landing/a.csv\n  to do: write path: {project.folder}/landing"
    )
    with pytest.raises(SourceUnavailable) as caught:
        lake.ingest("missing")
    assert caught.value.exit_code == 4
    assert str(caught.value) == (
        "conf/sources/missing.yaml: the folder of the source is not there\n"
        f"  found: {project.folder}/landing/none\n  to do: create it, mount it, or mend `path`"
    )


def test_nothing_lands_when_no_file_of_a_new_source_fits_and_all_does_once_the_settings_are_mended(shop):
    shop.land("people/a.csv", b"id;name\n1;Ann\n2;Bob\n")
    with pytest.raises(ConfigurationError) as caught:
        shop.lake().ingest()
    assert str(caught.value) == (
        "conf/sources/people.yaml: no file fits the settings of the source, so nothing has landed\n"
        "  found: a.csv: the header has one column with ',' between the fields; ';' fits better\n"
        "  to do: mend the settings (format, csv.delimiter, csv.header, encoding) or the files, then run again"
    )
    assert shop.lake().raw("people").count() == 0
    shop.conf(sources_people="path: landing/people\nformat: csv\ncsv: {delimiter: ';'}\n")
    assert shop.lake().ingest().steps[0].rows_out == 2
    assert ids(shop.lake()) == [("a.csv", "1"), ("a.csv", "2")]


def test_files_that_vanish_or_change_while_they_are_read_are_named_and_the_others_arrive(shop, monkeypatch):
    files = {name: shop.land(f"people/{name}", GOOD) for name in ("early.csv", "grows.csv", "late.csv", "stays.csv")}
    listed, landed = ingest.files_of_batch, ingest.land_batch

    def after_listing(*arguments, **options):
        found = listed(*arguments, **options)
        files["early.csv"].unlink()
        return found

    def after_looking(*arguments, **options):
        batch = landed(*arguments, **options)
        with files["grows.csv"].open("ab") as stream:
            stream.write(b"3,Cid\n")
        files["late.csv"].unlink(missing_ok=True)
        return batch

    monkeypatch.setattr(ingest, "files_of_batch", after_listing)
    monkeypatch.setattr(ingest, "land_batch", after_looking)
    lake = shop.lake()
    step = lake.ingest().steps[0]
    found = ids(lake)
    assert [row for row in found if row[0] == "stays.csv"] == [("stays.csv", "1"), ("stays.csv", "2")]
    assert [row for row in found if row[0] == "grows.csv"][:2] == [("grows.csv", "1"), ("grows.csv", "2")]
    assert [row for row in found if row[0] == "early.csv"] == [("early.csv", None)]
    assert step.rows_in == step.rows_out == len(found)
    gone = "the file cannot be opened (No such file or directory); mend it and let it arrive again under another name"
    changed = "changed or vanished while it was read; let the whole of it arrive again under another name"
    assert step.notes[:3] == (f"early.csv: {gone}", f"grows.csv: {changed}", f"late.csv: {changed}")
    monkeypatch.undo()
    assert lake.ingest().steps[0].status == "nothing new"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of two megabytes, and a way to make it larger."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small disk can only be mounted by root, and not in every container")
    yield place, lambda: subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk_stops_the_step_and_the_next_run_goes_on_where_it_was(shop, small_disk):
    place, enlarge = small_disk
    shop.land("people/a.csv", GOOD)
    lake = shop.lake(root=str(place / "lake"))
    lake.ingest()
    shop.land("people/noise.csv", b"id,name\n" + b"".join(b"n%d,%s\n" % (n, os.urandom(500).hex().encode()) for n in range(4000)))
    with pytest.raises(StorageUnavailable) as caught:
        lake.ingest()
    assert caught.value.exit_code == 4
    assert str(caught.value) == (
        f"{place}/lake: the disk is full\n  found: no space left, or a limit for the size of files\n"
        "  to do: free some space and run again; what was finished stays, nothing is read twice"
    )
    assert ids(lake) == [("a.csv", "1"), ("a.csv", "2")]
    enlarge()
    step = lake.ingest().steps[0]
    assert (step.rows_in, step.rows_out) == (4000, 4000)
    assert len(set(ids(lake))) == 4002
