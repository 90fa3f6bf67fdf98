"""The folder for what is fetched or made once, where it cannot be written."""

from __future__ import annotations

import pytest

from lakehouse.environment.cache import require_folder
from lakehouse.errors import EnvironmentProblem
from lakehouse.terminal import spark_log


@pytest.fixture
def blocked(tmp_path, monkeypatch):
    """A cache in whose place there is a file; even root cannot make a folder of it."""
    place = tmp_path / "cache"
    place.write_text("", encoding="utf-8")
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(place))
    return place


def test_a_folder_that_cannot_be_made_is_a_fault_of_the_environment(blocked):
    with pytest.raises(EnvironmentProblem, match="cannot be written") as caught:
        require_folder("jars")
    assert caught.value.exit_code == 2
    assert str(blocked / "jars") in str(caught.value)
    assert "LAKEHOUSE_CACHE" in caught.value.remedy


def test_the_log_of_spark_goes_elsewhere_then(blocked):
    log = spark_log()
    assert log.parent.is_dir()
    assert blocked not in log.parents
    assert spark_log() == log


def test_a_folder_is_made_where_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path / "a" / "b"))
    assert require_folder("jars") == tmp_path / "a" / "b" / "jars"
    assert require_folder("jars").is_dir()
