"""Names as a header writes them -> one name of its own for every column, and what a person should know of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00a0\x00"
_LONGEST = 60
# A file without a header has a record where the names should be.
_PERSONAL = re.compile(r"@|(?:[0-9][^0-9]*){7}")


def clean_header(names: Sequence[str], expected: Collection[str]) -> tuple[list[str], list[str]]:
    """Give every column of a header a name of its own.

    Outer white space and invisible characters go; a name that differs from an expected one only in case, white space
    or underscores becomes it, unless another column has that very name; a blank name becomes `column_N`; a repeated
    name becomes `name_2`.

    Returns:
        the names, and a note for each change that a person should know.
    """
    bare = [name.strip(_INVISIBLE + " \t\r\n") for name in names]
    known = {_folded(name): name for name in sorted(expected) if name not in bare}
    header: list[str] = []
    notes: list[str] = []
    taken: set[str] = set()
    repeats: Counter[str] = Counter()
    for number, (written, name) in enumerate(zip(names, bare, strict=True), start=1):
        wanted = known.get(_folded(name), name) or f"column_{number}"
        unique = wanted
        while unique in taken:
            repeats[wanted] += 1
            unique = f"{wanted}_{repeats[wanted] + 1}"
        if unique != wanted:
            notes.append(f"column {number} repeats the name `{shown(wanted)}` and lands as `{shown(unique)}`")
        elif written != wanted:
            notes.append(f"column {number} is read as `{shown(wanted)}` (white space or case differs)")
        header.append(unique)
        taken.add(unique)
    return header, notes


def _folded(name: str) -> str:
    return "".join(name.split()).replace("_", "").casefold()


def shown(name: str) -> str:
    """Return the name of a column as it may stand in a message: printable, short, no personal data."""
    if _PERSONAL.search(name):
        return "***"
    return printable(name) if len(name) <= _LONGEST else f"{printable(name[:_LONGEST])}…"


def printable(name: str) -> str:
    """Return the name of a file as it may stand in a message: control characters must not steer a terminal."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name)
