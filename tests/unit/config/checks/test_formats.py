"""Date patterns and time zones."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import available_timezones

import pytest

from lakehouse.columns.time import _shape
from lakehouse.config.checks.formats import KEYWORDS, RUNS, find_format_problem, find_zone_problem

GOOD = [
    *KEYWORDS, "yyyy-MM-dd", "dd.MM.yyyy", "d.M.yy", "MM/dd/yyyy", "yyyyMMdd", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "dd MMM yyyy",
    "d MMMM yyyy HH:mm", "M/d/yyyy h:mm a", "yyyy-DDD", "yyyy-MM", "yyyy", "dd.MM.yyyy' um 'HH:mm", "d 'o''clock' M yyyy",
    "yyyy-MM-dd HH:mm:ss.SSSSSSSSS", "yyyy-MM-dd HH:mmZ", "yyyy年MM月dd日",
]  # fmt: skip
BAD = {
    "YYYY-MM-DD": "write `yyyy-MM-dd`",
    "DD.MM.YYYY": "write `dd.MM.yyyy`",
    "YYYY-ww": "`Y` is the year of the week; the year is `yyyy`",
    "uuuu-MM-dd": "the year is `yyyy`",
    "yyyy-mm-dd": "months are `M`, hours are `H`",
    "dd.mm.yyyy": "months are `M`, hours are `H`",
    "yyyy-MM-DD": "write `yyyy-MM-dd`",
    "yyyy-MM-D": "the day of the month is `d`",
    "EEE, d MMM yyyy": "names of weekdays cannot be read",
    "dd.MM": "it needs a year",
    "HH:mm": "it needs a year",
    "yyyy dd": "a month (`M`) for a day (`d`)",
    "yyyy-MM-dd hh:mm": "`h` (1 to 12) goes with `a`",
    "yyyy-MM-dd HH:mm a": "`h` (1 to 12) goes with `a`",
    "%Y-%m-%d": "write yyyy-MM-dd",
    "yyyy-MM-dd'T": "close it",
    "yyyy-MM-ddTHH:mm": "put other text in single quotes",
    "yyyy-MM-dd[ HH:mm]": "in single quotes",
    "yyyy-MM-dd#": "in single quotes",
    "yyyy-MM-dd HH:mm:ss.SSSSSSSSSS": "put other text in single quotes",
    "ISO": "did you mean `iso`?",
    "epoch_ms": "did you mean `epoch_millis`?",
    "epoch_second": "did you mean `epoch_seconds`?",
    "iso8601": "did you mean `iso`?",
    "y-M-d": "it may hold yyyy yy MM",
    "": "it needs a year",
}


@pytest.mark.parametrize("pattern", GOOD)
def test_patterns_that_can_be_read_have_no_problem(pattern):
    assert find_format_problem(pattern) is None


@pytest.mark.parametrize(("pattern", "remedy"), BAD.items())
def test_patterns_that_cannot_be_read_are_told_with_what_to_write(pattern, remedy):
    problem, cure = find_format_problem(pattern)
    assert remedy in cure
    assert f"`{pattern}`" in problem


def test_what_passes_here_is_what_the_columns_can_read():
    for run in RUNS:
        assert re.compile(_shape(run)[0].replace(r"\z", r"\Z"))
    for pattern in set(GOOD) - set(KEYWORDS):
        _shape(pattern)


def test_every_zone_of_the_data_base_is_known():
    inner = {zone for zone in available_timezones() if not zone.startswith(("posix", "right/", "localtime", "Factory"))}
    assert {zone: problem for zone in inner if (problem := find_zone_problem(zone))} == {}


@pytest.mark.parametrize(
    ("name", "remedy"),
    {
        "Europe/Berlni": "did you mean `Europe/Berlin`?",
        "europe/berlin": "did you mean `Europe/Berlin`?",
        "utc": "did you mean `UTC`?",
        "Berlin": "did you mean `Europe/Berlin`?",
        "Europe": "",
        "+02:00": "write it as in Europe/Berlin or UTC",
        "": "write it as in Europe/Berlin or UTC",
        "../../etc/passwd": "",
        "/etc/localtime": "",
        "localtime": "",
        "posix/Europe/Berlin": "did you mean",
        "a\x00b": "",
        "x" * 5000: "write it as in Europe/Berlin or UTC",
        "Zürich/\ud800": "",
    }.items(),
)
def test_other_names_are_no_zones(name, remedy):
    problem, cure = find_zone_problem(name)
    assert problem == f"unknown time zone `{name}`"
    assert remedy in cure


def test_zones_do_not_depend_on_the_machine(monkeypatch, tmp_path):
    (tmp_path / "Own").mkdir()
    monkeypatch.chdir(Path(tmp_path))
    assert find_zone_problem("Own") is not None
