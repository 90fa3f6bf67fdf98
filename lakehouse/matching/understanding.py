"""Tables and settings -> what the columns mean, and the fields in which records are compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.fields import build_fields, quoted
from lakehouse.matching.model import MatchModel
from lakehouse.matching.placeholders import KINDS_OF_ONE, find_placeholders, simplified
from lakehouse.matching.profiles import profile_values
from lakehouse.matching.rule_choice import read_rules
from lakehouse.matching.semantics import SourceColumn, guess_columns
from lakehouse.matching.settings import MatchSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from lakehouse.matching.fields import Field

LOOKED_AT = 10_000
"""Records whose values are looked at to tell what the columns mean."""
LONGEST = 1_000
"""Characters of a value that are looked at."""


@dataclass(frozen=True)
class Understanding:
    """What a run is about.

    Attributes:
        fields: what is compared.
        columns: what each column means, and why.
        settings: what was decided otherwise than from the data.
        model: a model that was fitted before; None where one is to be fitted.
    """

    fields: list[Field]
    columns: list[SourceColumn]
    settings: MatchSettings
    model: MatchModel | None

    @property
    def dedupe(self) -> bool:
        """Of two tables, duplicates within each are looked for, too."""
        return (self.model or self.settings).dedupe


def understand_tables(
    tables: Sequence[DataFrame], *, key: str, settings: MatchSettings | MatchModel | Mapping[str, object] | None
) -> Understanding:
    """Find out what the columns mean; runs one small action for each table unless a model tells.

    Args:
        tables: one table, or two to link.
        key: the column that identifies a record within its table.
        settings: what to decide otherwise than from the data, or a model that was fitted before.

    Raises:
        ConfigurationError: no id column, no column to compare, settings or a model that do not fit the columns.
    """
    model = settings if isinstance(settings, MatchModel) else None
    chosen = settings if isinstance(settings, MatchSettings) else MatchSettings.parse({} if model else settings or {})
    names = _common_columns(tables, key)
    columns = model.source_columns() if model else [*_understand(tables, names, chosen, key), *_alone(tables, key)]
    types = _types(tables, names)
    fields = build_fields([column for column in columns if column.name in types], types)
    _require_fields(fields, columns, model)
    if chosen.rules is not None:
        read_rules(fields, chosen.rules, limit=None)  # a rule that cannot be read is said before the records are
    return Understanding(fields, columns, chosen, model)


def _common_columns(tables: Sequence[DataFrame], key: str) -> list[str]:
    for table in tables:
        _require_names(table.columns, key)
    shared = set.intersection(*(set(table.columns) for table in tables))
    return [name for name in tables[0].columns if name in shared and name != key and not name.startswith("_")]


def _alone(tables: Sequence[DataFrame], key: str) -> list[SourceColumn]:
    """Columns that only one of two tables has, for whoever wonders why they are not compared."""
    every = dict.fromkeys(
        name for table in tables for name in table.columns if name != key and not name.startswith("_")
    )
    return [
        SourceColumn(name, "ignore", "in one of the tables only")
        for name in every
        if not all(name in table.columns for table in tables)
    ]


def _types(tables: Sequence[DataFrame], names: Sequence[str]) -> dict[str, str]:
    """The Spark type of each column; what is of two types in two tables is read as text."""
    types = [dict(table.dtypes) for table in tables]
    return {name: types[0][name] if len({one[name] for one in types}) == 1 else "string" for name in names}


def _require_names(columns: Sequence[str], key: str) -> None:
    """Raise where the id column is missing, or where two columns cannot be told apart."""
    folded = Counter(name.casefold() for name in columns)
    alike = [name for name in columns if folded[name.casefold()] > 1]
    if alike:
        raise ConfigurationError(
            "Two columns have the same name but for upper and lower case, which Spark does not tell apart.",
            where="records", found=", ".join(f"`{name}`" for name in alike[:10]), remedy="rename one of them",
        )  # fmt: skip
    if key not in columns:
        near = get_close_matches(key.casefold(), list(folded), n=1)
        meant = next((name for name in columns if near and name.casefold() == near[0]), None)
        raise ConfigurationError(
            "There is no id column of this name.", where=f"column {key}", found=", ".join(columns[:20]),
            remedy=(f"did you mean `{meant}`? " if meant else "")
            + "say which column identifies a record (`id=`, on the command line `--id`)",
        )  # fmt: skip


def _understand(tables: Sequence[DataFrame], names: list[str], settings: MatchSettings, key: str) -> list[SourceColumn]:
    """Look at the values of some records, the same ones in every run, and guess what the columns mean."""
    unknown = sorted({*settings.columns, *settings.placeholders} - set(names))
    if unknown:
        raise ConfigurationError(
            "The settings name columns that are not there.", where="settings, columns", found=", ".join(unknown),
            remedy=f"use columns of the records: {', '.join(names)}",
        )  # fmt: skip
    values = _look(tables, names, key)
    profiles = {name: profile_values(column) for name, column in values.items()}
    columns = guess_columns(profiles, settings.columns)
    if any(column.kind != "ignore" for column in columns):
        return [_with_placeholders(column, values, settings) for column in columns]
    if not any(values.values()):
        return [SourceColumn(name, "phrase", "there are no records") for name in names]
    # One record, or equal ones: there is nothing else to compare than what is the same in all of them.
    varied = {name: replace(profile, distinct=max(profile.distinct, 2)) for name, profile in profiles.items()}
    return guess_columns(varied, settings.columns)


def _with_placeholders(
    column: SourceColumn, values: dict[str, list[str | None]], settings: MatchSettings
) -> SourceColumn:
    """Tell which values of a column stand for "not known"."""
    said = settings.placeholders.get(column.name)
    if said is not None:
        return replace(column, placeholders=tuple(map(simplified, said)))
    found = find_placeholders(values, column.name) if column.kind in KINDS_OF_ONE else ()
    if not found:
        return column
    counted = "one value counts" if len(found) == 1 else f"{len(found)} values count"
    return replace(column, placeholders=found, reason=f"{column.reason}; {counted} as not known")


def _look(tables: Sequence[DataFrame], names: list[str], key: str) -> dict[str, list[str | None]]:
    """Return the values of some records by column."""
    # By number: a name may hold what Spark would take for a path. Cut: a text may have a megabyte.
    texts = [
        F.left(F.col(quoted(name)).cast("string"), F.lit(LONGEST)).alias(f"c{number}")
        for number, name in enumerate(names)
    ]
    values: dict[str, list[str | None]] = {name: [] for name in names}
    for table in tables:
        order = F.xxhash64(F.col(quoted(key)).cast("string")).alias("_order")
        found = table.select(*texts, order).orderBy("_order").limit(LOOKED_AT // len(tables)).toArrow()
        for number, name in enumerate(names):
            values[name] += found.column(f"c{number}").to_pylist()
    return values


def _require_fields(fields: Sequence[Field], columns: Sequence[SourceColumn], model: MatchModel | None) -> None:
    if not fields:
        raise ConfigurationError(
            "There is nothing to compare.", where="records",
            found="; ".join(f"{one.name}: {one.reason}" for one in columns) or "no column besides the id",
            remedy="give at least one column whose values differ, or name its kind in the settings",
        )  # fmt: skip
    names = [field.name for field in fields]
    if model and names == list(model.fields):
        _require_levels(fields, model)
    elif model:
        raise ConfigurationError(
            "The model was fitted on other columns.", where="model, fields", found=", ".join(names),
            remedy=f"give the columns of the model: {', '.join(model.columns)}; or fit a new one",
        )  # fmt: skip


def _require_levels(fields: Sequence[Field], model: MatchModel) -> None:
    """Raise where a field of the model has other levels than its kind, as after an edit of the kind alone."""
    for field in fields:
        known = model.fields[field.name]
        levels = sorted(level.level for level in known.levels)
        if known.kind != field.kind.name or levels != list(range(field.kind.top + 1)):
            raise ConfigurationError(
                "A field of the model is compared in another way than its column says.", where=f"model, fields, {field.name}",
                found=f"{known.kind} with {len(levels)} levels; the column is {field.kind.name} with {field.kind.top + 1}",
                remedy="undo the last edit, or fit a model with the column's kind in the settings (`columns`)",
            )  # fmt: skip
