"""Explanations: the parts add up to the weight, they are those of the model, and they show no more than they may."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from lakehouse.errors import ConfigurationError
from lakehouse.matching import match
from lakehouse.matching.explanation import Bar, Explanation, explain_pairs
from lakehouse.matching.masking import shown_id, shown_value
from lakehouse.matching.pair_classes import BETWEEN

LEFT = ("left", "left")
NAMES = ("given_name", "family_name", "birth_date", "city", "email")


@pytest.fixture(scope="module")
def rows(people):
    return people(60)[0]


@pytest.fixture(scope="module")
def result(frame, rows, names):
    return match(frame(rows, *names), id="id", settings={"review_threshold": -18.0})


@pytest.fixture(scope="module")
def pairs(result):
    return sorted(result.pairs.collect(), key=lambda row: (row.id_l, row.id_r))


@pytest.fixture(scope="module")
def explained(result, pairs):
    return explain_pairs(result, [(("left", row.id_l), ("left", row.id_r)) for row in pairs])


def test_the_bars_of_every_pair_add_up_to_its_weight_exactly(explained, pairs):
    assert len(explained) == len(pairs) > 40
    for one, row in zip(explained, pairs, strict=True):
        assert (one.left, one.right) == (row.id_l, row.id_r)
        assert round(math.fsum(bar.bits for bar in one.bars), 6) == row.match_weight == one.match_weight
        assert one.score == row.score
        assert one.joined == row.joined
        assert list(one.rules) == row.rules


def test_the_labels_are_those_of_the_levels(explained, pairs):
    for one, row in zip(explained, pairs, strict=True):
        told = {}
        for bar in one.bars:
            told.setdefault(bar.name, bar.label)  # the first bar of a field is its level, the second its rareness
        for name, level in row.levels.asDict().items():
            assert told[name] == level or (level is None and told[name] in ("missing", "counted with the given name"))


def test_a_shared_home_and_a_common_name_take_what_they_explain(result, explained, pairs):
    """Against the formula: log2 of what strangers and the classes between make likely, beside strangers alone."""
    fit = result.fit
    assert fit.related > 0
    labels = {field.name: {field.kind.level(n).label: n for n in range(field.kind.top + 1)} for field in result.fields}
    ids = {row._key: row._id for row in result.records.members.collect()}
    scored = {(row.id_l, row.id_r): row for row in result.scored.collect()}
    names = [name for name in (*BETWEEN, "neighbor") if getattr(fit, name) > 0]
    for one, row in zip(explained, pairs, strict=True):
        rare = scored[tuple(sorted((ids[row.id_l], ids[row.id_r])))]
        before = math.log2(fit.stranger)
        for bar, name in zip(one.bars[-len(names) :], names, strict=True):
            rareness = f"_{BETWEEN[name]}" if name in BETWEEN else None
            bits = math.log2(getattr(fit, name)) + (rare[rareness] if rareness else 0.0)
            for field, shares in zip(result.fields, fit.fields, strict=True):
                level = labels[field.name].get(row.levels[field.name])
                if level is not None and (rareness is None or getattr(field.kind, BETWEEN[name])):
                    against = 1.0 if rareness and level == field.kind.top else shares.stranger[level]
                    bits += math.log2(getattr(shares, name)[level] / against)
            after = float(np.logaddexp2(bits, before))
            assert bar.bits == pytest.approx(before - after, abs=2e-5)
            assert bar.bits <= 0
            before = after


def test_an_equal_value_of_usual_frequency_weighs_what_the_model_says(result, explained):
    weights = {
        (name, level.label): level.weight for name, field in result.model.fields.items() for level in field.levels
    }
    seen = set()
    for one in explained:
        for bar in one.bars:
            if (bar.name, bar.label) in weights:
                assert bar.bits == pytest.approx(weights[bar.name, bar.label], abs=0.001)
                seen.add(bar.label)
    assert "equal" in seen
    assert len(seen) >= 3


def test_the_order_of_the_two_ids_changes_only_which_value_stands_where(result, pairs):
    a, b = pairs[0].id_l, pairs[0].id_r
    one, other = result.explain(a, b), result.explain(b, a)
    assert [(bar.name, bar.label, bar.bits) for bar in one.bars] == [
        (bar.name, bar.label, bar.bits) for bar in other.bars
    ]
    assert [(bar.left, bar.right) for bar in one.bars] == [(bar.right, bar.left) for bar in other.bars]
    assert (other.left, other.right) == (b, a)


def test_values_are_masked_unless_they_are_asked_for(result, rows, pairs):
    a, b = pairs[0].id_l, pairs[0].id_r
    personal = {value.lower() for row in rows if row[0] in (a, b) for value in row[1:] if value}
    masked = result.explain(a, b)
    for text in (str(masked), masked.svg(), masked._repr_html_()):
        assert not any(value in text.lower() for value in personal)
    shown = str(result.explain(a, b, show_values=True)).lower()
    mails = [value for value in personal if "@" in value]
    assert mails
    assert all(value in shown for value in mails)


def test_a_value_is_masked_by_its_kind():
    cases = [
        (None, "phrase", None, None),
        ("schmidt", "family_name", "s•••", "schmidt"),
        ("19870312", "date", "1987-••-••", "1987-03-12"),
        ("1987", "date", "1•••", "1987"),
        (12.5, "number", "•••", "12.5"),
        (["a", "b"], "set", "2 values", "a, b"),
        (["a"], "set", "1 value", "a"),
        ("x" * 90, "text", "x•••", "x" * 39 + "…"),
    ]
    for value, kind, masked, shown in cases:
        assert (shown_value(value, kind, show=False), shown_value(value, kind, show=True)) == (masked, shown)


def test_an_id_is_masked_where_it_may_name_a_person():
    for key in ("r000123", "C-2041", "17", "4711-a", "1234567"):
        assert shown_id(key, show=False) == key
    for key in ("ann@example.org", "Ann Lee", "+49 171 1234567", "anna.schmidt", "0049171-1234567"):
        assert shown_id(key, show=False) == key[0] + "•••"
        assert shown_id(key, show=True) == key


def test_unknown_ids_and_sides_are_errors_that_do_not_repeat_the_id(result, rows):
    for a, b, sides in [
        (rows[0][0], "ann@example.org", LEFT),
        (rows[0][0], rows[0][0], LEFT),
        (rows[0][0], rows[1][0], ("left", "up")),
    ]:
        with pytest.raises(ConfigurationError) as caught:
            result.explain(a, b, sides=sides)
        assert caught.value.remedy
        assert "ann@" not in str(caught.value)
        assert rows[0][0] not in str(caught.value)


@pytest.mark.slow
def test_a_pair_that_no_rule_found_is_explained_and_said_to_be_so(frame, rows, names):
    result = match(frame(rows, *names), id="id", settings={"rules": ["email="], "threshold": 3.0})
    compared = {tuple(sorted((row.id_l, row.id_r))) for row in result.scored.select("id_l", "id_r").collect()}
    ids = {row._copy_of: row._key for row in result.records.members.where("_id = _copy_of").collect()}
    first, *others = sorted(ids)
    other = next(one for one in others if tuple(sorted((first, one))) not in compared)
    one = result.explain(ids[first], ids[other])
    assert one.rules == ()
    assert not one.joined
    assert "No blocking rule found this pair" in str(one)
    assert round(math.fsum(bar.bits for bar in one.bars), 6) == one.match_weight


def test_equal_records_are_explained_too(result):
    rows = result.records.members.where("_id <> _copy_of").collect()
    keys = {row._id: row._key for row in result.records.members.collect()}
    copy, original = rows[0]._key, keys[rows[0]._copy_of]
    both = result.explain(copy, original)
    assert "equal in everything" in " ".join(both.notes)
    assert {bar.label for bar in both.bars if bar.name in NAMES} <= {
        "equal",
        "missing",
        "a rare value",
        "a common value",
    }
    assert both.joined == (rows[0]._copy_of in set(result.clustering.copies.tolist()))
    third = next(key for key in keys.values() if key not in (copy, original))
    one, same = result.explain(copy, third), result.explain(original, third)
    assert [bar.bits for bar in one.bars] == [bar.bits for bar in same.bars]
    assert "compared once for all" in " ".join(one.notes)


@pytest.mark.slow
def test_of_two_tables_the_sides_tell_which_id_is_meant(frame, rows, names):
    left, right = rows[::2], [(row[0], *row[1:]) for row in rows]  # half of the ids stand in both tables
    result = match(frame(left, *names), frame(right, *names), id="id")
    a = left[0][0]
    itself = result.explain(a, a)
    assert {bar.label for bar in itself.bars if bar.name in NAMES} <= {
        "equal",
        "missing",
        "a rare value",
        "a common value",
    }
    b = right[1][0]
    one, turned = result.explain(a, b), result.explain(b, a, sides=("right", "left"))
    assert [bar.bits for bar in one.bars] == [bar.bits for bar in turned.bars]
    assert [(bar.left, bar.right) for bar in one.bars] == [(bar.right, bar.left) for bar in turned.bars]
    within = result.explain(a, left[1][0], sides=LEFT)
    assert "of one table" in " ".join(within.notes)
    with pytest.raises(ConfigurationError, match="sides"):
        result.explain(b, a)  # b is an id of the right table only


HOSTILE = '<script>alert("1")</script>\x1b[31m\u202e'
BARS = (
    Bar("before looking", "prior", -9.5),
    Bar(HOSTILE, "equal", 12.25, "a•••", HOSTILE),
    Bar("city", "missing", 0.0, None, "x•••"),
    Bar("email", "else", -3.0, "b•••", "c•••"),
)


def hostile():
    return Explanation(HOSTILE, "b", BARS, -0.25, 0.457, 1.0, (HOSTILE,), joined=False)


def test_the_text_is_aligned_and_steers_no_terminal():
    text = str(hostile())
    assert "\x1b" not in text
    assert "\u202e" not in text
    lines = [line for line in text.splitlines() if line.startswith("  ")]
    assert len(lines) == len(BARS) + 1
    ends = {re.search(r"[-+]?\d+\.\d\d(?=\s|$)", line).end() for line in lines}
    assert len(ends) == 1
    assert lines[0].count("░") > lines[3].count("░") > 0
    assert lines[1].count("█") > lines[0].count("░")
    assert "–" in lines[2]


def test_the_picture_is_well_formed_and_says_in_words_what_it_shows():
    root = ET.fromstring(hostile().svg())
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.get("role") == "img"
    assert root.find("s:title", space).text
    told = root.find("s:desc", space).text
    assert all(part in told for part in ("prior: -9.50", "equal: +12.25", "missing: 0.00"))
    assert root.find(".//s:script", space) is None
    assert len(root.findall("s:rect", space)) == len(BARS) + 2  # the ground, the bars, the total
    assert hostile()._repr_html_().startswith("<div")
