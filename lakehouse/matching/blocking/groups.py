"""records -> groups of records that are equal in the columns of a rule: the rule is judged once a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from lakehouse.matching.blocking.plan import RulePlan


@dataclass(frozen=True)
class Groups:
    """Records by the values of some columns.

    Attributes:
        members: `_id`, `_group`; one row for every record of a group of several.
        values: `_group`, `_size` and the columns; one row for every group. A group is named by its smallest `_id`.
    """

    members: DataFrame
    values: DataFrame


def group_records(records: DataFrame, columns: Sequence[str], *, required: Sequence[str] | None = None) -> Groups:
    """Group the records that agree in all columns, be it that they lack a value.

    Args:
        records: `_id` (unique) and the columns.
        columns: columns of types that can be ordered.
        required: columns whose nulls leave a record out; None stands for all.
    """
    complete = records.select("_id", *columns).na.drop(subset=list(columns if required is None else required))
    same = Window.partitionBy(*columns)
    labeled = complete.withColumns({"_group": F.min("_id").over(same), "_size": F.count(F.lit(1)).over(same)})
    return Groups(
        members=labeled.where("_size > 1").select("_id", "_group"),
        values=labeled.where(F.col("_id") == F.col("_group")).drop("_id"),
    )


def group_bundle(records: DataFrame, bundle: Mapping[int, RulePlan]) -> Groups:
    """Group the records by all columns of the rules that find their pairs together.

    A record that lacks a value takes part as long as it has what every one of the rules asks for.
    """
    columns = [plan.rule.columns for plan in bundle.values()]
    union = list(dict.fromkeys(name for some in columns for name in some))
    return group_records(records, union, required=[name for name in union if all(name in some for some in columns)])
