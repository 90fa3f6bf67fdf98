"""raw -> cleansed + quarantine: judge once, stage, count, pass the gate, seal, promote.

The judged rows of a batch are staged first. When the counts have passed the gate the stage is *sealed*: from then on
the batch is decided, and whoever is killed while promoting it promotes the very same rows after the restart, whatever
has changed in conf/ meanwhile.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException
from pyspark.sql.types import StructField, StructType, TimestampType

from lakehouse.cleansed.entity import QUARANTINE, judge_records
from lakehouse.cleansed.scd2 import (
    VALIDITY_COMMENTS,
    VALIDITY_CONSTRAINTS,
    VALIDITY_FIELDS,
    observation_schema,
    observations,
)
from lakehouse.errors import ConfigurationError, GateStopped, TableError
from lakehouse.pipeline.promotion import Promotion
from lakehouse.pipeline.stage import Stage
from lakehouse.pipeline.transform import load_transform
from lakehouse.pipeline.work import Work, drain, total
from lakehouse.raw.landing import LINEAGE_COMMENTS, RAW_COMMENTS
from lakehouse.storage.commit import Note, Token
from lakehouse.storage.commits import last_commit
from lakehouse.storage.files import child, delete, exists
from lakehouse.storage.lease import lease
from lakehouse.storage.ledger import StepReport, require_balance
from lakehouse.storage.progress import (
    bind_checkpoint,
    bound_checkpoint,
    has_definition,
    is_drained,
    require_same_checkpoint,
    require_same_upstream,
)
from lakehouse.storage.schema import ANEW, ensure_table
from lakehouse.storage.tables import has_table, read_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.cleansed.settings import EntitySettings


def cleanse(work: Work, entity: str, *, rebuild: bool = False) -> StepReport:
    """Bring what is new in raw into an entity.

    Args:
        work: the surroundings.
        entity: its name in conf/entities/.
        rebuild: empty the entity and its quarantine and judge all of raw anew, with the rules of today; until the
            gate has let the first batch pass, the tables are empty.

    Raises:
        ConfigurationError: an expression of the entity does not compile.
        TableError: the raw table is missing, or a table of the entity is not what it should be.
        GateStopped: a threshold is broken or the rows do not balance.
    """
    with work.step(f"cleanse {entity}"), lease(work.spark, work.layout.lease("cleanse", entity), run_id=work.run_id):
        return work.tell(_Cleanse(work, entity).run(rebuild=rebuild))


class _Cleanse:
    """One entity within one run."""

    def __init__(self, work: Work, name: str) -> None:
        self.work, self.name = work, name
        self.entity: EntitySettings = work.config.entities[name]
        self.raw = work.layout.table("raw", self.entity.source)
        self.table = work.layout.table("cleansed", name)
        self.quarantine = work.layout.table("quarantine", name)
        self.observations = work.layout.observations(name) if self.entity.history.type == "scd2" else None
        self.checkpoint = work.layout.checkpoint("cleanse", name)
        self.stages = work.layout.stage("cleanse", name)
        self.definition = hashlib.sha256(self.entity.model_dump_json(exclude={"match"}).encode()).hexdigest()[:16]
        self.transform = load_transform(self.entity.transform, work.config.project) if self.entity.transform else None

    def run(self, *, rebuild: bool) -> StepReport:
        session = self.work.own_session()
        session.conf.set("spark.sql.maxConcurrentOutputFileWriters", "8")  # splits by verdict without a sort
        if not has_table(session, self.raw):
            raise TableError(
                "there is nothing to cleanse yet",
                where=self.work.short(self.raw),
                remedy=f"lakehouse ingest {self.entity.source}",
            )
        if exists(session, self.work.layout.unbalanced(self.entity.source)):
            raise GateStopped(
                "records of the source are missing in raw, so nothing of it is promoted",
                where=self.work.short(self.raw),
                found="a batch that landed and does not balance; `lakehouse ingest` tells its rows",
                remedy=f"read everything anew: lakehouse ingest {self.entity.source} --restart",
            )
        # A rebuild that was killed goes on; until its first batch has been decided, it begins anew.
        rebuild = rebuild or bound_checkpoint(session, self.table) == ANEW
        if not rebuild:
            self._require_whole(session)
            self._require_same(session)
        nothing_new = not rebuild and self._has_nothing_to_do(session)
        reports = [] if nothing_new else self._bring(session, rebuild=rebuild)
        delete(session, self.stages)
        version = last_commit(session, self.table).version
        return total(f"cleanse {self.name}", self.work.short(self.table), reports, version)

    def _has_nothing_to_do(self, session: SparkSession) -> bool:
        """Say so without compiling an entity and starting a stream, where neither would change anything."""
        same = has_definition(session, self.table, self.definition)
        return same and is_drained(session, self.checkpoint, self.raw)

    def _bring(self, session: SparkSession, *, rebuild: bool) -> list[StepReport]:
        schema = self._compile(session)
        self._ensure_tables(session, schema, anew=rebuild)
        if rebuild:
            delete(session, self.checkpoint)
            delete(session, self.stages)
        self._require_same(session)
        # Erasure deletes from raw; what was taken in before is erased from this zone by itself.
        records = session.readStream.format("delta").option("skipChangeCommits", "true").load(self.raw)
        return drain(records, self.checkpoint, self._take)

    def _require_same(self, session: SparkSession) -> None:
        remedy = f"judge everything anew: lakehouse cleanse {self.name} --rebuild"
        require_same_checkpoint(session, self.checkpoint, self.table, remedy=remedy)
        require_same_upstream(session, self.raw, self.table, remedy=remedy)

    def _require_whole(self, session: SparkSession) -> None:
        """Refuse to go on when one of the tables that belong together has vanished."""
        paths = [path for path in (self.table, self.quarantine, self.observations) if path]
        missing = [path for path in paths if not has_table(session, path)]
        if not missing or bound_checkpoint(session, self.table) is None:
            return  # nothing was filled yet; or the table itself is gone, which its checkpoint tells
        raise TableError(
            "a table of the entity has vanished",
            where=self.work.short(missing[0]),
            found=f"{self.work.short(self.table)} is there and was filled",
            remedy=f"restore it from a backup, or judge everything anew: lakehouse cleanse {self.name} --rebuild",
        )

    def judge(self, records: DataFrame) -> DataFrame:
        return judge_records(records, self.entity, as_of=self.work.local_as_of, transform=self.transform)

    def _compile(self, session: SparkSession) -> StructType:
        """Analyze the whole entity before any data is read."""
        try:
            judged = self.judge(read_table(session, self.raw))
            if self.observations and self.entity.history.order_by:
                observations(judged, self.entity.keys, self.entity.history.order_by, self.entity.history.delete_when)
        except AnalysisException as error:
            raise ConfigurationError(
                "an expression of the entity does not compile",
                where=f"conf/entities/{self.name}.yaml",
                found=str(error).split("\n", maxsplit=1)[0][:300],
                remedy="mend the `sql` column, the `condition` of the rule, `delete_when`, or the `transform` function",
            ) from error
        self._require_types(judged.schema)
        return judged.schema

    def _require_types(self, judged: StructType) -> None:
        """Refuse what the entity's own function makes of another type than the entity declares."""
        made = {name: judged[name].dataType.simpleString() for name in self.entity.columns}
        wrong = [
            f"`{name}` is {made[name]}, declared as {column.type}"
            for name, column in self.entity.columns.items()
            if self.transform is not None and made[name] != column.type.replace(" ", "")
        ]
        if wrong:
            raise ConfigurationError(
                "a column has another type than the entity declares",
                where=f"conf/entities/{self.name}.yaml",
                found="; ".join(wrong[:5]),
                remedy="cast it in the `transform` function, or declare its `type`",
            )

    def _ensure_tables(self, session: SparkSession, judged: StructType, *, anew: bool) -> None:
        kept = StructType(
            [field for field in judged.fields if field.name not in ("record", "_corrupt_record", "_reasons")]
        )
        comments = {name: column.description for name, column in self.entity.columns.items()}
        comments |= LINEAGE_COMMENTS | VALIDITY_COMMENTS | _VERDICT_COMMENTS
        required = {*self.entity.keys, *(["valid_from"] if self.observations else [])}
        fields = [StructField(field.name, field.dataType, field.name not in required) for field in kept.fields]
        validity = VALIDITY_FIELDS if self.observations else []
        ensure_table(
            session,
            self.table,
            StructType(fields + validity),
            description=self.entity.description,
            comments=comments,
            grain=_grain(self.entity),
            constraints=VALIDITY_CONSTRAINTS if self.observations else {},
            anew=anew,
        )
        rejected = StructType([judged[name] for name in QUARANTINE] + [StructField("_replayed_at", TimestampType())])
        ensure_table(
            session,
            self.quarantine,
            rejected,
            comments=RAW_COMMENTS | _VERDICT_COMMENTS,
            description=f"Records that could not become {self.name}, whole, with their reasons.",
            anew=anew,
        )
        if self.observations:
            ensure_table(
                session,
                self.observations,
                observation_schema(kept, self.entity.keys),
                description=f"When which state of {self.name} was seen.",
                anew=anew,
            )

    def _take(self, records: DataFrame, number: int) -> StepReport:
        session = records.sparkSession
        upstream = bound_checkpoint(session, self.raw) or ""
        checkpoint_id = bind_checkpoint(
            session, self.checkpoint, self.table, upstream=upstream, definition=self.definition
        )
        stage = Stage(session, child(self.stages, f"{checkpoint_id}-{number}"))
        promotion = Promotion(self.entity, self.table, self.observations)
        report = stage.sealed() or self._decide(session, stage, promotion, records)
        token = Token.of(
            pipeline="cleanse", table=child("cleansed", self.name), checkpoint_id=checkpoint_id, batch=number
        )
        note = Note(self.work.run_id, f"cleanse {self.name}", number, checkpoint_id)
        promotion.promote(stage, self.quarantine, rejects=report.rows_quarantined > 0, token=token, note=note)
        report = replace(report, version_after=last_commit(session, self.table).version)
        self.work.ledger.record(report, batch_id=number, token=replace(token, app_id=f"ledger-{token.app_id}"))
        return report

    def _decide(self, session: SparkSession, stage: Stage, promotion: Promotion, records: DataFrame) -> StepReport:
        """Judge, stage and count a batch, and seal it if it may pass."""
        stage.write_judged(self.judge(records))
        counts = stage.count(records.count())
        step, table = f"cleanse {self.name}", self.work.short(self.table)
        if self.transform:
            stage.require_same_records(records, where=step)
        stage.require_pass(counts, self.entity, where=step)
        changes = promotion.prepare(session, stage, counts)
        report = StepReport(
            step,
            table,
            rows_in=counts.records,
            rows_out=changes.rows_out,
            rows_quarantined=counts.quarantined,
            rows_duplicate=changes.rows_duplicate,
            version_before=last_commit(session, self.table).version,
            reasons=counts.reasons,
            notes=_warnings_note(counts.warnings),
        )
        require_balance(report)
        stage.seal(report)
        return report


def _grain(entity: EntitySettings) -> str:
    """Say what a row of the table stands for; whoever changes it must judge everything anew."""
    history = entity.history
    parts = [history.type, entity.source, *entity.keys]
    if history.type == "scd2":
        parts += [f"from {history.order_by}", f"until {history.delete_when}"]
    return json.dumps(parts)


def _warnings_note(warnings: dict[str, int]) -> tuple[str, ...]:
    return tuple(f"{count} rows marked by `{name}`" for name, count in sorted(warnings.items()))


_VERDICT_COMMENTS = {
    "_warnings": "What was noticed about the row without rejecting it: rules of severity warn, clock changes.",
    "_reasons": "Why the record was rejected: rule, and what was found where a value could not be typed.",
    "_rescued": "JSON of the values that could not be typed: column -> text.",
    "_replayed_at": "When the record was accepted in a later replay; null while it is still rejected.",
}
