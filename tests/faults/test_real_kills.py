"""Real processes die (`kill -9`, Python and its JVM): at each kind of boundary, at any moment of two steps at once, and twice.

`test_kills.py` tries every boundary on what a traced run left on the disk. That a kill leaves just that is shown here, by
a process that dies at the first passing of each kind; what no trace can show is here alone: two threads, and a run that is
killed while it completes one that was.
"""

from __future__ import annotations

import re
import time

import pytest

from .conftest import CONF, DAY_1, DAY_2, RUN_1, RUN_2, ledger, left_over, tables

PARTS = 24
"""Kinds of boundaries are shared out, so that parts run side by side."""
MOMENTS = 6
TWO_SOURCES = {
    "lake": CONF["lake"].replace("parallel_steps: 1", "parallel_steps: 2"),
    "sources/shop": CONF["sources/crm"].replace("{landing}", "{landing}/shop"),
    "sources/crm": CONF["sources/crm"].replace("{landing}", "{landing}/crm"),
    "entities/history": CONF["entities/history"].replace("source: crm", "source: shop"),
}


def first_of_each_kind(boundaries: list[str]) -> list[str]:
    """Return the first passing of each kind of boundary, before and behind it apart."""
    first = {re.sub(r"#\d+", "", label): label for label in reversed(boundaries)}
    return list(reversed(first.values()))


@pytest.mark.chaos
@pytest.mark.parametrize("part", range(PARTS))
def test_a_process_killed_at_each_kind_of_boundary_is_completed(day_2, part, tmp_path):
    labels = first_of_each_kind(day_2.boundaries)
    assert len(labels) > 60
    wrong = {}
    for number, label in enumerate(labels[part::PARTS]):
        site = day_2.copy(tmp_path / str(number))
        site.kill(day_2.action, "kill", label)
        try:
            site.act(day_2.action)
            day_2.require_same(site)
        except Exception as error:  # noqa: BLE001  - every boundary is to be told, not the first alone
            wrong[label] = repr(error)[:500]
    assert wrong == {}


@pytest.fixture(scope="session")
def two_sources(build, tmp_path_factory):
    """A lake of the day before, whose two sources and two entities are worked on at once."""
    site = build()
    for name, text in TWO_SOURCES.items():
        site.configure(name, text.replace("{landing}", str(site.landing)))
    for source in ("crm", "shop"):
        (site.landing / source).mkdir()
        site.land(f"{source}/day1.csv", DAY_1)
    site.act(RUN_1)
    for source in ("crm", "shop"):
        site.land(f"{source}/day2.csv", DAY_2)
    undisturbed = site.copy(tmp_path_factory.mktemp("two") / "undisturbed")
    begin = time.monotonic()
    process = undisturbed.start(RUN_2, "none")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, out + err[-3000:]
    return site, undisturbed, time.monotonic() - begin


@pytest.mark.chaos
@pytest.mark.parametrize("moment", range(MOMENTS))
def test_two_steps_at_once_killed_at_any_moment_are_completed(two_sources, moment, tmp_path):
    before, undisturbed, seconds = two_sources
    site = before.copy(tmp_path / "site")
    process = site.start(RUN_2, "after", f"{seconds * (moment + 1) / (MOMENTS + 2):.2f}")
    out, err = process.communicate(timeout=300)
    # A machine that has become faster meanwhile may end it first.
    assert process.returncode in (-9, 0), out + err[-3000:]
    site.act(RUN_2)
    assert tables(site.root) == tables(undisturbed.root)
    assert ledger(site.root) == ledger(undisturbed.root)
    assert not left_over(site.root)


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("tables.merge", "tables.merge"),
        ("tables.append", "Promotion.promote"),
        ("Promotion.promote", "tables.merge"),
        ("tables.replace", "tables.replace"),
    ],
)
def test_a_run_killed_while_it_completes_one_that_was_killed_is_completed(day_2, first, second, tmp_path):
    site = day_2.copy(tmp_path / "site")
    for name, side in ((first, ">"), (second, "<")):
        label = next(label for label in day_2.boundaries if label.startswith(name) and label.endswith(side))
        site.kill(day_2.action, "kill", label)
    site.act(day_2.action)
    day_2.require_same(site)
    day_2.require_done(site)
