"""records -> groups of records that are equal in the columns of a rule: the rule is judged once a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Groups:
    """Records by the values of some columns.

    Attributes:
        members: `_id`, `_group`; one row for every record of a group of several.
        values: `_group`, `_size` and the columns; one row for every group. A group is named by its smallest `_id`.
    """

    members: DataFrame
    values: DataFrame


def group_records(records: DataFrame, columns: Sequence[str]) -> Groups:
    """Group the records that agree in all columns; records with a null in one of them are left out.

    Args:
        records: `_id` (unique) and the columns.
        columns: columns of types that can be ordered.
    """
    complete = records.select("_id", *columns).na.drop(subset=list(columns))
    same = Window.partitionBy(*columns)
    labeled = complete.withColumns({"_group": F.min("_id").over(same), "_size": F.count(F.lit(1)).over(same)})
    return Groups(
        members=labeled.where("_size > 1").select("_id", "_group"),
        values=labeled.where(F.col("_id") == F.col("_group")).drop("_id"),
    )
