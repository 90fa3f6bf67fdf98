"""Categories by the spellings of a mapping."""

from __future__ import annotations

import time

from lakehouse.columns.category import normalize_category

GENDERS = {"f": "female", " Frau ": "female", "W": "female", "m": "male", "Herr": "male", "Ö": "other", "x'": "other"}


def gender(text):
    return normalize_category(text, GENDERS)


def test_spellings_are_found_without_case_and_outer_white_space(check):
    check(gender, {
        "f": "female", "F": "female", " f\t": "female", "\u00a0frau\u200b": "female", "FRAU": "female", "w": "female",
        "m": "male", "HERR": "male", "ö": "other", "X'": "other",
    })  # fmt: skip


def test_a_value_is_a_spelling_of_itself_unless_the_mapping_says_otherwise(check):
    check(gender, {"female": "female", "MALE": "male", "Other ": "other"})
    swapped = {"a": "b", "b": "c"}
    check(lambda text: normalize_category(text, swapped), {"a": "b", "b": "c", "c": "c", "B": "c"})


def test_what_the_mapping_does_not_know_is_null(check):
    check(gender, {"": None, " ": None, "d": None, "f m": None, "fe male": None, "f\x00": "female", None: None})
    check(lambda text: normalize_category(text, {}), {"f": None, "": None, None: None})


def test_keys_and_values_are_never_read_as_sql_or_json(check):
    odd = {"' or '1'='1": "quote", '"': "double", "\\": "backslash", "{}": "braces", "$1": "dollar", "a\nb": "line", "`x`": "tick"}
    check(lambda text: normalize_category(text, odd), odd | {"' or '1'='2": None, "x": None})


def test_a_mapping_may_be_large_and_texts_long(apply):
    large = {f"Spelling {number}": f"value {number % 7}" for number in range(3000)}
    begun = time.perf_counter()
    texts = [f"SPELLING {number}" for number in range(3000)] + ["spelling " * 1000, " " * 5000, "x" * 5000]
    found = apply(lambda text: normalize_category(text, large), texts)
    assert found == [f"value {number % 7}" for number in range(3000)] + [None] * 3
    assert time.perf_counter() - begun < 20
