"""Two runs at once, and a lake of which a part has vanished or is an old copy: told before anything is written."""

from __future__ import annotations

import shutil

import pytest

from lakehouse.errors import StorageUnavailable, TableError

from .conftest import NEVER_THE_SAME, ledger, tables


def test_of_two_runs_at_once_one_goes_on_and_the_other_is_told_to_wait(day_2, tmp_path):
    site, gate = day_2.copy(tmp_path / "site"), tmp_path / "gate"
    first = site.start(day_2.action, "hold", "_Ingest._land#1<", str(gate))
    try:
        wait_for(gate.with_name("gate.held"), first)
        with pytest.raises(StorageUnavailable, match="another run is writing here") as told:
            site.act(day_2.action)
    finally:
        gate.touch()
        out, err = first.communicate(timeout=300)
    assert first.returncode == 0, out + err[-3000:]
    assert told.value.exit_code == 4
    # The second run curated what was there, for its own day; what came in, together they took in once.
    assert site.act(day_2.action).status == "nothing new"
    assert tables(site.root) == day_2.tables
    assert taken_in(ledger(site.root)) == taken_in(day_2.ledger)


def taken_in(lines):
    return {line: times for line, times in lines.items() if "'step': 'curate" not in line}


def wait_for(path, process):
    import time

    while not path.exists():
        assert process.poll() is None, process.communicate()[1][-3000:]
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("gone", "step", "said"),
    [
        ("_lakehouse/checkpoints/ingest/crm", ["ingest", {}], "lakehouse ingest crm --restart"),
        ("raw/crm", ["ingest", {}], "lakehouse ingest crm --restart"),
        ("_lakehouse/checkpoints/cleanse/customers", ["cleanse", {"entity": "customers"}], "--rebuild"),
        ("cleansed/customers", ["cleanse", {"entity": "customers"}], "lakehouse cleanse customers --rebuild"),
        ("quarantine/customers", ["cleanse", {"entity": "customers"}], "lakehouse cleanse customers --rebuild"),
    ],
)
def test_a_part_that_has_vanished_is_told_with_the_way_back(day_2, tmp_path, gone, step, said):
    site = day_2.copy(tmp_path / "site")
    before = ledger(site.root)
    path = site.root / gone
    assert path.is_dir(), sorted(site.root.glob("_lakehouse/*/*"))
    shutil.rmtree(path)
    with pytest.raises(TableError) as told:
        site.act(step)
    assert said in str(told.value)
    assert ledger(site.root) == before


@pytest.mark.chaos
def test_the_way_back_leads_to_the_same_lake(day_2, tmp_path):
    site = day_2.copy(tmp_path / "site")
    shutil.rmtree(site.root / "_lakehouse/checkpoints/cleanse/customers")
    shutil.rmtree(site.root / "_lakehouse/checkpoints/ingest/crm")
    site.act(["ingest", {"source": "crm", "restart": True}])
    for entity in ("customers", "history"):
        site.act(["cleanse", {"entity": entity, "rebuild": True, "as_of": "2026-01-03"}])
    site.act(day_2.action)
    # The files of both days are now one batch, and of two records that say the same another one may stand for both.
    ignored = {*NEVER_THE_SAME, "_batch_id", "_record_id", "_source_file"}
    expected = day_2.copy(tmp_path / "undisturbed")
    expected.act(day_2.action)
    assert tables(site.root, ignored) == tables(expected.root, ignored)


def test_an_old_copy_of_the_progress_is_told(day_2, tmp_path):
    site = day_2.copy(tmp_path / "site")
    checkpoint = site.root / "_lakehouse/checkpoints/ingest/crm"
    shutil.copytree(checkpoint, tmp_path / "old")
    site.act(["ingest", {}])
    shutil.rmtree(checkpoint)
    shutil.copytree(tmp_path / "old", checkpoint)
    with pytest.raises(TableError, match="do not belong together"):
        site.act(["ingest", {}])
