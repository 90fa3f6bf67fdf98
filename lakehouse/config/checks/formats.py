"""Date patterns and time zones, judged without Spark and Java."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, available_timezones

from lakehouse.config.shapes import nearest, suggest

KEYWORDS = ("iso", "epoch_seconds", "epoch_millis")
RUNS = (
    "yyyy", "yy", "MM", "M", "MMM", "MMMM", "dd", "d", "D", "DDD", "HH", "H", "hh", "h", "mm", "m", "ss", "s", "a",
    "X", "XX", "XXX", "Z", *("S" * length for length in range(1, 10)),
)  # fmt: skip
"""What patterns may consist of: runs of one letter that Spark can read as well as write."""

_MISTAKEN = {
    "Y": "`Y` is the year of the week; the year is `yyyy`",
    "u": "the year is `yyyy`",
    "E": "names of weekdays cannot be read",
    "A": "am and pm are `a`",
    "n": "fractions of a second are `S`",
}
_FAMILIAR = ("yyyy-mm-dd", "dd.mm.yyyy", "dd/mm/yyyy", "mm/dd/yyyy", "yyyymmdd")
_NOT_ZONES = ("posix/", "right/", "posixrules", "localtime", "Factory")


def find_zone_problem(name: str) -> tuple[str, str] | None:
    """Say what is wrong with the name of a time zone, and what to do; None where it is one."""
    try:
        if not name.startswith(_NOT_ZONES):
            ZoneInfo(name)
            return None
    except (KeyError, ValueError, OSError):
        pass  # depending on what the name looks like as a path
    near = _nearest_zone(name)
    return f"unknown time zone `{name}`", f"did you mean `{near}`?" if near else "write it as in Europe/Berlin or UTC"


def _nearest_zone(name: str) -> str | None:
    zones = {zone for zone in available_timezones() if not zone.startswith(_NOT_ZONES)}
    if "/" in name:
        return nearest(name, zones)
    # Of abbreviations any other would be near; a city, or another case, is clear.
    return next(
        (zone for zone in sorted(zones, key=len) if name and f"/{zone}".lower().endswith(f"/{name}".lower())), None
    )


def find_format_problem(pattern: str) -> tuple[str, str] | None:
    """Say what is wrong with an accepted form of dates and times, and what to do; None where nothing is.

    The letters are those of Spark, https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html
    """
    if pattern in KEYWORDS:
        return None
    if "%" in pattern:
        return f"`{pattern}` is no pattern of Spark", "write yyyy-MM-dd, dd.MM.yyyy HH:mm:ss and the like"
    bare = re.sub(r"'[^']*'", "", pattern)
    if "'" in bare:
        return f"a quote is open in `{pattern}`", "close it; a quote itself is written as two"
    if re.search(r"[#{}\[\]]", bare):
        return f"`{pattern}` holds brackets or `#`", "put text that is no part of the date in single quotes"
    runs = [match[0] for match in re.finditer(r"([A-Za-z])\1*", bare)]
    return _find_run_problem(pattern, runs) or _find_part_problem(pattern, frozenset("".join(runs)))


def _find_run_problem(pattern: str, runs: list[str]) -> tuple[str, str] | None:
    wrong = next((run for run in runs if run not in RUNS), None)
    if wrong is None:
        return None
    if nearest(pattern, KEYWORDS):
        return f"unknown form `{pattern}`", suggest(pattern, KEYWORDS)
    if {"YYYY", "DD"} & set(runs) and nearest(pattern, _FAMILIAR):
        return (
            f"`Y` and `D` in `{pattern}` mean something else",
            f"write `{pattern.replace('Y', 'y').replace('D', 'd')}`",
        )
    known = f"it may hold {' '.join(RUNS[:-9])} and S; put other text in single quotes"
    return f"`{wrong}` in `{pattern}` cannot be read", _MISTAKEN.get(wrong[0], known)


def _find_part_problem(pattern: str, letters: frozenset[str]) -> tuple[str, str] | None:
    hour = letters & {"H", "h"}
    if "m" in letters and not hour:
        return f"`m` in `{pattern}` are minutes, and there is no hour", "months are `M`, hours are `H`"
    if "D" in letters and "M" in letters:
        return f"`D` in `{pattern}` is the day of the year", "the day of the month is `d`"
    if "y" not in letters or ("d" in letters and "M" not in letters):
        return f"`{pattern}` names no date", "it needs a year (`y`), and a month (`M`) for a day (`d`)"
    if ("h" in letters) != ("a" in letters) or len(hour) > 1:
        return f"the hour in `{pattern}` is ambiguous", "`h` (1 to 12) goes with `a` (am, pm), `H` (0 to 23) alone"
    return None
