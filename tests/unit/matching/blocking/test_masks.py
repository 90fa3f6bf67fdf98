"""Masks of characters: what they say, and that they rule out nothing that is near."""

from __future__ import annotations

import random

from pyspark.sql import functions as F

from lakehouse.matching.blocking.masks import character_mask, may_be_within, with_masks
from lakehouse.matching.blocking.rules import Within


def mask_of(text):
    bits = 0
    for letter in text:
        first = 1 << 3 * (ord(letter) % 21)
        bits |= first if not bits & first else first << 1 if not bits & first << 1 else first << 2
    return bits


TEXTS = [
    "",
    "a",
    "aa",
    "aaa",
    "aaaa",
    "abc",
    "\u00e9",
    "e\u0301",
    "\U0001d49c\U0001d49c",
    "\U0010ffff",
    "zz top",
    "a" * 300,
]


def test_a_mask_counts_each_class_of_characters_up_to_three(table):
    rows = table([{"_id": n, "text": text} for n, text in enumerate([*TEXTS, None])])
    masks = rows.select("text", character_mask("text").alias("mask")).collect()
    assert {row.text: row.mask for row in masks} == {**{text: mask_of(text) for text in TEXTS}, None: None}


def test_no_pair_within_the_distance_is_ruled_out(table, distance):
    chance = random.Random(8)
    rows = []
    for number in range(3000):
        alphabet = chance.choice(["ab", "abc\u00e9", "a\U0001d49cv"])  # a and v are of one class
        one, two = ("".join(chance.choices(alphabet, k=chance.randrange(9))) for _ in "12")
        rows.append({"_id": number, "one": one, "two": two, "true": distance(one, two)})
    pairs = table(rows)
    for column, side in (("one", "_l_"), ("two", "_r_")):
        masked = with_masks(pairs.select("_id", F.col(column).alias("text")), [Within("text", 1)])
        pairs = pairs.join(masked.toDF("_id", *(f"{side}{name}" for name in masked.columns[1:])), on="_id")
    kept = (
        pairs.select("true", *(may_be_within("text", "text", k).alias(f"k{k}") for k in range(4))).toArrow().to_pylist()
    )
    assert len(kept) == len(rows)
    for k in range(4):
        assert all(row[f"k{k}"] for row in kept if row["true"] <= k)
        assert any(not row[f"k{k}"] for row in kept)
