"""What the command line prints: progress and tables for people, plain lines for pipes, JSON for schedulers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from lakehouse.environment.cache import require_folder
from lakehouse.errors import EnvironmentProblem, LakehouseError
from lakehouse.terminal_tables import (
    flat_table,
    folding_table,
    harmless,
    jsonable,
    known_columns,
    upright_table,
    with_told_times,
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from rich.status import Status

    from lakehouse.config.model import LakeConfig
    from lakehouse.demo.company import Summary
    from lakehouse.doctor import Check
    from lakehouse.lake import Lake
    from lakehouse.pipeline.status import TableStatus
    from lakehouse.storage.ledger import RunReport, StepReport

_USUAL_WIDTH, _NO_LIMIT = 80, 10_000
_MARKS = {"done": "[green]✓[/]", "nothing new": "[dim]·[/]", "stopped": "[red]■[/]", "failed": "[red]✗[/]"}


@dataclass
class Terminal:
    """The options that every command shares, and where it prints.

    Attributes:
        conf: folder of the configuration.
        root: overrides the root of the lake.
        as_json: whether standard output ends in one JSON object; everything else then goes to standard error.
    """

    conf: Path
    root: str | None = None
    as_json: bool = False
    _spinner: Status | None = field(default=None, repr=False)
    _running: list[str] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        is_terminal = (sys.stderr if self.as_json else sys.stdout).isatty()
        # In a pipe nothing is folded or cut: whoever reads it there looks for whole lines.
        self.console = Console(
            stderr=self.as_json, highlight=False, soft_wrap=not is_terminal, width=None if is_terminal else _NO_LIMIT
        )

    @contextmanager
    def progress(self, what: str) -> Iterator[None]:
        """Show that something is going on, on a terminal only."""
        if not self.console.is_terminal:
            yield
            return
        with self.console.status(what) as self._spinner:
            yield
        self._spinner = None

    @contextmanager
    def lake(self) -> Iterator[Lake]:
        """Open the lake; Spark's own messages go to a file that is kept only when something fails."""
        from lakehouse.config.load import load_config  # noqa: PLC0415
        from lakehouse.lake import Lake  # noqa: PLC0415  - imports Spark

        config = load_config(self.conf, root=self.root)
        with self.spark(config.settings.spark) as session:
            yield Lake(config, session, listener=self._step)

    @contextmanager
    def spark(self, extra: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
        """Start Spark; its own messages go to a file that is kept only when something fails."""
        from lakehouse.session import open_session  # noqa: PLC0415

        log = spark_log()
        with self.progress("starting Spark"):
            yield open_session(extra=extra, log=log)
        log.unlink(missing_ok=True)

    def tell(self, words: str) -> None:
        """Say on standard error what is being done."""
        Console(stderr=True, highlight=False, soft_wrap=True).print(Text(f"{harmless(words)} …", style="dim"))
        if self._spinner:
            self._spinner.update(escape(words))

    def said(self, text: str, value: dict[str, Any]) -> None:
        """Print a text as it is, and the JSON object that says the same."""
        self.console.print(Text(harmless(text)))
        self.emit(value)

    def _step(self, name: str, report: StepReport | None) -> None:
        if report is None:
            self._running.append(name)
        else:
            self._running = [step for step in self._running if step != name]
            self.console.print(_step_line(report))
        if self._spinner:
            self._spinner.update(" · ".join(self._running))

    def emit(self, value: dict[str, Any]) -> None:
        """Print the JSON object, if it was asked for, as the last line of standard output."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, default=jsonable) + "\n")
            sys.stdout.flush()

    def said_run(self, report: RunReport, lake: Lake | None = None) -> None:
        """Close a run; with a lake, say whom its segments hold now."""
        if report.status == "nothing new":
            self.console.print("Nothing new: no table was written.")
        if lake is not None:
            self._said_segments(lake)
        # Behind everything else: spark-submit sends both streams to standard output.
        self.emit(report.to_dict())

    def _said_segments(self, lake: Lake) -> None:
        """Print whom the segments hold, and what to look at next."""
        from lakehouse.errors import TableError  # noqa: PLC0415

        try:
            rows = lake.curated("segments").orderBy("segment").collect()
        except TableError:
            return
        table = folding_table("segment", "members", "not mailable", "who", numbers=("members", "not mailable"))
        table.title, table.title_justify = "Segments", "left"
        for row in rows:
            barred = row["matched"] - row["members"]
            table.add_row(row["segment"], f"{row['members']:,}", f"{barred:,}", escape(row["description"]))
        self.console.print()
        self.console.print(table)
        self.console.print(
            "\nLook next: [bold]lakehouse status[/] · [bold]lakehouse show customer_profiles[/] · "
            "[bold]lakehouse show quarantine/NAME[/]"
        )

    def said_init(self, folder: Path, files: Sequence[Path]) -> None:
        """Say what `init` wrote and what comes next."""
        for file in files:
            self.console.print(f"  {escape(str(file))}")
        where = "" if folder == Path() else f"cd {escape(str(folder))} && "
        self.console.print(f"\nNext: [bold]{where}lakehouse run[/], then [bold]lakehouse show customers[/]")
        self.emit({"files": [str(file) for file in files]})

    def said_valid(self, config: LakeConfig, written: Sequence[Path]) -> None:
        """Say that conf/ is fine."""
        for note in config.notes:
            self.console.print(f"[yellow]note[/] {escape(note)}")
        for file in written:
            self.console.print(f"  {escape(str(file))}")
        self.console.print(
            f"{escape(str(self.conf))} is fine: {_counted(len(config.sources), 'source', 'sources')}, "
            f"{_counted(len(config.entities), 'entity', 'entities')}, "
            f"{_counted(len(config.segments), 'segment', 'segments')}"
        )
        self.emit({"status": "done", "findings": [], "notes": [str(note) for note in config.notes]})

    def said_doctor(self, checks: Iterator[Check]) -> bool:
        """Print every check as it is made; return whether all are fine."""
        done = []
        for check in checks:
            done.append(check)
            mark = "[green]✓[/]" if check.fine else "[red]✗[/]"
            self.console.print(f"{mark} {check.name}: {escape(check.found)}")
            if not check.fine:
                self.console.print(f"  to do: {escape(check.remedy)}")
        fine = all(check.fine for check in done)
        self.emit({"status": "done" if fine else "failed", "checks": [asdict(check) for check in done]})
        return fine

    def said_demo(self, folder: Path, summary: Summary) -> None:
        """Print what the demo company consists of."""
        numbers = ("files", "records", "to be quarantined", "repetitions")
        table = folding_table("source", *numbers, numbers=numbers)
        for source, counts in summary.sources.items():
            table.add_row(source, *(f"{counts[key]:,}" for key in ("files", "records", "quarantined", "duplicate")))
        self.console.print(table)
        self.console.print(f"The truth about every planted fault: {escape(str(folder / 'truth'))}")
        self.console.print(f"Next: [bold]lakehouse run --as-of {summary.as_of:%Y-%m-%d}[/]")
        self.emit({"status": "done", "folder": str(folder), "sources": dict(summary.sources)})

    def said_status(self, states: Sequence[TableStatus]) -> None:
        """Print the state of every table."""
        table = folding_table("table", "rows", "version", "updated (UTC)", "waiting", numbers=("rows", "version"))
        for state in states:
            rows = "-" if state.rows is None else f"{state.rows:,}"
            version = "-" if state.version is None else str(state.version)
            updated = f"{state.updated_at:%Y-%m-%d %H:%M}" if state.updated_at else "never"
            table.add_row(state.table, rows, version, updated, state.waiting)
        self.console.print(table)
        self.emit({"tables": [asdict(state) for state in states]})

    def said_rows(self, name: str, rows: DataFrame, columns: Sequence[str] | None) -> None:
        """Print rows as a table, times in UTC; a record of many columns is printed upright."""
        chosen = with_told_times(rows.select(*known_columns(columns, rows.columns)) if columns else rows, as_json=self.as_json)
        found = [row.asDict(recursive=True) for row in chosen.collect()]
        if self.as_json:
            self.emit({"table": name, "columns": chosen.columns, "rows": found})
            return
        wide = len(chosen.columns) * 12 > (self.console.width if self.console.is_terminal else _USUAL_WIDTH)
        self.console.print(upright_table(chosen.columns, found) if wide else flat_table(chosen.columns, found))
        self.console.print(f"{len(found)} row{'s' if len(found) != 1 else ''} of {escape(name)}", style="dim")

    @staticmethod
    def complain(error: LakehouseError, *, as_json: bool = False) -> None:
        """Print an error, on standard error, and as JSON where that was asked for."""
        Console(stderr=True, highlight=False, soft_wrap=True).print(Text(harmless(str(error))))
        if as_json:
            Terminal.report_failure(error)

    @staticmethod
    def report_failure(error: LakehouseError) -> None:
        """Print the JSON object of an error, on standard output."""
        report: dict[str, Any] = getattr(error.report, "to_dict", dict)()
        found = [asdict(finding) for finding in getattr(error, "findings", ())]
        value = {
            "run_id": None,
            "steps": [],
            "status": "failed",
            **report,
            "exit_code": error.exit_code,
            "error": error.problem,
            "where": error.where,
            "found": error.found,
            "remedy": error.remedy,
            "findings": found,
        }
        sys.stdout.write(json.dumps(value, default=jsonable) + "\n")


def spark_log() -> Path:
    """Return the file for Spark's own messages in this process; a cache that others filled need not be writable."""
    try:
        folder = require_folder("logs")
    except EnvironmentProblem:
        folder = _folder_of_this_process()
    return folder / f"spark-{os.getpid()}.log"


@cache
def _folder_of_this_process() -> Path:
    return Path(mkdtemp(prefix="lakehouse-"))


def unexpected(error: Exception) -> LakehouseError:
    """Describe an error that nobody foresaw without its text, which may quote personal data."""
    condition = getattr(error, "getCondition", lambda: None)()
    return LakehouseError(
        "something went wrong that should not have",
        found=f"{type(error).__name__}{f' {condition}' if condition else ''}",
        remedy=f"set LAKEHOUSE_DEBUG=1 and run again to see where; Spark's own messages are in {spark_log()}",
    )


def _counted(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def _step_line(report: StepReport) -> str:
    mark = _MARKS[report.status]
    if report.status == "nothing new":
        return f"{mark} {report.step:<34} nothing new"
    parts = [f"{report.rows_in:,} in", f"{report.rows_out:,} out"]
    if report.rows_quarantined:
        parts.append(f"[yellow]{report.rows_quarantined:,} quarantined[/]")
    if report.rows_duplicate:
        parts.append(f"{report.rows_duplicate:,} repeated or superseded")
    lines = [f"{mark} {report.step:<34} {' · '.join(parts)}  [dim]{report.seconds:.1f} s[/]"]
    reasons = sorted(report.reasons.items(), key=lambda entry: (-entry[1], entry[0]))[:5]
    lines += [f"    [dim]{escape(reason)}: {count:,}[/]" for reason, count in reasons]
    lines += [f"    [dim]{escape(note)}[/]" for note in report.notes[:5]]
    more = len(report.notes) - 5
    return "\n".join([*lines, f"    [dim]… and {more} more notes in `lakehouse show runs`[/]"] if more > 0 else lines)
