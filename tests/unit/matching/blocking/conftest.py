"""Rows with the traps of real columns, and slow plain definitions of what the predicates mean."""

from __future__ import annotations

import datetime as dt
import functools
import random
import re
from itertools import combinations, product

import jellyfish
import pyarrow as pa
import pytest

from lakehouse.demo import names
from lakehouse.matching.blocking.rules import Equal, Near, Phonetic, SharedToken, Swapped, Within

TRAPS = ["", "a", "b", "ab", "ba", "abc", "\u00e9", "e\u0301", "zoe\u0308", "zo\u00eb", "\U0001d49cnna", "\U0001d49canna",
         "\U0001f469\u200d\U0001f467", "\u0645\u0631\u064a\u0645", "\u0645\u0631\u064a\u0627\u0645", "\u738b\u5c0f\u660e",
         "\u738b\u5927\u660e", "\u0430nna", "anna", " ", "  "]  # fmt: skip


@functools.cache
def edits(a: str, b: str) -> int:
    """Insertions, deletions and substitutions of code points, by the textbook."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def within(a: str, b: str, distance: int) -> bool:
    return abs(len(a) - len(b)) <= distance and edits(min(a, b), max(a, b)) <= distance


def exchanged(a: str, b: str) -> bool:
    return any(a == b[:i] + b[i + 1] + b[i] + b[i + 2 :] for i in range(len(b) - 1))


def words(value) -> set:
    found = re.split(r"\s+", value, flags=re.ASCII) if isinstance(value, str) else value
    return {word for word in found if word is not None and (word or not isinstance(value, str))}


def sound(word: str, algorithm: str):
    if not word.strip() or (algorithm == "soundex" and not (word[0].isascii() and word[0].isalpha())):
        return None
    try:
        return getattr(jellyfish, {"match_rating": "match_rating_codex"}.get(algorithm, algorithm))(word) or None
    except ValueError:
        return None


def holds(predicate, one: dict, two: dict) -> bool:
    """Whether the predicate holds for two rows; null fulfills nothing."""
    if any(row[column] is None for row in (one, two) for column in predicate.columns):
        return False
    a, b = one[predicate.columns[0]], two[predicate.columns[0]]
    match predicate:
        case Within(distance=distance, transpositions=transpositions):
            return within(a, b, distance) or (transpositions and exchanged(a, b))
        case Equal():
            return a == b
        case Swapped(column_a=x, column_b=y, distance=distance):
            return within(one[x], two[y], distance) and within(one[y], two[x], distance)
        case SharedToken():
            return bool(words(a) & words(b))
        case Near(tolerance=tolerance):
            return abs((a - b).days if isinstance(a, dt.date) else a - b) <= tolerance
        case Phonetic(algorithm=algorithm):
            return sound(a, algorithm) is not None and sound(a, algorithm) == sound(b, algorithm)
    raise TypeError(predicate)


def all_pairs(rows: list[dict], rules, other: list[dict] | None = None) -> dict[tuple, list[str]]:
    """Compare everything with everything: (id, id) -> names of the rules that hold."""
    pairs = product(rows, other) if other is not None else combinations(sorted(rows, key=lambda row: row["_id"]), 2)
    found = {}
    for one, two in pairs:
        held = [rule.name for rule in rules if all(holds(predicate, one, two) for predicate in rule.predicates)]
        if held:
            found[one["_id"], two["_id"]] = held
    return found


@pytest.fixture(scope="session")
def brute_force():
    """`brute_force(rows, rules, other=None)`: (id, id) -> names of the rules that hold, by comparing all pairs."""
    return all_pairs


@pytest.fixture(scope="session")
def distance():
    """`distance(a, b)`: Levenshtein distance of code points."""
    return lambda a, b: edits(min(a, b), max(a, b))


@pytest.fixture(scope="session")
def is_exchanged():
    """`is_exchanged(a, b)`: two neighbors of one text exchanged give the other."""
    return exchanged


@pytest.fixture(scope="session")
def table(spark):
    """`table(rows, **types)`: a DataFrame of a list of dictionaries; Arrow types where they cannot be inferred."""

    def build(rows, **types):
        columns = {name: pa.array([row[name] for row in rows], types.get(name)) for name in rows[0]}
        return spark.createDataFrame(pa.table(columns))

    return build


def mistyped(text: str, chance: random.Random, times: int) -> str:
    for _ in range(times):
        at, letter = chance.randrange(len(text) + 1), chance.choice("abcdefgh \u00e9\U0001d49c")
        text = chance.choice(
            [text[:at] + letter + text[at:], text[:at] + text[at + 1 :], text[:at] + letter + text[at + 1 :]]
        )
    return text


class People:
    """Rows of `name`, `given`, `phone`, `email`, `address`, `tags`, `amount`, `born`, `city`, always the same for a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.given = " ".join(names.WOMEN.values()).lower().split()
        self.family = " ".join(names.SURNAME_ROOTS.values()).lower().split()

    def fresh(self) -> dict:
        chance = self.chance
        given, family = chance.choice(self.given), chance.choice(self.family)
        return {
            "name": family,
            "given": given,
            # All begin alike or end alike, as calling codes and mail providers make them.
            "phone": f"+49170{chance.randrange(10**5, 10**6)}",
            "email": f"{given[:6]}.{family[:4]}{chance.randrange(10)}@mail.example.org",
            "address": f"{chance.randrange(1, 30)} {family} street",
            "tags": chance.sample(
                ["red", "green", "blue", "black", "white", "gold", "gray", "pink"], chance.randrange(3)
            ),
            "amount": chance.choice([0.5, 1.0, 1.1, 2.0, 2.5, 100.0, -3.0]) + chance.choice([0, 0.1, 0.25]),
            "born": dt.date(1980, 1, 1) + dt.timedelta(days=chance.randrange(500)),
            "city": chance.choice(["bremen", "bonn", "berlin", "gera"]),
        }

    def near(self, row: dict) -> dict:
        chance = self.chance
        copy = {
            key: mistyped(value, chance, chance.randrange(4)) if isinstance(value, str) else value
            for key, value in row.items()
        }
        if chance.random() < 0.3:
            copy["name"], copy["given"] = copy["given"], copy["name"]
        return copy

    def trapped(self, row: dict, number: int) -> dict:
        trap = TRAPS[number % len(TRAPS)]
        changed = {key: trap if isinstance(value, str) else value for key, value in row.items()}
        return {key: None if self.chance.random() < 0.15 else value for key, value in changed.items()}


@pytest.fixture(scope="session")
def people_rows():
    """`people_rows(count, seed)`: near-duplicates, equal rows, nulls, tiny and strange texts, one name on half of the rows."""

    def build(count, seed):
        people, rows = People(seed), []
        for number in range(count):
            turn = number % 4
            row = people.near(people.chance.choice(rows)) if turn and rows else people.fresh()
            row = people.trapped(row, number // 4) if turn == 3 else row
            rows.append(row if number % 8 != 5 else dict(people.chance.choice(rows)))
        for row in people.chance.sample(rows, count // 2):
            row["name"] = "schmidt"
        ids = people.chance.sample(range(10 * count), count)
        return [{"_id": identity, **row} for identity, row in zip(ids, rows, strict=True)]

    return build
