"""What columns are taken for, by their names and by their values."""

from __future__ import annotations

import pytest

from lakehouse.matching.column_names import named_kinds, words_of
from lakehouse.matching.profiles import profile_values
from lakehouse.matching.semantics import guess_columns

NAMED = {
    "given_name": ["FirstName", "first_name", "Vorname", "prénom", "given-name", "nombre", "fnm"],
    "family_name": ["surname", "LastName", "Nachname", "apellidos", "cognome", "lnm"],
    "full_name": ["full name", "customerName", "Kundenname", "nm_cliente", "cust_nm"],
    "middle_name": ["mi", "middle_initial"],
    "year": ["yr", "release_year", "Baujahr", "año", "birth_year"],
    "date": ["dob", "dt_nasc", "BirthDate", "Geburtsdatum", "date de naissance"],
    "email": ["e-mail", "EmailAddress", "customer_mail"],
    "phone": ["Phone", "tel", "mobile_number", "Telefon", "tel1", "mob1", "nr_celular"],
    "postcode": ["zip", "PLZ", "postal_code", "postcode_fake", "code postal"],
    "city": ["City", "Ort", "suburb", "birth_place", "ville"],
    "street": ["Street", "address_1", "Straße", "rue", "ds_logradouro"],
    "house_number": ["street_number", "house no", "Hausnummer"],
    "country": ["country", "Land", "pays"],
    "category": ["gender", "sex", "Geschlecht"],
    "identifier": ["soc_sec_id", "ssn", "VAT", "isbn", "nr_cpf", "imo_no"],
    "number": ["price", "Preis"],
    "ignore": ["updated_at", "created", "last_login"],
}


@pytest.mark.parametrize("kind", NAMED)
def test_the_name_of_a_column_speaks_for_a_kind(kind):
    assert {name: named_kinds(name)[:1] for name in NAMED[kind]} == dict.fromkeys(NAMED[kind], (kind,))


def test_names_are_split_into_words():
    assert [words_of(name) for name in ("DateOfBirth", "date_of-birth", "address2", "VATNumber")] == [
        "date of birth", "date of birth", "address 2", "vat number",
    ]  # fmt: skip


VALUES = {
    "email": [f"user{n}@example.org" for n in range(50)],
    "date": [f"19{n % 90 + 10}-0{n % 9 + 1}-1{n % 9}" for n in range(50)],
    "category": [["red", "green", "blue"][n % 3] for n in range(200)],
    "number": [f"{n}.99" for n in range(50)],
    "year": [(f"{1950 + n}", f"[{1950 + n}]", f"c{1950 + n}")[n % 3] for n in range(50)],
    "phone": [f"{('+49', '0049 ', '(030) ')[n % 3]}{3_000_000 + n * 7919}" for n in range(50)],
    "identifier": [f"A-{n // 2:05d}" for n in range(50)],
    "text": [f"a long description of thing number {n} with many words" for n in range(50)],
    "phrase": [f"Something {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(60)],
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_column_whose_name_says_nothing_is_judged_by_its_values(kind):
    (column,) = guess_columns({"x1": profile_values(VALUES[kind])}, {})
    assert column.kind == kind


@pytest.mark.parametrize(("units", "kind"), [(("", " Min.", "min"), "number"), ((" cl", " l", " gal"), "phrase")])
def test_numbers_with_one_unit_are_numbers_and_with_several_they_are_not(units, kind):
    (column,) = guess_columns({"x1": profile_values([f"{n + 80}{units[n % 3]}" for n in range(60)])}, {})
    assert column.kind == kind


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None, "", "  "], "no value"),
        (["x"] * 9, "the same value in every record"),
        ([f"ID{n:06d}" for n in range(90)], "a different code in every record"),
    ],
)
def test_a_column_that_tells_nothing_is_left_out_and_says_why(values, reason):
    (column,) = guess_columns({"x1": profile_values(values)}, {})
    assert (column.kind, column.reason) == ("ignore", reason)


def test_letters_that_stand_before_some_identifiers_only_say_nothing():
    def prefix(values):
        (column,) = guess_columns({"imo_no": profile_values(values)}, {})
        assert column.kind == "identifier"
        return column.prefix

    bare = [f"{9_000_000 + n * 37}" for n in range(60)]
    assert prefix([*bare, *(f"IMO {number}" for number in bare[:20])]) == "imo"
    assert not prefix(bare)
    assert not prefix([f"IMO {number}" for number in bare])  # before all of them it does no harm
    assert not prefix([*bare, *(f"{'ABCDE'[n % 5]}{number}" for n, number in enumerate(bare))])  # these say something


@pytest.mark.parametrize(("numbered", "apart"), [(0, False), (1, False), (10, True)])
def test_numbers_in_texts_are_compared_by_themselves_where_there_are_some(numbered, apart):
    titles = [f"a history of everything that {chr(97 + n % 26)} wrote" for n in range(90)]
    volumes = [f"{title}, vol. {n}" for n, title in enumerate(titles[:numbered])]
    (column,) = guess_columns({"title": profile_values([*titles, *volumes])}, {})
    assert (column.kind, column.numbers) == ("text", apart)


def test_the_settings_know_better():
    (column,) = guess_columns({"email": profile_values(VALUES["email"])}, {"email": "identifier"})
    assert (column.kind, column.reason) == ("identifier", "settings")


def test_a_name_that_the_values_contradict_is_not_believed():
    (column,) = guess_columns({"email": profile_values(VALUES["date"])}, {})
    assert column.kind == "date"


def test_a_plain_name_is_that_of_a_person_only_beside_other_facts_about_persons():
    names = profile_values([f"Ann Smith{chr(97 + n)}" for n in range(20)])
    person = guess_columns({"name": names, "dob": profile_values(VALUES["date"])}, {})
    thing = guess_columns({"name": names, "price": profile_values(VALUES["number"])}, {})
    assert [column.kind for column in person] == ["full_name", "date"]
    assert thing[0].kind in ("text", "phrase")


def test_of_two_columns_with_the_same_part_of_a_name_the_fuller_one_counts():
    profiles = {
        "first_name": profile_values(["Ann", None, None, "Bob"]),
        "given_name": profile_values(["Ann", "Eve", "Zoe", "Bob"]),
    }
    kinds = {column.name: (column.kind, column.reason) for column in guess_columns(profiles, {})}
    assert kinds["first_name"] == ("ignore", "repeats given_name")


def test_dates_with_the_name_of_the_month_or_a_short_year_are_dates():
    written = [f"{n % 28 + 1} {('March', 'mars', 'Mai')[n % 3]} 19{n + 30}" for n in range(40)]
    (column,) = guess_columns({"x1": profile_values(written)}, {})
    assert (column.kind, column.reason) == ("date", "values")
    short = [f"{n % 28 + 1}.{n % 12 + 1}.{n + 30}" for n in range(40)]
    (column,) = guess_columns({"birth_date": profile_values(short)}, {})
    assert column.kind == "date"
    (column,) = guess_columns({"version": profile_values(short)}, {})
    assert column.kind != "date", "without the name of the column it may be anything"


@pytest.mark.parametrize(
    ("dates", "month_first"),
    [(["12/31/1999", "01/02/2000"], True), (["31/12/1999", "01/02/2000"], False), (["12/31/99", "1/2/00"], True)],
)
def test_the_place_that_goes_beyond_twelve_is_the_day(dates, month_first):
    assert profile_values(dates).month_first is month_first
