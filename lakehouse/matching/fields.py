"""Columns of the records -> fields in normal form: what is compared, and how each value is written for comparing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.country import normalize_country
from lakehouse.columns.text import fold, strip, usual_letters
from lakehouse.matching.date_texts import DIGITS, eight_digits
from lakehouse.matching.kinds import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column

    from lakehouse.matching.semantics import SourceColumn

LONGEST = 200
"""Characters of a value that are compared; a longer text that agrees so far agrees."""
DERIVED = ("f", "words", "weight", "rare", "two", "local")
"""What is derived from a field `x` stands in columns `x_<part>` beside it."""
_YEAR = r"(?<!\d)(1[5-9]|20)\d\d(?!\d)"
_TITLES = (
    r"\b(mr|mrs|ms|miss|dr|prof|herr|frau|mme|mlle|monsieur|madame|sir|lady|dott|don|dona|sr|sra|jr|ii|iii|iv|phd|md)\b"
)


@dataclass(frozen=True)
class Field:
    """One thing that is compared.

    Attributes:
        name: column of the normal form; letters, digits and underscores.
        kind: how it is compared.
        sources: columns of the records it is made of.
        normal: SQL-free recipe, the Column in normal form; null where the record does not say.
    """

    name: str
    kind: Kind
    sources: tuple[str, ...]
    normal: Column = field(compare=False, repr=False)


def build_fields(columns: Sequence[SourceColumn], types: dict[str, str]) -> list[Field]:
    """Make the fields of the columns that are not ignored.

    Args:
        columns: what each column of the records means.
        types: column -> Spark type, as `DataFrame.dtypes` says it.
    """
    names = {column.kind: column for column in columns if column.kind in ("given_name", "family_name", "full_name")}
    fields = []
    for column in columns:
        if column.kind == "full_name":
            made = _full_name(column, names)
        elif column.kind != "ignore":
            normal = _normal_form(column, types[column.name])
            made = [Field(safe_name(column.name), KINDS[_kind(column, types)], (column.name,), normal)]
            made += [_numbers(column)] if column.numbers and made[0].kind.name == "text" else []
        else:
            made = []
        fields += [replace(one, normal=_known(column, one.normal)) for one in made]
    return _named_apart(fields)


def _named_apart(fields: Sequence[Field]) -> list[Field]:
    """Give every field a name of its own, also beside the columns that are derived from another (`product_weight`)."""
    taken: set[str] = set()
    apart = []
    for one in fields:
        name, number = one.name, 1
        while taken & _names(name):
            number += 1
            name = f"{one.name}_{number}"
        taken |= _names(name)
        apart.append(replace(one, name=name))
    return apart


def _names(field: str) -> set[str]:
    return {field, *(f"{field}_{part}" for part in DERIVED)}


def quoted(column: str) -> str:
    """Write the name of a column so that Spark takes dots, blanks and backticks in it for what they are."""
    return "`" + column.replace("`", "``") + "`"


def _kind(column: SourceColumn, types: dict[str, str]) -> str:
    return "set" if types[column.name].startswith("array") else column.kind


def safe_name(column: str) -> str:
    """Name a field after a column, so that it needs no quotes in SQL and no underscore leads it."""
    return re.sub(r"\W+", "_", column.lower(), flags=re.ASCII).strip("_") or "field"


def _full_name(column: SourceColumn, names: dict[str, SourceColumn]) -> list[Field]:
    """Split a full name; where given and family name have columns of their own only the middle names are new."""
    whole = _text(column.name)
    words = F.filter(F.split(F.regexp_replace(fold(whole), _TITLES, " "), " +"), lambda word: word != "")
    last_first = F.contains(whole, F.lit(","))
    family_first = F.concat(_words(F.substring_index(whole, ",", -1)), _words(F.substring_index(whole, ",", 1)))
    ordered = F.when(last_first, family_first).otherwise(words)
    base = safe_name(column.name)
    if "given_name" in names and "family_name" in names:
        known = [_words(_text(names[kind].name)) for kind in ("given_name", "family_name")]
        rest = F.array_except(words, F.concat(*(F.coalesce(part, F.array().cast("array<string>")) for part in known)))
        return [Field(f"{base}_rest", KINDS["middle_name"], (column.name,), _joined(rest))]
    given, family = F.try_element_at(ordered, F.lit(1)), F.try_element_at(ordered, F.lit(-1))
    middle = F.slice(ordered, F.lit(2), F.greatest(F.size(ordered) - 2, F.lit(0)))
    return [
        Field(f"{base}_given", KINDS["given_name"], (column.name,), _short(given)),
        Field(f"{base}_middle", KINDS["middle_name"], (column.name,), _joined(middle)),
        Field(f"{base}_family", KINDS["family_name"], (column.name,), _short(F.when(F.size(ordered) > 1, family))),
    ]


def _numbers(column: SourceColumn) -> Field:
    """The numbers in a text, in one order: `Vol. 2`, `WH-1000 XM4`, `256GB`; where one differs it is another thing."""
    runs = F.regexp_extract_all(_text(column.name), F.lit(r"\d+"), F.lit(0))
    plain = F.transform(runs, lambda run: F.regexp_replace(run, r"\A0+(?=\d)", ""))
    normal = _joined(F.array_sort(F.array_distinct(plain)))
    return Field(f"{safe_name(column.name)}_numbers", KINDS["numbers"], (column.name,), normal)


def _words(text: Column) -> Column:
    return F.filter(F.split(F.regexp_replace(fold(text), _TITLES, " "), " +"), lambda word: word != "")


def _text(column: str) -> Column:
    """Read a column as text: without blanks around it, in the usual letters, and no longer than may matter."""
    return usual_letters(F.left(strip(F.col(quoted(column)).cast("string")), F.lit(4 * LONGEST)))


def _joined(words: Column) -> Column:
    return _short(F.array_join(words, " "))


def _short(text: Column) -> Column:
    """Cut what is too long; null for the empty text."""
    return F.nullif(F.left(text, F.lit(LONGEST)), F.lit(""))


def _folded(word: Column) -> Column:
    return fold(usual_letters(F.left(word.cast("string"), F.lit(LONGEST))))


def _normal_form(column: SourceColumn, type_: str) -> Column:
    if type_.startswith("array"):
        words = F.transform(F.col(quoted(column.name)), _folded)
        kept = F.array_sort(F.array_distinct(F.filter(words, lambda word: word != "")))
        return F.when(F.size(kept) > 0, kept)
    if column.kind == "date" and type_ in ("date", "timestamp", "timestamp_ntz"):
        # A year of five digits is a typing error, which is no reason to be longer than every other date.
        return F.left(F.date_format(F.col(quoted(column.name)), "yyyyMMdd"), F.lit(DIGITS))
    text = _text(column.name)
    forms = {
        "email": lambda: _mailbox(text),
        "phone": lambda: _digits(text),
        "date": lambda: eight_digits(text, month_first=column.month_first),
        "number": lambda: _number(text),
        "year": lambda: F.nullif(F.regexp_extract(text, _YEAR, 0), F.lit("")).cast("double"),
        "house_number": lambda: _code(text),
        "postcode": lambda: _code(text),
        "phrase": lambda: _short(fold(_last_first(text))),
        "identifier": lambda: _identifier(_code(text), column),
        "country": lambda: F.coalesce(F.lower(normalize_country(text)), _short(fold(text))),
    }
    return forms.get(column.kind, lambda: _short(fold(text)))()


def _known(column: SourceColumn, normal: Column) -> Column:
    """Take the values that stand for "not known" for missing ones."""
    if not column.placeholders:
        return normal
    said = F.lower(F.trim(F.col(quoted(column.name)).cast("string")))
    return F.when(~said.isin(*column.placeholders), normal)


def _code(text: Column) -> Column:
    return _short(F.replace(fold(text), F.lit(" "), F.lit("")))


def _last_first(text: Column) -> Column:
    """A name as it is spoken: `Noble, Ada` and `Secret Garden, The` have one comma, and what stands behind it comes first."""
    return F.regexp_replace(text, r"\A([^,\d]+), *([^,\d]+)\z", "$2 $1")


def _identifier(code: Column, column: SourceColumn) -> Column:
    """An identifier without a prefix that says nothing; of an ISBN, old or new, the nine digits that both have."""
    if "isbn" in column.name.lower():
        number = F.regexp_extract(code, r"\A(?:97[89])?(\d{9})[\dx]\z", 1)
        return F.coalesce(F.nullif(number, F.lit("")), code)
    return F.regexp_replace(code, rf"\A{re.escape(column.prefix)}(?=\d)", "") if column.prefix else code


def _mailbox(text: Column) -> Column:
    """An address without what stands behind a plus sign: it reaches the same mailbox."""
    return _short(F.regexp_replace(F.lower(text), r"(?<=\w)\+[^@]*(?=@)", ""))


def _digits(text: Column) -> Column:
    """The last nine digits: without country code and trunk zero, whichever way the number was written."""
    digits = F.regexp_replace(text, r"\D+", "")
    return F.nullif(F.right(digits, F.lit(9)), F.lit(""))


def _number(text: Column) -> Column:
    """The first number in a text; a comma before one or two last digits is a decimal comma."""
    plain = F.regexp_extract(text, r"[-+]?\d[\d.,]*", 0)
    point = F.when(
        plain.rlike(r",\d{1,2}$"), F.replace(F.replace(plain, F.lit("."), F.lit("")), F.lit(","), F.lit("."))
    )
    return F.coalesce(point, F.replace(plain, F.lit(","), F.lit(""))).try_cast("double")
