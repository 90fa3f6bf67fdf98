"""What a batch prepares before it is promoted, and the seal that makes it final."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import GateStopped
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
        columns = ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in rows.schema.fields)
        write_text(self.spark, self._schema, f"{columns}, _accepted boolean")

    def judged(self, *, accepted: bool) -> DataFrame:
        """Return the rows of one verdict, without the column that says so."""
        return self._rows().where(F.col("_accepted") == F.lit(accepted)).drop("_accepted")

    def _rows(self) -> DataFrame:
        # The schema is given: a batch may lack one of the two verdicts, or hold no rows at all.
        return self.spark.read.schema(read_text(self.spark, self._schema)).parquet(child(self.path, "judged"))

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
        marks = F.when(F.col("_accepted"), F.col("_warnings")).otherwise(F.col("_reasons"))
        # Every row counts once under the empty name, and once under each of its marks.
        names = self._rows().select("_accepted", F.explode(F.concat(F.array(F.lit("")), marks)).alias("name"))
        # What stands behind the colon says what was found; the rule's name stands before it.
        name = F.split_part("name", F.lit(": "), F.lit(1)).alias("name")
        counted = {(row[0], row[1]): row[2] for row in names.groupBy("_accepted", name).count().collect()}
        return Counts(
            records,
            accepted=counted.pop((True, ""), 0),
            quarantined=counted.pop((False, ""), 0),
            reasons={name: count for (accepted, name), count in sorted(counted.items()) if not accepted},
            warnings={name: count for (accepted, name), count in sorted(counted.items()) if accepted},
        )

    def require_same_records(self, records: DataFrame, *, where: str) -> None:
        """Stop the batch when the judged rows are not exactly those of the records, none lost and none twice.

        A count does not tell: one row lost and another one doubled leave it as it was.

        Args:
            records: what came in.
            where: the step, for the message.

        Raises:
            GateStopped: the rows differ.
        """
        judged = self.judged(accepted=True).select("_record_id").union(self.judged(accepted=False).select("_record_id"))
        if _fingerprint(records) != _fingerprint(judged):
            raise GateStopped(
                "the rows do not balance, so nothing was promoted",
                where=where,
                found="other rows after the `transform` function than before it",
                remedy="let the function return exactly one row for each row it is given, then run again",
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
        write_text(self.spark, self._seal, report.text())

    def sealed(self) -> StepReport | None:
        """Return the report of a batch that was decided before a kill; None where it was not."""
        if not exists(self.spark, self._seal):
            return None
        return StepReport.of_text(read_text(self.spark, self._seal))

    @property
    def _schema(self) -> str:
        return child(self.path, "schema.ddl")

    @property
    def _seal(self) -> str:
        return child(self.path, "sealed.json")


def _fingerprint(rows: DataFrame) -> tuple[object, ...]:
    """Return what two frames share only if they hold the same records, each as often."""
    digest = F.xxhash64("_record_id").cast("decimal(20,0)")
    return tuple(rows.agg(F.count(F.lit(1)), F.sum(digest)).collect()[0])
