"""`append` and `latest`: which of several rows of one key counts, and what a table must take in."""

from __future__ import annotations

from lakehouse.cleansed.history import changes_to_latest, first_per_key, newest_per_key, unseen

COLUMNS = "id string, value string, at bigint, _batch_id bigint, _source_file string, _record_id string"


def frame(spark, rows):
    return spark.createDataFrame([(i, v, at, batch, "f", record) for i, v, at, batch, record in rows], COLUMNS)


def values(rows, *columns):
    return sorted(tuple(row[name] for name in columns) for row in rows.collect())


def test_the_row_that_arrived_first_stays_whatever_the_partitioning(spark):
    rows = [("a", "first", 9, 0, "1"), ("a", "second", 1, 0, "2"), ("a", "third", 5, 1, "0"), ("b", "only", 1, 1, "5")]
    kept = {tuple(values(first_per_key(frame(spark, rows).repartition(n), ["id"]), "id", "value")) for n in (1, 3)}
    assert kept == {(("a", "first"), ("b", "only"))}


def test_the_newest_row_counts_and_of_equals_the_last_to_arrive(spark):
    rows = [
        ("newer", "old", 1, 5, "9"),
        ("newer", "new", 2, 0, "1"),
        ("equal", "early", 3, 0, "1"),
        ("equal", "late", 3, 1, "0"),
        ("null is oldest", "known", 0, 0, "1"),
        ("null is oldest", "unknown", None, 7, "2"),
    ]
    found = values(newest_per_key(frame(spark, rows), ["id"], "at"), "id", "value")
    assert found == [("equal", "late"), ("newer", "new"), ("null is oldest", "known")]


def test_only_rows_that_are_newer_and_different_change_the_table(spark):
    present = frame(spark, [("same", "x", 1, 0, "1"), ("stale", "x", 5, 0, "2"), ("update", "x", 1, 0, "3"),
                            ("from null", None, 1, 0, "4"), ("to null", "x", 1, 0, "5")])  # fmt: skip
    newest = frame(spark, [("same", "x", 1, 1, "1"), ("stale", "y", 4, 1, "2"), ("update", "y", 2, 1, "3"),
                           ("from null", "x", 2, 1, "4"), ("to null", None, 2, 1, "5"), ("new", "n", 1, 1, "6")])  # fmt: skip
    changes = changes_to_latest(newest, present, ["id"], "at", ["value", "at"])
    assert dict(values(changes, "id", "_change")) == {
        "same": "unchanged",
        "stale": "stale",
        "update": "update",
        "from null": "update",
        "to null": "update",
        "new": "insert",
    }


def test_a_key_that_the_table_holds_is_not_taken_in_again(spark):
    present = frame(spark, [("a", "x", 1, 0, "1")])
    new = frame(spark, [("a", "y", 2, 1, "1"), ("b", "y", 2, 1, "2")])
    assert values(unseen(new, present, ["id"]), "id") == [("b",)]
