"""Candidates of new records by an index, against the candidates of all records at once."""

from __future__ import annotations

import random
from collections import defaultdict

import pyarrow as pa
import pytest

from lakehouse.matching.blocking.candidates import candidate_pairs
from lakehouse.matching.blocking.group_pairs import prefixed
from lakehouse.matching.blocking.index import KEY, Spelling, holding, index_keys, meeting, probe_keys
from lakehouse.matching.rule_texts import read_rule

TYPES = {"tags": pa.list_(pa.string()), "born": pa.date32(), "_side": pa.int32()}
RULES = [
    read_rule(text)
    for text in (
        "email<=2", "phone<=3 & city=", "damerau(name)<=1 & given<=1", "name><given<=1", "born= & city=", "tags&& & born~31",
        "amount~0.1 & metaphone(name)",
    )
]  # fmt: skip
SPELLING = Spelling(60, endings={"email": 8})


def by_index(known, new, linkage):
    """(one, two) -> rules of the pairs that a new record is in."""
    both = known.unionByName(new)
    index = index_keys(known, RULES, SPELLING).unionByName(index_keys(new, RULES, SPELLING))
    met = meeting(index, probe_keys(new, RULES, SPELLING, linkage=linkage), RULES).distinct()
    left, right = prefixed(both, "_l_"), prefixed(both, "_r_")
    pairs = met.join(left, on=met["one"] == left["_l__id"]).join(right, on=met["two"] == right["_r__id"])
    found = defaultdict(set)
    for row in holding(pairs, RULES, dict(both.dtypes)).select("one", "two", "rule").toArrow().to_pylist():
        found[tuple(sorted((row["one"], row["two"])))].add(row["rule"])
    return {pair: [RULES[place].name for place in sorted(places)] for pair, places in found.items()}


@pytest.mark.slow
def test_pairs_of_new_records_are_those_of_all_records_that_a_new_one_is_in(table, people_rows, share=0.3):
    rows = [{**row, "_side": 0} for row in people_rows(160, seed=5)]
    new = set(random.Random(share).sample([row["_id"] for row in rows], round(share * len(rows))))
    frames = [table([row for row in rows if (row["_id"] in new) == wanted], **TYPES) for wanted in (False, True)]
    everything = candidate_pairs(table(rows, **TYPES).drop("_side"), RULES).toArrow().to_pylist()
    expected = {(row["id_l"], row["id_r"]): row["rules"] for row in everything if {row["id_l"], row["id_r"]} & new}
    assert len({name for names in expected.values() for name in names}) >= 6
    assert by_index(*frames, linkage=False) == expected


@pytest.mark.slow
def test_pairs_of_new_records_of_either_table_are_between_the_tables(table, people_rows):
    rows = [{**row, "_side": number % 2} for number, row in enumerate(people_rows(160, seed=6))]
    new = set(random.Random(1).sample([row["_id"] for row in rows], 50))
    frames = [table([row for row in rows if (row["_id"] in new) == wanted], **TYPES) for wanted in (False, True)]
    left, right = (table([row for row in rows if row["_side"] == side], **TYPES).drop("_side") for side in (0, 1))
    everything = candidate_pairs(left, RULES, other=right).toArrow().to_pylist()
    expected = {
        tuple(sorted((row["id_l"], row["id_r"]))): row["rules"]
        for row in everything
        if {row["id_l"], row["id_r"]} & new
    }
    assert by_index(*frames, linkage=True) == expected


@pytest.mark.slow
def test_keys_of_a_record_are_those_of_the_version_that_the_column_names(table, people_rows):
    """What was stored is searched by later versions: who changes a key counts `KEY` up, and writes the new sums here."""
    records = table([{**row, "_side": 0} for row in people_rows(20, seed=7)], **TYPES)
    found, looked_up = index_keys(records, RULES, SPELLING), probe_keys(records, RULES, SPELLING, linkage=False)
    sums = [tuple(rows.selectExpr("count(*)", f"bit_xor({KEY})").first()) for rows in (found, looked_up)]
    assert KEY == "key_3"
    assert sums == [(451, -1841177502744987384), (3077, -8353282527430147555)]
