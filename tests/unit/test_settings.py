"""The base of all settings."""

from __future__ import annotations

import pytest
from pydantic import Field, ValidationError

from lakehouse.settings import IDENTIFIER, OUTSIDE, Secret, Settings, one_or_many


class Inner(Settings):
    text: str = ""


class Outer(Settings):
    name: str = Field("a", pattern=IDENTIFIER)
    number: float = 1
    texts: list[str] = Field(default_factory=list)
    named: dict[str, str] = Field(default_factory=dict)
    inner: Inner = Inner()
    key: Secret | None = None


@pytest.mark.parametrize("name", ["a", "a_1", "a" * 63])
def test_identifiers_are_safe_names(name):
    assert Outer(name=name).name == name


@pytest.mark.parametrize(
    "name", ["", "A", "1a", "_a", "a b", "a-b", "../x", "a.b", "ä", "a\n", "a" * 64, "a;drop", "<b>", "a\u0661"]
)
def test_other_names_are_refused(name):
    with pytest.raises(ValidationError):
        Outer(name=name)


def test_unknown_keys_changes_and_numbers_that_are_none_are_refused():
    for value in ({"nmae": "a"}, {"number": "nan"}, {"number": float("inf")}):
        with pytest.raises(ValidationError):
            Outer.model_validate(value)
    with pytest.raises(ValidationError):
        Outer().name = "b"


def test_errors_do_not_hold_the_value():
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({"name": "Hunter2!", "number": "hunter2"})
    assert "unter2" not in str(caught.value)


def test_secrets_and_what_came_from_outside_do_not_print():
    value = {"texts": ["x", "hunter2"], "named": {"k": "hunter2"}, "inner": {"text": "hunter2"}, "key": "hunter2"}
    outer = Outer.model_validate(value, context={OUTSIDE: frozenset({"hunter2"})})
    assert outer.texts == ["x", "hunter2"]
    assert outer.key.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{outer!r} {outer} {outer.inner} {outer.model_copy()!r} {[outer]}"
    assert "name='a'" in repr(outer)


def test_what_is_written_in_conf_prints():
    assert "texts=['x']" in repr(Outer.model_validate({"texts": ["x"]}, context={OUTSIDE: frozenset({"hunter2"})}))
    assert "texts=['x']" in repr(Outer(texts=["x"]))


def test_one_stands_for_a_list_of_one():
    assert [one_or_many(value) for value in ("a", {"a": 1}, ["a"], None, 5)] == [["a"], [{"a": 1}], ["a"], None, 5]
