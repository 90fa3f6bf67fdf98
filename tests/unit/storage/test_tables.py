"""Delta tables: created with comments, appended and merged once, read back by a reader that is not Spark."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from deltalake import DeltaTable
from pyspark.sql import functions as F

from lakehouse.errors import StorageUnavailable, TableError
from lakehouse.session import isolated
from lakehouse.storage.commit import Note, Token, retry_conflicts, statement_token
from lakehouse.storage.commits import last_commit
from lakehouse.storage.schema import ensure_table, with_comments
from lakehouse.storage.tables import (
    append,
    history,
    merge,
    read_table,
    replace,
    table_properties,
)

NOTE = Note("run-1", "test")


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "table")


def frame(spark, rows):
    return spark.createDataFrame(rows, "id string, value bigint")


def ids(path):
    """What delta-rs reads."""
    return sorted(DeltaTable(path).to_pyarrow_table(columns=["id"]).column("id").to_pylist())


def token(batch=0, checkpoint="c1", table="cleansed/x"):
    return Token.of(pipeline="cleanse", table=table, checkpoint_id=checkpoint, batch=batch)


def test_an_append_with_the_same_token_happens_once(spark, path):
    append(frame(spark, [("a", 1)]), path, token=token(), note=NOTE)
    append(frame(spark, [("a", 1)]), path, token=token(), note=NOTE)
    append(frame(spark, [("b", 1)]), path, token=token(batch=1), note=NOTE)
    assert ids(path) == ["a", "b"]
    assert DeltaTable(path).transaction_version(token().app_id) == 1


def test_a_new_checkpoint_is_a_new_application(spark, path):
    append(frame(spark, [("a", 1)]), path, token=token(batch=7), note=NOTE)
    append(frame(spark, [("b", 1)]), path, token=token(batch=0, checkpoint="c2"), note=NOTE)
    assert ids(path) == ["a", "b"]
    assert token(table="a").app_id != token(table="b").app_id


def test_a_merge_with_the_same_token_happens_once_and_leaks_nothing(spark, path):
    append(frame(spark, [("a", 1), ("b", 1)]), path, token=None, note=NOTE)
    own = isolated(spark)
    actions = ["WHEN MATCHED THEN UPDATE SET t.value = t.value + s.value", "WHEN NOT MATCHED THEN INSERT *"]
    for _ in range(2):
        merge(frame(own, [("b", 10), ("c", 10)]), path, on="t.id = s.id", actions=actions, token=token(), note=NOTE)
    found = sorted(tuple(row) for row in read_table(spark, path).collect())
    assert found == [("a", 1), ("b", 11), ("c", 10)]
    assert own.conf.get("spark.databricks.delta.write.txnAppId", None) is None
    spark.sql(f"UPDATE delta.`{path}` SET value = 0")
    assert read_table(spark, path).agg(F.sum("value")).collect()[0][0] == 0


def test_the_settings_of_a_statement_are_gone_after_an_error_too(spark):
    own = isolated(spark)
    with pytest.raises(RuntimeError), statement_token(own, token(), NOTE):
        raise RuntimeError
    assert own.conf.get("spark.databricks.delta.write.txnVersion", None) is None


def test_every_commit_says_which_run_made_it(spark, path):
    append(frame(spark, [("a", 1)]), path, token=None, note=Note("run-7", "ingest x", 3))
    assert last_commit(spark, path).note == {"run_id": "run-7", "step": "ingest x", "batch": 3}
    first = history(spark, path).collect()[0]
    assert (first["version"], first["run_id"], first["rows"]) == (0, "run-7", 1)


def test_a_table_is_read_as_it_was_at_a_version(spark, path):
    append(frame(spark, [("a", 1)]), path, token=None, note=NOTE)
    append(frame(spark, [("b", 1)]), path, token=None, note=NOTE)
    assert read_table(spark, path, version=0).count() == 1
    with pytest.raises(TableError, match="cannot be read at that point"):
        read_table(spark, path, version=9).count()
    with pytest.raises(TableError, match="there is no table"):
        read_table(spark, path + "/none")


def test_replacing_a_window_leaves_the_rest_and_an_empty_window_empties_it(spark, path):
    append(frame(spark, [("a", 1), ("b", 2)]), path, token=None, note=NOTE)
    replace(frame(spark, [("c", 2)]), path, note=NOTE, where="value = 2")
    assert ids(path) == ["a", "c"]
    replace(frame(spark, []), path, note=NOTE, where="value = 2")
    assert ids(path) == ["a"]
    replace(frame(spark, [("z", 0)]), path, note=NOTE)
    assert ids(path) == ["z"]


def test_tables_carry_comments_constraints_and_the_interop_floor(spark, path):
    schema = frame(spark, []).schema
    ensure_table(
        spark,
        path,
        schema,
        description="It's a \\ test",
        comments={"id": "The 'key'"},
        constraints={"positive": "value > 0"},
    )
    fields = {field["name"]: field for field in json.loads(DeltaTable(path).schema().to_json())["fields"]}
    assert fields["id"]["metadata"]["comment"] == "The 'key'"
    properties = table_properties(spark, path)
    assert properties["delta.enableDeletionVectors"] == "false"
    assert properties["delta.constraints.positive"] == "value > 0"
    replace(with_comments(frame(spark, [("a", 1)]), {"id": "The 'key'"}), path, note=NOTE)
    assert read_table(spark, path).schema["id"].metadata["comment"] == "The 'key'"


def test_the_description_of_a_table_follows_conf_and_writes_nothing_where_it_does_already(spark, path):
    schema = spark.createDataFrame([], "Comment string, value bigint").schema
    for number, text in enumerate(["", "It's `a` \"test\"\nof two lines; ümlaut", "# Detailed Table Information"]):
        for _ in range(2):
            ensure_table(spark, path, schema, description=text, comments={"Comment": "A column."})
            assert (DeltaTable(path).metadata().description or "") == text
            assert last_commit(spark, path).version == number


def test_a_column_that_the_table_lacks_is_added_and_another_type_is_refused(spark, path):
    ensure_table(spark, path, frame(spark, []).schema)
    wider = spark.createDataFrame([], "id string, value bigint, extra string")
    ensure_table(spark, path, wider.schema, comments={"extra": "New."})
    assert read_table(spark, path).columns == ["id", "value", "extra"]
    with pytest.raises(TableError, match="column `value` has another type") as caught:
        ensure_table(spark, path, spark.createDataFrame([], "id string, value string").schema)
    assert "--rebuild" in caught.value.remedy


def test_foreign_and_newer_tables_are_refused(spark, path):
    spark.range(1).write.format("delta").save(path)
    with pytest.raises(TableError, match="written by somebody else"):
        ensure_table(spark, path, frame(spark, []).schema)
    newer = path + "_newer"
    ensure_table(spark, newer, frame(spark, []).schema)
    spark.sql(f"ALTER TABLE delta.`{newer}` SET TBLPROPERTIES ('lakehouse.format' = '99')")
    with pytest.raises(TableError, match="newer lakehouse"):
        ensure_table(spark, newer, frame(spark, []).schema)


def test_a_collision_is_tried_again_and_then_told(monkeypatch):
    from delta.exceptions import ConcurrentAppendException

    monkeypatch.setattr("time.sleep", lambda _: None)
    tries = []

    def collide():
        tries.append(1)
        if len(tries) < 3:
            raise ConcurrentAppendException("x")
        return "done"

    assert retry_conflicts(collide, table="t") == "done"
    with pytest.raises(StorageUnavailable, match="other writers kept changing") as caught:
        retry_conflicts(lambda: (_ for _ in ()).throw(ConcurrentAppendException("x")), table="t", attempts=2)
    assert caught.value.exit_code == 4


def test_two_writers_of_the_same_rows_both_get_through(spark, path):
    append(frame(spark, [("a", 0)]), path, token=None, note=NOTE)

    def add(number):
        own = isolated(spark)
        action = ["WHEN MATCHED THEN UPDATE SET t.value = t.value + s.value"]
        merge(frame(own, [("a", 1)]), path, on="t.id = s.id", actions=action, token=token(table=str(number)), note=NOTE)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, range(2)))
    assert read_table(spark, path).collect()[0]["value"] == 2
