"""Delta tables by path: read, append, merge, replace, history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F

from lakehouse.errors import TableError
from lakehouse.session import bookkeeping
from lakehouse.storage.commit import Note, Token, retry_conflicts, statement_token, write_options
from lakehouse.storage.commits import Commit, last_commit
from lakehouse.storage.files import list_names
from lakehouse.storage.sql import sql_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession


def has_table(spark: SparkSession, path: str) -> bool:
    """Tell whether a Delta table lies at the path; a log without a commit, left by a kill, is none."""
    names = list_names(spark, f"{path}/_delta_log")
    return any(name.endswith((".json", ".parquet")) for name in names if not name.startswith("."))


def is_empty(spark: SparkSession, path: str) -> bool:
    """Tell whether a table holds no file at all, so that there is nothing to compare with."""
    return _count_files(spark, path) == 0


def _count_files(spark: SparkSession, path: str) -> int:
    """Return how many files a table has, by the state of its log, which Delta keeps until the next commit."""
    return int(bookkeeping(spark).sql(f"DESCRIBE DETAIL {sql_name(path)}").select("numFiles").collect()[0][0])


def _prepare_token(spark: SparkSession, path: str, token: Token | None) -> None:
    """Let Delta put the state of the log together, in which it looks for the token, where that is cheapest."""
    if token and spark is not bookkeeping(spark) and has_table(spark, path):
        _count_files(spark, path)


def read_table(
    spark: SparkSession, path: str, *, version: int | None = None, timestamp: datetime | str | None = None
) -> DataFrame:
    """Read a table, as it is now or as it was at a version or a time.

    Raises:
        TableError: there is no table, or not at that version or time.
    """
    if not has_table(spark, path):
        raise TableError("there is no table", where=path, remedy="run the step that writes it, or check the name")
    reader = spark.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    if timestamp is not None:
        # A datetime without zone means the clock of this machine, as those do that Spark collects.
        moment = timestamp.astimezone(UTC).isoformat(sep=" ") if isinstance(timestamp, datetime) else timestamp
        reader = reader.option("timestampAsOf", moment)
    try:
        return reader.load(path)
    except AnalysisException as error:
        raise TableError(
            "the table cannot be read at that point of its history",
            where=path,
            found=error.getCondition() or type(error).__name__,
            remedy="`lakehouse status` lists the versions that can still be read",
        ) from error


def table_properties(spark: SparkSession, path: str) -> dict[str, str]:
    """Return the properties of a table."""
    rows = spark.sql(f"SHOW TBLPROPERTIES {sql_name(path)}").collect()
    return {row["key"]: row["value"] for row in rows}


def append(rows: DataFrame, path: str, *, token: Token | None, note: Note) -> Commit:
    """Append rows once: a repetition with the same token changes nothing."""
    options = write_options(token, note)

    def attempt() -> None:
        _prepare_token(rows.sparkSession, path, token)
        rows.write.format("delta").mode("append").options(**options).save(path)

    retry_conflicts(attempt, table=path)
    return last_commit(rows.sparkSession, path)


def replace(rows: DataFrame, path: str, *, note: Note, where: str | None = None, token: Token | None = None) -> Commit:
    """Replace the whole table, or the window that `where` describes, in one commit.

    Args:
        rows: the new rows; all of them must satisfy `where`. No rows empties the table or the window.
        path: the table.
        note: what the commit says of itself.
        where: SQL condition of the window, for example `day = '2026-01-01'`.
        token: makes a repetition a no-op.
    """
    options = write_options(token, note) | ({"replaceWhere": where} if where else {"overwriteSchema": "true"})

    def attempt() -> None:
        _prepare_token(rows.sparkSession, path, token)
        rows.write.format("delta").mode("overwrite").options(**options).save(path)

    retry_conflicts(attempt, table=path)
    return last_commit(rows.sparkSession, path)


def merge(
    rows: DataFrame,
    path: str,
    *,
    on: str,
    actions: Sequence[str],
    token: Token | None,
    note: Note,
) -> Commit:
    """MERGE rows (alias `s`) into a table (alias `t`) once.

    Args:
        rows: at most one row for each row of the target; read in a session that belongs to this step alone.
        path: the table.
        on: SQL condition that pairs `s` and `t`.
        actions: `WHEN …` clauses, in order.
        token: makes a repetition a no-op.
        note: what the commit says of itself.
    """
    session = rows.sparkSession
    # Braces are the placeholders of `session.sql`; in a path or a column name they are not.
    target, condition, clauses = (
        text.replace("{", "{{").replace("}", "}}") for text in (sql_name(path), on, " ".join(actions))
    )
    statement = f"MERGE INTO {target} t USING {{rows}} s ON {condition} {clauses}"

    def attempt() -> None:
        _prepare_token(session, path, token)
        with statement_token(session, token, note):
            session.sql(statement, rows=rows).collect()

    retry_conflicts(attempt, table=path)
    return last_commit(session, path)


def history(spark: SparkSession, path: str) -> DataFrame:
    """Return the commits of a table, newest first.

    Returns:
        version, timestamp, operation, run_id, step, rows (written by the commit; null where Delta does not say).
    """
    read_table(spark, path)
    commits = spark.sql(f"DESCRIBE HISTORY {sql_name(path)}")
    note = F.col("userMetadata")
    return commits.select(
        "version",
        "timestamp",
        "operation",
        F.get_json_object(note, "$.run_id").alias("run_id"),
        F.get_json_object(note, "$.step").alias("step"),
        F.try_element_at("operationMetrics", F.lit("numOutputRows")).cast("bigint").alias("rows"),
    )
