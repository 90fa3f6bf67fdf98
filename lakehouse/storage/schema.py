"""What a table is to look like -> a table that looks so: created, emptied, widened, described."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import TableError
from lakehouse.storage.files import delete, list_names
from lakehouse.storage.layout import LAKE_FORMAT
from lakehouse.storage.sql import literal, quote, sql_name
from lakehouse.storage.tables import has_table, read_table, table_properties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

CHECKPOINT = "lakehouse.checkpoint"
"""Table property: identity of the checkpoint that fills the table."""

UPSTREAM = "lakehouse.upstream"
"""Table property: identity of the checkpoint that fills the table which this one is made from."""

DEFINITION = "lakehouse.definition"
"""Table property: digest of the settings under which the newest batch came; the table is known to fit them."""

ANEW = "anew"
"""Value of `CHECKPOINT` in a table that was emptied and whose new checkpoint has not begun."""

_FORMAT = "lakehouse.format"
_GRAIN = "lakehouse.grain"
# The interop floor: what delta-rs, DuckDB, Polars and Trino can read as well.
_PROPERTIES = {
    _FORMAT: str(LAKE_FORMAT),
    "delta.enableDeletionVectors": "false",
    "delta.enableTypeWidening": "false",
    "delta.checkpointPolicy": "classic",
}


def ensure_table(
    spark: SparkSession,
    path: str,
    schema: StructType,
    *,
    description: str = "",
    comments: Mapping[str, str] | None = None,
    constraints: Mapping[str, str] | None = None,
    grain: str = "",
    anew: bool = False,
    reshape: bool = False,
) -> None:
    """Create a table with a comment for each column, or bring one that is there up to date.

    Args:
        spark: a session with the Delta extension.
        path: where the table lies.
        schema: its columns; `nullable` False becomes NOT NULL.
        description: comment of the table.
        comments: column name -> comment.
        constraints: name -> SQL condition, the last guard; rows must be judged before.
        grain: what one row stands for; a table that was made for another grain is refused.
        anew: replace a table that is there by an empty one, in one commit; its history can still be read.
        reshape: leave the columns of a table that is there to the commit that replaces all its rows.

    Raises:
        TableError: the table was written by somebody else, by a newer library, for another grain, or a column has
            another type.
    """
    comments = comments or {}
    if has_table(spark, path):
        properties = table_properties(spark, path)
        _require_ours(properties, path)
        if not anew:
            _require_grain(properties, grain, path)
            if not reshape:
                _add_columns(spark, path, schema, comments)
                _describe(spark, path, description, comments)
            _constrain(spark, path, constraints or {}, properties)
            return
        # Not CREATE OR REPLACE, which of a table at a path only checks that it is the same already.
        verb = "REPLACE TABLE"
    else:
        _clear_unfinished(spark, path)
        verb = "CREATE TABLE IF NOT EXISTS"
    columns = ", ".join(
        _column(field.name, field.dataType.simpleString(), comments, required=not field.nullable)
        for field in schema.fields
    )
    wanted = {**_PROPERTIES, **({_GRAIN: grain} if grain else {}), **({CHECKPOINT: ANEW} if anew else {})}
    properties_list = ", ".join(f"{literal(key)} = {literal(value)}" for key, value in wanted.items())
    spark.sql(
        f"{verb} {sql_name(path)} ({columns}) USING delta "
        f"COMMENT {literal(description)} TBLPROPERTIES ({properties_list})"
    )
    _constrain(spark, path, constraints or {}, wanted)


def _column(name: str, kind: str, comments: Mapping[str, str], *, required: bool = False) -> str:
    comment = comments.get(name, "")
    return " ".join(
        filter(
            None, [quote(name), kind, "NOT NULL" if required else "", f"COMMENT {literal(comment)}" if comment else ""]
        )
    )


def _clear_unfinished(spark: SparkSession, path: str) -> None:
    """Remove what a run that was killed while creating the table has left: a log without a single commit.

    Delta takes such a folder for a table that exists, creates nothing, and then does not find it.
    """
    names = list_names(spark, path)
    if names == ["_delta_log"]:
        delete(spark, path)
    elif names:
        raise TableError(
            "the folder of the table holds something else",
            where=path,
            found=f"{len(names)} entries, but no Delta table",
            remedy="move the folder away; lakehouse only writes tables it made",
        )


def _require_ours(properties: Mapping[str, str], path: str) -> None:
    if _FORMAT not in properties:
        raise TableError(
            "this Delta table was written by somebody else",
            where=path,
            found=f"no table property {_FORMAT}",
            remedy="choose another name in conf/ or move that table away; lakehouse only writes tables it made",
        )
    if int(properties[_FORMAT]) > LAKE_FORMAT:
        raise TableError(
            "this table was written by a newer lakehouse",
            where=path,
            found=f"format {properties[_FORMAT]}, this library knows up to {LAKE_FORMAT}",
            remedy="upgrade the library: pip install --upgrade lakehouse",
        )


def _require_grain(properties: Mapping[str, str], grain: str, path: str) -> None:
    if properties.get(_GRAIN, grain) != grain:
        raise TableError(
            "the table was made for another history, other keys or another source than conf/ now says",
            where=path,
            found=f"{properties[_GRAIN]} in the table, {grain} in conf/",
            remedy="rebuild the table from raw: lakehouse cleanse ENTITY --rebuild",
        )


def _add_columns(spark: SparkSession, path: str, schema: StructType, comments: Mapping[str, str]) -> None:
    present = {field.name: field.dataType.simpleString() for field in read_table(spark, path).schema.fields}
    for field in schema.fields:
        kind = field.dataType.simpleString()
        if present.get(field.name, kind) != kind:
            raise TableError(
                f"column `{field.name}` has another type in the table than in conf/",
                where=path,
                found=f"{present[field.name]} in the table, {kind} in conf/",
                remedy="rebuild the table from raw: lakehouse cleanse ENTITY --rebuild",
            )
    missing = [field for field in schema.fields if field.name not in present]
    if missing:
        columns = ", ".join(_column(field.name, field.dataType.simpleString(), comments) for field in missing)
        spark.sql(f"ALTER TABLE {sql_name(path)} ADD COLUMNS ({columns})")


def _describe(spark: SparkSession, path: str, description: str, comments: Mapping[str, str]) -> None:
    """Bring the comments of table and columns up to what conf/ says now; nothing is written where they are."""
    present = read_table(spark, path).schema.fields
    stale = [
        f"{quote(field.name)} COMMENT {literal(comments[field.name])}"
        for field in present
        if comments.get(field.name, field.metadata.get("comment", "")) != field.metadata.get("comment", "")
    ]
    if stale:
        spark.sql(f"ALTER TABLE {sql_name(path)} ALTER COLUMN {', '.join(stale)}")
    if _description(spark, path) != description:
        spark.sql(f"COMMENT ON TABLE {sql_name(path)} IS {literal(description)}")


def _description(spark: SparkSession, path: str) -> str:
    """Return the comment of a table; unlike `DESCRIBE DETAIL` this asks for no state of the log."""
    rows = [tuple(row) for row in spark.sql(f"DESCRIBE TABLE EXTENDED {sql_name(path)}").collect()]
    heading = max(place for place, row in enumerate(rows) if row[0] == "# Detailed Table Information")
    return next((value for name, value, _ in rows[heading:] if name == "Comment"), "")


def _constrain(spark: SparkSession, path: str, constraints: Mapping[str, str], properties: Mapping[str, str]) -> None:
    """Add the guards that the table lacks, also those of which a kill has robbed it."""
    for name, condition in constraints.items():
        if f"delta.constraints.{name.lower()}" not in properties:
            spark.sql(f"ALTER TABLE {sql_name(path)} ADD CONSTRAINT {quote(name)} CHECK ({condition})")


def with_comments(rows: DataFrame, comments: Mapping[str, str]) -> DataFrame:
    """Return the rows with a comment on each column, so that replacing a table's schema does not lose them."""
    return rows.select(
        *(
            F.col(quote(name)).alias(name, metadata={"comment": comments[name]})
            if comments.get(name)
            else F.col(quote(name))
            for name in rows.columns
        )
    )
