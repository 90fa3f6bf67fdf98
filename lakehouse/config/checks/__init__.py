"""What does not fit together in settings that are right by themselves: pure functions of settings to problems."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that does not fit.

    Attributes:
        path: keys and list numbers, from the top of the file.
        problem: what is wrong.
        remedy: what to do.
    """

    path: tuple[str | int, ...]
    problem: str
    remedy: str = ""
