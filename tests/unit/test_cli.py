"""The command line without Spark: options, exit codes, speed, and what is printed of errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from lakehouse import cli
from lakehouse.errors import ConfigurationError, Finding
from lakehouse.lake import parse_moment
from lakehouse.terminal import Terminal, unexpected


def test_shared_options_may_stand_behind_the_command():
    found = cli.shared_options_first(["run", "--as-of", "2026-01-01", "--conf", "c", "--json", "--root=r"])
    assert found == ["--conf", "c", "--json", "--root=r", "run", "--as-of", "2026-01-01"]
    assert cli.shared_options_first(["run", "--conf"]) == ["--conf", "run"]


def test_help_and_validate_do_not_import_spark():
    code = "import sys, lakehouse.cli, lakehouse.config.load; sys.exit('pyspark.sql' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_comes_at_once(tmp_path):
    before = os.times()
    subprocess.run([sys.executable, "-m", "lakehouse.cli", "--help"], check=True, capture_output=True)
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 1


def test_an_error_ends_with_its_exit_code_and_says_what_to_do(capsys, tmp_path):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--conf", str(tmp_path / "none"), "validate", "--json"])
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert "none" in err
    value = json.loads(out.splitlines()[-1])
    assert (value["status"], value["exit_code"]) == ("failed", 2)


def test_usage_errors_end_with_2(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["show"])
    assert caught.value.code == 2


@pytest.mark.parametrize("arguments", [["show"], ["shwo"], ["run", "--as-fo", "2026-01-01"]])
def test_usage_errors_are_told_as_json_too(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        cli.main([*arguments, "--json"])
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    value = json.loads(out.splitlines()[-1])
    assert (value["status"], value["exit_code"]) == ("failed", 2)
    assert value["found"]
    assert value["remedy"].endswith("--help")
    assert "Traceback" not in err


def test_what_nobody_foresaw_is_told_without_its_text(monkeypatch, capsys):
    def fail(*_args, **_kwargs):
        raise RuntimeError("ann@example.com is not a number")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as caught:
        cli.main(["status"])
    assert caught.value.code == 1
    told = capsys.readouterr().err
    assert "RuntimeError" in told
    assert "ann@" not in told
    assert "LAKEHOUSE_DEBUG" in str(unexpected(ValueError("x")))


def test_findings_are_printed_one_a_line(capsys):
    findings = (Finding("conf/lake.yaml", 3, "root", "unknown key", "did you mean x?"), Finding("a", 0, "", "b"))
    Terminal.complain(ConfigurationError("conf/ is wrong", findings=findings))
    told = capsys.readouterr().err
    assert "conf/lake.yaml:3: root: unknown key; did you mean x?" in told
    assert "a: b" in told


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-01-31", "UTC", "2026-01-31T00:00:00+00:00"),
        ("2026-01-31", "Europe/Berlin", "2026-01-30T23:00:00+00:00"),
        ("2026-01-31T10:00:00+02:00", "Asia/Tokyo", "2026-01-31T08:00:00+00:00"),
    ],
)
def test_a_moment_is_read_in_the_zone_of_the_lake(text, zone, utc):
    assert parse_moment(text, zone).isoformat() == utc


def test_a_moment_that_is_none_is_refused():
    with pytest.raises(ConfigurationError, match="no date or time"):
        parse_moment("yesterday", "UTC")
