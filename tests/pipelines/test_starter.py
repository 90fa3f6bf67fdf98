"""`lakehouse init` writes a lake that runs at once, through the command line as a new user would type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent / "lakehouse"


def lakehouse(folder, *arguments, expect=0):
    environment = {**os.environ, "LAKEHOUSE_SPARK_PROFILE": "test", "COLUMNS": "100"}
    done = subprocess.run(
        [BIN, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done


def test_init_run_show_and_run_again(tmp_path):
    lakehouse(tmp_path, "init", "shop")
    shop = tmp_path / "shop"
    valid = lakehouse(shop, "validate")
    assert "is fine" in valid.stdout
    report = json.loads(lakehouse(shop, "run", "--as-of", "2026-06-01", "--json").stdout.splitlines()[-1])
    steps = {step["step"]: step for step in report["steps"]}
    cleanse = steps["cleanse customers"]
    assert report["status"] == "done"
    assert (cleanse["rows_in"], cleanse["rows_out"], cleanse["rows_quarantined"], cleanse["rows_duplicate"]) == (
        14,
        5,
        8,
        1,
    )
    shown = lakehouse(shop, "show", "customers", "--json").stdout.splitlines()[-1]
    assert len(json.loads(shown)["rows"]) == 5
    assert "@" not in shown
    assert "Nothing new" in lakehouse(shop, "run", "--as-of", "2026-06-01").stdout
    assert "did you mean" in lakehouse(shop, "show", "custmers", expect=2).stderr
    job = [sys.executable, ROOT / "jobs" / "run.py", "--as-of", "2026-06-01", "--json"]
    environment = {**os.environ, "LAKEHOUSE_SPARK_PROFILE": "test"}
    done = subprocess.run(job, cwd=shop, env=environment, capture_output=True, text=True, timeout=300, check=True)
    assert json.loads(done.stdout.splitlines()[-1])["status"] == "nothing new"


def test_a_wrong_conf_ends_with_2_and_all_findings(tmp_path):
    lakehouse(tmp_path, "init", "shop")
    entity = tmp_path / "shop" / "conf" / "entities" / "customers.yaml"
    entity.write_text(entity.read_text() + "\nnormaliser: x\ndescripton: y\n")
    told = lakehouse(tmp_path / "shop", "validate", expect=2)
    assert told.stderr.count("unknown key") == 2
    assert "did you mean `description`" in told.stderr
    assert json.loads(lakehouse(tmp_path / "shop", "validate", "--json", expect=2).stdout)["exit_code"] == 2
