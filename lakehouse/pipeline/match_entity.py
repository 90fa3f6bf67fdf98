"""cleansed entity -> which of its rows mean the same person or thing, by `match:` in its YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.cleansed.scd2 import VALIDITY
from lakehouse.errors import ConfigurationError
from lakehouse.matching import MatchSettings, match

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.cleansed.settings import EntitySettings
    from lakehouse.matching import MatchModel, MatchResult

_KINDS = {"email": "email", "phone": "phone", "country": "country", "postal_code": "postcode"}
"""Normalizer of a column -> what matching may take the column for, whatever it is called."""
_ID = "_entity_key"


def match_entity(
    rows: DataFrame,
    entity: EntitySettings,
    settings: MatchSettings | MatchModel | None = None,
    *,
    labels: DataFrame | None = None,
) -> MatchResult:
    """Find the rows of an entity that mean the same person or thing.

    Args:
        rows: of the entity in the cleansed zone; of an SCD2 history only the current ones are compared.
        entity: what conf/ says of it.
        settings: goes before its `match:`; or a model that was fitted before.
        labels: pairs that a person has judged, as `match` takes them.

    Returns:
        the result; ids are the key of the entity, several keys as a JSON object.

    Raises:
        ConfigurationError: the entity has no key to tell its rows by.
    """
    if not entity.keys:
        raise ConfigurationError(
            "Rows without a key cannot be matched.", where="match", found="an entity without `keys`",
            remedy="name in `keys` the columns that identify a row",
        )  # fmt: skip
    if entity.history.type == "scd2":
        rows = rows.where("is_current").drop(*VALIDITY)
    compared = rows.withColumn(_ID, _key(entity.keys)).drop(*entity.keys)
    return match(compared, id=_ID, settings=settings or _with_kinds(entity), labels=labels)


def _key(keys: list[str]) -> Column:
    return F.col(keys[0]).cast("string") if len(keys) == 1 else F.to_json(F.struct(*keys))


def _with_kinds(entity: EntitySettings) -> MatchSettings:
    """Complete the settings by what the normalizers say of columns."""
    said = entity.match or MatchSettings()
    known = {
        name: kind
        for name, column in entity.columns.items()
        for normalizer, kind in _KINDS.items()
        if normalizer in column.normalize
    }
    columns = {name: kind for name, kind in {**known, **said.columns}.items() if name not in entity.keys}
    return said.model_copy(update={"columns": columns})
