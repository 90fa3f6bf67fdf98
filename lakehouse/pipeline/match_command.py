"""`lakehouse match`: files -> matching -> files, with what was said on the way."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.errors import ConfigurationError
from lakehouse.matching import match
from lakehouse.matching.model import MatchModel
from lakehouse.matching.settings import MatchSettings
from lakehouse.pipeline.match_files import Table, read_records, require_file, require_id
from lakehouse.pipeline.match_output import OutputFolder, require_unasked, write_questions
from lakehouse.pipeline.match_truth import read_truth
from lakehouse.session import isolated
from lakehouse.sources.readers import READ_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from lakehouse.matching.evaluation import Evaluation
    from lakehouse.matching.forecast import Forecast
    from lakehouse.matching.result import MatchResult
    from lakehouse.matching.summary import Summary


@dataclass(frozen=True)
class MatchRequest:
    """What is to be matched, and how.

    Attributes:
        left: file of the records.
        right: file of a second table to link; None finds duplicates in one.
        key: column that identifies a record within its table.
        settings: file of settings, or None.
        model: file of a fitted model, or None.
        labels: file of pairs that a person has judged, or None.
        dedupe: of two tables, find the duplicates within each of them too.
        truth: file of the known answer, or None.
        to_label: new file for pairs that a person shall judge, or None.
        show_values: whether the report, and the pairs to judge, show values.
    """

    left: str
    right: str | None
    key: str
    settings: Path | None = None
    model: Path | None = None
    labels: str | None = None
    dedupe: bool = False
    truth: str | None = None
    to_label: Path | None = None
    show_values: bool = False

    def decisions(self) -> MatchSettings | MatchModel:
        """Read the settings or the model.

        Raises:
            ConfigurationError: both were given, a file is wrong, or it contradicts the command.
        """
        if self.settings and self.model:
            raise ConfigurationError(
                "A fitted model holds all settings already.",
                where="--model, --settings",
                found="both",
                remedy="give one of them; to fit anew with other settings leave the model out",
            )
        if self.model:
            model = MatchModel.load(self.model)
            if self.dedupe and not model.dedupe:
                raise ConfigurationError(
                    "The model was fitted on pairs between two tables, or on one table.", where="--dedupe, --model",
                    found="a model without `dedupe`", remedy="leave one of the two out",
                )  # fmt: skip
            return model
        settings = MatchSettings.load(self.settings) if self.settings else MatchSettings()
        if self.dedupe:
            given = {**settings.model_dump(exclude_unset=True), "dedupe": True}
            settings = MatchSettings.parse(given, "--dedupe, --settings")
        return settings

    def check(self, out: Path | None) -> None:
        """Look at what can be told wrong before Spark is started.

        Raises:
            ConfigurationError: settings, model, or a folder for the result that cannot be used; a file that is missing.
        """
        self.decisions()
        for path in filter(None, (self.left, self.right, self.labels, self.truth)):
            require_file(path)
        if self.to_label is not None:
            self._require_beside(out)
            require_unasked(self.to_label)
        if out is not None:
            OutputFolder.open(out)

    def _require_beside(self, out: Path | None) -> None:
        if out is not None and self.to_label is not None and self.to_label.resolve().parent == out.resolve():
            raise ConfigurationError(
                "The folder for the result holds nothing but the result, so that a later run may replace it.",
                where="--to-label, --out", found="the file for the pairs to judge within it",
                remedy="name a file beside the folder",
            )  # fmt: skip


@dataclass(frozen=True)
class MatchReport:
    """What a run of `lakehouse match` did.

    Attributes:
        summary: its figures.
        evaluation: against the known answer; None where there is none.
        files: what was written.
        warnings: of reading the files; those of the model are in the summary.
    """

    summary: Summary
    evaluation: Evaluation | None
    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return plain values, for JSON."""
        columns = {name: {"kind": kind, "reason": reason} for name, (kind, reason) in self.summary.columns.items()}
        return {
            "status": "done",
            **asdict(self.summary),
            "columns": columns,
            "warnings": [*self.warnings, *self.summary.warnings],
            "evaluation": self.evaluation.to_dict() if self.evaluation else None,
            "files": [str(file) for file in self.files],
        }

    def __str__(self) -> str:
        parts = [str(self.summary), *(f"warning: {warning}" for warning in self.warnings)]
        if self.evaluation:
            parts += ["", "against the known answer", str(self.evaluation)]
        return "\n".join([*parts, "", *(f"  {file}" for file in self.files)])


def match_files(
    spark: SparkSession, request: MatchRequest, out: Path, *, listener: Callable[[str], None]
) -> MatchReport:
    """Match the records of files and write what came out.

    Args:
        spark: a session; its settings are left as they are.
        request: what is to be matched.
        out: folder for the result: new, empty, or with a former result.
        listener: is told in a word or two what is being done.

    Raises:
        ConfigurationError: files, settings or folder that cannot be used.
    """
    decisions = request.decisions()
    folder = OutputFolder.open(out)
    session = _session(spark)
    tables = _read(session, request, listener)
    rows = [table.rows for table in tables]
    judged = [read_records(session, request.labels)] if request.labels else []
    labels = judged[0].rows if judged else None
    result = match(*rows, id=request.key, settings=decisions, labels=labels, listener=listener)
    evaluation = _evaluate(session, request, result, tables, listener)
    listener("counting")
    summary = result.summary
    listener("writing")
    files = folder.write(result, evaluation=evaluation, show_values=request.show_values)
    if request.to_label:
        require_unasked(request.to_label)
        files.append(
            write_questions(result, request.to_label, rows, key=request.key, show_values=request.show_values)
        )
    return MatchReport(summary, evaluation, tuple(files), _warnings([*tables, *judged]))


def forecast_files(spark: SparkSession, request: MatchRequest, *, listener: Callable[[str], None]) -> Forecast:
    """Tell what `match_files` would cost, without doing it.

    Raises:
        ConfigurationError: files or settings that cannot be used.
    """
    from lakehouse.matching.forecast import forecast  # noqa: PLC0415  - only where it is asked for

    decisions = request.decisions()
    tables = _read(_session(spark), request, listener)
    listener("forecasting")
    return forecast(*(table.rows for table in tables), id=request.key, settings=decisions)


def _session(spark: SparkSession) -> SparkSession:
    session = isolated(spark)
    for key, value in READ_SETTINGS.items():
        # Two columns that differ in nothing but case are refused with a remedy, so none need be told apart.
        if key != "spark.sql.caseSensitive":
            session.conf.set(key, value)
    return session


def _read(session: SparkSession, request: MatchRequest, listener: Callable[[str], None]) -> list[Table]:
    tables = []
    for path in filter(None, (request.left, request.right)):
        listener(f"reading {Path(path).name}")
        table = read_records(session, path)
        require_id(table, request.key, path)
        tables.append(table)
    return tables


def _evaluate(
    session: SparkSession,
    request: MatchRequest,
    result: MatchResult,
    tables: list[Table],
    listener: Callable[[str], None],
) -> Evaluation | None:
    if request.truth is None:
        return None
    from lakehouse.matching.evaluation import evaluate  # noqa: PLC0415  - only where there is an answer

    listener("comparing with the known answer")
    rows = [table.rows for table in tables]
    dedupe = result.records.dedupe
    return evaluate(result, read_truth(session, request.truth, key=request.key, tables=rows, dedupe=dedupe))


def _warnings(tables: list[Table]) -> tuple[str, ...]:
    return tuple(warning for table in tables for warning in table.warnings)
