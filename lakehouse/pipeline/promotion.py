"""A staged batch -> the entity's table and its quarantine, by the entity's kind of history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.cleansed.entity import LINEAGE, QUARANTINE
from lakehouse.cleansed.history import changes_to_latest, first_per_key, newest_per_key, unseen
from lakehouse.cleansed.scd2 import VALIDITY, changes_to_history, observations, timeline, versions, with_state
from lakehouse.storage.sql import quote
from lakehouse.storage.tables import append, is_empty, merge, read_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.cleansed.settings import EntitySettings
    from lakehouse.pipeline.stage import Counts, Stage
    from lakehouse.storage.commit import Note, Token


@dataclass(frozen=True)
class Changes:
    """How many accepted rows change the table, and how many repeat or are superseded."""

    rows_out: int
    rows_duplicate: int


class Promotion:
    """How the accepted rows of an entity reach its table.

    `prepare` decides and counts, before anything is promoted; `promote` carries out what was decided and may be
    repeated after a kill.

    Args:
        entity: its settings.
        table: path of its table.
        observations: path of its observation log; only for scd2.
    """

    def __init__(self, entity: EntitySettings, table: str, observations: str | None) -> None:
        self.entity, self.table, self.observations = entity, table, observations
        self.keys = entity.keys

    def prepare(self, spark: SparkSession, stage: Stage, counts: Counts) -> Changes:
        """Find out which accepted rows change the table."""
        accepted = stage.judged(accepted=True).drop("record", "_corrupt_record", "_reasons")
        if self.entity.history.type == "scd2":
            return self._prepare_scd2(spark, stage, accepted)
        if not self.keys:
            return Changes(counts.accepted, 0)
        present = read_table(spark, self.table)
        is_new = is_empty(spark, self.table)
        distinct = accepted.select(*self.keys).distinct().count()
        if is_new and distinct == counts.accepted:
            return Changes(distinct, 0)  # nothing to decide: the accepted rows are the changes
        out = self._prepare_keyed(stage, accepted, present, is_new=is_new)
        return Changes(out, counts.accepted - out)

    def _prepare_keyed(self, stage: Stage, accepted: DataFrame, present: DataFrame, *, is_new: bool) -> int:
        history = self.entity.history
        if history.type == "append":
            rows = first_per_key(accepted, self.keys)
            rows = rows if is_new else unseen(rows, present, self.keys)
            return stage.write_changes(rows).count()
        newest = newest_per_key(accepted, self.keys, history.order_by)
        if not is_new:
            tracked = [name for name in newest.columns if name not in (*LINEAGE, *self.keys)]
            newest = changes_to_latest(newest, present, self.keys, history.order_by, tracked)
            newest = newest.where("_change IN ('insert', 'update')")
        return stage.write_changes(newest).count()

    def _prepare_scd2(self, spark: SparkSession, stage: Stage, accepted: DataFrame) -> Changes:
        history = self.entity.history
        order_by = history.order_by or ""
        assert self.observations  # noqa: S101  - scd2 has one
        touched = accepted.select(*self.keys).distinct()
        known = read_table(spark, self.observations).join(touched, on=self.keys, how="left_semi")
        present = read_table(spark, self.table).join(touched, on=self.keys, how="left_semi")
        new = observations(accepted, self.keys, order_by, history.delete_when).withColumn("_new", F.lit(True))
        changes = timeline(new.unionByName(known.withColumn("_new", F.lit(False))), self.keys)
        # The table may still have columns that conf/ has dropped; old states keep what they say there.
        states = with_state(present.drop(*VALIDITY), self.keys, order_by).unionByName(
            with_state(accepted, self.keys, order_by), allowMissingColumns=True
        )
        derived = versions(changes.drop("_new", "_seen_at"), states, self.keys, order_by)
        stage.write_changes(changes_to_history(derived, present.select(*derived.columns)))
        out = changes.where("_new").count()
        return Changes(out, accepted.count() - out)

    def promote(self, stage: Stage, quarantine: str, *, rejects: bool, token: Token, note: Note) -> None:
        """Carry out what was decided; every commit bears its own token, so a repetition changes nothing.

        Args:
            stage: the batch.
            quarantine: path of the entity's quarantine.
            rejects: whether the batch holds rejected rows at all.
            token: of the batch.
            note: of the batch.
        """
        if rejects:
            rejected = stage.judged(accepted=False).select(*QUARANTINE)
            append(rejected, quarantine, token=replace(token, app_id=f"quarantine-{token.app_id}"), note=note)
        if self.observations:
            accepted = stage.judged(accepted=True).drop("record", "_corrupt_record", "_reasons")
            seen = observations(
                accepted, self.keys, self.entity.history.order_by or "", self.entity.history.delete_when
            )
            append(seen, self.observations, token=replace(token, app_id=f"observations-{token.app_id}"), note=note)
        rows = stage.changes() if stage.has_changes() else stage.judged(accepted=True)
        rows = rows.drop("record", "_corrupt_record", "_reasons")
        if "_change" in rows.columns:
            self._merge(rows, token, note)
        else:
            append(rows, self.table, token=token, note=note)

    def _merge(self, rows: DataFrame, token: Token, note: Note) -> None:
        names = [name for name in rows.columns if name != "_change"]
        keys = ["_version_key"] if self.observations else self.keys
        on = " AND ".join(f"t.{quote(key)} = s.{quote(key)}" for key in keys)
        update = ", ".join(f"t.{quote(name)} = s.{quote(name)}" for name in names)
        columns, values = ", ".join(map(quote, names)), ", ".join(f"s.{quote(name)}" for name in names)
        merge(
            rows,
            self.table,
            on=on,
            token=token,
            note=note,
            actions=[
                "WHEN MATCHED AND s._change = 'delete' THEN DELETE",
                f"WHEN MATCHED AND s._change = 'update' THEN UPDATE SET {update}",
                f"WHEN NOT MATCHED AND s._change = 'insert' THEN INSERT ({columns}) VALUES ({values})",  # noqa: S608
            ],
        )
