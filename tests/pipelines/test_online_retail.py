"""Online Retail (Daqing Chen, UCI Machine Learning Repository 352) through the front doors: the published figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import functions as F

from lakehouse import Lake

pytestmark = pytest.mark.slow

CONF = Path(__file__).parent / "online_retail" / "conf"


@pytest.fixture(scope="module")
def lake(spark, shared_data, tmp_path_factory):
    folder = shared_data / "online_retail"
    if not folder.is_dir():
        pytest.skip(f"no Online Retail in {folder}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONLINE_RETAIL", str(folder))
        lake = Lake.open(CONF, root=str(tmp_path_factory.mktemp("retail") / "lake"), spark=spark)
        lake.report = lake.run(as_of="2011-12-10")
        yield lake


def test_every_line_lands_and_is_accounted_for(lake):
    ingest, cleanse = lake.report.steps[:2]
    assert (ingest.rows_in, ingest.rows_out) == (541_909, 541_909)
    assert (cleanse.rows_in, cleanse.rows_out, cleanse.rows_quarantined, cleanse.rows_duplicate) == (
        541_909,
        397_884,
        144_025,
        0,
    )
    assert cleanse.reasons["customer_id.required"] == 135_080
    assert cleanse.reasons["not_cancelled"] == 9_288
    assert cleanse.reasons["quantity.range"] == 10_624
    assert cleanse.reasons["unit_price.range"] == 2_517
    assert lake.raw("order_lines").where("_corrupt_record IS NOT NULL").count() == 0
    assert lake.raw("order_lines").select("_record_id").distinct().count() == 541_909


def test_raw_keeps_stock_codes_as_written(lake):
    codes = lake.raw("order_lines").select(F.try_variant_get("record", "$.StockCode", "string").alias("code"))
    assert codes.distinct().count() == 4_070


def test_the_usual_cleaning_gives_the_published_figures(lake):
    lines = lake.cleansed("order_lines")
    found = lines.agg(
        F.count("*"),
        F.countDistinct("invoice_no"),
        F.countDistinct("customer_id"),
        F.sum(F.expr("quantity * unit_price")),
    ).collect()[0]
    assert (found[0], found[1], found[2]) == (397_884, 18_532, 4_338)
    assert round(float(found[3]), 3) == 8_911_407.904


def test_rfm_as_of_a_day_gives_the_published_figures(lake):
    rfm = lake.curated("rfm")
    wanted = {12347: (3, 7, 4310.00), 12346: (326, 1, 77183.60), 12348: (76, 4, 1797.24)}
    found = rfm.where(F.col("customer_id").isin(*wanted)).collect()
    assert {
        r["customer_id"]: (r["recency_days"], r["frequency"], round(float(r["monetary"]), 2)) for r in found
    } == wanted
    figures = rfm.agg(
        F.count("*"), F.avg("recency_days"), F.percentile("recency_days", 0.5), F.avg("frequency"), F.max("frequency"),
        F.avg("monetary"), F.max("monetary"),
    ).collect()[0]  # fmt: skip
    assert [round(float(value), 2) for value in figures] == [4338, 93.06, 51.0, 4.27, 209, 2054.27, 280206.02]


def test_a_second_run_writes_nothing(lake):
    again = lake.run(as_of="2011-12-10")
    assert again.status == "nothing new"
    assert all(step.version_before == step.version_after for step in again.steps)
