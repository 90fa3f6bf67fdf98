"""predicate -> SQL: the condition that verifies a pair, and the keys that must be equal for it to hold.

Columns of the one record carry the prefix `_l_`, those of the other `_r_`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.blocking.masks import may_be_within
from lakehouse.matching.blocking.phonetics import with_phonetic_key
from lakehouse.matching.blocking.rules import Equal, Near, Phonetic, Predicate, SharedToken, Swapped, Within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")


def is_equality(predicate: Predicate) -> bool:
    """Tell whether the predicate is an equality of keys, so that it can always be part of a join key."""
    if isinstance(predicate, Swapped | Within):
        return predicate.distance == 0
    return isinstance(predicate, Equal | Phonetic)


def equality_keys(predicate: Predicate) -> tuple[list[Column], list[Column]]:
    """Return what must be equal on both sides for an equality predicate; null where nothing can be equal."""
    match predicate:
        case Swapped(column_a=a, column_b=b):
            return [F.col(a), F.col(b)], [F.col(b), F.col(a)]
        case Phonetic():
            key = F.col(_key_name(predicate))
            return [key], [key]
        case _:
            return [F.col(predicate.columns[0])], [F.col(predicate.columns[0])]


def condition(predicate: Predicate, types: Mapping[str, str], *, masked: bool = True) -> Column:
    """Return the boolean Column that tells whether a pair fulfills the predicate; never null on complete rows.

    Args:
        predicate: no equality of keys.
        types: column -> Spark type.
        masked: both sides have the columns of `with_masks`, which rule out most pairs before an edit distance is taken.
    """
    match predicate:
        case Within(column=column, distance=distance, transpositions=transpositions):
            near = _within(column, column, distance)
            near = near | _exchanged(f"_l_{column}", f"_r_{column}") if transpositions else near
            return may_be_within(column, column, distance) & near if masked else near
        case Swapped(column_a=a, column_b=b, distance=distance):
            both = _within(a, b, distance) & _within(b, a, distance)
            return may_be_within(a, b, distance) & may_be_within(b, a, distance) & both if masked else both
        case SharedToken(column=column):
            return F.arrays_overlap(tokens(f"_l_{column}", types[column]), tokens(f"_r_{column}", types[column]))
        case Near(column=column, tolerance=tolerance):
            difference = number(f"_l_{column}", types[column]) - number(f"_r_{column}", types[column])
            return F.abs(difference) <= F.lit(float(tolerance))
        case _:
            raise TypeError(f"{predicate} is an equality of keys")


def tokens(column: str, kind: str) -> Column:
    """Return the tokens of an array, or the words of a string; null elements and empty words are none."""
    if kind == "string":
        return F.array_remove(F.split(column, r"\s+"), "")
    return F.array_compact(F.col(column))


def number(column: str, kind: str) -> Column:
    """Return a number or a date (as days) as double."""
    return (F.unix_date(column) if kind == "date" else F.col(column)).cast("double")


def with_phonetic_keys(rows: DataFrame, predicates: Sequence[Predicate]) -> DataFrame:
    """Add the phonetic keys that a rule asks for; null where a word has none."""
    wanted = [predicate for predicate in predicates if isinstance(predicate, Phonetic)]
    for predicate in wanted:
        rows = with_phonetic_key(rows, predicate.column, predicate.algorithm, name=_key_name(predicate))
    return rows


def _key_name(predicate: Phonetic) -> str:
    return f"_{predicate.algorithm}_{predicate.column}"


def require_types(predicate: Predicate, frame: DataFrame, where: str) -> None:
    """Raise when a column is missing or has a type that the predicate cannot work on.

    Raises:
        ConfigurationError: naming the column, its type and the types that would do.
    """
    types = dict(frame.dtypes)
    for column in predicate.columns:
        kind = types.get(column)
        if kind is None:
            raise ConfigurationError(
                "A blocking rule names a column that the records do not have.",
                where=where,
                found=f"no column {column} among {', '.join(name for name in types if not name.startswith('_'))}",
                remedy="correct the name, or add the column in normal form before blocking",
            )
        if not _fits(predicate, kind):
            raise ConfigurationError(
                f"{type(predicate).__name__} cannot compare this type.",
                where=f"{where}, column {column}",
                found=kind,
                remedy=_REMEDIES.get(type(predicate), "use a string column"),
            )


_REMEDIES = {
    Near: "use a number or a date",
    SharedToken: "use a string, or an array of strings or whole numbers",
    Equal: "use a type that can be ordered; a map cannot",
}


def _fits(predicate: Predicate, kind: str) -> bool:
    match predicate:
        case Equal():
            return "map<" not in kind and kind != "variant"
        case Near():
            return kind == "date" or kind.split("(", maxsplit=1)[0] in NUMBERS
        case SharedToken():
            return kind in ("string", "array<string>", "array<bigint>")
        case _:
            return kind == "string"


def _within(left: str, right: str, distance: int) -> Column:
    # With a threshold the function returns -1 beyond it, never a larger number.
    return F.levenshtein(F.col(f"_l_{left}"), F.col(f"_r_{right}"), distance) >= 0


def _exchanged(left: str, right: str) -> Column:
    """Some two neighbors of the one text exchanged give the other."""
    a, b = F.col(left), F.col(right)

    def turned(i: Column) -> Column:
        before, after = F.substring(b, F.lit(1), i - 1), F.substring(b, i + 2, F.length(b))
        return a == F.concat(before, F.substring(b, i + 1, F.lit(1)), F.substring(b, i, F.lit(1)), after)

    return (F.length(a) == F.length(b)) & (F.length(a) > 1) & F.exists(F.sequence(F.lit(1), F.length(b) - 1), turned)
