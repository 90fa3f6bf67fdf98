"""Small made-up lists of people with known duplicates, the same in every run."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from lakehouse.matching.kinds import MISSING
from lakehouse.matching.pair_classes import Patterns

GIVEN = [
    "Anna",
    "Berta",
    "Carla",
    "Dora",
    "Emilia",
    "Frida",
    "Greta",
    "Hanna",
    "Ida",
    "Jana",
    "Klara",
    "Lena",
    "Maria",
    "Nora",
    "Olga",
    "Paula",
    "Rosa",
    "Sofia",
    "Tilda",
    "Vera",
]
FAMILY = [
    "Ackermann",
    "Bergmann",
    "Clausen",
    "Dietrich",
    "Engelhardt",
    "Fischbach",
    "Gruber",
    "Hoffmann",
    "Immermann",
    "Jacobsen",
    "Keller",
    "Lindner",
]
CITIES = ["Aachen", "Bremen", "Coburg", "Dresden", "Erfurt", "Freiburg", "Gera", "Hamburg"]


def make_people(count: int, *, seed: int = 1, copies: float = 0.4) -> tuple[list[tuple], dict[str, int]]:
    """Rows of `id, given_name, family_name, birth_date, city, email` and the person of each id."""
    chance = random.Random(seed)
    rows, persons = [], {}
    for person in range(count):
        given, family = chance.choice(GIVEN), chance.choice(FAMILY)
        born = f"{chance.randint(1940, 2004)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        city, mail = chance.choice(CITIES), f"{given}.{family}{chance.randint(1, 999)}@example.org".lower()
        for number in range(1 if chance.random() > copies else chance.randint(2, 4)):
            row = [given, family, born, city, mail]
            if number and chance.random() < 0.7:  # the others are equal records
                place = chance.randrange(5)
                row[place] = None if chance.random() < 0.2 else misspelt(row[place], chance)
            record_id = f"r{chance.getrandbits(40):010x}"
            rows.append((record_id, *row))
            persons[record_id] = person
    return rows, persons


def misspelt(text: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(text) - 1)
    return text[:place] + text[place + 1 :] if chance.random() < 0.5 else text[:place] + "x" + text[place + 1 :]


NAMES = ["id", "given_name", "family_name", "birth_date", "city", "email"]


@pytest.fixture(scope="session")
def people():
    """`people(count, seed=1, copies=0.4)`: rows of `names`, and the person of each id."""
    return make_people


@pytest.fixture(scope="session")
def names():
    """Columns of the rows of `people`."""
    return NAMES


@pytest.fixture(scope="session")
def frame(spark):
    """`frame(rows, *names)`: a DataFrame of a list of tuples, without Python workers."""

    def build(rows, *names):
        columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
        return spark.createDataFrame(
            pa.table({name: pa.array(column) for name, column in zip(names, columns, strict=True)})
        )

    return build


@pytest.fixture(scope="session")
def drawn():
    """`drawn(kinds, ...)`: patterns, shares among matches and among strangers, and the matches of each pattern."""
    return draw_patterns


def draw_patterns(kinds, *, matches=3_000, strangers=60_000, namesakes=0, missing=0.1, seed=5):
    """Patterns of pairs whose levels are independent given the class; equal values add their rareness apart."""
    chance = np.random.default_rng(seed)
    m = [
        np.array([0.1, *[0.2 / (kind.top - 1)] * (kind.top - 1), 0.7]) if kind.top > 1 else np.array([0.1, 0.9])
        for kind in kinds
    ]
    u = [np.array([0.9 - 0.01 * kind.top, *[0.02] * (kind.top - 1), 0]) for kind in kinds]
    for share in u:
        share[-1] = 1 - share.sum()

    def levels(shares, count):
        return np.stack(
            [
                np.where(
                    chance.random(count) < missing, MISSING, chance.choice(len(share), count, p=share / share.sum())
                )
                for share in shares
            ],
            axis=1,
        )

    namesake = [
        share if kind.named and not kind.unique else other for kind, share, other in zip(kinds, m, u, strict=True)
    ]
    pairs = np.concatenate([levels(m, matches), levels(u, strangers), levels(namesake, namesakes)])
    found, where = np.unique(pairs, axis=0, return_inverse=True)
    where = where.ravel()
    counts = np.bincount(where).astype(float)
    each = [np.where(found[:, j] == kind.top, -np.log2(u[j][-1]), 0.0) for j, kind in enumerate(kinds)]
    rare, named = (
        sum(each),
        sum((one for one, kind in zip(each, kinds, strict=True) if kind.named), np.zeros(len(counts))),
    )
    truth = np.bincount(where[:matches], minlength=len(counts))
    return (
        Patterns(
            found.astype(np.int8), counts, rare, np.zeros(len(counts)), named, matches + strangers + namesakes, 8_000
        ),
        m,
        u,
        truth,
    )
