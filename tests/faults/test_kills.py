"""A process is killed (`kill -9`, Python and its JVM), started again, and the lake is that of an undisturbed run.

A kill at a boundary leaves exactly the files that are there, so that one traced run, of which every state of the disk
is kept, stands for as many kills. Kills within a write have no such states: there a real process dies.
"""

from __future__ import annotations

import shutil

import pytest

from lakehouse.errors import StorageUnavailable

from .conftest import ledger, tables

PARTS = 10
"""Every boundary of a day is tried, every tenth in one test: parts run side by side, and one tells where it stands."""


def completed(day, labels, tmp_path, *, again):
    """Run again after a kill at each boundary and compare; return the boundaries whose lakes differ.

    `again`: at which boundaries a third run is to show that nothing is left to do.
    """
    wrong = {}
    for number, label in enumerate(labels):
        site = day.killed(label, tmp_path / str(number))
        try:
            site.act(day.action)
            day.require_same(site)
            if label in again:
                day.require_done(site)
        except Exception as error:  # noqa: BLE001  - every boundary is to be told, not the first alone
            wrong[label] = repr(error)[:500]
        else:
            shutil.rmtree(site.folder)
    return wrong


def first_commit_within(day, step: str, commit: str) -> str:
    """Return the boundary behind the first commit within a step whose traces the disk shows."""
    start = day.boundaries.index(f"{step}<")
    behind = day.boundaries[start : day.boundaries.index(f"{step}>")]
    return next(label for label in behind if label.startswith(commit) and label.endswith(">") and label in day.states)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "commit"),
    [
        # What is committed but not yet noted anywhere: done twice or never by whoever restarts carelessly.
        ("Promotion.promote#1", "tables.merge"),
        ("_Ingest._land#1", "tables.append"),
        ("Promotion.promote#1", "tables.append"),
        ("_Table._replace#1", "tables.replace"),
    ],
)
def test_a_run_killed_right_after_a_commit_is_completed(day_2, step, commit, tmp_path):
    label = first_commit_within(day_2, step, commit)
    assert completed(day_2, [label], tmp_path, again=[label]) == {}


@pytest.mark.slow
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


@pytest.mark.chaos
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("day", ["day_1", "day_2"])
def test_a_run_killed_at_any_boundary_that_changes_the_disk_is_completed(day, part, request, tmp_path):
    day = request.getfixturevalue(day)
    assert len(day.states) > 50
    labels = list(day.states)[part::PARTS]
    assert completed(day, labels, tmp_path, again=labels[:2]) == {}


@pytest.mark.chaos
def test_a_kill_leaves_what_the_copy_of_its_boundary_holds(day_2, tmp_path):
    label = first_commit_within(day_2, "Promotion.promote#1", "tables.append")
    site = day_2.copy(tmp_path / "site")
    site.kill(day_2.action, "kill", label)
    site.act(day_2.action)
    day_2.require_same(site)


@pytest.mark.chaos
@pytest.mark.parametrize("folder", ["raw/crm", "cleansed/customers", "quarantine/customers", "curated", "_lakehouse"])
def test_a_run_killed_inside_any_write_is_completed(day_2, folder, tmp_path):
    site = day_2.copy(tmp_path / "site")
    site.kill(day_2.action, "watch", folder, "*.parquet")
    site.act(day_2.action)
    day_2.require_same(site)
