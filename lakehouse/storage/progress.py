"""The identity of a stream's checkpoint, and the guard against a checkpoint that has vanished."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lakehouse.errors import TableError
from lakehouse.storage.commit import Note
from lakehouse.storage.commits import Commit, last_commit, recent_commits
from lakehouse.storage.files import exists, list_names, read_text
from lakehouse.storage.schema import ANEW, CHECKPOINT, DEFINITION, UPSTREAM
from lakehouse.storage.sql import literal, sql_name
from lakehouse.storage.tables import has_table, table_properties

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def checkpoint_id(spark: SparkSession, checkpoint: str) -> str | None:
    """Return the identity that Spark gave the checkpoint when it was made; None where there is none yet."""
    metadata = f"{checkpoint}/metadata"
    return str(json.loads(read_text(spark, metadata))["id"]) if exists(spark, metadata) else None


def bound_checkpoint(spark: SparkSession, table: str) -> str | None:
    """Return the checkpoint that fills a table; `ANEW` where it was emptied; None where nothing ever filled it."""
    return table_properties(spark, table).get(CHECKPOINT) if has_table(spark, table) else None


def require_same_checkpoint(spark: SparkSession, checkpoint: str, table: str, *, remedy: str) -> None:
    """Refuse to go on when table and checkpoint do not belong together.

    A new checkpoint under a filled table starts at batch 0 and would bring everything a second time; a new table over
    an old checkpoint would miss everything that came before; an old copy of the checkpoint would give the numbers of
    batches that are in the table to other records, and Delta would skip those without a word.

    Raises:
        TableError: the table was filled from another checkpoint, or the checkpoint has filled another table, or it
            does not know the newest batch of the table.
    """
    bound = bound_checkpoint(spark, table)
    present = checkpoint_id(spark, checkpoint)
    if bound == ANEW and present is None:
        return
    if bound and present != bound:
        found = "no checkpoint, or a new one, while the table was filled from an older one"
    elif not bound and list_names(spark, f"{checkpoint}/commits"):
        found = "a checkpoint that goes on, but a table that was made anew"
    elif bound and (newest := _newest_batch(spark, table, bound)) > _known_batches(spark, checkpoint):
        found = f"batch {newest} in the table, of which the checkpoint knows nothing: it is an old copy"
    else:
        return
    raise TableError(
        "table and progress do not belong together, going on would repeat or miss records",
        where=checkpoint,
        found=found,
        remedy=remedy,
    )


def _newest_batch(spark: SparkSession, table: str, identity: str) -> int:
    """Return the newest batch of a checkpoint among the last commits; -1 where there is none."""
    notes = (commit.note for commit in recent_commits(spark, table))
    return max((int(str(note["batch"])) for note in notes if note.get("checkpoint") == identity), default=-1)


def batch_commit(spark: SparkSession, table: str, note: Note) -> Commit | None:
    """Return the commit, by any run, that brought the batch of a note into a table; None beyond the last 20 commits."""
    wanted = (note.checkpoint, note.batch)
    commits = recent_commits(spark, table)
    return next((one for one in commits if (one.note.get("checkpoint"), one.note.get("batch")) == wanted), None)


def _known_batches(spark: SparkSession, checkpoint: str) -> int:
    return max((int(name) for name in list_names(spark, f"{checkpoint}/offsets") if name.isdigit()), default=-1)


def has_definition(spark: SparkSession, table: str, definition: str) -> bool:
    """Tell whether the newest batch of a table came under the same settings."""
    return has_table(spark, table) and table_properties(spark, table).get(DEFINITION) == definition


def is_drained(spark: SparkSession, checkpoint: str, upstream: str) -> bool:
    """Tell whether a stream has taken in, and finished with, every commit of the Delta table that it reads.

    Its offset after commit 7 is "version 8, before the first file". In doubt the answer is no: starting the stream
    tells for certain, and costs a second.
    """
    offsets = sorted(int(name) for name in list_names(spark, f"{checkpoint}/offsets") if name.isdigit())
    if not offsets or str(offsets[-1]) not in list_names(spark, f"{checkpoint}/commits"):
        return False
    lines = read_text(spark, f"{checkpoint}/offsets/{offsets[-1]}").splitlines()
    try:
        reached = json.loads(lines[-1])
        return bool(reached["index"] == -1 and reached["reservoirVersion"] == last_commit(spark, upstream).version + 1)
    except (ValueError, KeyError, TypeError, IndexError):
        return False


def bind_checkpoint(
    spark: SparkSession, checkpoint: str, table: str, *, upstream: str = "", definition: str = ""
) -> str:
    """Write the identity of the checkpoint into the table, once, and return it.

    Args:
        spark: any session.
        checkpoint: folder of the checkpoint that is about to fill the table.
        table: path of the table.
        upstream: identity of the checkpoint that fills the table which the stream reads; empty where it reads none.
        definition: digest of the settings under which it fills the table; empty where nothing asks for it.
    """
    identity = checkpoint_id(spark, checkpoint)
    if identity is None:
        raise TableError("the stream has no checkpoint", where=checkpoint, remedy="run the step again")
    marks = {CHECKPOINT: identity, UPSTREAM: upstream, DEFINITION: definition}
    marks = {key: value for key, value in marks.items() if value}
    present = table_properties(spark, table)
    if any(present.get(key) != value for key, value in marks.items()):
        listed = ", ".join(f"{literal(key)} = {literal(value)}" for key, value in marks.items())
        spark.sql(f"ALTER TABLE {sql_name(table)} SET TBLPROPERTIES ({listed})")
    return identity


def require_same_upstream(spark: SparkSession, upstream: str, table: str, *, remedy: str) -> None:
    """Refuse to go on when the table that a stream reads was filled anew since the stream began.

    Raises:
        TableError: everything in it would be taken in a second time.
    """
    known = table_properties(spark, table).get(UPSTREAM) if has_table(spark, table) else None
    if known and known != bound_checkpoint(spark, upstream):
        raise TableError(
            "the table that this one is made from was read anew since; going on would repeat its records",
            where=table,
            found=f"{upstream} was emptied or made anew",
            remedy=remedy,
        )
