"""Blocking rules as text, as settings and models write them: `given_name<=2 & birth_date=`, `name&&`, `price~0.5`."""

from __future__ import annotations

import re
from decimal import Decimal

from lakehouse.errors import ConfigurationError
from lakehouse.matching.blocking.rules import (
    BlockingRule,
    Equal,
    Near,
    Phonetic,
    Predicate,
    SharedToken,
    Swapped,
    Within,
)

ALL_PAIRS = "all pairs"
"""Stands for the rule that every pair is a candidate; it is read before the rules are."""

_FORMS = (
    (re.compile(r"(\w+)><(\w+)(?:<=(\d))?"), lambda a, b, k: Swapped(a, b, int(k or 0))),
    (re.compile(r"(\w+)<=(\d)"), lambda column, k: Within(column, int(k))),
    (re.compile(r"damerau\((\w+)\)<=1"), lambda column: Within(column, 1, transpositions=True)),
    (re.compile(r"(\w+)="), Equal),
    (re.compile(r"(\w+)&&"), SharedToken),
    (re.compile(r"(\w+)~(\d+(?:\.\d+)?)"), lambda column, tolerance: Near(column, float(tolerance))),
    (
        re.compile(r"(soundex|metaphone|nysiis|match_rating)\((\w+)\)"),
        lambda algorithm, column: Phonetic(column, algorithm),
    ),
)


def read_rule(text: str) -> BlockingRule:
    """Read a rule; its name is its text.

    Raises:
        ConfigurationError: a part that is no predicate.
    """
    parts = [part.strip() for part in re.split(r"(?<!&)&(?!&)", text)]
    return BlockingRule(text, tuple(_read(part, text) for part in parts))


def _read(part: str, rule: str) -> Predicate:
    for form, build in _FORMS:
        match = form.fullmatch(part)
        if match:
            predicate: Predicate = build(*match.groups())
            return predicate
    raise ConfigurationError(
        "A blocking rule cannot be read.", where=f"rule `{rule}`", found=f"`{part}`",
        remedy="write `column=`, `column<=2`, `damerau(column)<=1`, `a><b`, `column&&`, `column~0.5` or "
        "`soundex(column)`, joined by ` & `",
    )  # fmt: skip


def write_predicate(predicate: Predicate) -> str:
    """Write a predicate as `read_rule` reads it."""
    match predicate:
        case Swapped(a, b, distance):
            return f"{a}><{b}" + (f"<={distance}" if distance else "")
        case Within(column, distance, transpositions):
            near = f"damerau({column})" if transpositions else column
            return f"{near}<={distance}" if distance else f"{column}="
        case Equal(column):
            return f"{column}="
        case SharedToken(column):
            return f"{column}&&"
        case Near(column, tolerance):
            return f"{column}~{_plain(tolerance)}"
        case Phonetic(column, algorithm):
            return f"{algorithm}({column})"


def _plain(number: float) -> str:
    """Write a number with all its digits and without an exponent."""
    text = f"{Decimal(repr(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def build_rule(*predicates: Predicate) -> BlockingRule:
    """Make a rule that is named by its text."""
    return BlockingRule(" & ".join(write_predicate(one) for one in predicates), predicates)
