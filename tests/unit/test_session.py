"""The session: built from a profile, or the one that is there, checked and left as it is."""

from __future__ import annotations

import pytest

from lakehouse.errors import ConfigurationError, EnvironmentProblem
from lakehouse.session import bookkeeping, isolated, missing_settings, open_session, read_profile


def test_profiles_are_read_and_unknown_ones_named(tmp_path):
    assert read_profile("test")["spark.master"] == "local[2]"
    own = tmp_path / "own.conf"
    own.write_text("# mine\nspark.master   local[1]  # one\n\n")
    assert read_profile(str(own)) == {"spark.master": "local[1]"}
    with pytest.raises(ConfigurationError, match="no such Spark profile") as caught:
        read_profile("lokal")
    assert "cluster, local, test" in caught.value.remedy


def test_a_supplied_session_is_used_as_it_is(spark):
    assert open_session(spark) is spark


def test_a_session_without_delta_is_refused(spark, monkeypatch):
    class Bare:
        class conf:  # noqa: N801
            @staticmethod
            def get(_key, default=None):
                return default

    with pytest.raises(EnvironmentProblem, match="cannot write Delta tables") as caught:
        open_session(Bare())
    assert "io.delta.sql.DeltaSparkSessionExtension" in caught.value.remedy


def test_a_step_has_a_session_of_its_own_in_utc(spark):
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        own = isolated(spark)
        assert own.conf.get("spark.sql.session.timeZone") == "UTC"
        own.conf.set("spark.sql.shuffle.partitions", "3")
        assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
        assert spark.conf.get("spark.sql.shuffle.partitions") != "3"
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_what_every_step_relies_on_is_set_whatever_the_caller_says(spark):
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        own = isolated(spark)
        assert own.conf.get("spark.sql.ansi.enabled") == "true"
        assert own.conf.get("spark.sql.streaming.stateStore.providerClass").endswith("RocksDBStateStoreProvider")
        assert spark.conf.get("spark.sql.ansi.enabled") == "false"
    finally:
        spark.conf.set("spark.sql.ansi.enabled", "true")
    for profile in ("local", "test"):
        assert int(read_profile(profile)["spark.sql.sources.parallelPartitionDiscovery.threshold"]) > 10_000


def test_what_a_platform_has_set_is_kept_and_its_extensions_are_joined():
    delta = "io.delta.sql.DeltaSparkSessionExtension"
    wanted = {"spark.sql.extensions": delta, "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "8"}
    assert missing_settings(wanted, {}) == wanted
    given = {"spark.sql.session.timeZone": "Europe/Berlin", "spark.sql.extensions": "org.example.Iceberg, org.example.Other"}
    assert missing_settings(wanted, given) == {
        "spark.sql.extensions": f"org.example.Iceberg,org.example.Other,{delta}",
        "spark.sql.shuffle.partitions": "8",
    }
    assert "spark.sql.extensions" not in missing_settings(wanted, {"spark.sql.extensions": f"{delta},org.example.Other"})


def test_questions_to_the_log_of_a_table_go_through_one_session_that_interprets(spark):
    own = bookkeeping(spark)
    assert own is bookkeeping(own) is not spark
    assert own.conf.get("spark.sql.codegen.factoryMode") == "NO_CODEGEN"
    assert own.conf.get("spark.sql.session.timeZone") == "UTC"
    assert spark.conf.get("spark.sql.codegen.factoryMode") != "NO_CODEGEN"
