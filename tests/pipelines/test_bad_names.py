"""Hostile names and values, from files and from the command line: they are text, wherever they come to stand."""

from __future__ import annotations

import csv
import io
import json

import pytest

from lakehouse import cli

HOSTILE = (
    "'; DROP TABLE people; --",
    '" OR 1=1 --',
    "` ; DELETE FROM people",
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A0",
    "@SUM(1+1)*cmd",
    "../../../../etc/passwd",
    "..\\..\\windows\\system32",
    "$(reboot) `reboot` ${env:PATH}",
    "{rows} {0} %s %n",
    "[red]markup[/red] [/]",
    "\x1b[2J\x1b]0;title\x07\x9b31m",
    "\u202egnp.exe",
    "a\tb\x0bc\x08d",
    "😀 e\u0301 \ufeff",
    "NULL",
    "x" * 300,
)
ENTITY = """
source: people
keys: id
columns:
  id: {}
  word: {}
  place: {}
"""


def as_csv(*rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def file_name(text):
    """A name that no reader takes for a hidden one."""
    return "f" + text.replace("/", "%2F").replace(":", "%3A")[:200] + ".csv"


@pytest.fixture(scope="module")
def hostile(shared_project):
    """A lake in a folder with a hostile name, after a run over files with hostile names, headers and values."""
    project = shared_project
    project.folder = project.folder / "it's `a` \"lake\"; -- %20é #1"
    project.conf(
        lake="root: lake\n", sources_people="path: landing\nformat: csv\n", entities_people=ENTITY
    )
    for number, name in enumerate(HOSTILE):
        project.land(file_name(name), as_csv(("id", "word"), (number, name)))
    project.land("header.csv", as_csv(("id", *HOSTILE, "word", "place"), ("h", *HOSTILE, "", "")))
    project.land("12:30.csv", b"id,word,place\n1,x,y\n")
    lake = project.lake()
    lake.report = lake.run(as_of="2026-01-01")
    lake.project = project
    return lake


def run_cli(capsys, project, *arguments):
    """Run a command; return its exit code and what it printed on both streams."""
    try:
        cli.main(["--conf", str(project.folder / "conf"), *arguments])
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    out, err = capsys.readouterr()
    return code, out, err


def is_harmless(printed):
    return all(sign.isprintable() or sign == "\n" for sign in printed)


def test_hostile_values_arrive_as_they_are(hostile):
    rows = hostile.cleansed("people").where("id <> 'h'").select("id", "word").collect()
    assert sorted(map(tuple, rows)) == sorted((str(number), text) for number, text in enumerate(HOSTILE))


def test_hostile_column_names_land_as_they_are(hostile):
    row = hostile.raw("people").where("_source_file = 'header.csv'").selectExpr("to_json(record)").collect()
    record = json.loads(row[0][0])
    assert list(record.values()).count(None) == 2
    missing = [name for name in HOSTILE if name not in record]
    # Invisible characters around a name are not part of it.
    assert [name.strip(" \ufeff") in record for name in missing] == [True] * len(missing)


def test_files_of_any_name_land_under_it_and_one_that_cannot_be_opened_says_why(hostile):
    rows = hostile.raw("people").select("_source_file", "_corrupt_record").collect()
    assert sorted(row[0] for row in rows) == sorted([*map(file_name, HOSTILE), "header.csv", "12:30.csv"])
    problems = [tuple(row) for row in rows if row[1]]
    text = "the file cannot be opened (its name holds a colon, which Hadoop does not open on a local disk)"
    assert problems == [("12:30.csv", text)]


def test_nothing_that_is_printed_steers_the_terminal(hostile, capsys):
    assert all(is_harmless(note) for step in hostile.report.steps for note in step.notes)
    for table in ("people", "quarantine/people", "raw/people", "runs"):
        code, out, err = run_cli(capsys, hostile.project, "show", table, "--unmask", "-n", "100")
        assert code == 0, err
        assert is_harmless(out), table
    assert is_harmless(run_cli(capsys, hostile.project, "status")[1])


@pytest.mark.parametrize(("command", "kind"), [("ingest", "source"), ("cleanse", "entity"), ("show", "table")])
def test_names_that_are_not_there_are_refused_whatever_they_hold(hostile, capsys, command, kind):
    before = sorted(path.name for path in hostile.project.folder.rglob("*"))
    for name in HOSTILE:
        code, out, err = run_cli(capsys, hostile.project, command, "--", name)
        assert code == 2
        assert f"there is no {kind} `" in err, name
        assert is_harmless(out + err), name
    assert sorted(path.name for path in hostile.project.folder.rglob("*")) == before


def test_conf_files_and_references_with_hostile_names_are_all_refused_at_once(project, capsys):
    project.conf(sources_people="path: landing\nformat: csv\n", entities_people=ENTITY)
    names = ("'; DROP TABLE x; --", "a\x1b[2Jb", "People", "<script>", "x" * 64, "people ")
    for name in names:
        project.write(f"conf/sources/{name}.yaml", "path: landing\nformat: csv\n")
    project.conf(
        entities_a="source: ../../etc/passwd\ncolumns: {id: {}}\n",
        entities_b="source: people\ncolumns: {\"'; DROP\": {}}\n",
        entities_c="source: people\ncolumns: {id: {}}\ntransform: ../../evil:run\n",
    )
    code, out, err = run_cli(capsys, project, "validate")
    assert code == 2
    assert is_harmless(out + err)
    assert err.count("cannot be a name") == len(names)
    for entity in "abc":
        assert f"entities/{entity}.yaml:" in err, err


def test_secrets_that_are_missing_are_named_and_those_that_are_there_never_shown(project, capsys, monkeypatch):
    monkeypatch.setenv("LAKE_PASSWORD", "pa55-w0rd-value")
    project.conf(
        lake="root: ${env:NO_SUCH_VARIABLE}\n",
        sources_a="path: ${file:secrets/none}\nformat: csv\n",
        sources_b="path: ${vault:kv/path}\nformat: csv\n",
        sources_c="path: landing\nformat: ${env:LAKE_PASSWORD}\n",
        sources_d="path: landing\nformat: csv\nencoding: ${env:LAKE_PASSWORD\n",
    )
    code, out, err = run_cli(capsys, project, "validate", "--json")
    assert code == 2
    for said in (
        "conf/lake.yaml:1: root: the environment variable `NO_SUCH_VARIABLE` is not set",
        "conf/sources/a.yaml:1: path: there is no file `secrets/none`",
        "conf/sources/b.yaml:1: path: `${vault:kv/path}` cannot be filled in",
        "conf/sources/c.yaml:2: format:",
        "conf/sources/d.yaml:3: encoding: `${env:LAKE_PASSWORD` cannot be filled in",
    ):
        assert said in err, err
    assert len(json.loads(out)["findings"]) == 5
    assert "pa55" not in out + err
