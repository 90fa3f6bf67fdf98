"""Tables -> regular expressions that stay fast however many branches they have."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def branches(patterns: Mapping[str, str]) -> str:
    """Match one of the keys and the pattern behind it.

    The alternatives form a tree by the letters of the keys, so that a text walks only the few that begin like it.

    Args:
        patterns: literal key -> pattern that follows; no key begins another.
    """
    if "" in patterns:
        return f"(?:{patterns['']})"
    by_first: dict[str, dict[str, str]] = defaultdict(dict)
    for key, pattern in sorted(patterns.items()):
        by_first[key[0]][key[1:]] = pattern
    return "(?:" + "|".join(first + branches(rest) for first, rest in by_first.items()) + ")"
