"""Which names a Spark SQL expression may refer to, by its words alone."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
      (?P<skip>\s+ | --[^\n]* | /\*.*?\*/)
    | (?P<text>'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*")
    | (?P<quoted>`(?:[^`]|``)+`)
    | (?P<number>\d+(?:\.\d+)?\w*)
    | (?P<word>[^\W\d]\w*)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def find_names(expression: str) -> set[str]:
    """Return the words of an expression that may be columns, in lower case.

    Left out are texts, comments, functions, fields of a struct, aliases and types after `as`, the unit of an interval
    and the word in `date '…'` and `extract(… from`.
    """
    tokens = [(str(match.lastgroup), match[0]) for match in _TOKEN.finditer(expression) if match.lastgroup != "skip"]
    padded = [("sign", "")] * 2 + tokens + [("sign", "")]
    names = set()
    for position in range(2, len(padded) - 1):
        kind, text = padded[position]
        before, after = padded[position - 1], padded[position + 1]
        if kind == "quoted" and before[1] != ".":
            names.add(text[1:-1].replace("``", "`").lower())
        if kind == "word" and not _has_other_meaning(padded[position - 2], before, after):
            names.add(text.lower())
    return names


def _has_other_meaning(second_before: tuple[str, str], before: tuple[str, str], after: tuple[str, str]) -> bool:
    is_unit = before[0] in ("number", "text") and second_before[1].lower() == "interval"
    is_part = before[1] == "(" and second_before[1].lower() == "extract"
    return after[1] == "(" or after[0] == "text" or before[1] == "." or before[1].lower() == "as" or is_unit or is_part
