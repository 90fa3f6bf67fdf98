from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from lakehouse.quality.settings import GateSettings, RuleSettings, expand_shorthand

RULE = TypeAdapter(RuleSettings)


def rule(**settings):
    return RULE.validate_python(settings)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"rule": "required", "column": "email"}, "email.required"),
        ({"rule": "pattern", "column": "zip", "pattern": "[0-9]{5}"}, "zip.pattern"),
        ({"rule": "pattern", "column": "zip", "pattern": "x", "name": "zip_form"}, "zip_form"),
        ({"rule": "email", "column": "email"}, "email.email"),
        ({"rule": "range", "column": "age", "min": 0}, "age.range"),
        ({"rule": "accepted_values", "column": "sex", "values": ["f", "m"]}, "sex.accepted_values"),
        ({"rule": "date", "column": "born", "not_before": "1900-01-01"}, "born.date"),
        ({"rule": "sql", "name": "adult", "condition": "age >= 18"}, "adult"),
    ],
)
def test_a_rule_is_called_by_its_column_and_kind_unless_it_has_a_name(settings, name):
    assert rule(**settings).rule_name == name
    assert rule(**settings).severity == "quarantine"


@pytest.mark.parametrize(
    "settings",
    [
        {"rule": "unheard_of", "column": "a"},
        {"rule": "required"},
        {"rule": "required", "column": "a", "columns": "b"},
        {"rule": "required", "column": "a", "severity": "error"},
        {"rule": "required", "column": "a", "max_failed_ratio": 1.5},
        {"rule": "required", "column": "a", "max_failed_rows": -1},
        {"rule": "required", "column": "a", "min_rows": 0},
        {"rule": "required", "column": "a", "name": "x'; DROP TABLE y--"},
        {"rule": "range", "column": "a"},
        {"rule": "range", "column": "a", "min": float("nan")},
        {"rule": "range", "column": "a", "min": float("inf")},
        {"rule": "accepted_values", "column": "a", "values": []},
        {"rule": "date", "column": "a", "not_before": "1.1.1900"},
        {"rule": "sql", "condition": "a > 1"},
        {"rule": "sql", "name": "x", "condition": ""},
    ],
)
def test_a_rule_that_says_too_little_or_too_much_is_refused(settings):
    with pytest.raises(ValidationError):
        rule(**settings)


def test_shorthand_names_kind_and_column_in_one_key():
    assert expand_shorthand({"required": "email", "severity": "warn"}) == {
        "rule": "required", "column": "email", "severity": "warn"
    }  # fmt: skip
    assert expand_shorthand({"email": "email"}) == {"rule": "email", "column": "email"}
    assert expand_shorthand({"rule": "required", "column": "a"}) == {"rule": "required", "column": "a"}
    assert expand_shorthand({"required": ["a", "b"]}) == {"required": ["a", "b"]}
    assert expand_shorthand("required") == "required"


def test_a_gate_without_a_limit_lets_everything_through():
    assert GateSettings().max_quarantined_ratio is None
    with pytest.raises(ValidationError):
        GateSettings(max_quarantined_ratio=1.01)
