"""The jobs as a cluster runs them: executors in processes of their own, the package from the zip of a built wheel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable

JOBS = Path(__file__).parents[2] / "jobs"
CLUSTER = [
    "--master", "local-cluster[2,1,1024]", "--driver-memory", "1g", "--conf", "spark.ui.enabled=false",
    "--conf", "spark.sql.shuffle.partitions=2", "--conf", "spark.databricks.delta.snapshotPartitions=2",
]  # fmt: skip


@pytest.mark.slow
def test_a_cluster_fills_the_lake(submit, tmp_path):
    from lakehouse.config.starter import write_starter

    write_starter(tmp_path / "shop")
    done = submit(tmp_path / "shop", CLUSTER, "run", "--as-of", "2026-06-01", "--json")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    report = json.loads(done.stdout.splitlines()[-1])
    steps = {step["step"]: step for step in report["steps"]}
    assert report["status"] == "done"
    assert (steps["cleanse customers"]["rows_in"], steps["cleanse customers"]["rows_out"]) == (14, 5)
    lake = tmp_path / "shop" / "lake"
    assert len(DeltaTable(lake / "cleansed" / "customers").to_pyarrow_table()) == 5
    assert len(DeltaTable(lake / "curated" / "customer_profiles").to_pyarrow_table()) == 5


def test_every_job_is_a_few_lines():
    jobs = sorted(JOBS.glob("*.py"))
    assert [job.name for job in jobs] == ["cleanse.py", "curate.py", "ingest.py", "run.py"]
    assert all(len(job.read_text().splitlines()) <= 40 for job in jobs)
