"""What the CRM wrote down about the people: several records for some of them, each a little wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lakehouse.demo.names import NICKNAMES, transliterate
from lakehouse.demo.people import FEMALE, LANGUAGES, MALE, OTHER, People
from lakehouse.demo.places import CONSENT_SPELLINGS, COUNTRIES, GENDER_SPELLINGS, LANGUAGE_SPELLINGS
from lakehouse.demo.text import Indices, Mask, Random, choose, dates, join, number, put, texts, times, where, with_typo

HEADER = (
    "CustomerID", "FirstName", "LastName", "Email", "Phone", "BirthDate", "Gender", "Street", "PostalCode", "City",
    "Country", "Language", "Height", "NewsletterConsent", "ConsentAt", "UpdatedAt",
)  # fmt: skip
BERLIN = "%d.%m.%Y %H:%M:%S"
DAY = 86_400
CONSENT = (CONSENT_SPELLINGS[False], CONSENT_SPELLINGS[True])
TWO_RECORDS, MORE_RECORDS = 0.10, 0.01


@dataclass(frozen=True)
class Records:
    """CRM records, a column of text for each field of `HEADER`.

    Attributes:
        columns: the fields as the export spells them.
        person: the number of the person behind each record.
        updated: seconds since 1970-01-01 on the clock in Berlin.
    """

    columns: dict[str, Any]
    person: Indices
    updated: Indices

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Indices) -> Records:
        """Some of the records, in the order of `rows`."""
        columns = {name: column.take(pa.array(rows)) for name, column in self.columns.items()}
        return Records(columns, self.person[rows], self.updated[rows])

    def stamped(self, updated: Indices) -> Records:
        """The same records with another `UpdatedAt`."""
        return replace(self, columns={**self.columns, "UpdatedAt": times(updated, BERLIN)}, updated=updated)


def record_count(people: int) -> int:
    """How many records a block of so many people has."""
    twice, more = _several(people)
    return people + twice + 2 * more + more // 2


def _several(people: int) -> tuple[int, int]:
    """How many people have two records, and how many three or four."""
    return round(people * TWO_RECORDS), round(people * MORE_RECORDS)


def who_has_records(random: Random, count: int) -> tuple[Indices, Mask]:
    """Person (row in the block) of each record, and whether the record is a further one of that person."""
    shuffled = random.permutation(count)
    twice, more = _several(count)
    further = np.concatenate([shuffled[: twice + more], shuffled[twice : twice + more]])
    fourth = shuffled[twice : twice + more // 2]
    person = np.concatenate([np.arange(count), further, fourth])
    order = random.permutation(len(person))
    return person[order], (order >= count)


def make_records(
    random: Random, people: People, person: Indices, *, further: Mask, ids: Indices, window: Window
) -> Records:
    """Write one record for each entry of `person`; the further ones carry the errors of a second registration."""
    rows = pa.array(person)
    known = _written_down(people, person)
    errors = np.flatnonzero(further)
    _second_registration(random, people, known, person, errors)
    country, count = people.country[person], len(person)
    updated = window.draw(random, count)
    agreed = random.random(count) < 0.62  # noqa: PLR2004
    consent_at = updated - random.integers(0, 700, count) * DAY
    columns = {
        "CustomerID": number(ids, 7),
        "FirstName": known["given"],
        "LastName": known["surname"],
        "Email": known["email"],
        "Phone": _spell_phone(random, country, known["phone"]),
        "BirthDate": _spell_birth(random, people.born[person], errors),
        "Gender": _spell_gender(random, people.sex[person]),
        "Street": known["street"],
        "PostalCode": known["postal_code"],
        "City": known["city"],
        "Country": _spell_each(random, country, [entry.spellings for entry in COUNTRIES]),
        "Language": _spell_each(random, people.language[person], [LANGUAGE_SPELLINGS[code] for code in LANGUAGES]),
        "Height": _spell_height(random, pc.take(pa.array(people.height), rows).to_numpy()),
        "NewsletterConsent": _spell_each(random, agreed.astype(np.int64), CONSENT),
        "ConsentAt": where(agreed, times(consent_at, BERLIN), ""),
        "UpdatedAt": times(updated, BERLIN),
    }  # fmt: skip
    return Records(columns, people.number[person], updated)


@dataclass(frozen=True)
class Window:
    """The days on which records were changed, both inclusive, as days since 1970-01-01."""

    first: int
    last: int

    def draw(self, random: Random, count: int) -> Indices:
        """Times of day between 06:00 and 21:59:59: nobody works when the clocks change."""
        days = self.last - np.floor((self.last - self.first + 1) * random.random(count) ** 2).astype(np.int64)
        return days * DAY + random.integers(6 * 3600, 22 * 3600, count)


def _written_down(people: People, person: Indices) -> dict[str, Any]:
    rows = pa.array(person)
    fields = ("given", "surname", "email", "phone", "street", "postal_code", "city")
    return {field: getattr(people, field).take(rows) for field in fields}


def _second_registration(
    random: Random, people: People, known: dict[str, Any], person: Indices, errors: Indices
) -> None:
    """Change `known` in place for the rows of `errors`; each error is drawn by itself, so a record may have several."""

    def some(share: float) -> Indices:
        return errors[random.random(len(errors)) < share]

    def change(field: str, rows: Indices, values: Any) -> None:
        known[field] = put(known[field], rows, values)

    def at(field: str, rows: Indices) -> Any:
        return known[field].take(pa.array(rows))

    def of(trait: str, rows: Indices) -> Any:
        return getattr(people, trait).take(pa.array(person[rows]))

    change("given", rows := some(0.20), _each(at("given", rows), lambda name: NICKNAMES.get(name, name)))
    change("email", rows := some(0.35), of("work_email", rows))
    change("phone", rows := some(0.20), of("new_phone", rows))
    moved = some(0.15)
    for field in ("street", "postal_code", "city"):
        change(field, moved, of(f"new_{field}", moved))
    for field in ("given", "surname"):
        change(field, rows := some(0.15), _each(at(field, rows), transliterate))
        change(field, rows := some(0.12), with_typo(random, at(field, rows)))
    change("street", rows := some(0.15), with_typo(random, at("street", rows)))
    swapped = some(0.04)
    given, surname = at("given", swapped), at("surname", swapped)
    change("given", swapped, surname)
    change("surname", swapped, given)
    for field, share in (("phone", 0.15), ("street", 0.08), ("given", 0.02)):
        change(field, rows := some(share), texts([""] * len(rows)))
    change("surname", rows := some(0.05), pc.utf8_upper(at("surname", rows)))


def _each(names: Any, function: Any) -> Any:
    encoded = names.dictionary_encode()
    return texts([function(name) for name in encoded.dictionary.to_pylist()]).take(encoded.indices)


def _spell_phone(random: Random, country: Indices, phones: Any) -> Any:
    codes = texts([entry.calling_code for entry in COUNTRIES]).take(pa.array(country))
    trunks = texts([entry.trunk for entry in COUNTRIES]).take(pa.array(country))
    lead, rest = pc.utf8_slice_codeunits(phones, 0, 3), pc.utf8_slice_codeunits(phones, 3)
    first, second = pc.utf8_slice_codeunits(rest, 0, 3), pc.utf8_slice_codeunits(rest, 3)
    style = pa.array(random.integers(0, 7, len(phones)))
    spelled = pc.choose(
        style,
        join("+", codes, phones),
        join("+", codes, " ", lead, " ", rest),
        join("00", codes, " ", lead, " ", rest),
        join("+", codes, "-", lead, "-", first, "-", second),
        join(trunks, lead, " ", rest),
        join("(", trunks, lead, ") ", first, " ", second),
        join(trunks, lead, "/", rest),
    )
    # Dialled from the United States, 00 leads nowhere.
    american = (codes.to_numpy(zero_copy_only=False) == "1") & (style.to_numpy() == 2)  # noqa: PLR2004
    spelled = where(american, join("+", codes, phones), spelled)
    return pc.if_else(pc.equal(phones, ""), "", spelled)


def _spell_birth(random: Random, born: Indices, errors: Indices) -> Any:
    near = errors[random.random(len(errors)) < 0.06]  # noqa: PLR2004
    written = born.copy()
    written[near] += random.choice([-30, -10, -1, 1, 10], len(near))
    german = random.random(len(born)) < 0.7  # noqa: PLR2004
    spelled = where(german, dates(written, "%d.%m.%Y"), dates(written, "%Y-%m-%d"))
    absent = np.flatnonzero(random.random(len(born)) < 0.05)  # noqa: PLR2004
    return put(spelled, absent, texts([""] * len(absent)))


def _spell_gender(random: Random, sex: Indices) -> Any:
    options = {
        MALE: (*GENDER_SPELLINGS["male"], ""),
        FEMALE: (*GENDER_SPELLINGS["female"], ""),
        OTHER: GENDER_SPELLINGS["other"],
    }
    return _spell_each(random, sex, [options[kind] for kind in sorted(options)])


def _spell_each(random: Random, kind: Indices, spellings: Any) -> Any:
    spelled = texts([""] * len(kind))
    for index, options in enumerate(spellings):
        rows = np.flatnonzero(kind == index)
        spelled = put(spelled, rows, choose(random, list(options), len(rows), skew=0.8))
    return spelled


def _spell_height(random: Random, height: Indices) -> Any:
    style = pa.array(random.choice(4, len(height), p=[0.4, 0.15, 0.15, 0.3]))
    metres = join(number(height // 100), ".", number(height % 100, 2), " m")
    inches = join(number(np.rint(height / 2.54)), " in")
    return pc.choose(style, join(number(height), " cm"), inches, metres, texts([""] * len(height)))
