"""`lakehouse …`: the command line. Spark is imported only by the commands that need it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from lakehouse.errors import ConfigurationError, LakehouseError
from lakehouse.terminal import Terminal, spark_log, unexpected

_HELP = """A layered Delta lake for e-mail personalisation: raw, cleansed and curated customer data.

Start with [bold]lakehouse init DIR[/bold], drop a file into its landing folder, and [bold]lakehouse run[/bold].
Exit codes: 0 done or nothing new, 1 unexpected, 2 usage or configuration, 3 stopped by a quality gate, 4 a source or
storage that may answer later."""

app = typer.Typer(
    name="lakehouse", help=_HELP, no_args_is_help=True, rich_markup_mode="rich", add_completion=True,
    pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip

_WITH_VALUE = ("--conf", "--root")
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Only what happened before this date or time counts. Default: now."),
]


@app.callback()
def _options(
    context: typer.Context,
    conf: Annotated[Path, typer.Option(help="Folder with lake.yaml, sources/, entities/, segments/.")] = Path("conf"),
    root: Annotated[
        str | None, typer.Option(metavar="URI", help="Folder or URI of the tables; overrides lake.yaml.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")
    ] = False,
) -> None:
    context.obj = Terminal(conf=conf, root=root, as_json=json)


@app.command()
def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new project.")] = Path(),
) -> None:
    """Write a commented minimal lake that runs: conf/, a landing folder, a sample file."""
    from lakehouse.config.starter import write_starter

    terminal: Terminal = context.obj
    files = write_starter(folder)
    terminal.said_init(folder, files)


@app.command()
def doctor(context: typer.Context) -> None:
    """Say what was found of Python, packages, Java and JARs, fetch the JARs, start Spark once, and what to do."""
    from lakehouse.doctor import examine

    terminal: Terminal = context.obj
    if not terminal.said_doctor(examine(log=spark_log())):
        raise typer.Exit(2)


@app.command()
def validate(
    context: typer.Context,
    schemas: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write the JSON Schemas that editors complete YAML with.")
    ] = None,
) -> None:
    """Check everything in conf/ that can be checked without Spark; all findings at once, in less than a second."""
    from lakehouse.config.load import load_config
    from lakehouse.config.schemas import export_schemas

    terminal: Terminal = context.obj
    written = export_schemas(schemas) if schemas else []
    terminal.said_valid(load_config(terminal.conf, root=terminal.root), written)


@app.command()
def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files of the company go.")] = Path("demo"),
    customers: Annotated[int, typer.Option(min=10, help="People who have a customer record.")] = 2000,
    days: Annotated[int, typer.Option(min=1, help="Length of the history.")] = 90,
    seed: Annotated[int, typer.Option(help="Another seed, another company; the same seed, the same bytes.")] = 1,
    day: Annotated[int, typer.Option(min=1, help="1: the whole history. 2, 3, …: one further day each.")] = 1,
) -> None:
    """Write a made-up, dirty, multi-source company, with the truth about every planted fault in DIR/truth."""
    from lakehouse.demo.company import write_company

    terminal: Terminal = context.obj
    with terminal.progress("making up a company"):
        summary = write_company(folder, customers=customers, days=days, seed=seed, day=day)
    terminal.said_demo(folder, summary)


@app.command()
def ingest(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="A source of conf/sources/. Default: all.")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Empty the raw table and read everything anew.")] = False,
) -> None:
    """Land what is new in the sources: one row for each record, as it came."""
    terminal: Terminal = context.obj
    with terminal.lake() as lake:
        terminal.said_run(lake.ingest(source, restart=restart))


@app.command()
def cleanse(
    context: typer.Context,
    entity: Annotated[
        str | None, typer.Argument(metavar="[ENTITY]", help="An entity of conf/entities/. Default: all.")
    ] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Judge all of raw anew, with the rules of today.")] = False,
    as_of: AsOf = None,
) -> None:
    """Type, normalize and check the records; bad ones go to quarantine, each with its reasons."""
    terminal: Terminal = context.obj
    with terminal.lake() as lake:
        terminal.said_run(lake.cleanse(entity, rebuild=rebuild, as_of=as_of))


@app.command()
def curate(context: typer.Context, as_of: AsOf = None) -> None:
    """Bring profiles, RFM and segments up to a moment."""
    terminal: Terminal = context.obj
    with terminal.lake() as lake:
        terminal.said_run(lake.curate(as_of=as_of))


@app.command()
def run(context: typer.Context, as_of: AsOf = None) -> None:
    """Do all steps in order: ingest, cleanse, curate. A second run with nothing new writes nothing."""
    terminal: Terminal = context.obj
    with terminal.lake() as lake:
        terminal.said_run(lake.run(as_of=as_of), lake)


@app.command()
def status(context: typer.Context) -> None:
    """Say what the lake holds and what is waiting to get in."""
    terminal: Terminal = context.obj
    with terminal.lake() as lake:
        terminal.said_status(lake.status())


@app.command()
def show(
    context: typer.Context,
    table: Annotated[
        str, typer.Argument(help="As in cleansed/customers, customer_profiles, quarantine/orders or runs.")
    ],
    rows: Annotated[int, typer.Option("--rows", "-n", min=1, max=1000, help="How many rows.")] = 10,
    columns: Annotated[str | None, typer.Option(metavar="A,B", help="Only these columns.")] = None,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show personal data as they are.")] = False,
) -> None:
    """Print a sample of a table; personal data is masked."""
    terminal: Terminal = context.obj
    with terminal.lake() as lake:
        sample = lake.sample(table, rows=rows, unmask=unmask)
        terminal.said_rows(table, sample, columns.split(",") if columns else None)


@app.command(name="match")
def match_(
    context: typer.Context,
    left: Annotated[
        str, typer.Argument(metavar="LEFT", help="CSV, CSV.gz, JSON lines or Parquet file, or folder of a Delta table.")
    ],
    right: Annotated[
        str | None, typer.Argument(metavar="[RIGHT]", help="A second table to link with the first.")
    ] = None,
    *,
    key: Annotated[str, typer.Option("--id", metavar="COLUMN", help="Column that identifies a record in its table.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for the result: new or empty.")] = None,
    settings: Annotated[Path | None, typer.Option(metavar="FILE", help="YAML: what to decide otherwise.")] = None,
    model: Annotated[Path | None, typer.Option(metavar="FILE", help="model.yaml of a former result.")] = None,
    labels: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Judged pairs `id_l,id_r,match`: learned from, and obeyed."),
    ] = None,
    truth: Annotated[
        str | None, typer.Option(metavar="FILE", help="Known answer: `id_l,id_r` or `id,cluster`; for figures only.")
    ] = None,
    dedupe: Annotated[
        bool, typer.Option("--dedupe", help="Two tables: find the duplicates within each of them too.")
    ] = False,
    to_label: Annotated[
        Path | None, typer.Option(metavar="FILE", help="New CSV of 300 pairs for a person to judge, for `--labels`.")
    ] = None,
    forecast: Annotated[bool, typer.Option("--forecast", help="Only tell what it would cost.")] = False,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show personal data in the report and in the pairs to judge.")
    ] = False,
) -> None:
    """Find the records that mean the same person or thing, in one table, between two, or both at once."""
    from lakehouse.errors import ConfigurationError
    from lakehouse.pipeline.match_command import MatchRequest, forecast_files, match_files

    terminal: Terminal = context.obj
    request = MatchRequest(
        left, right, key, settings=settings, model=model, labels=labels, dedupe=dedupe, truth=truth, to_label=to_label,
        show_values=show_values,
    )  # fmt: skip
    if out is None and not forecast:
        raise ConfigurationError("the folder for the result is missing", where="--out", remedy="add `--out DIR`")
    request.check(None if forecast else out)
    with terminal.spark() as spark:
        if out is None or forecast:
            told = forecast_files(spark, request, listener=terminal.tell)
            terminal.said(str(told), told.to_dict())
        else:
            done = match_files(spark, request, out, listener=terminal.tell)
            terminal.said(str(done), done.to_dict())


def shared_options_first(arguments: Sequence[str]) -> list[str]:
    """Move --conf, --root and --json to the front, so that they may stand behind the command too."""
    shared: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        name = argument.split("=", maxsplit=1)[0]
        if name == "--json" or (name in _WITH_VALUE and name != argument):
            shared.append(argument)
        elif name in _WITH_VALUE:
            shared += [argument, *[value for _, value in zip("1", waiting, strict=False)]]
        else:
            rest.append(argument)
    return shared + rest


def _misused(error: Any) -> ConfigurationError:
    """Describe a usage error of click, which typer brings along under a private name."""
    command = error.ctx.command_path if error.ctx else "lakehouse"
    return ConfigurationError(
        "The command cannot be understood.", where=command, found=error.format_message(), remedy=f"{command} --help"
    )


def main(arguments: list[str] | None = None) -> None:
    """Run a command and end the process with its exit code."""
    given = shared_options_first(sys.argv[1:] if arguments is None else arguments)
    try:
        app(given)
    except SystemExit as ended:
        # Typer has told people what was typed in a wrong way, and ends the process while it handles its own error.
        if "--json" in given and hasattr(ended.__context__, "format_message"):
            Terminal.report_failure(_misused(ended.__context__))
        raise
    except LakehouseError as error:
        Terminal.complain(error, as_json="--json" in given)
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get("LAKEHOUSE_DEBUG"):
            raise
        Terminal.complain(unexpected(error), as_json="--json" in given)
        sys.exit(1)


if __name__ == "__main__":
    main()
