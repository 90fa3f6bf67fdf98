"""A process is killed (`kill -9`, Python and its JVM), started again, and the lake is that of an undisturbed run."""

from __future__ import annotations

import pytest


def killed_everywhere(day, labels, tmp_path):
    """Kill a run at each boundary, start it again, compare; return the boundaries whose lakes differ."""
    wrong = {}
    for number, label in enumerate(labels):
        site = day.copy(tmp_path / str(number))
        site.kill(day.action, "kill", label)
        try:
            site.act(day.action)
            day.require_same(site)
        except Exception as error:  # noqa: BLE001  - every boundary is to be told, not the first alone
            wrong[label] = repr(error)[:500]
    return wrong


@pytest.mark.chaos
def test_a_run_killed_between_quarantine_and_table_is_completed(day_2, tmp_path):
    # The batch is sealed and its first commit is made: what is promoted after the restart must be the very same rows.
    labels = [
        label for label, changed in day_2.boundaries if label.startswith("Promotion.promote") and label.endswith("<")
    ]
    assert labels
    promote = next(i for i, (label, _) in enumerate(day_2.boundaries) if label == labels[0])
    committed = next(
        label for label, _ in day_2.boundaries[promote:] if label.startswith("tables.append") and label[-1] == ">"
    )
    assert killed_everywhere(day_2, [committed], tmp_path) == {}


@pytest.mark.chaos
@pytest.mark.parametrize("day", ["day_1", "day_2"])
def test_a_run_killed_at_any_boundary_that_changes_the_disk_is_completed(day, request, tmp_path):
    day = request.getfixturevalue(day)
    labels = [label for label, changed in day.boundaries if changed]
    assert killed_everywhere(day, labels, tmp_path) == {}


@pytest.mark.chaos
@pytest.mark.parametrize(
    "folder", ["raw/crm", "cleansed/customers", "cleansed/history", "quarantine/customers", "curated"]
)
def test_a_run_killed_inside_a_write_is_completed(day_2, folder, tmp_path):
    site = day_2.copy(tmp_path / "site")
    site.kill(day_2.action, "watch", folder, "*.parquet")
    site.act(day_2.action)
    day_2.require_same(site)
