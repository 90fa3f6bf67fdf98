"""JARs come from the cache; one that cannot be fetched is named, with what to do offline."""

from __future__ import annotations

import pytest

from lakehouse.environment.jars import DELTA_JARS, Jar, missing_jars, require_jars
from lakehouse.environment.java import find_java
from lakehouse.errors import EnvironmentProblem


def test_what_is_in_the_cache_needs_no_network(monkeypatch, tmp_path):
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path))
    assert missing_jars() == list(DELTA_JARS)
    (tmp_path / "jars").mkdir()
    for jar in DELTA_JARS:
        (tmp_path / "jars" / jar.file_name).touch()
    assert missing_jars() == []
    assert [path.name for path in require_jars(None)] == ["delta-spark_4.2_2.13-4.4.0.jar", "delta-storage-4.4.0.jar"]


def test_a_jar_that_cannot_be_fetched_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path))
    monkeypatch.setattr("lakehouse.environment.jars._command", lambda *_: ["/bin/sh", "-c", "echo not found >&2"])
    with pytest.raises(EnvironmentProblem, match="cannot be fetched") as caught:
        require_jars(find_java(), [Jar("org.example", "nothing", "1.0")])
    assert caught.value.where == "org.example:nothing:1.0"
    assert caught.value.found == "not found"
    assert "nothing-1.0.jar" in caught.value.remedy


def test_a_certificate_that_java_does_not_trust_is_no_missing_network(monkeypatch, tmp_path):
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path))
    said = "PKIX path building failed: unable to find valid certification path to requested target"
    monkeypatch.setattr("lakehouse.environment.jars._command", lambda *_: ["/bin/sh", "-c", f"echo '{said}' >&2"])
    with pytest.raises(EnvironmentProblem, match="cannot be fetched") as caught:
        require_jars(find_java(), [Jar("org.example", "nothing", "1.0")])
    assert "trustStore" in caught.value.remedy
    assert "nothing-1.0.jar" in caught.value.remedy
