from __future__ import annotations

import jellyfish
import numpy as np
import pyarrow as pa
import pytest

from lakehouse.demo.names import surnames
from lakehouse.demo.text import choose, content, dates, digits, join, number, put, ranks, texts, times, with_typo


@pytest.fixture
def random():
    return np.random.default_rng(2)


def test_content_is_every_line_with_its_end():
    lines = ["plain", "", "Zoë, \u200b €", "last"]
    expected = "".join(f"{line}\n" for line in lines).encode()
    assert content(texts(lines)) == expected
    assert content(pa.chunked_array([texts(lines[:2]), texts(lines[2:])])) == expected
    assert content(texts(["before", *lines, "after"]).slice(1, 4)) == expected
    assert content(texts([])) == b""


def test_join_takes_null_for_the_empty_text():
    assert join(texts(["a", None]), "-", texts(["b", "c"])).to_pylist() == ["a-b", "-c"]


def test_put_replaces_rows_in_any_order():
    column = texts(list("abcde"))
    assert put(column, np.array([3, 0]), texts(["D", "A"])).to_pylist() == ["A", "b", "c", "D", "e"]
    assert put(column, np.array([], dtype=np.int64), texts([])).to_pylist() == list("abcde")


def test_numbers_dates_and_times_are_written_in_full(random):
    assert number(np.array([7, 1234567]), 5).to_pylist() == ["00007", "1234567"]
    assert dates(np.array([0, -1, 20_484]), "%d.%m.%Y").to_pylist() == ["01.01.1970", "31.12.1969", "31.01.2026"]
    assert times(np.array([86_399]), "%Y-%m-%dT%H:%M:%S").to_pylist() == ["1970-01-01T23:59:59"]
    assert {len(text) for text in digits(random, 200, 4).to_pylist()} == {4}


def test_a_skew_prefers_the_first_options(random):
    counts = np.bincount(ranks(random, 20, 20_000, skew=1.0), minlength=20)
    assert counts[0] > 2 * counts[10] > 0
    even = np.bincount(ranks(random, 20, 20_000, skew=0.0), minlength=20)
    assert even.min() > 800
    assert set(choose(random, ["x", "y"], 100).to_pylist()) == {"x", "y"}


def test_a_typing_error_is_one_edit_behind_the_first_letter(random):
    words = surnames("pl")[:400] + surnames("de")[:400] + ["Li", "Q", ""]
    spoiled = with_typo(random, texts(words)).to_pylist()
    changed = 0
    for word, typo in zip(words, spoiled, strict=True):
        distance = jellyfish.damerau_levenshtein_distance(word, typo)
        assert distance <= 1, (word, typo)
        assert word[:1] == typo[:1]
        assert len(word) >= 3 or word == typo
        changed += distance
    assert changed > 0.8 * len(words)
    assert with_typo(random, texts([])).to_pylist() == []
