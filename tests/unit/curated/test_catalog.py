"""What marketing reads of the segments: words and counts, also of empty ones."""

from __future__ import annotations

from datetime import UTC, datetime

from lakehouse.curated.catalog import SEGMENT_COLUMNS, describe_segments
from lakehouse.curated.settings import SegmentSettings

AS_OF = datetime(2026, 3, 30, 10, 30, tzinfo=UTC)
SEGMENTS = {
    "german": SegmentSettings(where="country = 'DE'", description="Customers in <b>Germany</b>"),
    "everybody": SegmentSettings(where="orders >= 0 or orders is missing"),
    "nobody": SegmentSettings(where="orders > 1000"),
}
SCHEMA = "customer_id string, country string, orders bigint, is_mailable boolean, suppression_reason string"


def collect(profiles):
    segments = describe_segments(profiles, SEGMENTS, as_of=AS_OF)
    assert segments.columns == list(SEGMENT_COLUMNS)
    return {row.segment: row for row in segments.collect()}


def test_each_segment_is_told_in_words_and_counts(spark):
    profiles = spark.createDataFrame([
        ("a", "DE", 1, True, None), ("b", "DE", 0, False, "complaint"), ("c", "DE", None, False, "complaint"),
        ("d", "AT", 2, False, "no_consent"), ("e", None, 2, None, None),
    ], SCHEMA)  # fmt: skip
    found = collect(profiles)
    counts = {name: (row.matched, row.members, row.excluded) for name, row in found.items()}
    assert counts == {
        "german": (3, 1, {"complaint": 2}),
        "everybody": (5, 1, {"complaint": 2, "no_consent": 1, "unknown": 1}),
        "nobody": (0, 0, {}),
    }
    assert found["german"].description == "Customers in <b>Germany</b>"
    assert found["german"].condition == "country = 'DE'"
    assert found["german"].in_words == 'Customers for whom country is "DE"; only those who may be mailed.'
    assert {row.as_of.astimezone(UTC) for row in found.values()} == {AS_OF}


def test_without_profiles_every_segment_is_empty_and_without_segments_there_is_no_row(spark):
    nobody = spark.createDataFrame([], SCHEMA)
    assert {name: (row.matched, row.members, row.excluded) for name, row in collect(nobody).items()} == dict.fromkeys(SEGMENTS, (0, 0, {}))
    assert describe_segments(nobody, {}, as_of=AS_OF).collect() == []
