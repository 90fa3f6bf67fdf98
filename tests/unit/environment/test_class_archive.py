"""Where Spark's classes are kept for faster starts, and what a JVM is told of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest

from lakehouse.environment.class_archive import class_archive, reading_options, superseded, writing_options
from lakehouse.environment.jars import require_jars
from lakehouse.environment.java import Java, find_java
from lakehouse.errors import EnvironmentProblem
from lakehouse.fast_start import prepare


def test_another_java_or_other_jars_have_another_archive(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path))
    java = Java(tmp_path / "java", 17, "PATH")
    one = class_archive(java, [Path("/a.jar")])
    assert one == class_archive(java, [Path("/a.jar")])
    assert one.parent == tmp_path / "classes"
    others = {
        class_archive(java, [Path("/b.jar")]),
        class_archive(Java(tmp_path / "other", 17, "PATH"), [Path("/a.jar")]),
    }
    (java.home / "lib").mkdir(parents=True)
    (java.home / "lib" / "modules").write_text("an update of the same Java")
    others.add(class_archive(java, [Path("/a.jar")]))
    assert len({one, *others}) == 4


def test_jars_that_were_written_anew_have_another_archive_in_the_place_of_the_first(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path))
    java, jar = Java(tmp_path / "java", 17, "PATH"), tmp_path / "a.jar"
    jar.touch()
    first = class_archive(java, [jar])
    os.utime(jar, (1, 1))
    second = class_archive(java, [jar])
    elsewhere = class_archive(Java(tmp_path / "other", 17, "PATH"), [jar])
    first.parent.mkdir()
    for archive in (first, second, elsewhere):
        archive.touch()
    assert superseded(second) == [first]


def test_an_archive_of_older_jars_stops_no_jvm_and_says_nothing(tmp_path):
    """The real thing: classes of a real JAR are kept, and the JAR is replaced."""
    ivy = next(Path(pyspark.__file__).parent.glob("jars/ivy-*.jar"))
    jar, archive = tmp_path / "ivy.jar", tmp_path / "kept.jsa"
    shutil.copy(ivy, jar)

    def run(options: str) -> subprocess.CompletedProcess[str]:
        command = [find_java().program, *options.split(), "-cp", jar, "org.apache.ivy.Main", "-version"]
        return subprocess.run(command, capture_output=True, text=True, check=True)

    run(writing_options(archive))
    if not archive.is_file():
        pytest.skip("this Java keeps no classes")
    os.utime(jar, (1, 1))
    said = run(reading_options(archive))
    assert said.stderr == ""
    assert "Ivy" in said.stdout
    assert len(said.stdout.splitlines()) == 1


def test_a_jvm_reads_only_what_is_there(tmp_path):
    assert reading_options(tmp_path / "none.jsa") == ""
    (tmp_path / "some.jsa").touch()
    assert f"-XX:SharedArchiveFile={tmp_path}/some.jsa" in reading_options(tmp_path / "some.jsa")
    assert f"-XX:ArchiveClassesAtExit={tmp_path}/new.jsa" in writing_options(tmp_path / "new.jsa")


def test_a_cache_with_white_space_in_its_path_costs_speed_and_never_a_start(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path / "my cache"))
    monkeypatch.setattr("lakehouse.fast_start.require_jars", lambda _: [])
    with pytest.raises(EnvironmentProblem, match="white space"):
        prepare()
    archive = class_archive(find_java(), [])
    archive.parent.mkdir(parents=True)
    archive.touch()
    assert reading_options(archive) == ""


def test_a_foreign_archive_stops_no_jvm(tmp_path):
    (tmp_path / "foreign.jsa").write_bytes(b"no archive at all" * 999)
    command = [find_java().program, *reading_options(tmp_path / "foreign.jsa").split(), "-version"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_what_is_there_is_not_made_again(tmp_path, monkeypatch):
    java = find_java()
    jars = require_jars(java)
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path))
    monkeypatch.setattr("lakehouse.fast_start.require_jars", lambda _: jars)
    archive = class_archive(java, jars)
    archive.parent.mkdir()
    archive.touch()
    assert prepare() == archive
    assert not archive.stat().st_size


def test_a_java_that_cannot_keep_classes_is_told_as_no_need(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path))
    jars = [tmp_path / "a.jar"]
    monkeypatch.setattr("lakehouse.fast_start.require_jars", lambda _: jars)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(EnvironmentProblem, match="cannot be kept") as told:
        prepare()
    assert "nothing needs it" in told.value.remedy
    assert not any((tmp_path / "classes").iterdir())
