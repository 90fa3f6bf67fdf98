"""The jobs as a cluster runs them: executors in processes of their own, the package from the zip of a built wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest
from deltalake import DeltaTable

from lakehouse.environment.jars import require_jars
from lakehouse.environment.java import find_java

ROOT = Path(__file__).parents[2]
JOBS = sorted(path.name for path in (ROOT / "jobs").glob("*.py"))


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """The wheel, under the name of a zip."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return shutil.copy(next(folder.glob("lakehouse-*.whl")), folder / "lakehouse.zip")


def submit(package: Path, folder: Path, *arguments: str) -> dict:
    """Run jobs/run.py by spark-submit; files given by --py-files go before an installed package."""
    java = find_java()
    spark_home = Path(pyspark.__file__).parent
    command = [
        spark_home / "bin" / "spark-submit", "--master", "local-cluster[2,1,1024]", "--driver-memory", "1g",
        "--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2",
        "--conf", "spark.databricks.delta.snapshotPartitions=2",
        "--jars", ",".join(map(str, require_jars(java))), "--py-files", package, ROOT / "jobs" / "run.py", *arguments,
    ]  # fmt: skip
    environment = {
        **os.environ, "JAVA_HOME": str(java.home), "SPARK_HOME": str(spark_home), "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable,
    }  # fmt: skip
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_a_cluster_fills_the_lake(package, tmp_path):
    from lakehouse.config.starter import write_starter

    write_starter(tmp_path / "shop")
    report = submit(package, tmp_path / "shop", "--as-of", "2026-06-01", "--json")
    steps = {step["step"]: step for step in report["steps"]}
    assert report["status"] == "done"
    assert (steps["cleanse customers"]["rows_in"], steps["cleanse customers"]["rows_out"]) == (14, 5)
    lake = tmp_path / "shop" / "lake"
    assert len(DeltaTable(lake / "cleansed" / "customers").to_pyarrow_table()) == 5
    assert len(DeltaTable(lake / "curated" / "customer_profiles").to_pyarrow_table()) == 5


def test_every_job_is_a_few_lines():
    assert JOBS == ["cleanse.py", "curate.py", "ingest.py", "run.py"]
    assert all(len((ROOT / "jobs" / name).read_text().splitlines()) <= 40 for name in JOBS)
