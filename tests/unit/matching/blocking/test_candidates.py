"""Candidate pairs against comparing everything with everything."""

from __future__ import annotations

import datetime as dt
import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.errors import ConfigurationError
from lakehouse.matching.blocking.candidates import candidate_pairs
from lakehouse.matching.blocking.plan import plan_blocking
from lakehouse.matching.blocking.rules import Equal, Near, SharedToken, Swapped, Within
from lakehouse.matching.rule_texts import build_rule, read_rule

TYPES = {"tags": pa.list_(pa.string()), "born": pa.date32()}
EDITS = [
    read_rule(text)
    for text in (
        "name<=0",
        "name<=1",
        "name<=2",
        "name<=3",
        "phone<=2",
        "phone<=3",
        "email<=1",
        "email<=2",
        "email<=3",
        "address<=2",
    )
]
OTHERS = [
    read_rule(text)
    for text in (
        "damerau(name)<=1", "born=", "tags=", "name><given", "name><given<=2", "tags&&", "address&&", "amount~0", "amount~0.1",
        "born~31", "soundex(name)",
    )
]  # fmt: skip
CONJUNCTIONS = [
    read_rule(text)
    for text in (
        "name<=2 & city=", "name<=1 & given<=1", "name<=3 & tags&&", "name><given<=1 & city=", "tags&& & born~31",
        "amount~0.1 & soundex(name)", "name<=1 & phone<=2 & email<=3", "damerau(name)<=1 & given<=2", "metaphone(name) & city=",
        "nysiis(name) & match_rating(given)",
    )
]  # fmt: skip

TOGETHER = [
    read_rule(text)
    for text in (
        "email<=1 & name<=2", "email<=1 & tags&&", "email<=1 & born~31", "email<=1 & name><given<=1", "email<=1 & given<=1",
        "email<=1 & city=", "email<=1 & soundex(name)", "email<=1 & phone<=2 & amount~0.1",
    )
]  # fmt: skip
"""Rules that begin with the same similar texts; some lack a value where others have theirs."""


def found(records, rules, other=None):
    rows = candidate_pairs(records, rules, other=other).toArrow().to_pylist()
    pairs = {(row["id_l"], row["id_r"]): row["rules"] for row in rows}
    assert len(pairs) == len(rows), "a pair came twice"
    return pairs


def differing(actual, expected):
    """Pairs that one has and the other has not, or that differ in their rules; short enough to read."""
    return sorted(
        (pair, actual.get(pair), expected.get(pair))
        for pair in {*actual, *expected}
        if actual.get(pair) != expected.get(pair)
    )[:5]


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(EDITS, id="edits", marks=pytest.mark.slow),
        pytest.param(OTHERS, id="others"),
        pytest.param(CONJUNCTIONS, id="conjunctions", marks=pytest.mark.slow),
    ],
)
def test_one_table_gives_exactly_the_pairs_of_comparing_all(table, people_rows, brute_force, rules):
    rows = people_rows(220, seed=len(rules))
    expected = brute_force(rows, rules)
    assert differing(found(table(rows, **TYPES), rules), expected) == []
    assert {name for names in expected.values() for name in names} == {rule.name for rule in rules}


@pytest.mark.parametrize("rules", [EDITS[2::3], OTHERS[::3], CONJUNCTIONS[:5]], ids=["edits", "others", "conjunctions"])
def test_two_tables_give_exactly_the_pairs_between_them(table, people_rows, brute_force, rules):
    rows = people_rows(260, seed=1 + len(rules))
    # Ids may occur in both tables: they are of different records.
    left, right = rows[:120], [{**row, "_id": other["_id"]} for row, other in zip(rows[120:], rows, strict=False)]
    expected = brute_force(left, rules, right)
    assert differing(found(table(left, **TYPES), rules, table(right, **TYPES)), expected) == []


