"""A table -> rows that may be shown: personal data is masked before it reaches the driver."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.mask import mask

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.cleansed.settings import ColumnSettings
    from lakehouse.config.model import LakeConfig

_PERSONAL_NORMALIZERS = {"email", "phone", "name", "address", "postal_code"}
_PERSONAL_NAME = re.compile(
    r"(?:\A|_)(?:e?mail|phone|mobile|fax|(?:first|last|given|family|full|sur|user)_?name|surname|name|street|address|"
    r"birth\w*|dob|post(?:al)?_?code|zip|city|iban|ssn|ip|lat|lon|latitude|longitude)(?:\Z|_)"
)
_ALWAYS = frozenset({"record", "_corrupt_record", "_rescued"})


def personal_columns(config: LakeConfig, zone: str, name: str) -> frozenset[str]:
    """Return the columns of a table whose values can identify a person."""
    if zone in ("raw", "quarantine"):
        return _ALWAYS
    if zone == "cleansed":
        return _ALWAYS | _of_entity(config, name)
    role = config.curated.customers
    if zone == "curated" and role is not None:
        personal = _of_entity(config, role.entity)
        return frozenset({"email", *(name for name in role.attributes if name in personal)})
    return frozenset({"email"})


def _of_entity(config: LakeConfig, name: str) -> frozenset[str]:
    columns = config.entities[name].columns
    return frozenset(column for column, settings in columns.items() if is_personal(column, settings))


def is_personal(name: str, column: ColumnSettings) -> bool:
    """Tell whether a column is personal: as conf/ says, else by its normalizers and its name."""
    if column.personal is not None:
        return column.personal
    return bool(_PERSONAL_NORMALIZERS & set(column.normalize)) or _PERSONAL_NAME.search(name) is not None


def masked(rows: DataFrame, personal: frozenset[str]) -> DataFrame:
    """Return the rows as texts and numbers that may be shown; variants become JSON text."""
    columns = []
    for name, kind in rows.dtypes:
        column = F.col(f"`{name}`")
        if name in personal:
            columns.append(mask(column, kind).alias(name))
        else:
            columns.append(F.to_json(column).alias(name) if kind == "variant" else column)
    return rows.select(*columns)
