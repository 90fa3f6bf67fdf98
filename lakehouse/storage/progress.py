"""The identity of a stream's checkpoint, and the guard against a checkpoint that has vanished."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lakehouse.errors import TableError
from lakehouse.storage.files import exists, list_names, read_text
from lakehouse.storage.tables import has_table, literal, sql_name, table_properties

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PROPERTY = "lakehouse.checkpoint"


def checkpoint_id(spark: SparkSession, checkpoint: str) -> str | None:
    """Return the identity that Spark gave the checkpoint when it was made; None where there is none yet."""
    metadata = f"{checkpoint}/metadata"
    return str(json.loads(read_text(spark, metadata))["id"]) if exists(spark, metadata) else None


def require_same_checkpoint(spark: SparkSession, checkpoint: str, table: str, *, remedy: str) -> None:
    """Refuse to go on when table and checkpoint do not belong together.

    A new checkpoint under a filled table starts at batch 0 and would bring everything a second time; a new table over
    an old checkpoint would miss everything that came before.

    Raises:
        TableError: the table was filled from another checkpoint, or the checkpoint has filled another table.
    """
    if not has_table(spark, table):
        return
    bound = table_properties(spark, table).get(_PROPERTY)
    present = checkpoint_id(spark, checkpoint)
    if bound and present != bound:
        found = "no checkpoint, or a new one, while the table was filled from an older one"
    elif not bound and list_names(spark, f"{checkpoint}/commits"):
        found = "a checkpoint that goes on, but a table that was made anew"
    else:
        return
    raise TableError(
        "table and progress do not belong together, going on would repeat or miss records",
        where=checkpoint,
        found=found,
        remedy=remedy,
    )


def bind_checkpoint(spark: SparkSession, checkpoint: str, table: str) -> str:
    """Write the identity of the checkpoint into the table, once, and return it."""
    identity = checkpoint_id(spark, checkpoint)
    if identity is None:
        raise TableError("the stream has no checkpoint", where=checkpoint, remedy="run the step again")
    if table_properties(spark, table).get(_PROPERTY) != identity:
        spark.sql(f"ALTER TABLE {sql_name(table)} SET TBLPROPERTIES ({literal(_PROPERTY)} = {literal(identity)})")
    return identity
