"""What a run is forecast to cost, and that it refuses with numbers what it cannot afford."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching import match
from lakehouse.matching.blocking.rules import Equal
from lakehouse.matching.fields import Field
from lakehouse.matching.forecast import forecast
from lakehouse.matching.kinds import KINDS
from lakehouse.matching.proposals import PAIRS, Proposal, block_predicates, pick_rules, propose_rules
from lakehouse.matching.rule_texts import build_rule

RULES = ["email<=1", "birth_date= & city="]


@pytest.fixture(scope="module")
def few(people, frame, names):
    return frame(people(100, seed=3)[0], *names)


@pytest.fixture(scope="module")
def many(people, frame, names):
    """More pairs than are compared without rules."""
    return frame(people(800, seed=4)[0], *names).localCheckpoint()


@pytest.mark.slow
def test_rules_of_the_settings_are_forecast_as_they_are_found(few):
    told = forecast(few, id="id", settings={"rules": RULES})
    found = match(few, id="id", settings={"rules": RULES}).scored.select(F.explode("rules").alias("rule"))
    counts = {row["rule"]: row["count"] for row in found.groupBy("rule").count().collect()}
    assert {one.rule: one.candidates for one in told.rules} == {rule: counts.get(rule, 0) for rule in RULES}
    assert told.fits
    assert all(one.chosen and one.reason == "given" for one in told.rules)
    assert json.loads(json.dumps(told.to_dict()))["rules"][0]["rule"] == RULES[0]
    assert "email<=1" in str(told)
    assert "signatures of email" in str(told)


def test_all_pairs_of_few_records_are_cheaper_than_rules(few):
    told = forecast(few, id="id")
    assert [one.rule for one in told.rules] == ["all pairs"]
    assert told.candidates == told.pairs
    assert told.fits


@pytest.mark.slow
def test_rules_are_chosen_within_the_budget_and_the_others_are_left_out_with_a_reason(many):
    told = forecast(many, id="id", settings={"max_candidates": 3000})
    chosen, left_out = ([one for one in told.rules if one.chosen == wanted] for wanted in (True, False))
    assert chosen
    assert any("left of the budget" in one.reason for one in left_out)
    assert told.budget == 3000
    assert "left out:" in str(told)
    result = match(many, id="id", settings={"max_candidates": 3000})
    assert result.model.rules == [one.rule for one in chosen]
    assert result.scored.count() <= told.candidates


@pytest.mark.slow
@pytest.mark.parametrize("rules", [["city="], ["city=", "email<=1"], ["all pairs"]])
def test_rules_beyond_the_budget_are_refused_with_numbers(many, rules):
    told = forecast(many, id="id", settings={"rules": rules, "max_candidates": 500})
    assert not told.fits
    assert "match refuses" in str(told)
    with pytest.raises(ConfigurationError) as refused:
        match(many, id="id", settings={"rules": rules, "max_candidates": 500})
    assert f"`{rules[0]}` about {told.rules[0].candidates:,}" in refused.value.found
    assert "budget: 500" in refused.value.found
    assert "max_candidates" in refused.value.remedy


@pytest.mark.slow
def test_a_budget_that_no_rule_fits_is_refused_with_numbers(many):
    with pytest.raises(ConfigurationError, match=r"(?s)No blocking rule.*about.*budget: 1\n.*max_candidates"):
        match(many, id="id", settings={"max_candidates": 1})
    assert not forecast(many, id="id", settings={"max_candidates": 1}).fits


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (["surname<=1"], "surname"),
        ([], "empty list"),
        (["city"], "cannot be read"),
        (["city= & mood="], "mood"),
        (["email~1"], "Near"),
    ],
)
def test_rules_that_do_not_fit_the_fields_are_refused(few, rules, said):
    with pytest.raises(ConfigurationError, match=said):
        match(few, id="id", settings={"rules": rules})


def field(name, kind):
    return Field(name, KINDS[kind], (name,), None)


def test_rules_of_two_count_what_was_seen_where_it_is_more_than_chance():
    fields = [field("street", "street"), field("phone", "phone")]
    agreeing = dict.fromkeys(block_predicates(fields), 2e-3)
    both = frozenset((Equal("street"), Equal("phone")))

    def cost(together):
        proposals = propose_rules(fields, agreeing, together, {"street": 1.0, "street_rare": 1.0, "street_two": 1.0, "phone": 1.0}, pairs=1e9, records=50_000)
        return {one.rule.name: one.candidates for one in proposals}.get("street= & phone=")

    assert cost({}) == pytest.approx(1e9 * 4e-6 * 30)
    assert cost({both: 9e-4}) == pytest.approx(9e5)
    assert cost({both: 1e-1}) is None  # more than one rule may bring


def test_picking_spends_the_budget_where_most_is_found_for_it():
    def proposal(name, candidates, share):
        return Proposal(build_rule(Equal(name)), candidates, np.arange(PAIRS) < share * PAIRS)

    offers = [
        proposal("dear", 900.0, 0.9),
        proposal("cheap", 100.0, 0.5),
        proposal("little", 1.0, 0.0001),
        proposal("vast", 1e12, 1.0),
    ]
    verdicts = {one.rule.name: one for one in pick_rules(offers, budget=1000.0, records=10)}
    assert [name for name, one in verdicts.items() if one.chosen] == ["cheap=", "dear="]
    assert "hardly a pair" in verdicts["little="].reason
    assert "left of the budget" in verdicts["vast="].reason
    assert verdicts["dear="].gain == pytest.approx(0.4, abs=1e-3)


def test_beyond_the_first_candidates_a_rule_must_be_worth_them():
    def proposal(name, candidates, found):
        places = np.arange(PAIRS) / PAIRS
        return Proposal(build_rule(Equal(name)), candidates, (places >= found[0]) & (places < found[1]))

    # A table of 100,000 records is taken to have 10,000 true pairs: "dear" finds 20 of them, 45,000 candidates for each.
    offers = [
        proposal("most", 550_000.0, (0.0, 0.9)),
        proposal("worth", 300_000.0, (0.9, 0.998)),
        proposal("dear", 900_000.0, (0.998, 1.0)),
    ]

    def picked(offers, **options):
        verdicts = pick_rules(offers, budget=4e6, records=100_000, **options)
        return [one.rule.name for one in verdicts if one.chosen], verdicts[-1].reason

    assert picked(offers) == (
        ["most=", "worth="],
        "brings 45,000 candidates for each pair that it may find besides; `max_candidates` pays for it",
    )
    assert picked(offers, at_any_price=True)[0] == ["most=", "worth=", "dear="]
    # As long as all of it is little, nothing is too dear.
    few = [proposal("most", 1_000.0, (0.0, 0.9)), proposal("rest", 590_000.0, (0.998, 1.0))]
    assert picked(few)[0] == ["most=", "rest="]
