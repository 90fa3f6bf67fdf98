"""What Spark is asked to do: no Python per row, one scan of raw for an entity with all its rules, nothing run early."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from lakehouse.cleansed.entity import judge_records
from lakehouse.curated.customer_profiles import curate_customer_profiles
from lakehouse.curated.rfm import curate_rfm
from lakehouse.curated.segments import curate_segment_membership
from lakehouse.raw.landing import RAW_SCHEMA

pytestmark = pytest.mark.slow

AS_OF = datetime(2026, 2, 1, tzinfo=UTC)
ENTITIES = ("customers", "customer_history", "orders", "email_events", "web_events")


def plan(frame) -> str:
    """The optimized and the physical plan of a frame."""
    return frame._jdf.queryExecution().toString()


def physical(frame) -> str:
    return frame._jdf.queryExecution().executedPlan().toString()


@pytest.fixture
def jobs(spark):
    """Tell how many Spark jobs a piece of code starts."""

    def count(act) -> int:
        spark.sparkContext.setJobGroup("counted", "counted")
        try:
            act()
            return len(spark.sparkContext.statusTracker().getJobIdsForGroup("counted"))
        finally:
            spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)

    return count


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_entity_is_judged_in_one_scan_without_python_and_without_a_shuffle(demo_lake, entity, jobs):
    settings = demo_lake.config.entities[entity]
    raw = demo_lake.raw(settings.source)
    judged = []
    assert jobs(lambda: judged.append(judge_records(raw, settings, as_of=AS_OF))) == 0
    text = plan(judged[0])
    assert not re.search(r"Python|ArrowEval|MapInPandas", text)
    assert len(re.findall(r"FileScan", physical(judged[0]))) == 1
    assert not re.search(r"Exchange|Join", physical(judged[0]))


def test_judging_works_on_a_stream(demo_lake, spark):
    settings = demo_lake.config.entities["customers"]
    stream = spark.readStream.format("delta").load(demo_lake.layout.table("raw", settings.source))
    assert stream.schema.names == RAW_SCHEMA.names
    assert judge_records(stream, settings, as_of=AS_OF).isStreaming


def test_curated_tables_are_described_not_computed(demo_lake, jobs):
    curated = demo_lake.config.curated
    tables = {name: demo_lake.cleansed(name) for name in curated.entities.values()}
    profiles = demo_lake.curated("customer_profiles")
    frames = []

    def build():
        frames.append(curate_customer_profiles(tables, curated, as_of=AS_OF, time_zone="UTC"))
        frames.append(curate_rfm(tables["orders"], curated, as_of=AS_OF, time_zone="UTC"))
        frames.append(curate_segment_membership(profiles, demo_lake.config.segments, as_of=AS_OF, time_zone="UTC"))

    assert jobs(build) == 0
    for frame in frames:
        assert not re.search(r"Python|ArrowEval|CartesianProduct", plan(frame))
