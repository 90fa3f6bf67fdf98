"""Names in Spark SQL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.config.checks.expressions import find_names

CASES = {
    "a + b": {"a", "b"},
    "UPPER(Name)": {"name"},
    "'a' || b || \"c\"": {"b"},
    "'it''s a' || b": {"b"},
    r"'it\'s a' || b": {"b"},
    "a -- b\n + c": {"a", "c"},
    "a /* b\n */ + c": {"a", "c"},
    "`a b` + `c``d` + `E`": {"a b", "c`d", "e"},
    "address.city": {"address"},
    "t.`city`": {"t"},
    "cast(x AS date)": {"x", "as"},
    "a as b": {"a", "as"},
    "date '2026-01-01' < born": {"born"},
    "timestamp '2026-01-01 00:00:00' < seen": {"seen"},
    "seen - interval 1 day": {"seen", "interval"},
    "seen - INTERVAL '1' month": {"seen"},
    "extract(year FROM born)": {"from", "born"},
    "case when a is null then 1 else b end": {"case", "when", "a", "is", "null", "then", "else", "b", "end"},
    "1e5 + 2.5d + 3L + x1": {"x1"},
    "größe > 1": {"größe"},
    "": set(),
    "'open": {"open"},
}


@pytest.mark.parametrize(("expression", "names"), CASES.items())
def test_names_are_words_that_may_be_columns(expression, names):
    assert find_names(expression) == names


@given(st.text(alphabet="ab1'\"`\\ .(-/*\n,=", max_size=40))
def test_any_text_has_names_or_none(expression):
    assert all(name == name.lower() for name in find_names(expression))
