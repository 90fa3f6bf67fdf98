"""Phonetic keys against jellyfish."""

from __future__ import annotations

import jellyfish
import pytest
from pyspark.sql import functions as F

from lakehouse.demo import names
from lakehouse.matching.blocking.phonetics import phonetic_key, with_phonetic_key

ODD = [
    None,
    "",
    " ",
    "o'brien",
    "mac cormick",
    "123",
    "\u00d6zil",
    "\u00f6zil",
    "a",
    "ashcraft",
    "tymczak",
    "pfister",
    "\u738b",
]


def plain_names():
    found = " ".join([*names.MEN.values(), *names.WOMEN.values(), *names.SURNAME_ROOTS.values()]).lower().split()
    return sorted({name for name in found if name.isascii() and name.isalpha()})


@pytest.mark.parametrize("algorithm", ["soundex", "metaphone", "nysiis", "match_rating"])
def test_keys_of_plain_names_are_those_of_jellyfish(table, algorithm):
    oracle = {"match_rating": jellyfish.match_rating_codex}.get(algorithm, getattr(jellyfish, algorithm, None))
    rows = table([{"_id": n, "name": name} for n, name in enumerate(plain_names())])
    keys = with_phonetic_key(rows, "name", algorithm, name="key").collect()
    assert len(keys) == len(plain_names()) > 500
    assert {row.name: row.key for row in keys} == {name: oracle(name) for name in plain_names()}


@pytest.mark.parametrize("algorithm", ["soundex", "metaphone", "nysiis", "match_rating"])
def test_what_has_no_key_gets_none_and_no_row_is_lost(table, algorithm):
    rows = table([{"_id": n, "name": name} for n, name in enumerate([*ODD, *ODD])])
    keyed = with_phonetic_key(rows, "name", algorithm, name="key")
    assert keyed.count() == 2 * len(ODD)
    keyless = {row.name for row in keyed.where(F.col("key").isNull()).collect()}
    assert {None, "", " "} <= keyless
    assert keyed.where("key = ''").isEmpty()


def test_a_word_that_match_rating_refuses_has_no_key():
    assert phonetic_key("o'brien", "match_rating") is None
    assert phonetic_key("byrne", "match_rating") == "BYRN"
