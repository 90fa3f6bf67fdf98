"""raw records -> typed rows: field by field text -> normalized -> typed, and a check wherever that did not work.

Typing never raises and never silently yields null: a value that was there and is not there afterwards becomes a check
that quarantines the row, or goes to `_rescued` where the entity says so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.address import normalize_address, normalize_postal_code
from lakehouse.columns.category import normalize_category
from lakehouse.columns.country import normalize_country, normalize_currency, normalize_language
from lakehouse.columns.email import normalize_email
from lakehouse.columns.measure import from_minor_units, parse_measure
from lakehouse.columns.name import normalize_name
from lakehouse.columns.number import parse_boolean, parse_number
from lakehouse.columns.phone import normalize_phone
from lakehouse.columns.text import blank_to_null, normalize_lower, normalize_text, normalize_upper, strip
from lakehouse.columns.time import dst_flag, parse_date, parse_timestamp
from lakehouse.quality.rules import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import Column, DataFrame

    from lakehouse.cleansed.settings import ColumnSettings, EntitySettings

TEXT = "_text_"
"""Prefix of the columns that hold a field's text between reading and typing."""

_PLAIN: Mapping[str, Callable[[Column], Column]] = {
    "text": normalize_text,
    "lower": normalize_lower,
    "upper": normalize_upper,
    "email": normalize_email,
    "name": normalize_name,
    "address": normalize_address,
    "country": normalize_country,
    "currency": normalize_currency,
    "language": normalize_language,
}
_REGIONAL: Mapping[str, Callable[[Column, Column], Column]] = {
    "phone": normalize_phone,
    "postal_code": normalize_postal_code,
}


def with_texts(records: DataFrame, entity: EntitySettings) -> DataFrame:
    """Read the declared fields of each record as text; schema is applied here and nowhere before.

    Args:
        records: rows of a raw table.
        entity: what to read.

    Returns:
        the columns of `records`, and `_text_<column>` (string, null where the field is missing, null or blank) for
        every column with a place in the record; for `variant` columns the value itself.
    """
    stored = stored_columns(entity)
    read = records.withColumns({f"{TEXT}{name}": _field(name, column) for name, column in stored.items()})
    # A projection of its own, so that no field is taken out of the record twice.
    texts = {name: column for name, column in stored.items() if column.type != "variant"}
    return read.withColumns(
        {f"{TEXT}{name}": blank_to_null(F.col(f"{TEXT}{name}"), column.null_values) for name, column in texts.items()}
    )


def stored_columns(entity: EntitySettings) -> dict[str, ColumnSettings]:
    """Return the columns that come from the record, not from `sql` or `transform`."""
    return {name: column for name, column in entity.columns.items() if not column.sql and not column.derived}


def source_fields(entity: EntitySettings) -> list[str]:
    """Return the names of the top-level fields that the entity reads from its source."""
    paths = [column.source or name for name, column in stored_columns(entity).items()]
    return [path for path in paths if not path.startswith("$")]


def json_path(path: str) -> str:
    """Return the JSON path of a field name; a text that starts with `$` is one already."""
    if path.startswith("$"):
        return path
    # A quote cannot be escaped in a bracketed name, but a name that holds one can stand in the other form.
    return f'$["{path}"]' if '"' not in path else f"$['{path}']"


def _field(name: str, column: ColumnSettings) -> Column:
    path = json_path(column.source or name)
    return F.try_variant_get("record", path, "variant" if column.type == "variant" else "string")


def with_values(texts: DataFrame, entity: EntitySettings) -> DataFrame:
    """Normalize and type the texts.

    Args:
        texts: the frame of `with_texts`.
        entity: how.

    Returns:
        the columns of `texts` and the declared columns that come from the record.
    """
    stored = stored_columns(entity)
    plain = {name: column for name, column in stored.items() if not _depends(column)}
    regional = {name: column for name, column in stored.items() if _depends(column)}
    # Columns that look at a country or currency of the same row come after it.
    rows = texts.withColumns({name: _value(name, column, entity) for name, column in plain.items()})
    return rows.withColumns({name: _value(name, column, entity) for name, column in regional.items()})


def _depends(column: ColumnSettings) -> bool:
    return bool(column.region or column.minor_units or set(column.normalize) & set(_REGIONAL))


def _value(name: str, column: ColumnSettings, entity: EntitySettings) -> Column:
    text = F.col(f"{TEXT}{name}")
    if column.type == "variant":
        return text
    for normalizer in column.normalize:
        if normalizer in _PLAIN:
            text = _PLAIN[normalizer](text)
        else:
            text = _REGIONAL[normalizer](text, _region(column, entity))
    if column.mapping is not None:
        mapped = normalize_category(text, column.mapping)
        text = F.coalesce(mapped, text) if column.unmapped == "keep" else mapped
    return _typed(text, column, entity)


def _region(column: ColumnSettings, entity: EntitySettings) -> Column:
    if column.region is None:
        return F.lit(None).cast("string")
    return F.col(column.region) if column.region in entity.columns else F.lit(column.region.upper())


