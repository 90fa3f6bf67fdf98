"""Small made-up lists of people with known duplicates, the same in every run."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

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
