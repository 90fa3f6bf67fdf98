"""Couples of common words: as a loop in Python makes them, found again by a frozen vocabulary, and chosen where needed."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations
from math import log2

import pytest
from pyspark.sql import functions as F

from lakehouse.matching import evaluate, match
from lakehouse.matching.fields import build_fields
from lakehouse.matching.proposals import pick_rules, propose_rules
from lakehouse.matching.rare_words import COUPLE, HEAVIEST, RARE
from lakehouse.matching.records import prepare_records
from lakehouse.matching.semantics import SourceColumn
from lakehouse.matching.value_counts import word_hash, word_weight
from lakehouse.matching.vocabulary import freeze_vocabulary, with_vocabulary

WORDS = [f"{first}{second}o" for first in "bdfgklmnprst" for second in ["ara", "eli", "imu", "olo", "une", "apa", "eko", "iti", "oba", "uli", "asa", "eri", "ino", "omu"]]


def texts(count, *, seed=1):
    """Titles of a small vocabulary, in which no word is rare, and what a second library writes of two thirds of them."""
    chance = random.Random(seed)
    left = [(f"l{n}", " ".join(chance.sample(WORDS, chance.randint(4, 7)))) for n in range(count)]
    right = []
    for key, title in left[: count * 2 // 3]:
        words = title.split()
        del words[chance.randrange(len(words))]
        right.append((f"r{key[1:]}", " ".join(chance.sample(words, len(words)))))
    return left, right


@pytest.fixture(scope="module")
def prepared(frame):
    fields = build_fields([SourceColumn("title", "text", "")], {"title": "string"})
    left, _ = texts(1_200)
    left.append(("odd", "seldom words"))
    return left, fields, prepare_records([frame(left, "id", "title")], fields, key="id")


def test_couples_are_those_of_a_loop(prepared):
    rows, _, records = prepared
    count = Counter(word for _, title in rows for word in set(title.split()))
    distinct = sum(records.counts)
    weight = {word: round(log2((1 + distinct) / n), 3) for word, n in count.items()}
    coded = records.distinct.select("_id", F.explode("title_words").alias("word"))
    hashes = {row[0]: row[1] for row in coded.select(word_hash(F.col("word")), word_weight(F.col("word"))).distinct().collect()}
    assert sorted(hashes.values()) == sorted(weight.values()), "every word has its weight"
    found = records.distinct.join(records.members, on="_id").select("_key", F.coalesce(F.size("title_two"), F.lit(0))).collect()
    for key, couples in found:
        title = dict(rows)[key]
        common = sorted((weight[word] for word in set(title.split()) if count[word] > RARE), reverse=True)[:HEAVIEST]
        assert couples == sum(one + two >= log2(1 + distinct) - log2(COUPLE) - 1e-3 for one, two in combinations(common, 2))


def test_records_that_share_two_common_words_share_a_couple(prepared):
    rows, _, records = prepared
    count = Counter(word for _, title in rows for word in set(title.split()))
    two = {row[0]: set(row[1] or ()) for row in records.distinct.join(records.members, on="_id").select("_key", "title_two").collect()}
    heavy = {key: sorted(set(title.split()), key=lambda word: count[word])[:HEAVIEST] for key, title in rows if key != "odd"}
    some = list(heavy)[:400]
    together = [(a, b) for a, b in combinations(some, 2) if len(set(heavy[a]) & set(heavy[b])) > 1]
    assert len(together) > 50
    shared = sum(bool(two[a] & two[b]) for a, b in together)
    assert shared >= 0.8 * len(together), "but for couples of two very common words, and for what ties leave out"
    assert not two["odd"]


def test_a_frozen_vocabulary_makes_the_same_couples(prepared):
    _, fields, records = prepared
    vocabulary = freeze_vocabulary(records, fields).localCheckpoint()
    again = with_vocabulary(records.distinct.select("_id", "title"), fields, vocabulary)
    both = again.select("_id", "title_two").exceptAll(records.distinct.select("_id", "title_two"))
    assert both.isEmpty()
    assert not again.where("title_two is not null").isEmpty()


def test_a_rule_is_worth_no_more_than_the_records_that_have_such_words(prepared):
    _, fields, records = prepared
    assert records.filled["title_rare"] == 0
    assert records.filled["title_two"] > 0.9
    agreeing = dict.fromkeys(_offers(fields), 0.0001)
    proposals = propose_rules(fields, agreeing, {}, records.filled, pairs=7e5, records=1_200)
    picked = {one.rule.name for one in pick_rules(proposals, budget=1e6, records=1_200) if one.chosen}
    assert "title_two&&" in picked
    assert "title_rare&&" not in picked


def _offers(fields):
    from lakehouse.matching.proposals import block_predicates

    return list(block_predicates(fields))


@pytest.mark.slow
def test_texts_without_a_rare_word_are_found(frame):
    left, right = texts(1_500, seed=3)
    result = match(frame(left, "id", "title"), frame(right, "id", "title"), id="id")
    truth = frame([(f"l{key[1:]}", key) for key, _ in right], "id_l", "id_r")
    assert "title_two&&" in result.model.rules
    assert evaluate(result, truth).blocking_recall > 0.95
