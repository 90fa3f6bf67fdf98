"""Rules of an entity."""

from __future__ import annotations

import pytest

from lakehouse.config.checks.rules import check_rules

GOOD = """\
- required: id
- required: tree
- email: text
- {rule: email, column: text, level: shape, name: shape_of_text}
- {rule: pattern, column: id, pattern: '[0-9]+'}
- {rule: range, column: amount, min: 0, max: 10.5}
- {rule: range, column: born, min: '1900-01-01'}
- {rule: range, column: seen_at, max: '2030-01-01 12:00:00'}
- {rule: accepted_values, column: text, values: [a, '1']}
- {rule: accepted_values, column: amount, values: [1, 2.5]}
- {rule: accepted_values, column: flag, values: [true]}
- {rule: accepted_values, column: born, values: ['2026-01-31']}
- {rule: date, column: born, not_before: '1900-01-01', not_after: '1900-01-01'}
- {rule: date, column: seen_at, max_future_days: 0}
- {rule: sql, name: any_words, condition: no_such_column > 1}
"""


def test_rules_that_fit_have_no_problems(entity, lines):
    assert lines(check_rules(entity(rules=GOOD))) == []


CASES = [
    ("- required: idd", "0.column: unknown column `idd`; did you mean `id`?"),
    ("- {rule: range, column: text, min: 1}", ("0: `range` does not go with `text`, which is of type string; "
     "it is for int, bigint, double, decimal, date, timestamp")),
    ("- email: amount", "0: `email` does not go with `amount`, which is of type decimal; it is for string"),
    ("- {rule: pattern, column: born, pattern: x}",
     "0: `pattern` does not go with `born`, which is of type date; it is for string"),
    ("- {rule: date, column: text, max_age_days: 1}",
     "0: `date` does not go with `text`, which is of type string; it is for date, timestamp"),
    ("- {rule: accepted_values, column: tree, values: [a]}", ("0: `accepted_values` does not go with `tree`, which is of "
     "type variant; it is for string, int, bigint, double, decimal, boolean, date, timestamp")),
    ("- {rule: range, column: amount, min: 2, max: 1}", "0: `min` is greater than `max`, no value can pass; swap them"),
    ("- {rule: range, column: amount, min: low}",
     "0.min: `low` does not go with type decimal; write a number, without quotes"),
    ("- {rule: range, column: born, max: 5}", "0.max: `5` does not go with type date; write 2026-01-31"),
    ("- {rule: range, column: born, min: '2026-02-30'}",
     "0.min: `2026-02-30` does not go with type date; write 2026-01-31"),
    ("- {rule: range, column: seen_at, min: today}",
     "0.min: `today` does not go with type timestamp; write 2026-01-31 or 2026-01-31 12:00:00"),
    ("- {rule: accepted_values, column: text, values: [a, 1]}",
     "0.values.1: `1` does not go with type string; write a text in quotes"),
    ("- {rule: accepted_values, column: flag, values: ['yes']}",
     "0.values.0: `yes` does not go with type boolean; write true or false"),
    ("- {rule: accepted_values, column: amount, values: [true]}",
     "0.values.0: `true` does not go with type decimal; write a number, without quotes"),
    ("- {rule: date, column: born, not_before: '2026-02-30'}",
     "0.not_before: `2026-02-30` is not in the calendar; write a day that exists"),
    ("- {rule: date, column: born, not_before: '2026-02-02', not_after: '2026-02-01'}",
     "0: `not_before` is after `not_after`, no value can pass; swap them"),
    ("- {rule: date, column: born}",
     "0: this rule checks nothing; add not_before, not_after, max_age_days or max_future_days"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "expected"), CASES)
def test_rules_that_do_not_fit_are_told_with_what_to_do(entity, lines, rules, expected):
    assert lines(check_rules(entity(rules=rules))) == [f"rules.{expected}"]


def test_rules_of_one_name_are_told_at_each(entity, lines):
    rules = "- required: id\n- {rule: required, column: id, severity: warn}\n- {rule: sql, name: a, condition: x}\n"
    assert lines(check_rules(entity(rules=rules))) == [
        f"rules.{number}: several rules have the name `id.required`; give each a `name` of its own" for number in (0, 1)
    ]