def _typed(text: Column, column: ColumnSettings, entity: EntitySettings) -> Column:
    kind, zone = column.type, column.time_zone or entity.time_zone
    if column.unit:
        return _fit(parse_measure(strip(text), column.unit.to, column.unit.default), kind)
    if kind == "string":
        return text
    if kind == "boolean":
        return parse_boolean(strip(text), column.true_values, column.false_values)
    if kind == "date":
        return parse_date(strip(text), column.formats or ["iso"])
    if kind == "timestamp":
        return parse_timestamp(strip(text), column.formats or ["iso"], zone)
    if column.minor_units:
        code = column.minor_units.currency
        currency = F.col(code) if code in entity.columns else F.lit(code.upper())
        amount = parse_number(text, "decimal(38,0)", column.decimal_separator)
        return _fit(from_minor_units(amount, currency), kind)
    return parse_number(text, kind, column.decimal_separator)


def _fit(number: Column, kind: str) -> Column:
    """Bring a number into its declared type; null where it does not fit."""
    scale = re.fullmatch(r"decimal\(\d+,\s*(\d+)\)", kind)
    return F.round(number, int(scale[1])).try_cast(kind) if scale else number.try_cast(kind)


def with_expressions(rows: DataFrame, entity: EntitySettings) -> DataFrame:
    """Add the `sql` columns in the order in which the entity declares them."""
    for name, column in entity.columns.items():
        if column.sql:
            rows = rows.withColumn(name, F.expr(column.sql).try_cast(column.type))
    return rows


def type_checks(entity: EntitySettings) -> list[Check]:
    """Return the checks for values that were there and could not be typed, and for clock changes.

    The checks look at the columns of `with_texts` and `with_values`; the former must still be there.
    """
    checks = [_lost(name, column, entity) for name, column in stored_columns(entity).items() if can_fail(column)]
    clocks = [
        _clock_change(name, column, entity)
        for name, column in stored_columns(entity).items()
        if column.type == "timestamp" and (column.time_zone or entity.time_zone).upper() not in ("UTC", "Z")
    ]
    return checks + clocks


def can_fail(column: ColumnSettings) -> bool:
    """Tell whether a text of the column may turn out to be no value of it, which its `.type` check then tells."""
    if column.unmapped == "null" and column.mapping is not None:
        return False
    partial = {"phone", "country", "currency", "postal_code", "language"} & set(column.normalize)
    return column.type not in ("string", "variant") or bool(partial) or column.mapping is not None


def _lost(name: str, column: ColumnSettings, entity: EntitySettings) -> Check:
    text = F.col(f"{TEXT}{name}")
    broken = text.isNotNull() & F.col(name).isNull()
    severity = "warn" if entity.on_type_error == "rescue" else "quarantine"
    detail = F.concat(value_class(text), F.lit(f" is not {_wanted(column)}"))
    return Check(f"{name}.type", broken, severity, detail)


def _wanted(column: ColumnSettings) -> str:
    if column.mapping is not None and column.unmapped != "keep":
        return "in its mapping"
    if column.unit:
        return f"a measure that converts to {column.unit.to}"
    if column.type == "string":
        return "a known " + " or ".join(column.normalize).replace("_", " ")
    formats = f" ({' or '.join(column.formats)})" if column.formats else ""
    return f"{column.type}{formats}"


def value_class(text: Column) -> Column:
    """Name the kind of a text without telling it: date, number, object, array, mark (no letter or digit) or text."""
    return (
        F.when(text.rlike(r"\A[0-9]{1,5}[-./][0-9]{1,2}[-./][0-9]{1,5}"), F.lit("date"))
        .when(text.rlike(r"\A[+-]?[0-9][0-9., ']*\z"), F.lit("number"))
        .when(text.startswith("{"), F.lit("object"))
        .when(text.startswith("["), F.lit("array"))
        .when(text.rlike(r"\A[^\p{L}\p{N}]*\z"), F.lit("mark"))
        .otherwise(F.lit("text"))
    )


def _clock_change(name: str, column: ColumnSettings, entity: EntitySettings) -> Check:
    flag = dst_flag(strip(F.col(f"{TEXT}{name}")), column.formats or ["iso"], column.time_zone or entity.time_zone)
    return Check(f"{name}.dst", flag.isNotNull(), "warn", flag)


def rescued(entity: EntitySettings) -> Column:
    """Return the texts that could not be typed as JSON (column -> text), or null; for `on_type_error: rescue`."""
    names = [name for name, column in stored_columns(entity).items() if can_fail(column)]
    lost = [
        F.when(F.col(f"{TEXT}{name}").isNotNull() & F.col(name).isNull(), F.col(f"{TEXT}{name}")).alias(name)
        for name in names
    ]
    text = F.to_json(F.struct(*lost)) if lost else F.lit("{}")
    return F.when(text != "{}", text)
