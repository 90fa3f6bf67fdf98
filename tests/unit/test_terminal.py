"""What is printed: whole lines in a pipe, names as they are, times in UTC, personal data as the caller masked it."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from lakehouse.columns.mask import mask
from lakehouse.doctor import Check
from lakehouse.errors import ConfigurationError, GateStopped, TableError
from lakehouse.pipeline.status import TableStatus
from lakehouse.storage.ledger import RunReport, StepReport
from lakehouse.terminal import Terminal, unexpected

ODD = "[red]x[/]"
ESCAPE = "\x1b[31mred\x07"


@pytest.fixture
def terminal():
    return Terminal(conf=Path("conf"))


def on_a_terminal(terminal, width=60):
    """Let a terminal print to memory as if that were a screen."""
    screen = io.StringIO()
    terminal.console = Console(file=screen, force_terminal=True, width=width, highlight=False, color_system=None)
    return screen


def as_json():
    return Terminal(conf=Path("conf"), as_json=True)


def last_object(out):
    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(out.splitlines()[-1], parse_constant=refuse)


def test_in_a_pipe_nothing_is_folded_cut_or_colored(terminal, capsys):
    name, waiting = "quarantine/" + "long_name_" * 12, "many new files " * 10 + "end"
    terminal.said_status([TableStatus(name, 1234567, 3, datetime(2026, 1, 1, 9, 5, tzinfo=UTC), waiting), TableStatus("raw/x", None, None, None)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1].split() == [name, "1,234,567", "3", "2026-01-01", "09:05", *waiting.split()]
    assert lines[2].split() == ["raw/x", "-", "-", "never"]
    assert "\x1b" not in "".join(lines)


def test_on_a_terminal_long_values_are_folded_and_not_cut(terminal):
    screen = on_a_terminal(terminal)
    name = "quarantine/" + "long_name_" * 12
    terminal.said_status([TableStatus(name, 1, 0, None, "z" * 100)])
    shown = screen.getvalue()
    assert "…" not in shown
    assert shown.count("z") == 100
    assert all(len(line) <= 60 for line in shown.splitlines())


def test_json_is_one_object_on_the_last_line_and_everything_else_on_standard_error(capsys):
    as_json().said_status([TableStatus("raw/x", 1, 0, datetime(2026, 1, 1, tzinfo=UTC), "")])
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert last_object(out) == {"tables": [{"table": "raw/x", "rows": 1, "version": 0, "updated_at": "2026-01-01T00:00:00+00:00", "waiting": ""}]}
    assert "raw/x" in err


def test_brackets_in_names_are_shown_as_they_are(terminal, capsys, tmp_path):
    odd, closing = tmp_path / ODD, Path("a[/].yaml")
    terminal.conf = odd
    config = SimpleNamespace(sources={}, entities={}, segments={}, notes=(f"note {ODD} [/]",))
    terminal.said_init(odd, [odd / "lake.yaml", closing])
    terminal.said_valid(config, [closing])
    summary = SimpleNamespace(sources={ODD: {"files": 1, "records": 2000, "quarantined": 3, "duplicate": 4}}, as_of=datetime(2026, 2, 1, tzinfo=UTC))
    terminal.said_demo(odd, summary)
    terminal.said_doctor(iter([Check("Java", False, f"found {ODD}", f"do {ODD} [/]")]))
    shown = capsys.readouterr().out
    for piece in (f"{odd}/lake.yaml", "  a[/].yaml", f"cd {odd} && lakehouse run", f"note {ODD} [/]", f"{odd} is fine: 0 sources",
                  f"{odd}/truth", "2,000", f"✗ Java: found {ODD}", f"to do: do {ODD} [/]", "lakehouse run --as-of 2026-02-01"):  # fmt: skip
        assert piece in shown


def test_init_in_the_current_folder_needs_no_cd(terminal, capsys):
    terminal.said_init(Path(), [Path("conf/lake.yaml")])
    assert "Next: lakehouse run, then lakehouse show customers" in capsys.readouterr().out


def test_doctor_tells_whether_all_is_fine(capsys):
    fine, wrong = Check("Python", True, "3.12"), Check("Java", False, "none", "install one")
    assert as_json().said_doctor(iter([fine]))
    assert not as_json().said_doctor(iter([fine, wrong]))
    checks = last_object(capsys.readouterr().out)["checks"]
    assert checks[1] == {"name": "Java", "fine": False, "found": "none", "remedy": "install one"}


def test_a_step_is_told_with_its_counts_its_reasons_and_a_few_notes(terminal, capsys):
    reasons = {"email.email": 3, "born.type: text is not date [x]": 20, "a": 3, "b": 2, "c": 1, "d": 1}
    terminal._step("cleanse customers", None)
    terminal._step(
        "cleanse customers",
        StepReport("cleanse customers", "cleansed/customers", rows_in=1234, rows_out=1200, rows_quarantined=30, rows_duplicate=4,
                   seconds=2.04, reasons=reasons, notes=tuple(f"note [{n}]" for n in range(8))),
    )  # fmt: skip
    terminal._step("curate rfm", StepReport("curate rfm", "curated/rfm", status="nothing new"))
    terminal._step("ingest x", StepReport("ingest x", "raw/x", status="failed"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("  ")[0] == "✓ cleanse customers"
    assert lines[0].endswith("1,234 in · 1,200 out · 30 quarantined · 4 repeated or superseded  2.0 s")
    assert [line.strip() for line in lines[1:6]] == ["born.type: text is not date [x]: 20", "a: 3", "email.email: 3", "b: 2", "c: 1"]
    assert [line.strip() for line in lines[6:12]] == [*(f"note [{n}]" for n in range(5)), "… and 3 more notes in `lakehouse show runs`"]
    assert lines[12].split() == ["·", "curate", "rfm", "nothing", "new"]
    assert lines[13].startswith("✗ ingest x")


def test_progress_spins_on_a_terminal_and_is_silent_in_a_pipe(terminal, capsys):
    with terminal.progress("starting"):
        assert terminal._spinner is None
    assert capsys.readouterr().out == ""
    screen = on_a_terminal(terminal)
    with terminal.progress("starting Spark"):
        terminal._step("ingest customers", None)
        assert terminal._spinner.status == "ingest customers"
    assert terminal._spinner is None
    assert "ingest customers" in screen.getvalue()


def test_a_run_ends_with_its_report(capsys):
    report = RunReport("r1", (StepReport("ingest x", "raw/x", status="nothing new"),), status="nothing new")
    as_json().said_run(report)
    out, err = capsys.readouterr()
    assert "Nothing new: no table was written." in err
    told = last_object(out)
    assert (told["run_id"], told["status"], [step["step"] for step in told["steps"]]) == ("r1", "nothing new", ["ingest x"])


def test_segments_are_told_with_those_who_may_not_be_mailed(spark, terminal, capsys):
    segments = spark.createDataFrame(
        [("b", 2000, 1500, "second [b]"), ("a", 0, 0, "")], "segment string, matched long, members long, description string"
    )
    terminal._said_segments(SimpleNamespace(curated=lambda _: segments))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["a", "0", "0"] in lines
    assert ["b", "1,500", "500", "second", "[b]"] in lines
    assert lines.index(["a", "0", "0"]) < lines.index(["b", "1,500", "500", "second", "[b]"])

    def missing(_):
        raise TableError("there is none")

    terminal._said_segments(SimpleNamespace(curated=missing))
    assert capsys.readouterr().out == ""


ROWS = [
    ("Ann", datetime(2026, 7, 1, 23, 30, 0, 250_000, tzinfo=UTC), date(2026, 7, 1), Decimal("1.50"), ["a"], {"k": "v"}),
    (f"{ODD} {ESCAPE}", datetime(1, 1, 1, tzinfo=UTC), None, None, [], None),
]
SCHEMA = "name string, at timestamp, day date, amount decimal(9,2), tags array<string>, more map<string,string>"


def test_rows_are_told_in_utc_as_they_are_and_without_steering_the_terminal(spark, terminal, capsys):
    rows = spark.createDataFrame(ROWS, SCHEMA)
    terminal.said_rows("cleansed/x", rows, None)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "at", "day", "amount", "tags", "more"]
    assert lines[1].split() == ["Ann", "2026-07-01", "23:30:00", "2026-07-01", "1.50", '["a"]', '{"k":', '"v"}']
    assert lines[2].split() == [ODD, "�[31mred�", "0001-01-01", "00:00:00", "[]"]
    assert lines[3] == "2 rows of cleansed/x"


def test_rows_as_json_are_complete(spark, capsys):
    rows = spark.createDataFrame(ROWS, SCHEMA)
    as_json().said_rows("cleansed/x", rows, ["name", " at", "day", "amount"])
    told = last_object(capsys.readouterr().out)
    assert (told["table"], told["columns"]) == ("cleansed/x", ["name", "at", "day", "amount"])
    assert told["rows"] == [
        {"name": "Ann", "at": "2026-07-01T23:30:00.250000Z", "day": "2026-07-01", "amount": "1.50"},
        {"name": f"{ODD} {ESCAPE}", "at": "0001-01-01T00:00:00.000000Z", "day": None, "amount": None},
    ]


def test_times_within_lists_are_utc_too(spark, capsys):
    rows = spark.createDataFrame([([datetime(2026, 7, 1, 23, 30, tzinfo=UTC)],)], "times array<timestamp>")
    as_json().said_rows("x", rows, None)
    assert last_object(capsys.readouterr().out)["rows"] == [{"times": ["2026-07-01T23:30:00+00:00"]}]


def test_a_record_of_many_columns_is_printed_upright_without_what_is_empty(spark, terminal, capsys):
    names = [f"column_{number}" for number in range(7)]
    rows = spark.createDataFrame([("a", None, "x" * 300, "", "[b]", "", "z")], ", ".join(f"{name} string" for name in names))
    terminal.said_rows("x", rows, None)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[:3] == [["column_0", "a"], ["column_2", "x" * 300], ["column_3"]]
    assert ["column_4", "[b]"] in lines
    assert ["column_1"] not in lines
    screen = on_a_terminal(terminal, width=200)
    terminal.said_rows("x", rows, None)
    assert screen.getvalue().split()[:7] == names
    screen = on_a_terminal(terminal, width=40)
    terminal.said_rows("x", rows, None)
    assert screen.getvalue().count("x") == 300 + 1  # nothing is cut; and the name of the table


def test_masked_values_stay_masked(spark, terminal, capsys):
    rows = spark.createDataFrame([("ann@example.com", "DE")], "email string, country string")
    masked = rows.select(mask(rows.email, "string").alias("email"), "country")
    terminal.said_rows("customers", masked, None)
    as_json().said_rows("customers", masked, None)
    out, err = capsys.readouterr()
    assert "a•••" in out
    assert "nn@" not in out + err


def test_an_unknown_column_is_refused_with_the_known_ones(spark, terminal):
    rows = spark.createDataFrame([("a", 1)], "`odd name` string, n int")
    with pytest.raises(ConfigurationError, match=r"--columns: there is no column `x`") as caught:
        terminal.said_rows("x", rows, ["n", "x"])
    assert caught.value.remedy == "known: odd name, n"
    terminal.said_rows("x", rows, ["odd name", "n"])


def test_an_error_is_printed_as_it_is_and_as_json_with_the_report_of_its_run(capsys):
    error = GateStopped(f"stopped {ODD}", where="cleanse x", found="1 of 2", remedy="look [/]")
    error.report = RunReport("r1", (StepReport("ingest x", "raw/x"),))
    Terminal.complain(error, as_json=True)
    out, err = capsys.readouterr()
    assert err == f"cleanse x: stopped {ODD}\n  found: 1 of 2\n  to do: look [/]\n"
    told = last_object(out)
    assert (told["run_id"], told["exit_code"], told["error"], told["remedy"]) == ("r1", 3, f"stopped {ODD}", "look [/]")
    assert [step["step"] for step in told["steps"]] == ["ingest x"]


def test_an_unexpected_error_is_told_by_kind_and_condition_only():
    class SparkError(Exception):
        def getCondition(self):  # noqa: N802  - its name in pyspark
            return "CAST_INVALID_INPUT"

    told = str(unexpected(SparkError("ann@example.com")))
    assert "SparkError CAST_INVALID_INPUT" in told
    assert "ann@" not in told


def test_the_log_of_spark_is_kept_only_when_something_fails(spark, tmp_path, monkeypatch):
    from lakehouse.config.starter import write_starter
    from lakehouse.terminal import spark_log

    monkeypatch.setenv("LAKEHOUSE_CACHE", str(tmp_path / "cache"))
    write_starter(tmp_path / "lake")
    log = spark_log()
    terminal = Terminal(conf=tmp_path / "lake" / "conf")
    log.touch()
    with pytest.raises(KeyError), terminal.lake():
        raise KeyError
    assert log.exists()
    with terminal.lake() as lake:
        assert lake.spark is not None
    assert not log.exists()
