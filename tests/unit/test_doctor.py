"""What `lakehouse doctor` finds, and where it stops because the rest could not work."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from lakehouse import doctor
from lakehouse.errors import EnvironmentProblem


def names_and_verdicts(checks):
    return {check.name: check.fine for check in checks}


@pytest.mark.slow
def test_a_machine_that_is_ready_is_fine_in_everything(spark):
    checks = {check.name: check for check in doctor.examine()}
    assert list(checks) == ["Python", "packages", "Java", "JARs", "memory", "Spark", "fast start"]
    assert all(check.fine for check in checks.values())
    assert sys.executable in checks["Python"].found
    assert checks["packages"].found == "pyspark 4.2.0, delta-spark 4.4.0"
    assert checks["JARs"].found.startswith("2 in ")
    assert "GiB" in checks["memory"].found
    assert checks["Spark"].found == "4.2.0 starts, writes and reads a Delta table (3 rows)"


def test_an_old_python_is_named_with_its_remedy(monkeypatch):
    monkeypatch.setattr(doctor, "OLDEST_PYTHON", (99, 0))
    check = next(doctor.examine())
    assert (check.name, check.fine, check.remedy) == ("Python", False, "use Python 3.11 or newer")


def test_packages_that_do_not_fit_end_the_examination_before_spark(monkeypatch):
    monkeypatch.setattr("lakehouse.environment.versions.installed", lambda name: "3.5.0" if name == "pyspark" else None)
    checks = list(doctor.examine())
    assert names_and_verdicts(checks) == {"Python": True, "packages": False, "Java": True}
    assert "found pyspark 3.5.0, delta-spark is missing" in checks[1].found
    assert checks[1].remedy == "pip install pyspark==4.2.0 delta-spark==4.4.0"


def test_without_java_nothing_further_is_tried(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("lakehouse.environment.java.find_spec", lambda _: None)
    checks = list(doctor.examine())
    assert names_and_verdicts(checks) == {"Python": True, "packages": True, "Java": False}
    assert checks[2].found == "Spark needs Java 17 or newer (no Java at all)"
    assert "lakehouse[java]" in checks[2].remedy


def test_without_jars_spark_is_not_started(monkeypatch, tmp_path):
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path))
    monkeypatch.setattr("lakehouse.environment.jars._command", lambda *_: ["/bin/sh", "-c", "echo offline"])
    checks = list(doctor.examine())
    assert names_and_verdicts(checks) == {"Python": True, "packages": True, "Java": True, "JARs": False, "memory": True}
    assert checks[3].found == "a JAR cannot be fetched from Maven Central (offline)"
    assert str(tmp_path) in checks[3].remedy


def test_jars_that_were_fetched_now_are_counted(monkeypatch, tmp_path):
    lacking = [["a", "b"], []]
    monkeypatch.setattr(doctor, "missing_jars", lambda: lacking.pop(0))
    monkeypatch.setattr(doctor, "require_jars", lambda _: [])
    monkeypatch.setattr(doctor, "find_java", lambda: SimpleNamespace(version=17, origin="PATH"))
    assert doctor._jars().endswith(", 2 fetched now")
    assert doctor._jars().endswith(", no network needed")


def test_a_spark_that_does_not_start_is_told_with_what_to_do(monkeypatch):
    def fail(_):
        raise EnvironmentProblem("Spark does not start", remedy="read the log")

    monkeypatch.setattr(doctor, "_smoke", fail)
    monkeypatch.setattr(doctor, "prepare", lambda: fail(None))
    spark, fast = list(doctor.examine())[-2:]
    assert (spark.name, spark.fine, spark.found, spark.remedy) == ("Spark", False, "Spark does not start", "read the log")
    assert (fast.name, fast.fine, fast.remedy) == ("fast start", True, "")


@pytest.mark.parametrize("origin", ["JAVA_HOME=/opt/java", "extra lakehouse[java]"])
def test_java_is_told_with_where_it_was_found(monkeypatch, origin):
    monkeypatch.setattr(doctor, "find_java", lambda: SimpleNamespace(version=21, origin=origin))
    monkeypatch.setattr(doctor, "require_jars", lambda _: [])
    monkeypatch.setattr(doctor, "_smoke", lambda _: "starts")
    monkeypatch.setattr(doctor, "prepare", lambda: "cache")
    assert {check.name: check.found for check in doctor.examine()}["Java"] == f"21 ({origin})"
