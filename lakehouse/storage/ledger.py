"""The run ledger: what every step read, wrote, set aside and dropped as a repetition, and whether it adds up."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import (
    ArrayType,
    DoubleType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from lakehouse.errors import GateStopped
from lakehouse.session import bookkeeping, isolated
from lakehouse.storage.commit import Note, Token
from lakehouse.storage.lease import lease
from lakehouse.storage.schema import ensure_table
from lakehouse.storage.tables import append, has_table, read_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.storage.layout import Layout

_PATIENCE = 120.0  # seconds; a line is written in a few

Status = Literal["done", "nothing new", "failed", "stopped"]

_COMMENTS = {
    "run_id": "Run that did the step.",
    "step": "Step and its subject, for example cleanse customers.",
    "table": "Table that the step wrote, under the root.",
    "batch_id": "Number of the batch within the step; null for a step without batches.",
    "status": "done, stopped (a gate), failed.",
    "rows_in": "Records the step read.",
    "rows_out": "Rows that it added to or changed in its table.",
    "rows_quarantined": "Records it set aside, with reasons, in quarantine/.",
    "rows_duplicate": "Records that repeat or are superseded by another one.",
    "version_before": "Version of the table before; null when the step created it.",
    "version_after": "Version of the table after.",
    "reasons": "Rule or check -> records that broke it.",
    "notes": "What a person should know: drift, unreadable files.",
    "seconds": "Wall time.",
    "recorded_at": "When the line was written (UTC).",
}


@dataclass(frozen=True)
class StepReport:
    """What one step of a run did; the fields are those of the ledger table."""

    step: str
    table: str
    status: Status = "done"
    rows_in: int = 0
    rows_out: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    version_before: int | None = None
    version_after: int | None = None
    seconds: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def balances(self) -> bool:
        """Whether every record that came in is accounted for."""
        return self.rows_in == self.rows_out + self.rows_quarantined + self.rows_duplicate

    def text(self) -> str:
        """Return the report as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of_text(cls, text: str) -> StepReport:
        """Return the report that `text` wrote."""
        saved = json.loads(text)
        return cls(**{**saved, "notes": tuple(saved["notes"])})

    def plus(self, other: StepReport) -> StepReport:
        """Add up two batches of one step."""
        reasons = {
            name: self.reasons.get(name, 0) + other.reasons.get(name, 0)
            for name in sorted({*self.reasons, *other.reasons})
        }
        first = self.version_before if self.rows_in or self.version_before is not None else other.version_before
        return replace(
            other,
            rows_in=self.rows_in + other.rows_in,
            rows_out=self.rows_out + other.rows_out,
            rows_quarantined=self.rows_quarantined + other.rows_quarantined,
            rows_duplicate=self.rows_duplicate + other.rows_duplicate,
            version_before=first,
            seconds=self.seconds + other.seconds,
            reasons=reasons,
            notes=tuple(dict.fromkeys([*self.notes, *other.notes])),
        )


@dataclass(frozen=True)
class RunReport:
    """What a run did, step by step."""

    run_id: str
    steps: tuple[StepReport, ...] = ()
    status: Status = "done"

    def to_dict(self) -> dict[str, Any]:
        """Return the report as the object that `--json` prints."""
        return {"run_id": self.run_id, "status": self.status, "steps": [asdict(step) for step in self.steps]}


def require_balance(report: StepReport, *, remedy: str = "mend the cause and run the step again") -> None:
    """Stop a step whose records are not all accounted for.

    Args:
        report: of the step.
        remedy: what leads on.

    Raises:
        GateStopped: rows in differ from rows out + quarantined + duplicates.
    """
    if not report.balances:
        raise GateStopped(
            "the rows do not balance, so nothing was promoted",
            where=f"{report.step} -> {report.table}",
            found=f"{report.rows_in} in, but {report.rows_out} out + {report.rows_quarantined} quarantined + "
            f"{report.rows_duplicate} duplicates",
            remedy="a `transform` must return one row for each row it is given, and a file must not change while it is read; "
            + remedy,
        )


_SCHEMA = StructType(
    [
        StructField("run_id", StringType(), nullable=False),
        StructField("step", StringType(), nullable=False),
        StructField("table", StringType(), nullable=False),
        StructField("batch_id", LongType()),
        StructField("status", StringType(), nullable=False),
        StructField("rows_in", LongType()),
        StructField("rows_out", LongType()),
        StructField("rows_quarantined", LongType()),
        StructField("rows_duplicate", LongType()),
        StructField("version_before", LongType()),
        StructField("version_after", LongType()),
        StructField("reasons", MapType(StringType(), LongType())),
        StructField("notes", ArrayType(StringType())),
        StructField("seconds", DoubleType()),
        StructField("recorded_at", TimestampType(), nullable=False),
    ]
)
_BALANCE = "status <> 'done' OR coalesce(rows_in = rows_out + rows_quarantined + rows_duplicate, true)"
_ARROW = to_arrow_schema(_SCHEMA, timezone="UTC")


class Ledger:
    """The ledger as one run writes it.

    Args:
        spark: a session with Delta.
        layout: the paths of the lake.
        run_id: the run.
    """

    def __init__(self, spark: SparkSession, layout: Layout, run_id: str) -> None:
        self.spark, self.layout, self.run_id = bookkeeping(isolated(spark)), layout, run_id
        self._is_ready = False
        self._one_at_a_time = Lock()

    def record(
        self, report: StepReport, *, batch_id: int | None = None, token: Token | None = None, run_id: str | None = None
    ) -> None:
        """Write one line; a repetition with the same token writes nothing.

        Every step of every run writes here, so each waits for its turn: stores on which two drivers lose each other's
        commits allow only one writer at a time.

        Args:
            report: what the step did.
            batch_id: number of the batch within the step.
            token: makes a repetition a no-op.
            run_id: the run that did the step, where that was an earlier one.
        """
        run_id = run_id or self.run_id
        line = {**asdict(report), "run_id": run_id, "batch_id": batch_id, "recorded_at": datetime.now(UTC)}
        line["reasons"] = list(report.reasons.items())
        rows = self.spark.createDataFrame(pa.Table.from_pylist([line], schema=_ARROW), _SCHEMA)
        turn = lease(self.spark, self.layout.lease("ledger", "runs"), run_id=self.run_id, patience=_PATIENCE)
        with self._one_at_a_time, turn:
            self._prepare()
            append(rows, self.layout.runs, token=token, note=Note(run_id, "ledger", batch_id))

    def _prepare(self) -> None:
        if not self._is_ready:
            ensure_table(
                self.spark,
                self.layout.runs,
                _SCHEMA,
                description="What every step of every run did.",
                comments=_COMMENTS,
                constraints={"balance": _BALANCE},
            )
            self._is_ready = True


def read_runs(spark: SparkSession, layout: Layout) -> DataFrame | None:
    """Return the ledger, newest line first; None before the first run."""
    if not has_table(spark, layout.runs):
        return None
    return read_table(spark, layout.runs).orderBy(F.col("recorded_at").desc(), "step")
