"""The doors of the command line that people open first, through the function behind the console script."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from lakehouse import cli
from lakehouse.config.starter import write_starter

ROOT = Path(__file__).parents[2]
AS_OF = ("--as-of", "2026-06-01")


@pytest.fixture
def lakehouse(capsys):
    """Type a command; return its exit code and what it printed on both streams."""

    def typed(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        return ended.value.code or 0, *capsys.readouterr()

    return typed


def contents(folder: Path) -> dict[str, str]:
    """Path -> SHA-256 of every file below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def last_line(printed: str) -> dict:
    return json.loads(printed.splitlines()[-1])


def told(report: dict) -> dict[str, tuple]:
    """Step -> its status and how many rows it read and wrote."""
    return {step["step"]: (step["status"], step["rows_in"], step["rows_out"]) for step in report["steps"]}


def committed(lake: Path) -> dict[str, int]:
    """Table -> how many commits it has."""
    logs = lake.glob("*/*/_delta_log")
    return {f"{log.parents[1].name}/{log.parent.name}": len(list(log.glob("*.json"))) for log in logs}


def test_validate_writes_the_schemas_that_the_checkout_ships(lakehouse, tmp_path):
    code, out, _ = lakehouse("--conf", ROOT / "conf", "validate", "--schemas", tmp_path / "new" / "schemas")
    assert code == 0
    shipped = {path.name: path for path in (ROOT / "conf" / "schemas").glob("*.json")}
    written = {path.name: path for path in (tmp_path / "new" / "schemas").iterdir()}
    assert written.keys() == shipped.keys() == {"entity.json", "lake.json", "segment.json", "source.json"}
    for name, path in written.items():
        assert json.loads(path.read_text(encoding="utf-8"))["$schema"].startswith("https://json-schema.org/draft/2020-12")
        assert path.read_bytes() == shipped[name].read_bytes()
        assert str(path) in out


def test_demo_writes_the_same_bytes_for_the_same_seed_and_others_for_another(lakehouse, tmp_path):
    for folder, seed in (("one", 7), ("two", 7), ("three", 8)):
        code, out, _ = lakehouse("demo", tmp_path / folder, "--customers", 40, "--days", 6, "--seed", seed)
        assert code == 0
        assert "lakehouse run --as-of" in out
    one, two, three = (contents(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert one != three
    assert {path.split("/")[0] for path in one} >= {"crm", "truth"}


def test_demo_refuses_a_company_without_people(lakehouse, tmp_path):
    code, _, err = lakehouse("demo", tmp_path / "none", "--customers", 0)
    assert code == 2
    assert "--customers" in err
    assert not (tmp_path / "none").exists()


@pytest.fixture
def _no_archive(monkeypatch, tmp_path):
    """Writing the archive of classes would start a second JVM; test_class_archive.py looks at it."""
    monkeypatch.setattr("lakehouse.doctor.prepare", lambda: tmp_path / "classes.jsa")


@pytest.mark.usefixtures("spark", "_no_archive")
def test_doctor_names_java_spark_and_delta(lakehouse):
    code, out, err = lakehouse("doctor", "--json")
    found = dict(line.removeprefix("✓ ").split(": ", 1) for line in err.splitlines())
    assert code == 0
    assert int(found["Java"].split()[0]) >= 17
    assert found["packages"] == "pyspark 4.2.0, delta-spark 4.4.0"
    assert found["Spark"].startswith("4.2.0 starts, writes and reads a Delta table")
    checks = [(check["name"], check["fine"], check["found"]) for check in json.loads(out)["checks"]]
    assert checks == [(name, True, text) for name, text in found.items()]


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_steps_that_are_typed_one_by_one_fill_the_lake_as_a_run_does(lakehouse, tmp_path):
    write_starter(tmp_path)
    conf = ("--conf", tmp_path / "conf", "--json")
    code, out, _ = lakehouse("ingest", *conf)
    assert (code, told(last_line(out))) == (0, {"ingest customers": ("done", 14, 14)})
    code, out, _ = lakehouse("cleanse", *AS_OF, *conf)
    assert (code, told(last_line(out))) == (0, {"cleanse customers": ("done", 14, 5)})
    code, out, err = lakehouse("curate", *AS_OF, *conf)
    assert code == 0
    assert told(last_line(out)) == {
        "curate customer_profiles": ("done", 5, 5),
        "curate segment_membership": ("done", 4, 4),
        "curate segments": ("done", 1, 1),
    }
    assert len(out.splitlines()) == 1
    assert "✓ curate segments" in err

    before = committed(tmp_path / "lake")
    assert {"raw/customers", "cleansed/customers", "curated/segments", "_lakehouse/runs"} <= before.keys()
    code, out, err = lakehouse("run", *AS_OF, *conf)
    assert (code, last_line(out)["status"]) == (0, "nothing new")
    assert "newsletter" in err
    assert committed(tmp_path / "lake") == before

    code, out, _ = lakehouse("show", "segment_membership", "--columns", "customer_id", *conf)
    assert (code, sorted(row["customer_id"] for row in last_line(out)["rows"])) == (0, ["1001", "1002", "1003", "1007"])


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_a_gate_that_stops_ends_with_3_names_the_rule_and_promotes_nothing(lakehouse, tmp_path):
    write_starter(tmp_path)
    entity = tmp_path / "conf" / "entities" / "customers.yaml"
    mild = entity.read_text(encoding="utf-8")
    strict = mild.replace("  - email: email\n", "  - {email: email, max_failed_rows: 1}\n")
    assert strict != mild
    entity.write_text(strict, encoding="utf-8")

    code, out, err = lakehouse("--conf", tmp_path / "conf", "run", *AS_OF, "--json")
    report = last_line(out)
    assert (code, report["exit_code"], report["status"]) == (3, 3, "stopped")
    assert "2 of 14 rows break `email.email`, at most 1 may" in err
    assert "2 of 14 rows break `email.email`, at most 1 may" in report["found"]
    assert told(report)["ingest customers"] == ("done", 14, 14)
    assert {step["step"]: step["status"] for step in report["steps"]}["cleanse customers"] == "stopped"
    assert not [step for step in report["steps"] if step["step"].startswith("curate")]
    code, out, _ = lakehouse("--conf", tmp_path / "conf", "status", "--json")
    rows = {table["table"]: table["rows"] for table in last_line(out)["tables"]}
    assert rows["raw/customers"] == 14
    assert not any(count for table, count in rows.items() if table != "raw/customers")

    entity.write_text(mild, encoding="utf-8")
    code, out, _ = lakehouse("--conf", tmp_path / "conf", "run", *AS_OF, "--json")
    assert (code, told(last_line(out))["cleanse customers"]) == (0, ("done", 14, 5))


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize(
    ("table", "problem", "remedy"),
    [
        ("custmers", "there is no table `custmers`", "did you mean `customers`?"),
        ("cleansed/orders", "there is no table `cleansed/orders`", "known: raw/customers, cleansed/customers"),
        ("customers", "lake/cleansed/customers: there is no table", "run the step that writes it"),
    ],
    ids=["misspelt", "foreign", "empty"],
)
def test_a_table_that_is_not_there_is_told_with_what_to_do(lakehouse, tmp_path, table, problem, remedy):
    write_starter(tmp_path)
    code, out, err = lakehouse("--conf", tmp_path / "conf", "show", table)
    assert (code, out) == (2, "")
    assert problem in err
    assert remedy in err
    assert committed(tmp_path / "lake") == {}
