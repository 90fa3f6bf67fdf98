"""lake.yaml, and paths of a lake."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from lakehouse.config.model import LakeConfig, LakeSettings, resolve_path


def test_everything_in_lake_yaml_may_be_left_out():
    settings = LakeSettings()
    assert (settings.name, settings.root, settings.time_zone, settings.spark) == ("lake", "lake", "UTC", {})
    assert settings.curated.roles == {}


def test_relative_paths_start_at_the_project_and_uris_stay_as_they_are(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    cases = {
        "lake": "/srv/shop/lake",
        "./lake/": "/srv/shop/lake",
        "../other": "/srv/other",
        "/abs/lake": "/abs/lake",
        "landing/*/x": "/srv/shop/landing/*/x",
        "~/lake": "/home/ann/lake",
        "~nosuchuser/lake": "/srv/shop/~nosuchuser/lake",
        "s3a://bucket/lake/": "s3a://bucket/lake/",
        "file:///lake": "file:///lake",
        "dbfs:/lake": "dbfs:/lake",
        "abfss://c@account.dfs.core.windows.net/lake": "abfss://c@account.dfs.core.windows.net/lake",
        "hdfs://host:9000/x": "hdfs://host:9000/x",
        "C:lake": "/srv/shop/C:lake",
        "a b/é": "/srv/shop/a b/é",
    }
    assert {path: resolve_path(path, Path("/srv/shop")) for path in cases} == cases


def test_spark_settings_are_texts_however_they_are_written():
    written = {"spark.a.b": 4, "spark.c": True, "spark.d": 0.5, "spark.e-f_G": "4g"}
    texts = {"spark.a.b": "4", "spark.c": "true", "spark.d": "0.5", "spark.e-f_G": "4g"}
    assert LakeSettings.model_validate({"spark": written}).spark == texts


@pytest.mark.parametrize(
    "written",
    [{"executor.memory": "4g"}, {"spark.": 1}, {"spark.a b": 1}, {"spark.a\n": 1}, {"spark.a": None}, {"spark.a": []}],
)
def test_other_keys_and_values_are_no_spark_settings(written):
    with pytest.raises(ValidationError):
        LakeSettings.model_validate({"spark": written})


@pytest.mark.parametrize(
    "key",
    [
        "spark.sql.session.timeZone",
        "spark.sql.ansi.enabled",
        "spark.sql.caseSensitive",
        "spark.sql.legacy.timeParserPolicy",
    ],
)
def test_settings_on_which_results_depend_are_refused(key):
    with pytest.raises(ValidationError, match="results depend on it"):
        LakeSettings.model_validate({"spark": {key: "x"}})


def test_representations_hold_no_spark_settings_and_no_paths_of_sources():
    settings = LakeSettings.model_validate({"spark": {"spark.password": "hunter2"}})
    config = LakeConfig(Path("/x/conf"), Path("/x"), "/x/lake", settings, {}, {}, {})
    assert "hunter2" not in f"{settings!r} {settings} {config!r} {config}"
    assert repr(config) == "LakeConfig('/x/conf', sources=[], entities=[], segments=[])"


def test_a_config_resolves_paths_and_shows_its_parts():
    config = LakeConfig(Path("/x/conf"), Path("/x"), "/x/lake", LakeSettings(time_zone="Asia/Tokyo"), {}, {}, {})
    assert config.resolve_path("landing") == "/x/landing"
    assert config.time_zone == "Asia/Tokyo"
    assert config.curated is config.settings.curated