@pytest.mark.parametrize("tables", [1, 2])
def test_rules_that_begin_with_the_same_texts_are_found_together(table, people_rows, brute_force, tables):
    rows = people_rows(420, seed=3)
    left, right = (rows, None) if tables == 1 else (rows[::2], rows[1::2])
    frames = [table(some, **TYPES) for some in (left, right) if some]
    plan = plan_blocking(frames[0], TOGETHER, other=frames[1] if right else None)
    assert [sorted(bundle) for bundle in plan.bundles] == [list(range(len(TOGETHER)))]
    expected = brute_force(left, TOGETHER, right) if right else brute_force(left, TOGETHER)
    assert differing(found(frames[0], TOGETHER, frames[1] if right else None), expected) == []
    assert len({name for names in expected.values() for name in names}) >= len(TOGETHER) - 1
    assert any(len(names) < len(TOGETHER) for names in expected.values())


# Characters of one to four bytes in UTF-8, that combine, join, have no width or run from right to left; no surrogates.
letters = st.characters(exclude_categories=["Cs"])
alphabets = st.lists(st.lists(letters, min_size=1, max_size=4, unique=True), min_size=60, max_size=60)


@pytest.mark.parametrize("distance", [pytest.param(1, marks=pytest.mark.slow), 2, pytest.param(3, marks=pytest.mark.slow)])
@given(alphabets=alphabets, seed=st.integers(0, 2**32))
@settings(max_examples=3)
def test_sets_of_random_texts_over_random_alphabets_lose_no_pair(table, brute_force, distance, alphabets, seed):
    # 60 alphabets with 60 sets each, three times for each distance: 32,400 sets, proven by nine jobs.
    chance = random.Random(seed)
    rows = []
    for number in range(3600):
        alphabet = alphabets[number % len(alphabets)]
        longest = chance.choice([1, 3, 6, 10])
        rows += [
            {"set": number, "text": "".join(chance.choices(alphabet, k=chance.randrange(longest + 1)))}
            for _ in range(5)
        ]
    rows = [{"_id": number, **row} for number, row in enumerate(rows)]
    rule = build_rule(Equal("set"), Within("text", distance))
    expected = {}
    for start in range(0, len(rows), 5):
        expected |= brute_force(rows[start : start + 5], [rule])
    assert differing(found(table(rows), [rule]), expected) == []


@pytest.mark.slow
def test_neither_order_nor_partitions_nor_other_records_change_a_pair(table, people_rows):
    rules = [EDITS[7], OTHERS[5], CONJUNCTIONS[1]]
    rows = people_rows(150, seed=9)
    pairs = found(table(rows, **TYPES), rules)
    shuffled = random.Random(3).sample(rows, len(rows))
    assert found(table(shuffled, **TYPES).repartition(7), rules) == pairs
    some = {row["_id"] for row in rows[::2]}
    inside = {pair: names for pair, names in pairs.items() if some.issuperset(pair)}
    assert found(table(rows[::2], **TYPES), rules) == inside


def test_equal_rows_are_judged_once_and_still_give_all_their_pairs(table):
    rows = [{"_id": number, "name": "schmidt" if number % 2 else f"m{number}"} for number in range(400)]
    pairs = found(table(rows), [read_rule("name<=1")])
    assert sum(a % 2 and b % 2 for a, b in pairs) == 200 * 199 // 2


@pytest.mark.slow
def test_texts_that_share_nearly_everything_lose_no_pair(table, brute_force):
    # Every signature but those of the middle stands in every row.
    rows = [{"_id": n, "mail": f"shop.customer+{n:03d}@mail.example.org"} for n in range(250)]
    rules = [read_rule("mail<=2")]
    assert differing(found(table(rows), rules), brute_force(rows, rules)) == []


@pytest.mark.slow
def test_very_long_texts_and_odd_characters_lose_no_pair(table, brute_force):
    odd = [
        "\x00",
        "\x01",
        "\n",
        "'",
        "`",
        "\\",
        "%",
        "\ufffd",
        "\u200b",
        "\U0010ffff",
        "a" * 1000,
        "a" * 998 + "\U0001d49c",
        "\U0001d49c" * 400,
    ]
    rows = [
        {"_id": n, "text": text}
        for n, text in enumerate([*odd, *(one + "x" for one in odd), *("y" + one for one in odd)])
    ]
    rules = [read_rule(f"text<={k}") for k in (1, 2, 3)]
    assert differing(found(table(rows), rules), brute_force(rows, rules)) == []


