"""What a batch prepares before it is promoted, and the seal that makes it final."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.quality.gate import require_pass
from lakehouse.quality.rules import is_accepted
from lakehouse.storage.files import child, delete, exists, read_text, write_text
from lakehouse.storage.ledger import StepReport

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.cleansed.settings import EntitySettings


@dataclass(frozen=True)
class Counts:
    """What was counted in a staged batch.

    Attributes:
        records: records that came in, counted at the source.
        accepted: judged rows without a reason.
        quarantined: judged rows with at least one.
        reasons: rule -> rows that it rejected.
        warnings: rule -> rows that it marked.
    """

    records: int
    accepted: int
    quarantined: int
    reasons: dict[str, int]
    warnings: dict[str, int]


class Stage:
    """A folder that holds the judged rows of one batch and what is to be done with them.

    Plain Parquet: nobody reads it but the step itself, and it goes when the batch is promoted.
    """

    def __init__(self, spark: SparkSession, path: str) -> None:
        self.spark, self.path = spark, path

    def write_judged(self, rows: DataFrame) -> None:
        """Write the judged rows in one pass, split by verdict."""
        delete(self.spark, self.path)
        split = rows.withColumn("_accepted", is_accepted())
        split.write.mode("overwrite").partitionBy("_accepted").parquet(child(self.path, "judged"))
        self._schema = rows.schema

    def judged(self, *, accepted: bool) -> DataFrame:
        """Return the rows of one verdict, without the column that says so."""
        rows = self.spark.read.schema(self._known_schema()).parquet(child(self.path, "judged"))
        return rows.where(F.col("_accepted") == F.lit(accepted)).drop("_accepted")

    def _known_schema(self) -> str:
        # Given explicitly: a batch may lack one of the two verdicts, or hold no rows at all.
        saved = child(self.path, "schema.json")
        if hasattr(self, "_schema"):
            columns = ", ".join(f"`{f.name}` {f.dataType.simpleString()}" for f in self._schema.fields)
            write_text(self.spark, saved, f"{columns}, _accepted boolean")
            del self._schema
        return read_text(self.spark, saved)

    def write_changes(self, rows: DataFrame) -> DataFrame:
        """Keep what is to be done to the target and return it as kept."""
        path = child(self.path, "changes")
        rows.write.mode("overwrite").parquet(path)
        return self.spark.read.schema(rows.schema).parquet(path)

    def changes(self) -> DataFrame:
        """Return what `write_changes` kept."""
        return self.spark.read.parquet(child(self.path, "changes"))

    def has_changes(self) -> bool:
        """Tell whether `write_changes` was called for this batch."""
        return exists(self.spark, child(self.path, "changes"))

    def count(self, records: int) -> Counts:
        """Count verdicts, reasons and warnings from the staged columns alone.

        Args:
            records: how many records came in, counted elsewhere.
        """
        accepted, rejected = self.judged(accepted=True), self.judged(accepted=False)
        verdicts = accepted.select(F.lit("accepted").alias("kind"), F.lit("").alias("name")).unionByName(
            rejected.select(F.lit("quarantined").alias("kind"), F.lit("").alias("name"))
        )
        marks = accepted.select(F.lit("warning").alias("kind"), F.explode("_warnings").alias("name")).unionByName(
            rejected.select(F.lit("reason").alias("kind"), F.explode("_reasons").alias("name"))
        )
        # What stands behind the colon says what was found; the rule's name stands before it.
        name = F.split_part("name", F.lit(": "), F.lit(1)).alias("name")
        rows = verdicts.unionByName(marks).groupBy("kind", name).count().collect()
        by_kind: dict[str, dict[str, int]] = {"accepted": {}, "quarantined": {}, "warning": {}, "reason": {}}
        for row in rows:
            by_kind[row["kind"]][row["name"]] = row["count"]
        return Counts(
            records,
            by_kind["accepted"].get("", 0),
            by_kind["quarantined"].get("", 0),
            dict(sorted(by_kind["reason"].items())),
            dict(sorted(by_kind["warning"].items())),
        )

    def require_pass(self, counts: Counts, entity: EntitySettings, *, where: str) -> None:
        """Stop the batch when it breaks a threshold of its entity.

        Raises:
            GateStopped: naming each threshold.
        """
        failed = {
            name: counts.reasons.get(name, 0) + counts.warnings.get(name, 0)
            for name in {*counts.reasons, *counts.warnings}
        }
        require_pass(
            rows=counts.records,
            quarantined=counts.quarantined,
            failed=failed,
            rules=entity.rules,
            gate=entity.gate,
            where=where,
            evidence=child(self.path, "judged"),
        )

    def seal(self, report: StepReport) -> None:
        """Make the decision final."""
        self._known_schema()
        write_text(self.spark, self._seal, json.dumps(asdict(report)))

    def sealed(self) -> StepReport | None:
        """Return the report of a batch that was decided before a kill; None where it was not."""
        if not exists(self.spark, self._seal):
            return None
        saved = json.loads(read_text(self.spark, self._seal))
        return StepReport(**{**saved, "notes": tuple(saved["notes"])})

    @property
    def _seal(self) -> str:
        return child(self.path, "sealed.json")
