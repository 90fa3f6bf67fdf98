from __future__ import annotations

import re

import numpy as np
import phonenumbers
import pytest
from email_validator import validate_email

from lakehouse.demo.names import men, surnames, women
from lakehouse.demo.people import ADULT_YEARS, LANGUAGES, _plain_spelling, make_people
from lakehouse.demo.places import COUNTRIES

TODAY = 20_484  # 2026-01-31
POSTAL = {"9": "[0-9]", "A": "[A-Z]", "X": "[A-Z0-9]"}


@pytest.fixture(scope="module")
def people():
    return make_people(np.random.default_rng(1), block=3, first=500, count=4_000, today=TODAY)


def test_people_are_numbered_without_gap(people):
    assert people.number.tolist() == list(range(500, 4_500))
    assert len(people) == 4_000


def test_every_country_and_language_occurs(people):
    assert set(people.country.tolist()) == set(range(len(COUNTRIES)))
    assert set(people.language.tolist()) == set(range(len(LANGUAGES)))


def test_every_phone_number_is_valid_in_its_country(people):
    wrong = []
    for column in (people.phone, people.new_phone):
        for country, phone in zip(people.country.tolist(), column.to_pylist(), strict=True):
            entry = COUNTRIES[country]
            number = phonenumbers.parse(f"+{entry.calling_code}{phone}")
            if phonenumbers.region_code_for_number(number) != entry.alpha2:
                wrong.append((entry.alpha2, phone))
    assert wrong == []


def test_every_address_of_email_is_valid_and_belongs_to_one_person(people):
    addresses = people.email.to_pylist() + people.work_email.to_pylist()
    for address in addresses:
        assert validate_email(address, check_deliverability=False).normalized == address
    assert len(set(addresses)) == len(addresses)


def test_addresses_of_email_never_coincide_with_those_of_another_block(people):
    other = make_people(np.random.default_rng(1), block=4, first=0, count=4_000, today=TODAY)
    assert not set(people.email.to_pylist() + people.work_email.to_pylist()) & set(
        other.email.to_pylist() + other.work_email.to_pylist()
    )


def test_postal_codes_have_the_shape_of_the_country(people):
    for country, code in zip(people.country.tolist(), people.postal_code.to_pylist(), strict=True):
        shape = COUNTRIES[country].postal
        pattern = (
            "[A-Z]{1,2}[0-9]{1,2} [0-9][A-Z]{2}" if shape == "XX9 9AA" else "".join(POSTAL.get(c, c) for c in shape)
        )
        assert re.fullmatch(pattern, code), (COUNTRIES[country].alpha2, code)


def test_everybody_is_an_adult_of_human_size(people):
    years = (TODAY - people.born) / 365.25
    assert years.min() >= ADULT_YEARS[0]
    assert years.max() <= ADULT_YEARS[1] + 1
    assert 145 <= people.height.min() <= people.height.max() <= 210


def test_some_households_and_a_few_namesakes_share_an_address(people):
    homes = list(zip(people.surname.to_pylist(), people.street.to_pylist(), people.city.to_pylist(), strict=True))
    shared = [row for row in range(1, len(homes)) if homes[row] == homes[row - 1]]
    given = people.given.to_pylist()
    assert 0.005 < len(shared) / len(homes) < 0.06
    assert 0 < sum(given[row] == given[row - 1] for row in shared) < len(shared)


def test_every_name_can_be_spelled_in_ascii():
    names = [name for language in LANGUAGES for words in (men, women, surnames) for name in words(language)]
    assert all(_plain_spelling(name) for name in names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_names_of_a_language_are_many_and_all_different(language):
    for words, least in ((men, 30), (women, 30), (surnames, 500)):
        assert len(words(language)) >= least
        assert len(set(words(language))) == len(words(language))
