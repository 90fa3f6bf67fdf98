"""The jobs as spark-submit runs them, the package from the zip of a built wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest

from lakehouse.environment.jars import require_jars
from lakehouse.environment.java import find_java

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """The wheel, under the name of a zip."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return shutil.copy(next(folder.glob("lakehouse-*.whl")), folder / "lakehouse.zip")


@pytest.fixture
def submit(package):
    """`submit(folder, options, job, *arguments)`: run a job from a folder; files given by --py-files go before an installed
    package."""

    def run(folder: Path, options: list[object], job: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        java, spark_home = find_java(), Path(pyspark.__file__).parent
        command = [
            spark_home / "bin" / "spark-submit", *options, "--jars", ",".join(map(str, require_jars(java))),
            "--py-files", package, ROOT / "jobs" / f"{job}.py", *arguments,
        ]  # fmt: skip
        environment = {
            **os.environ, "JAVA_HOME": str(java.home), "SPARK_HOME": str(spark_home), "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable,
        }  # fmt: skip
        return subprocess.run(
            list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, timeout=500, check=False
        )

    return run
