"""customer_profiles + segment settings -> segments: what marketing needs to know of each, in words and counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.curated.explain import describe
from lakehouse.curated.language import parse_condition
from lakehouse.curated.segments import count_segments
from lakehouse.curated.settings import SegmentSettings
from lakehouse.curated.windows import to_utc
from lakehouse.session import local_rows

SEGMENT_COLUMNS = {
    "segment": "Name of the segment; one row each, also for empty ones.",
    "description": "What it is for, as written in conf/segments/.",
    "condition": "Its condition, as written there.",
    "in_words": "Its condition in plain English.",
    "matched": "Customers for whom the condition holds.",
    "members": "Those of them who may be mailed.",
    "excluded": "suppression_reason -> how many of the matched may not be mailed; matched = members + their sum.",
    "as_of": "The moment (UTC) up to which events count.",
}


def describe_segments(
    profiles: DataFrame, segments: Mapping[str, SegmentSettings], *, as_of: datetime, time_zone: str = "UTC"
) -> DataFrame:
    """Give one row per segment with the columns of `SEGMENT_COLUMNS`; counts are 0 where there are no profiles."""
    told = [
        (name, segment.description, segment.where, describe(parse_condition(segment.where)))
        for name, segment in sorted(segments.items())
    ]
    names = local_rows(profiles.sparkSession, told, "segment", "description", "condition", "in_words")
    counts = count_segments(profiles, segments, as_of=as_of, time_zone=time_zone)
    return names.join(F.broadcast(counts), on="segment", how="left").select(
        "segment",
        "description",
        "condition",
        "in_words",
        F.coalesce("matched", F.lit(0)).alias("matched"),
        F.coalesce("members", F.lit(0)).alias("members"),
        F.coalesce("excluded", F.create_map().cast("map<string,bigint>")).alias("excluded"),
        F.lit(to_utc(as_of)).alias("as_of"),
    )
