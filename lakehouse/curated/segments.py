"""customer_profiles -> segment_membership: one row for every segment and customer who is in it and may be mailed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.curated.attributes import attribute_type
from lakehouse.curated.compile import compile_condition, segment_column
from lakehouse.curated.conditions import AttributeType, referenced_segments
from lakehouse.curated.language import parse_segments
from lakehouse.curated.settings import SegmentSettings
from lakehouse.curated.windows import to_utc

MEMBERSHIP_COLUMNS = {
    "segment": "Name of the segment in conf/segments/.",
    "customer_id": "A member: meets the condition and may be mailed.",
    "as_of": "The moment (UTC) up to which events count.",
}


def curate_segment_membership(
    profiles: DataFrame, segments: Mapping[str, SegmentSettings], *, as_of: datetime, time_zone: str = "UTC"
) -> DataFrame:
    """Give one row per segment and member: `segment`, `customer_id`, `as_of`.

    A member meets the condition and has `is_mailable`; where that is null the customer is not a member. The profiles
    are read once for all segments.

    Args:
        profiles: what `curate_customer_profiles` gives, or anything with `customer_id`, `is_mailable` and the
            attributes that the conditions use.
        segments: by name.
        as_of: end of the windows in conditions, and a column of the result.
        time_zone: zone of the calendar days in conditions.

    Raises:
        ConditionError: a condition does not fit the columns of the profiles, or segments refer to each other in a
            circle.
    """
    mailable = profiles.where(F.coalesce("is_mailable", F.lit(False)))
    matched = _with_matches(mailable, segments, as_of=as_of, time_zone=time_zone)
    names = [F.when(F.col(segment_column(name)), F.lit(name)) for name in sorted(segments)]
    segment = F.explode(F.array_compact(F.array(*names).cast("array<string>")))
    return matched.select(segment.alias("segment"), "customer_id", F.lit(to_utc(as_of)).alias("as_of"))


def count_segments(
    profiles: DataFrame, segments: Mapping[str, SegmentSettings], *, as_of: datetime, time_zone: str = "UTC"
) -> DataFrame:
    """Count each segment and say why people are left out; one row per segment, also for empty ones.

    Columns: `segment`; `matched`, customers for whom the condition holds; `members`, those of them who may be mailed;
    `excluded`, map from `suppression_reason` to the number of the others (empty where there are none). `matched` =
    `members` + the sum of `excluded`. Without any profile there is no row.

    Raises:
        ConditionError: see `curate_segment_membership`.
    """
    reason = F.when(F.coalesce("is_mailable", F.lit(False)), F.lit(None).cast("string")).otherwise(
        F.coalesce("suppression_reason", F.lit("unknown"))
    )
    matched = _with_matches(profiles, segments, as_of=as_of, time_zone=time_zone)
    by_reason = matched.groupBy(reason.alias("reason")).agg(
        F.lit(None).cast("string").alias("_none"),
        *(F.count_if(F.col(segment_column(name))).alias(segment_column(name)) for name in sorted(segments)),
    )
    return _by_segment(by_reason, sorted(segments))


def _by_segment(by_reason: DataFrame, names: list[str]) -> DataFrame:
    counts = F.array(
        *(F.struct(F.lit(name).alias("segment"), F.col(segment_column(name)).alias("n")) for name in names)
    )
    counted = by_reason.select("reason", F.inline(counts.cast("array<struct<segment:string,n:bigint>>")))
    excluded = F.when(F.col("reason").isNotNull() & (F.col("n") > 0), F.struct("reason", "n"))
    return counted.groupBy("segment").agg(
        F.sum("n").alias("matched"),
        F.coalesce(F.sum(F.when(F.col("reason").isNull(), F.col("n"))), F.lit(0)).alias("members"),
        F.map_from_entries(F.array_sort(F.collect_list(excluded))).alias("excluded"),
    )


def _with_matches(
    profiles: DataFrame, segments: Mapping[str, SegmentSettings], *, as_of: datetime, time_zone: str
) -> DataFrame:
    """Add one boolean column per segment; segments that refer to others come in a later projection than these."""
    attributes = _attributes(profiles)
    conditions = parse_segments({name: segment.where for name, segment in segments.items()}, attributes)
    levels: dict[str, int] = {}
    columns: dict[int, dict[str, Column]] = {}
    for name, condition in conditions.items():
        levels[name] = 1 + max((levels[other] for other in referenced_segments(condition)), default=0)
        column = compile_condition(condition, attributes, as_of=as_of, time_zone=time_zone)
        columns.setdefault(levels[name], {})[segment_column(name)] = column
    matched = _without_nan(profiles)
    for level in sorted(columns):
        matched = matched.withColumns(columns[level])
    return matched


def _attributes(profiles: DataFrame) -> dict[str, AttributeType]:
    kinds = {field.name: attribute_type(field.dataType.simpleString()) for field in profiles.schema}
    return {name: kind for name, kind in kinds.items() if kind is not None}


def _without_nan(profiles: DataFrame) -> DataFrame:
    floats = [field.name for field in profiles.schema if field.dataType.simpleString() in ("float", "double")]
    return profiles.withColumns({name: F.when(~F.isnan(name), F.col(name)) for name in floats})
