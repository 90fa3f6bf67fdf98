from __future__ import annotations

from collections import Counter

import jellyfish
import numpy as np
import pytest

from lakehouse.demo.people import make_people
from lakehouse.demo.records import DAY, HEADER, Window, make_records, record_count, who_has_records

TODAY = 20_484


@pytest.fixture(scope="module")
def records():
    people = make_people(np.random.default_rng(1), block=0, first=0, count=3_000, today=TODAY)
    random = np.random.default_rng(4)
    person, further = who_has_records(random, 3_000)
    ids = np.arange(1, len(person) + 1)
    window = Window(TODAY - 400, TODAY)
    return people, further, make_records(random, people, person, further=further, ids=ids, window=window)


@pytest.mark.parametrize("people", [0, 1, 2, 9, 10, 99, 1_000, 12_345])
def test_the_count_of_records_is_known_before_they_are_made(people):
    person, further = who_has_records(np.random.default_rng(people), people)
    assert len(person) == len(further) == record_count(people)


def test_everybody_has_one_first_record_and_some_have_up_to_four(records):
    _, further, made = records
    assert sorted(made.person[~further].tolist()) == list(range(3_000))
    counts = Counter(Counter(made.person.tolist()).values())
    assert counts.keys() == {1, 2, 3, 4}
    assert 0.08 < 1 - counts[1] / 3_000 < 0.14


def test_first_records_spell_the_person_as_the_person_does(records):
    people, further, made = records
    rows = np.flatnonzero(~further)
    for field, column in (("FirstName", people.given), ("LastName", people.surname), ("Email", people.email)):
        spelled, wanted = made.columns[field].to_pylist(), column.to_pylist()
        assert all(spelled[row] == wanted[made.person[row]] for row in rows)


def test_further_records_are_wrong_somewhere_but_not_everywhere(records):
    people, further, made = records
    first, last = made.columns["FirstName"].to_pylist(), made.columns["LastName"].to_pylist()
    given, surname, email = people.given.to_pylist(), people.surname.to_pylist(), people.email.to_pylist()
    addresses = made.columns["Email"].to_pylist()
    rows = np.flatnonzero(further).tolist()
    same_name = [row for row in rows if (first[row], last[row]) == (given[made.person[row]], surname[made.person[row]])]
    same_email = [row for row in rows if addresses[row] == email[made.person[row]]]
    swapped = [row for row in rows if first[row] == surname[made.person[row]]]
    near = [row for row in rows if jellyfish.damerau_levenshtein_distance(last[row], surname[made.person[row]]) == 1]
    assert 0.2 < len(same_name) / len(rows) < 0.8
    assert 0.5 < len(same_email) / len(rows) < 0.8
    assert swapped
    assert near


def test_records_change_by_day_within_their_window(records):
    _, _, made = records
    assert made.updated.min() // DAY >= TODAY - 400
    assert made.updated.max() // DAY == TODAY
    hours = made.updated % DAY // 3600
    assert (hours.min(), hours.max()) == (6, 21)


def test_a_selection_of_records_keeps_fields_and_people_together(records):
    _, _, made = records
    part = made.take(np.array([5, 2])).stamped(np.array([0, 86_400]))
    assert tuple(made.columns) == tuple(part.columns) == HEADER
    assert part.columns["CustomerID"].to_pylist() == ["0000006", "0000003"]
    assert part.person.tolist() == made.person[[5, 2]].tolist()
    assert part.columns["UpdatedAt"].to_pylist() == ["01.01.1970 00:00:00", "02.01.1970 00:00:00"]
