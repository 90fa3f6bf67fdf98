"""Names and values of the columns -> fields: what is compared, as what, and what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lakehouse.matching.column_names import is_plain_name, named_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lakehouse.matching.profiles import Profile

_NAME_KINDS = ("given_name", "family_name", "full_name")
MOSTLY = 0.7
"""A shape is the shape of a column when at least so many of its values have it: the rest are the errors."""
NEARLY_ALL, FEW_OF_EACH = 0.9, 10
"""What only the values tell must hold for nearly all of them; and a phone number is on few records."""
LONG_WORDS, LONG_TEXT = 2.2, 25.0
"""From so many words or characters on average a text is compared by its words and not by its letters alone."""
SOME_NUMBERS = 0.05
"""From so many of the texts on that have a number in them, numbers are compared by themselves."""
FEW_VALUES = 30
"""A column of at most so many values, each seen ten times and more, is a category."""


@dataclass(frozen=True)
class SourceColumn:
    """One column of the records and what it is taken for.

    Attributes:
        name: as the records call it.
        kind: a name of `MatchSettings.columns`.
        reason: why; for people who read the model.
        month_first: how dates with the year last are read.
        placeholders: values, trimmed and in lower case, that stand for "not known".
        numbers: of a text, the numbers in it are a field of their own: volumes, sizes, models.
        prefix: of an identifier, letters that stand before some of the values and say nothing.
    """

    name: str
    kind: str
    reason: str
    month_first: bool = False
    placeholders: tuple[str, ...] = ()
    numbers: bool = False
    prefix: str = ""


def guess_columns(profiles: Mapping[str, Profile], said: Mapping[str, str]) -> list[SourceColumn]:
    """Decide for each column what it means.

    Args:
        profiles: column -> what its values look like.
        said: column -> kind where the user knows better.
    """
    guessed = [
        SourceColumn(name, said[name], "settings", profile.month_first)
        if name in said
        else replace(_guess(name, profile), month_first=profile.month_first)
        for name, profile in profiles.items()
    ]
    guessed = [_person_or_thing(column, guessed, profiles[column.name]) for column in guessed]
    guessed = [_with_details(column, profiles[column.name]) for column in guessed]
    return _one_of_each_name(guessed, profiles)


def _with_details(column: SourceColumn, profile: Profile) -> SourceColumn:
    """Say what else the values of a kind tell."""
    if column.kind == "text" and profile.shares["digits"] >= SOME_NUMBERS:
        return replace(column, numbers=True)
    return replace(column, prefix=profile.prefix) if column.kind == "identifier" else column


def _guess(name: str, profile: Profile) -> SourceColumn:
    if profile.rows == 0:
        return SourceColumn(name, "ignore", "no value")
    if profile.is_constant:
        return SourceColumn(name, "ignore", "the same value in every record")
    for kind in named_kinds(name):
        if kind == "ignore" or _fits(kind, profile):
            return SourceColumn(name, _worded(kind, profile), f"name of the column ({kind})")
    return _by_values(name, profile)


def _fits(kind: str, profile: Profile) -> bool:
    """Whether the values can be what the name of the column says."""
    shares = profile.shares
    checks = {
        "email": shares["email"] >= MOSTLY,
        "phone": shares["digits"] >= MOSTLY and profile.length >= 5,  # noqa: PLR2004  - the shortest local numbers
        "date": shares["date"] + shares["short_date"] >= MOSTLY / 2,
        "number": shares["number"] >= MOSTLY,
        "year": shares["year"] >= MOSTLY,
        "house_number": shares["digits"] >= MOSTLY,
        "postcode": shares["digits"] >= MOSTLY and profile.length <= 12,  # noqa: PLR2004  - the longest are ZIP+4
        "given_name": shares["digits"] < 1 - MOSTLY,
        "family_name": shares["digits"] < 1 - MOSTLY,
        "full_name": shares["digits"] < 1 - MOSTLY,
        "identifier": profile.words < LONG_WORDS,
    }
    return checks.get(kind, True)


def _worded(kind: str, profile: Profile) -> str:
    """The kind that suits how many values and words there are."""
    if kind == "category" and profile.repeats < 2:  # noqa: PLR2004  - hardly any value comes twice
        return "phrase"
    if kind == "text" and profile.words < LONG_WORDS / 2 + 0.2 and profile.length < LONG_TEXT:
        return "category" if _is_category(profile) else "phrase"
    return kind


def _is_category(profile: Profile) -> bool:
    return profile.distinct <= FEW_VALUES and profile.repeats >= 10  # noqa: PLR2004  - see FEW_VALUES


def _is_amount(profile: Profile) -> bool:
    """Numbers with a fraction, or with a unit: whole numbers may as well be codes."""
    shares = profile.shares
    fractions = shares["decimal"] >= MOSTLY / 2 and shares["number"] >= MOSTLY
    return fractions or (shares["measure"] >= NEARLY_ALL > shares["number"])


def _by_values(name: str, profile: Profile) -> SourceColumn:
    shares = profile.shares
    reason = "values"
    if shares["email"] >= MOSTLY:
        kind = "email"
    elif shares["date"] >= MOSTLY:
        kind = "date"
    elif shares["year"] >= NEARLY_ALL and profile.distinct > 2:  # noqa: PLR2004  - two are a switch
        kind = "year"
    elif _is_category(profile):
        kind = "category"
    elif shares["dialed"] >= 1 - NEARLY_ALL and shares["phone"] >= NEARLY_ALL and profile.repeats < FEW_OF_EACH:
        kind = "phone"
    elif _is_amount(profile):
        kind = "number"
    elif shares["code"] >= MOSTLY and profile.distinct == profile.rows:
        kind, reason = "ignore", "a different code in every record"
    elif shares["code"] >= MOSTLY:
        kind = "identifier" if profile.length >= 5 else "number"  # noqa: PLR2004  - shorter codes are counts and years
        kind = kind if kind == "identifier" or shares["number"] >= MOSTLY else "phrase"
    elif profile.words >= LONG_WORDS or profile.length >= LONG_TEXT:
        kind = "text"
    else:
        kind = "phrase"
    return SourceColumn(name, kind, reason)


def _person_or_thing(column: SourceColumn, columns: Sequence[SourceColumn], profile: Profile) -> SourceColumn:
    """A column that is just called `name` is a person's only beside a birth date or another name of a person."""
    if column.reason == "settings" or not is_plain_name(column.name):
        return column
    kinds = {other.kind for other in columns if other.name != column.name}
    personal = bool(kinds & {"date", "given_name", "family_name"})
    if personal and profile.shares["digits"] < 1 - MOSTLY:
        if "family_name" in kinds and "given_name" not in kinds:
            return replace(column, kind="given_name", reason="name of the column, beside a family name")
        return replace(column, kind="full_name", reason="name of the column, beside other facts about persons")
    return column


def _one_of_each_name(columns: list[SourceColumn], profiles: Mapping[str, Profile]) -> list[SourceColumn]:
    """Keep one column for each part of a name: the one that says most; the others repeat it."""
    kept: dict[str, SourceColumn] = {}
    for column in columns:
        if column.kind in _NAME_KINDS:
            best = kept.get(column.kind)
            if best is None or _says(profiles[column.name]) > _says(profiles[best.name]):
                kept[column.kind] = column
    return [
        replace(column, kind="ignore", reason=f"repeats {kept[column.kind].name}")
        if column.kind in _NAME_KINDS and kept[column.kind] != column and column.reason != "settings"
        else column
        for column in columns
    ]


def _says(profile: Profile) -> float:
    return profile.words * profile.filled
