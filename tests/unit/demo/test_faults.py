from __future__ import annotations

import numpy as np
import pytest

from lakehouse.demo.faults import (
    Fault,
    Lines,
    allot,
    around,
    as_copy,
    in_quotes,
    malformed_email,
    one_of,
    plant,
    plant_lines,
    planted,
    replaced,
)
from lakehouse.demo.text import texts

FAULTS = [
    Fault("a", "x", "quarantined", one_of("A"), 0.02, blanked=("y",)),
    Fault("b", "y", "warned", one_of("B"), 0.001),
    Fault("c", "", "corrupt", replaced(("$", "!"))),
]


@pytest.fixture
def random():
    return np.random.default_rng(3)


def test_no_row_gets_two_faults_and_at_most_a_tenth_gets_one(random):
    for count in (0, 1, 5, 10, 19, 300, 5_000):
        rows = allot(random, count, FAULTS)
        taken = np.concatenate(list(rows.values()))
        assert len(set(taken.tolist())) == len(taken) <= -(-count // 10)
        assert rows.keys() == {"a", "b", "c"}
    assert (len(rows["a"]), len(rows["b"]), len(rows["c"])) == (100, 5, 5)


def test_planting_breaks_the_allotted_rows_and_no_others(random):
    columns = {"x": texts(["x"] * 100), "y": texts(["y"] * 100)}
    rows = allot(random, 100, FAULTS)
    plant(random, columns, FAULTS, rows)
    a, b = rows["a"].tolist(), rows["b"].tolist()
    assert [row for row, value in enumerate(columns["x"].to_pylist()) if value == "A"] == a
    assert [row for row, value in enumerate(columns["y"].to_pylist()) if value == ""] == a
    assert [row for row, value in enumerate(columns["y"].to_pylist()) if value == "B"] == b
    lines = plant_lines(random, columns["x"], FAULTS, rows).to_pylist()
    assert [row for row, line in enumerate(lines) if line.endswith("!")] == rows["c"].tolist()


def test_the_truth_is_ordered_by_row_and_holds_the_keys(random):
    keys = texts([f" k{row}" for row in range(100)])
    rows = allot(random, 100, FAULTS)
    told = planted(keys, FAULTS, rows)
    assert [entry.row for entry in told] == sorted(np.concatenate(list(rows.values())).tolist())
    assert all(entry.key == f"k{entry.row}" for entry in told)


def test_repeated_rows_stand_behind_the_others_and_are_marked():
    lines = Lines(texts(["a", "b"]), texts(["1", "2"]))
    other = Lines(texts(["z"]), texts(["9"]))
    grown = lines.repeat(np.array([1]), fault="again").repeat(np.array([0]), of=other, fault="old", expected="accepted")
    assert grown.lines.to_pylist() == ["a", "b", "b", "z"]
    assert [(entry.row, entry.key, entry.fault, entry.expected) for entry in grown.planted] == [
        (2, "2", "again", "duplicate"), (3, "9", "old", "accepted"),
    ]  # fmt: skip
    assert grown.plain().tolist() == [True, True, False, False]
    assert not lines.planted


def test_a_copy_is_refused_where_the_original_was_and_known_everywhere_else(random):
    keys = texts([str(row) for row in range(100)])
    rows = allot(random, 100, FAULTS)
    original = Lines(keys, keys, planted(keys, FAULTS, rows))
    verdicts = {entry.row: (entry.fault, entry.expected) for entry in as_copy(original).planted}
    assert len(verdicts) == 100
    for row in range(100):
        refused = {**dict.fromkeys(rows["a"].tolist(), ("a", "quarantined")),
                   **dict.fromkeys(rows["c"].tolist(), ("c", "corrupt"))}  # fmt: skip
        assert verdicts[row] == refused.get(row, ("repeated_file", "duplicate"))


def test_a_json_text_keeps_its_quotes(random):
    good = texts(['"ann@mail.example.com"'] * 200)
    spoiled = in_quotes(malformed_email)(random, good).to_pylist()
    assert all(text[0] == text[-1] == '"' and '"' not in text[1:-1] for text in spoiled)
    assert len(set(spoiled)) == 8
    assert '"ann@mail.example.com"' not in spoiled


def test_noise_goes_around_the_value(random):
    noisy = set(around(("<", ">"), ("", "!"))(random, texts(["x"] * 50)).to_pylist())
    assert noisy == {"<x>", "x!"}
