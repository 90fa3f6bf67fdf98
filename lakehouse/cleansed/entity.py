"""raw.<source> -> judged rows of an entity: typed, normalized, checked, each with its reasons or none.

records -> texts -> values -> expressions -> transform -> verdict
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.cleansed.typing import (
    TEXT,
    can_fail,
    rescued,
    stored_columns,
    type_checks,
    with_expressions,
    with_texts,
    with_values,
)
from lakehouse.quality.rules import Check, compile_rule, is_accepted, with_verdict
from lakehouse.quality.settings import RequiredRule

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pyspark.sql import Column, DataFrame

    from lakehouse.cleansed.settings import EntitySettings

LINEAGE = ("_source", "_source_file", "_record_id", "_ingested_at", "_run_id", "_batch_id")
QUARANTINE = ("record", "_corrupt_record", "_reasons", *LINEAGE)


def judge_records(
    records: DataFrame,
    entity: EntitySettings,
    *,
    as_of: datetime,
    transform: Callable[[DataFrame], DataFrame] | None = None,
) -> DataFrame:
    """Type, normalize and check the records of one source; one row out for each record in.

    Args:
        records: rows of a raw table.
        entity: what they become.
        as_of: the instant that rules with relative dates count from.
        transform: the entity's own function over the typed rows.

    Returns:
        the entity's columns, `_rescued` (where the entity rescues), `_reasons`, `_warnings` (array<string>, never
        null), the lineage columns, and `record` and `_corrupt_record` where the row has reasons.
    """
    rows = with_expressions(with_values(with_texts(records, entity), entity), entity)
    if transform is not None:
        rows = rows.transform(transform)
    judged = with_verdict(rows, [*_record_checks(), *type_checks(entity), *_rule_checks(entity, as_of)])
    return judged.select(*_columns(entity))


def _columns(entity: EntitySettings) -> list[Column | str]:
    kept = [F.when(~is_accepted(), F.col(name)).alias(name) for name in ("record", "_corrupt_record")]
    extra = [rescued(entity).alias("_rescued")] if entity.on_type_error == "rescue" else []
    return [*entity.columns, *extra, "_reasons", "_warnings", *kept, *LINEAGE]


def _record_checks() -> list[Check]:
    corrupt = F.col("_corrupt_reason").isNotNull()
    return [Check("record.corrupt", corrupt, "quarantine", F.col("_corrupt_reason"))]


def _rule_checks(entity: EntitySettings, as_of: datetime) -> list[Check]:
    types = {name: column.type for name, column in entity.columns.items()}
    rules = [*_key_rules(entity), *entity.rules]
    # A corrupt record has no fields, and a field that could not be typed has its own reason: do not blame them twice.
    intact = F.col("_corrupt_reason").isNull()
    typed = {name for name, column in stored_columns(entity).items() if can_fail(column)}
    checks = []
    for rule in rules:
        check = compile_rule(rule, types, as_of=as_of)
        broken = check.broken & intact
        if isinstance(rule, RequiredRule) and rule.column in typed and not _must_be_there(rule, entity):
            broken = broken & F.col(f"{TEXT}{rule.column}").isNull()
        checks.append(Check(check.name, broken, check.severity, check.detail))
    return checks


def _must_be_there(rule: RequiredRule, entity: EntitySettings) -> bool:
    """Tell whether the table cannot hold a row without the value, and nothing but this rule keeps the row out."""
    return entity.on_type_error == "rescue" and rule.column in _identity(entity)


def _identity(entity: EntitySettings) -> list[str]:
    """Return the columns without which a row has no place in the table: its keys, and where its validity starts."""
    return [*entity.keys, *([entity.history.order_by or ""] if entity.history.type == "scd2" else [])]


def _key_rules(entity: EntitySettings) -> list[RequiredRule]:
    """A key must be there, and so must the start of a validity, whether or not the entity says so."""
    said = {rule.column for rule in entity.rules if isinstance(rule, RequiredRule) and rule.severity != "warn"}
    return [RequiredRule(rule="required", column=name) for name in _identity(entity) if name not in said]
