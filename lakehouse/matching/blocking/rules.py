"""What makes two records a candidate pair: predicates on columns in normal form, and conjunctions of them.

Null never fulfills a predicate: a record whose column is null is in no pair of a rule that names the column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from lakehouse.errors import ConfigurationError

MAX_DISTANCE = 3
"""Largest edit distance that is blocked completely; above it signatures lose their grip on names and phones."""

PHONETIC_ALGORITHMS = ("soundex", "metaphone", "nysiis", "match_rating")


@dataclass(frozen=True)
class Within:
    """Two texts are at most `distance` insertions, deletions and substitutions of characters apart.

    Attributes:
        column: a string column; characters are Unicode code points.
        distance: 0 to 3.
        transpositions: also two neighboring characters exchanged count as one edit; only with distance 1, because
            distance 2 holds one exchange anyway.
    """

    column: str
    distance: int
    transpositions: bool = False

    def __post_init__(self) -> None:
        _require_distance(self.column, self.distance)
        if self.transpositions and self.distance != 1:
            raise ConfigurationError(
                "Transpositions are counted as one edit at distance 1 only.",
                where=f"blocking predicate on {self.column}",
                found=f"distance {self.distance} with transpositions",
                remedy="use distance 2 without transpositions: it holds every single exchange",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that may not be null."""
        return (self.column,)


@dataclass(frozen=True)
class Equal:
    """Two values of any type that can be compared are equal."""

    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that may not be null."""
        return (self.column,)


@dataclass(frozen=True)
class Swapped:
    """The first column of one record holds the second of the other and the other way round (given and family name).

    Attributes:
        column_a: a string column.
        column_b: a string column.
        distance: by how many edits either may differ, 0 to 3.
    """

    column_a: str
    column_b: str
    distance: int = 0

    def __post_init__(self) -> None:
        _require_distance(f"{self.column_a}, {self.column_b}", self.distance)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that may not be null."""
        return (self.column_a, self.column_b)


@dataclass(frozen=True)
class SharedToken:
    """Two arrays of strings have an element in common, or two strings a word between blanks."""

    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that may not be null."""
        return (self.column,)


@dataclass(frozen=True)
class Near:
    """Two numbers differ by at most `tolerance`, or two dates by as many days; NaN is near nothing."""

    column: str
    tolerance: float

    def __post_init__(self) -> None:
        if not 0 <= self.tolerance < float("inf"):
            raise ConfigurationError(
                "A tolerance is a finite number and not negative.",
                where=f"blocking predicate on {self.column}",
                found=str(self.tolerance),
                remedy="give the largest difference that still counts as near",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that may not be null."""
        return (self.column,)


@dataclass(frozen=True)
class Phonetic:
    """Two words sound alike by an algorithm made for English; a word without a key sounds like nothing.

    Attributes:
        column: a string column in plain letters.
        algorithm: soundex (in SQL), or metaphone, nysiis, match_rating (jellyfish, on the distinct values).
    """

    column: str
    algorithm: str = "soundex"

    def __post_init__(self) -> None:
        if self.algorithm not in PHONETIC_ALGORITHMS:
            raise ConfigurationError(
                "This phonetic algorithm is not known.",
                where=f"blocking predicate on {self.column}",
                found=self.algorithm,
                remedy=f"use one of {', '.join(PHONETIC_ALGORITHMS)}",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that may not be null."""
        return (self.column,)


Predicate: TypeAlias = Within | Equal | Swapped | SharedToken | Near | Phonetic


@dataclass(frozen=True)
class BlockingRule:
    """A named conjunction: a pair is a candidate when every predicate holds.

    Attributes:
        name: under which the pair remembers the rule; unique among the rules of a run.
        predicates: at least one.
    """

    name: str
    predicates: tuple[Predicate, ...]

    def __post_init__(self) -> None:
        if not self.predicates:
            raise ConfigurationError(
                "A blocking rule has no predicate, so that every pair would be a candidate.",
                where=f"blocking rule {self.name}",
                found="no predicate",
                remedy="give at least one of Within, Equal, Swapped, SharedToken, Near, Phonetic",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads, each once, in the order of the predicates."""
        return tuple(dict.fromkeys(column for predicate in self.predicates for column in predicate.columns))


def _require_distance(where: str, distance: int) -> None:
    if not 0 <= distance <= MAX_DISTANCE:
        raise ConfigurationError(
            f"An edit distance is a whole number from 0 to {MAX_DISTANCE}.",
            where=f"blocking predicate on {where}",
            found=str(distance),
            remedy=f"use a distance up to {MAX_DISTANCE}, or parse the column into parts and block on those",
        )
