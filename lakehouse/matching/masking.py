"""Values and ids of records -> what may be shown of them to people who look at pairs."""

from __future__ import annotations

import re

from lakehouse.columns.mask import DOTS

LONGEST = 40
"""Characters of a value that are shown where values may be shown."""
_PERSONAL = re.compile(r"@|\s|\+?\d[\d()/. -]{8,}\Z|[^\W\d_]{3,}[^\w]+[^\W\d_]{3,}")
"""An id that looks like an e-mail address, a phone number or a name."""


def shown_value(value: object, kind: str, *, show: bool) -> str | None:
    """Write a value in normal form for people.

    Args:
        value: text, number, list of texts, or None.
        kind: name of its kind.
        show: whether the value itself may be shown; otherwise the first character of a text and the year of a date.

    Returns:
        the text; None stays None.
    """
    if value is None:
        return None
    if isinstance(value, list):
        return _cut(", ".join(map(str, value))) if show else f"{len(value)} {'value' if len(value) == 1 else 'values'}"
    if not isinstance(value, str):
        return f"{value:g}" if show and isinstance(value, float) else str(value) if show else DOTS
    if kind == "date" and re.fullmatch(r"\d{8}", value):
        return f"{value[:4]}-{value[4:6]}-{value[6:]}" if show else f"{value[:4]}-••-••"
    return _cut(value) if show else f"{value[:1]}{DOTS}"


def shown_id(key: str, *, show: bool) -> str:
    """Write an id for people; one that may itself be personal is masked unless values may be shown."""
    return _cut(key) if show or not _PERSONAL.search(key) else f"{key[:1]}{DOTS}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