def test_numbers_and_dates_at_the_edges_are_near_what_they_are_near(table):
    values = [0.0, -0.0, 0.1, 0.2, 0.30000000000000004, -0.05, 1e17, 1e17 + 16, 1e300, float("nan"), None, 5e-324]
    rows = [{"_id": number, "price": value} for number, value in enumerate(values)]
    for tolerance in (0.0, 0.1, 1e9):
        expected = {
            (i, j) for i, a in enumerate(values) for j, b in enumerate(values)
            if i < j and a is not None and b is not None and abs(a - b) <= tolerance
        }  # fmt: skip
        assert set(found(table(rows), [build_rule(Near("price", tolerance))])) == expected
    dates = [
        dt.date(1, 1, 1),
        dt.date(1582, 10, 4),
        dt.date(1582, 10, 15),
        dt.date(2024, 2, 28),
        dt.date(2024, 3, 1),
        dt.date(9999, 12, 31),
    ]
    rows = [{"_id": number, "day": day} for number, day in enumerate(dates)]
    assert set(found(table(rows), [build_rule(Near("day", 2))])) == {(3, 4)}
    assert set(found(table(rows), [build_rule(Near("day", 11))])) == {(1, 2), (3, 4)}


@pytest.mark.parametrize("count", [0, 1])
def test_no_record_or_one_gives_no_pair(table, count, spark):
    records = spark.createDataFrame(
        pa.table({"_id": pa.array([5] * count, pa.int64()), "name": pa.array(["x"] * count, pa.string())})
    )
    rules = [read_rule("name<=2"), read_rule("name="), read_rule("name&&")]
    assert found(records, rules) == {}
    assert len(found(records, rules, records)) == count


def test_a_column_of_nulls_gives_no_pair(spark):
    records = spark.createDataFrame(
        pa.table(
            {"_id": [1, 2], "name": pa.array([None, None], pa.string()), "n": pa.array([None, None], pa.float64())}
        )
    )
    rules = [
        read_rule("name<=3"),
        read_rule("name="),
        read_rule("name&&"),
        read_rule("n~1"),
        read_rule("soundex(name)"),
    ]
    assert found(records, rules) == {}


def test_string_ids_work_and_stay_in_order(table):
    rows = [{"_id": one, "name": "ann"} for one in ("z", "b", "\u00e4")]
    assert set(found(table(rows), [read_rule("name<=1")])) == {("b", "z"), ("b", "\u00e4"), ("z", "\u00e4")}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("nam<=1", "no column nam"),
        ("n<=1", "bigint"),
        ("name~1", "string"),
        ("n&&", "bigint"),
        ("soundex(n)", "bigint"),
    ],
)
def test_a_rule_that_does_not_fit_the_columns_is_refused_before_anything_runs(table, rule, said):
    records = table([{"_id": 1, "name": "x", "n": 3}])
    with pytest.raises(ConfigurationError, match=said):
        candidate_pairs(records, [read_rule(rule)])


def test_rules_must_be_given_and_have_names_of_their_own(table):
    records = table([{"_id": 1, "name": "x"}])
    with pytest.raises(ConfigurationError, match="no rule"):
        candidate_pairs(records, [])
    with pytest.raises(ConfigurationError, match="same name"):
        candidate_pairs(records, [read_rule("name<=1"), read_rule("name<=1")])
    with pytest.raises(ConfigurationError, match="62"):
        candidate_pairs(records, [build_rule(Near("name", number)) for number in range(63)])


def test_swapped_and_shared_tokens_of_one_record_do_not_pair_it_with_itself(table):
    rows = [{"_id": 1, "a": "ann", "b": "ann", "t": ["x"]}, {"_id": 2, "a": "bob", "b": "ann", "t": ["x"]}]
    rules = [build_rule(Swapped("a", "b")), build_rule(SharedToken("t"))]
    assert found(table(rows), rules) == {(1, 2): ["t&&"]}
