"""Folders, tables and disks that are not what they should be: an error that says so, and nothing is lost or harmed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

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


@pytest.mark.slow
def test_tables_of_others_and_of_newer_libraries_are_refused_and_left_as_they_are(shop):
    problems = {
        "foreign": "this Delta table was written by somebody else",
        "newer": "this table was written by a newer lakehouse",
        "protocol": "this table needs a newer Delta",
        "stray": "the folder of the table holds something else",
    }
    shop.land("people/a.csv", GOOD)
    lake = shop.lake()
    lake.ingest("people")
    raw = shop.folder / "lake/raw"
    write_deltalake(raw / "foreign", pa.table({"theirs": [1]}))
    write_deltalake(raw / "protocol", pa.table({"theirs": [1]}))
    features = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["later"], "writerFeatures": ["later"]}
    shop.write("lake/raw/protocol/_delta_log/00000000000000000001.json", json.dumps({"protocol": features}) + "\n")
    shutil.copytree(raw / "people", raw / "newer")
    shop.spark.sql(f"ALTER TABLE delta.`{raw / 'newer'}` SET TBLPROPERTIES ('lakehouse.format' = '99')")
    shop.write("lake/raw/stray/notes.txt", "not a table")
    before = sorted(path for name in problems for path in (raw / name).rglob("*"))
    shop.conf(**{f"sources_{name}": "path: landing/people\nformat: csv\n" for name in problems})
    shop.land("people/b.csv", b"id,name\n3,Cid\n")
    lake = shop.lake()
    with pytest.raises(TableError) as caught:
        lake.run()
    assert (caught.value.exit_code, caught.value.where) == (2, str(raw / "foreign"))
    assert caught.value.remedy.startswith("choose another name in conf/ or move that table away")
    steps = {step.step: step for step in caught.value.report.steps}
    assert {name: steps[f"ingest {name}"].notes for name in problems} == {name: (said,) for name, said in problems.items()}
    assert (steps["ingest people"].status, steps["ingest people"].rows_out) == ("done", 1)
    assert ids(lake) == [("a.csv", "1"), ("a.csv", "2"), ("b.csv", "3")]
    assert sorted(path for name in problems for path in (raw / name).rglob("*")) == before
    assert DeltaTable(raw / "foreign").to_pyarrow_table().to_pydict() == {"theirs": [1]}


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


@pytest.mark.slow
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


@pytest.mark.slow
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


COMMANDS = """
import contextlib, io, json, os, sys
from lakehouse import cli

told = []
for number, (mode, folder, source) in enumerate(json.loads(sys.argv[1])):
    os.chmod(folder, mode)
    with open(f"landing/people/{number}.csv", "w") as stream:
        stream.write(f"id,name\\n{number},x\\n")
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            cli.main(["ingest", source])
        told.append([0, ""])
    except SystemExit as ended:
        told.append([ended.code, said.getvalue()])
print(json.dumps(told))
os._exit(0)
"""


def ingest_without_privileges(project, *steps):
    """Change the mode of a folder, land a file `<step>.csv`, ingest a source, step by step, heeding permissions."""
    obedient = []
    if os.geteuid() == 0:
        rights = "-dac_override,-dac_read_search"
        obedient = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"]
        try:
            subprocess.run([*obedient, "true"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("root passes over permissions, and cannot be kept from it here")
    given = json.dumps([(mode, str(project.folder / folder), source) for mode, folder, source in steps])
    command = [*obedient, sys.executable, "-c", COMMANDS, given]
    environment = {**os.environ, "LAKEHOUSE_SPARK_PROFILE": "test"}
    done = subprocess.run(
        command, cwd=project.folder, env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    return [tuple(result) for result in json.loads(done.stdout.splitlines()[-1])]


@pytest.mark.slow
def test_what_may_not_be_read_or_written_is_told_from_what_is_broken(shop):
    locked = shop.folder / "landing/locked"
    locked.mkdir()
    for name, folder in {"locked": "locked", "new": "people"}.items():
        shop.conf(**{f"sources_{name}": f"path: landing/{folder}\nformat: csv\n"})
    shop.land("people/open.csv", GOOD)
    shop.land("people/shut.csv", GOOD).chmod(0)
    results = ingest_without_privileges(
        shop,
        (0o700, "landing/people", "people"),
        (0, "landing/locked", "locked"),
        (0o500, "lake/raw", "new"),
        (0o500, "lake/raw/people", "people"),
    )
    for folder in ("landing/locked", "lake/raw", "lake/raw/people"):
        (shop.folder / folder).chmod(0o700)
    refused = "the access was refused\n  to do: grant the rights to read and write there, then run again\n"
    assert results == [
        (0, ""),
        (4, f"{locked}: the source may not be read\n  to do: grant the right to read it\n"),
        (4, f"{shop.folder}/lake: {refused}"),
        (4, f"{shop.folder}/lake: {refused}"),
    ]
    assert ids(shop.lake()) == [("0.csv", "0"), ("open.csv", "1"), ("open.csv", "2"), ("shut.csv", None)]
    row = shop.lake().raw("people").where("_source_file = 'shut.csv'").collect()[0]
    assert (row["_corrupt_record"], row["_corrupt_reason"]) == ("the file cannot be opened (Permission denied)", "file")
