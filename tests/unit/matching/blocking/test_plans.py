"""What Spark plans for blocking: hash joins that verify inside, one edit distance a pair, no Python."""

from __future__ import annotations

import pytest

from lakehouse.matching.blocking.candidates import candidate_pairs
from lakehouse.matching.blocking.plan import plan_blocking
from lakehouse.matching.blocking.similar_texts import find_similar_texts
from lakehouse.matching.rule_texts import read_rule

PYTHON = ("Python", "MapInArrow", "ArrowEval", "Pandas")
ALL_WITH_ALL = ("CartesianProduct", "BroadcastNestedLoopJoin")
RULES = (
    "name<=2",
    "email<=3 & city=",
    "name<=1 & given<=1",
    "name><given<=1",
    "damerau(name)<=1",
    "tags&&",
    "amount~0.1",
    "soundex(name)",
    "city=",
)


@pytest.fixture(scope="module")
def rows(people_rows):
    return [{key: value for key, value in row.items() if key != "born"} for row in people_rows(30, seed=1)]


def plan_of(pairs):
    return pairs._jdf.queryExecution().executedPlan().toString()


def joins(plan):
    """The lines of the joins, with their conditions."""
    return [line for line in plan.splitlines() if "Join " in line]


@pytest.mark.parametrize("two_tables", [False, True])
@pytest.mark.parametrize("text", RULES)
def test_no_rule_needs_python_or_compares_all_with_all(table, rows, text, two_tables):
    records = table(rows)
    plan = plan_of(candidate_pairs(records, [read_rule(text)], other=records if two_tables else None))
    assert not [word for word in (*PYTHON, *ALL_WITH_ALL) if word in plan]


@pytest.mark.parametrize(
    ("text", "distances"),
    [("name<=2", 1), ("email<=3 & city=", 1), ("name<=1 & given<=1", 2), ("damerau(name)<=1", 1), ("name= & city=", 0)],
)
def test_each_edit_distance_is_taken_once_a_pair_and_inside_the_join(table, rows, text, distances):
    plan = plan_of(candidate_pairs(table(rows), [read_rule(text)]))
    verified = [line for line in joins(plan) if "levenshtein(" in line]
    assert plan.count("levenshtein(") == sum(line.count("levenshtein(") for line in verified) == distances


def test_the_cheap_filter_comes_before_the_edit_distance(table, rows):
    plan = plan_of(candidate_pairs(table(rows), [read_rule("name<=2")]))
    (line,) = [line for line in joins(plan) if "levenshtein(" in line]
    assert 0 < line.index("bit_count(") < line.index("levenshtein(")


def test_rules_are_joined_one_by_one_and_not_by_an_or(table, rows):
    plan = plan_of(candidate_pairs(table(rows), [read_rule("name<=2"), read_rule("email<=2"), read_rule("city=")]))
    assert sum("levenshtein(" in line for line in joins(plan)) == 2
    assert not [word for word in ALL_WITH_ALL if word in plan]


def test_rules_that_begin_with_one_text_share_its_similar_pairs(table, rows):
    rules = [read_rule(text) for text in ("name<=2 & amount~0.1", "name<=1 & amount~9", "name<=2 & city=", "phone<=1 & city=")]
    records = table(rows)
    plans = plan_blocking(records, rules).rules
    similar = find_similar_texts([records], plans)
    # With an equality a rule finds its pairs by itself, unless another one has found the similar texts anyway.
    assert [plan.by_texts for plan in plans] == [True, True, True, False]
    assert len({id(one) for one in similar.values()}) == 1
    assert {one.distance for one in similar.values()} == {2}
    pairs = candidate_pairs(records, rules[:3])
    assert "bit_count(" not in plan_of(pairs), "similar texts are found once and read by every rule"
