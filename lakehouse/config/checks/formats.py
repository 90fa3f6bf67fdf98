"""Date patterns and time zones, judged without Spark and Java."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, available_timezones

from lakehouse.config.shapes import nearest, suggest

KEYWORDS = ("iso", "epoch_seconds", "epoch_millis")
_LETTERS = frozenset("GyMLdDHhKkmsSaVzOXxZ")
_MISTAKEN = {
    "Y": "`Y` is the year of the week; the year is `y`",
    "u": "the year is `y`",
    "E": "names of weekdays cannot be read; leave them out of the text",
    "A": "`A` is no hour; am and pm are `a`",
    "n": "fractions of a second are `S`",
}
_NOT_ZONES = ("posix/", "right/", "posixrules", "localtime", "Factory")


def find_zone_problem(name: str) -> tuple[str, str] | None:
    """Say what is wrong with the name of a time zone, and what to do; None where it is one."""
    try:
        if not name.startswith(_NOT_ZONES):
            ZoneInfo(name)
            return None
    except (KeyError, ValueError, OSError):
        pass
    zones = {zone for zone in available_timezones() if not zone.startswith(_NOT_ZONES)}
    near = nearest(name, zones)
    return f"unknown time zone `{name}`", f"did you mean `{near}`?" if near else "write it as in Europe/Berlin or UTC"


def find_format_problem(pattern: str) -> tuple[str, str] | None:
    """Say what is wrong with an accepted form of dates and times, and what to do; None where nothing is.

    Patterns are those of Spark (https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html) that can be read,
    not only written.
    """
    if pattern in KEYWORDS:
        return None
    if "%" in pattern:
        return f"`{pattern}` is no pattern of Spark", "write yyyy-MM-dd, dd.MM.yyyy HH:mm:ss and the like"
    bare = re.sub(r"'[^']*'", "", pattern)
    if "'" in bare:
        return f"a quote is open in `{pattern}`", "close it; a quote itself is written as two"
    if re.search(r"[#{}]", bare) or bare.count("[") != bare.count("]"):
        return f"`{pattern}` is no pattern", "put other text than letters of the pattern in single quotes"
    return _find_letter_problem(pattern, bare) or _find_part_problem(pattern, frozenset(bare))


def _find_letter_problem(pattern: str, bare: str) -> tuple[str, str] | None:
    unknown = sorted({letter for letter in bare if letter.isalpha() and letter not in _LETTERS})
    if not unknown:
        return None
    if nearest(pattern, KEYWORDS):
        return f"unknown form `{pattern}`", suggest(pattern, KEYWORDS)
    if {"Y", "D"} & {*bare} and nearest(pattern.lower(), ("yyyy-mm-dd", "dd.mm.yyyy", "dd/mm/yyyy", "mm/dd/yyyy")):
        return (
            f"`Y` and `D` in `{pattern}` mean something else",
            f"write `{pattern.replace('Y', 'y').replace('D', 'd')}`",
        )
    remedy = _MISTAKEN.get(unknown[0], "letters: y M d H h a m s S X Z V; other text stands in single quotes")
    return f"`{unknown[0]}` in `{pattern}` cannot be read", remedy


def _find_part_problem(pattern: str, letters: frozenset[str]) -> tuple[str, str] | None:
    month, hour = letters & {"M", "L"}, letters & {"H", "h", "K", "k"}
    if "m" in letters and not hour:
        return f"`m` in `{pattern}` are minutes, and there is no hour", "months are `M`, hours are `H`"
    if "D" in letters and month:
        return f"`D` in `{pattern}` is the day of the year", "the day of the month is `d`"
    if "y" not in letters or not ((month and "d" in letters) or "D" in letters):
        return f"`{pattern}` names no whole date", "it needs year, month and day: `y`, `M` and `d`"
    if bool(letters & {"h", "K"}) != ("a" in letters):
        return f"`{pattern}` is ambiguous: `h` and `a` (am, pm) go together", "hours from 0 to 23 are `H`"
    return None
