"""A lake of the day before: killed within a write, or with parts that vanished or are old copies; and the way back."""

from __future__ import annotations

import shutil

import pytest

from lakehouse.errors import TableError

from .conftest import DAY_1, NEVER_THE_SAME, RUN_2, ledger, left_over, tables


def test_an_ingest_killed_inside_a_write_is_completed(build, tmp_path):
    site = build()
    site.land("day1.csv", DAY_1)
    undisturbed = site.copy(tmp_path / "undisturbed")
    undisturbed.act(["ingest", {}])
    site.kill(["ingest", {}], "watch", "raw/crm", "*.parquet")
    site.act(["ingest", {}])
    assert tables(site.root) == tables(undisturbed.root)
    assert ledger(site.root) == ledger(undisturbed.root)
    assert not left_over(site.root)


@pytest.mark.slow
def test_a_step_killed_inside_a_write_is_completed(second_morning, tmp_path):
    ready = second_morning.copy(tmp_path / "ready")
    ready.act(["ingest", {}])
    step = ["cleanse", {"entity": "history", "as_of": "2026-01-03"}]
    site, undisturbed = (ready.copy(tmp_path / name) for name in ("killed", "undisturbed"))
    undisturbed.act(step)
    site.kill(step, "watch", "cleansed/history", "*.parquet")
    assert ledger(site.root) == ledger(ready.root)
    site.act(step)
    assert tables(site.root) == tables(undisturbed.root) != tables(ready.root)
    assert ledger(site.root) == ledger(undisturbed.root)
    assert not left_over(site.root)


@pytest.mark.slow
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
def test_a_part_that_has_vanished_is_told_with_the_way_back(second_morning, tmp_path, gone, step, said):
    site = second_morning.copy(tmp_path / "site")
    before = ledger(site.root)
    path = site.root / gone
    assert path.is_dir(), sorted(site.root.glob("_lakehouse/*/*"))
    shutil.rmtree(path)
    with pytest.raises(TableError) as told:
        site.act(step)
    assert said in str(told.value)
    assert ledger(site.root) == before


@pytest.mark.chaos
def test_the_way_back_leads_to_the_same_lake(second_morning, tmp_path):
    site = second_morning.copy(tmp_path / "site")
    shutil.rmtree(site.root / "_lakehouse/checkpoints/cleanse/customers")
    shutil.rmtree(site.root / "_lakehouse/checkpoints/ingest/crm")
    site.act(["ingest", {"source": "crm", "restart": True}])
    for entity in ("customers", "history"):
        site.act(["cleanse", {"entity": entity, "rebuild": True, "as_of": "2026-01-03"}])
    site.act(RUN_2)
    # The files of both days are now one batch, and of two records that say the same another one may stand for both.
    ignored = {*NEVER_THE_SAME, "_batch_id", "_record_id", "_source_file"}
    expected = second_morning.copy(tmp_path / "undisturbed")
    expected.act(RUN_2)
    assert tables(site.root, ignored) == tables(expected.root, ignored)


@pytest.mark.slow
def test_an_old_copy_of_the_progress_is_told(second_morning, tmp_path):
    site = second_morning.copy(tmp_path / "site")
    checkpoint = site.root / "_lakehouse/checkpoints/ingest/crm"
    shutil.copytree(checkpoint, tmp_path / "old")
    site.act(["ingest", {}])
    shutil.rmtree(checkpoint)
    shutil.copytree(tmp_path / "old", checkpoint)
    with pytest.raises(TableError, match="do not belong together"):
        site.act(["ingest", {}])
