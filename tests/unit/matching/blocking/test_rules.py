"""Rules and their texts."""

from __future__ import annotations

import pytest

from lakehouse.errors import ConfigurationError
from lakehouse.matching.blocking.rules import BlockingRule, Equal, Near, Phonetic, SharedToken, Swapped, Within
from lakehouse.matching.rule_texts import build_rule, read_rule, write_predicate

WRITTEN = {
    "surname<=2": Within("surname", 2),
    "damerau(surname)<=1": Within("surname", 1, transpositions=True),
    "birth_date=": Equal("birth_date"),
    "given><family": Swapped("given", "family"),
    "given><family<=1": Swapped("given", "family", 1),
    "title&&": SharedToken("title"),
    "price~0.5": Near("price", 0.5),
    "price~100000000": Near("price", 1e8),
    "price~0.00000125": Near("price", 1.25e-6),
    "soundex(surname)": Phonetic("surname"),
    "match_rating(surname)": Phonetic("surname", "match_rating"),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_predicate_reads_as_it_is_written(text):
    assert read_rule(text).predicates == (WRITTEN[text],)
    assert write_predicate(WRITTEN[text]) == text


def test_a_rule_of_several_predicates_keeps_their_order_and_its_text_as_name():
    predicates = tuple(WRITTEN.values())
    rule = build_rule(*predicates)
    assert read_rule(rule.name) == rule
    assert rule.name == " & ".join(WRITTEN)
    assert read_rule("a= &b<=1&  c&& & d=").predicates == (Equal("a"), Within("b", 1), SharedToken("c"), Equal("d"))


def test_the_columns_of_a_rule_are_named_once():
    assert build_rule(Swapped("a", "b"), Within("b", 1), Equal("c")).columns == ("a", "b", "c")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a<=",
        "a<=4",
        "a==b",
        "a= & ",
        "a~",
        "a~-1",
        "a~inf",
        "metafone(a)",
        "a<=2 | b=",
        "damerau(a)<=2",
        "a &&& b",
    ],
)
def test_a_rule_that_cannot_be_read_says_what_would_do(text):
    with pytest.raises(ConfigurationError) as caught:
        read_rule(text)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "broken",
    [
        lambda: Within("a", -1),
        lambda: Within("a", 4),
        lambda: Within("a", 2, transpositions=True),
        lambda: Swapped("a", "b", 9),
        lambda: Near("a", -0.1),
        lambda: Near("a", float("nan")),
        lambda: Near("a", float("inf")),
        lambda: Phonetic("a", "cologne"),
        lambda: BlockingRule("empty", ()),
    ],
)
def test_a_predicate_that_means_nothing_is_refused(broken):
    with pytest.raises(ConfigurationError, match=r"(?s)found: .*to do: "):
        broken()
