"""Names of people: nothing invisible, and capitals where the name was typed without or with nothing but capitals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.text import normalize_text

if TYPE_CHECKING:
    from pyspark.sql import Column

_PARTICLES = (
    "von|vom|van|der|den|de|del|della|dello|degli|dei|di|da|das|do|dos|du|des|la|le|los|las|zu|zum|zur|ter|ten|"
    "al|el|bin|ibn|bint|y|e|i|af|av"
)
_START = "\x01 "
"""Marks a place inside a word where a capital follows: the blank makes a new word of the rest."""
_SMALL = "\x02"
"""Stands before a word that stays small: this character is the one that is capitalized instead."""
_MARKS = (
    # After a hyphen, and after a point between initials.
    r"(?<=[\p{L}][-‐.])(?=\p{L})"
    # O'Brien, D'Angelo, Dell'Acqua, but not King's.
    r"|(?<=(?<!\p{L})(?:\p{L}{1,2}|dell|dall|nell|sant)['’])(?=\p{L}{2})"
    r"|(?<=(?<!\p{L})mc)(?=\p{L}{3})"
    # II, III and IV behind a name.
    r"|(?<= i)(?=(?:ii?|v)\z)|(?<= ii)(?=i\z)"
)


def normalize_name(name: Column) -> Column:
    """Write a name as names are written; null stays null.

    Blanks and invisible characters are treated as by `normalize_text`. A name all in capitals or all in small
    letters is capitalized word by word, also behind hyphens and in `O'Brien` and `McDonald`; particles such as
    `von`, `de la` and `bin` stay small inside it. A name that has both kinds of letters stays as it is: its owner
    knows best.
    """
    clean = normalize_text(name)
    one_case = (clean == F.upper(clean)) | (clean == F.lower(clean))
    return F.when(one_case, _capitalized(clean)).otherwise(clean)


def _capitalized(name: Column) -> Column:
    marked = F.regexp_replace(F.lower(name), _MARKS, _START)
    marked = F.regexp_replace(marked, rf"(?<= )(?=(?:{_PARTICLES}) )", _SMALL)
    titled = F.initcap(marked)
    plain = F.regexp_replace(titled, f"{_START}|{_SMALL}", "")
    # A capital I with dot has no small form of one character.
    return F.replace(F.replace(plain, F.lit("I\u0307"), F.lit("İ")), F.lit("i\u0307"), F.lit("i"))
