"""`lakehouse init` writes a lake that runs at once, through the command line as a new user would type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent / "lakehouse"


def lakehouse(folder, *arguments, expect=0):
    environment = {**os.environ, "LAKEHOUSE_SPARK_PROFILE": "test", "COLUMNS": "100"}
    done = subprocess.run(
        [BIN, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done


@pytest.mark.slow
def test_the_new_lake_runs_as_a_job(tmp_path):
    # What the commands print, and that a second run has nothing to do, is told, and tested, in docs/first-lake.md.
    lakehouse(tmp_path, "init", "shop")
    job = [sys.executable, ROOT / "jobs" / "run.py", "--as-of", "2026-06-01", "--json"]
    environment = {**os.environ, "LAKEHOUSE_SPARK_PROFILE": "test"}
    done = subprocess.run(
        job, cwd=tmp_path / "shop", env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    report = json.loads(done.stdout.splitlines()[-1])
    cleanse = next(step for step in report["steps"] if step["step"] == "cleanse customers")
    counts = [cleanse[f"rows_{name}"] for name in ("in", "out", "quarantined", "duplicate")]
    assert (report["status"], counts) == ("done", [14, 5, 8, 1])


def test_a_wrong_conf_ends_with_2_and_all_findings(tmp_path):
    lakehouse(tmp_path, "init", "shop")
    entity = tmp_path / "shop" / "conf" / "entities" / "customers.yaml"
    entity.write_text(entity.read_text() + "\nnormaliser: x\ndescripton: y\n")
    told = lakehouse(tmp_path / "shop", "validate", expect=2)
    assert told.stderr.count("unknown key") == 2
    assert "did you mean `description`" in told.stderr
    assert json.loads(lakehouse(tmp_path / "shop", "validate", "--json", expect=2).stdout)["exit_code"] == 2
