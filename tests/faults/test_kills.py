"""A process is killed (`kill -9`, Python and its JVM), started again, and the lake is that of an undisturbed run.

A kill at a boundary leaves exactly the files that are there, so that one traced run, of which every state of the disk
is kept, stands for as many kills. Kills within a write have no such states: there a real process dies.
"""

from __future__ import annotations

import pytest


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
    return wrong


def first_commit_within(day, step: str, commit: str) -> str:
    """Return the boundary behind the first commit within a step whose traces the disk shows."""
    start = day.boundaries.index(f"{step}<")
    behind = day.boundaries[start : day.boundaries.index(f"{step}>")]
    return next(label for label in behind if label.startswith(commit) and label.endswith(">") and label in day.states)


def test_a_run_killed_right_after_a_commit_is_completed(day_2, tmp_path):
    # What is committed but not yet noted anywhere: done twice or never by whoever restarts carelessly.
    labels = [
        first_commit_within(day_2, "_Ingest._land#1", "tables.append"),
        first_commit_within(day_2, "Promotion.promote#1", "tables.append"),
        first_commit_within(day_2, "Promotion.promote#1", "tables.merge"),
        first_commit_within(day_2, "_Table._replace#1", "tables.replace"),
    ]
    assert completed(day_2, labels, tmp_path, again=labels[-1:]) == {}


def test_a_run_killed_inside_a_write_is_completed(day_2, tmp_path):
    site = day_2.copy(tmp_path / "site")
    site.kill(day_2.action, "watch", "cleansed/history", "*.parquet")
    site.act(day_2.action)
    day_2.require_same(site)


@pytest.mark.chaos
@pytest.mark.parametrize("day", ["day_1", "day_2"])
def test_a_run_killed_at_any_boundary_that_changes_the_disk_is_completed(day, request, tmp_path):
    day = request.getfixturevalue(day)
    assert len(day.states) > 50
    assert completed(day, day.states, tmp_path, again=day.states) == {}


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
