"""The people of the demo company: who they are, whatever a system knows about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lakehouse.demo.names import men, surnames, transliterate, women
from lakehouse.demo.places import BRITISH_AREAS, COUNTRIES, Country
from lakehouse.demo.text import Indices, Random, choose, digits, join, number, put, ranks, texts

LANGUAGES = tuple(dict.fromkeys(country.language for country in COUNTRIES))
MALE, FEMALE, OTHER = 0, 1, 2
ADULT_YEARS = (18, 93)
HOUSEHOLDS, NAMESAKES = 0.06, 0.004
MAIL_DOMAINS = (
    "mail.example.com", "post.example.net", "inbox.example.org", "web.example.com", "freenet.example.net",
    "mailbox.example.org", "online.example.com", "home.example.net", "letters.example.org", "pigeon.example.com",
    "courrier.example.net", "correo.example.com", "poczta.example.org", "posta.example.net", "old-mail.example.com",
)  # fmt: skip
WORK_DOMAINS = ("office.example.com", "works.example.net", "uni.example.org", "city-hall.example.org")


@dataclass(frozen=True)
class People:
    """One block of people, a column for each trait; row i of every column is the same person.

    Attributes:
        number: identity across the whole company.
        country: index into `COUNTRIES`.
        language: index into `LANGUAGES`.
        sex: MALE, FEMALE or OTHER.
        given, surname: as the person spells them.
        email, work_email: two addresses that nobody else has.
        phone, new_phone: national numbers without trunk digit.
        born: days since 1970-01-01.
        street, postal_code, city: the address.
        new_street, new_postal_code, new_city: where the person lives after a move.
        height: centimetres.
    """

    number: Indices
    country: Indices
    language: Indices
    sex: Indices
    given: Any
    surname: Any
    email: Any
    work_email: Any
    phone: Any
    new_phone: Any
    born: Indices
    street: Any
    postal_code: Any
    city: Any
    new_street: Any
    new_postal_code: Any
    new_city: Any
    height: Indices

    def __len__(self) -> int:
        return len(self.number)


@cache
def _vocabulary(language: str, kind: str) -> list[str]:
    return {"men": men, "women": women, "surnames": surnames}[kind](language)


@cache
def _plain_spelling(name: str) -> str:
    return "".join(letter for letter in transliterate(name).lower() if letter.isascii() and letter.isalpha())


def make_people(random: Random, *, block: int, first: int, count: int, today: int) -> People:
    """Make up `count` people.

    Args:
        random: the block's own stream of random numbers.
        block: number of the block, below 1000; keeps e-mail addresses of different blocks apart.
        first: number of the first person.
        count: how many.
        today: days since 1970-01-01; ages count from here.
    """
    shares = np.array([country.share for country in COUNTRIES])
    country = random.choice(len(COUNTRIES), count, p=shares / shares.sum())
    home = np.array([LANGUAGES.index(entry.language) for entry in COUNTRIES])[country]
    language = np.where(random.random(count) < 0.12, random.integers(0, len(LANGUAGES), count), home)  # noqa: PLR2004
    sex = random.choice(3, count, p=[0.485, 0.5, 0.015])
    given, surname = _names(random, language, sex)
    born = today - random.integers(ADULT_YEARS[0] * 366, ADULT_YEARS[1] * 365, count)
    phone, new_phone = (_phones(random, country) for _ in range(2))
    address, new_address = (_addresses(random, country) for _ in range(2))
    relatives = _relatives(random, country, HOUSEHOLDS)
    surname = put(surname, relatives, surname.take(pa.array(relatives - 1)))
    address = [put(column, relatives, column.take(pa.array(relatives - 1))) for column in address]
    fathers = relatives[random.random(len(relatives)) < NAMESAKES / HOUSEHOLDS]
    given = put(given, fathers, given.take(pa.array(fathers - 1)))
    sex[fathers] = sex[fathers - 1]
    email, work_email = _emails(random, given, surname, block)
    street, postal_code, city = address
    new_street, new_postal_code, new_city = new_address
    height = np.clip(np.rint(random.normal(np.where(sex == FEMALE, 166, 179), 7)), 145, 210).astype(np.int64)
    return People(
        number=np.arange(first, first + count), country=country, language=language, sex=sex, given=given,
        surname=surname, email=email, work_email=work_email, phone=phone, new_phone=new_phone, born=born,
        street=street, postal_code=postal_code, city=city, new_street=new_street, new_postal_code=new_postal_code,
        new_city=new_city, height=height,
    )  # fmt: skip


def _relatives(random: Random, country: Indices, share: float) -> Indices:
    """Rows of people who live with the person one row before, in the same country."""
    chosen = random.random(len(country)) < share
    chosen[0] = False
    chosen[1:] &= (country[1:] == country[:-1]) & ~chosen[:-1]
    return np.flatnonzero(chosen)


def _names(random: Random, language: Indices, sex: Indices) -> tuple[Any, Any]:
    given, surname = texts([""] * len(sex)), texts([""] * len(sex))
    looks_male = (sex == MALE) | ((sex == OTHER) & (random.random(len(sex)) < 0.5))  # noqa: PLR2004
    for index, name in enumerate(LANGUAGES):
        for kind, mask in (("men", looks_male), ("women", ~looks_male)):
            rows = np.flatnonzero((language == index) & mask)
            drawn = choose(random, _vocabulary(name, kind), len(rows), skew=0.8)
            second = choose(random, _vocabulary(name, kind), len(rows), skew=0.8)
            double = random.random(len(rows)) < 0.04  # noqa: PLR2004
            given = put(given, rows, pc.if_else(pa.array(double), join(drawn, "-", second), drawn))
        rows = np.flatnonzero(language == index)
        surname = put(surname, rows, choose(random, _vocabulary(name, "surnames"), len(rows), skew=0.75))
    return given, surname


def _emails(random: Random, given: Any, surname: Any, block: int) -> tuple[Any, Any]:
    first, last = _plain(given), _plain(surname)
    initial = pc.utf8_slice_codeunits(first, 0, 1)
    count = len(first)
    style = pa.array(random.choice(4, count, p=[0.5, 0.2, 0.2, 0.1]))
    dotted, short, long = join(first, ".", last), join(initial, ".", last), join(first, "_", last)
    local = pc.choose(style, dotted, short, long, join(last, first))
    locals_ = pa.concat_arrays([local, join(first, "-", last)])
    domains = pa.concat_arrays([choose(random, MAIL_DOMAINS, count, skew=1.0), choose(random, WORK_DOMAINS, count)])
    codes = join(locals_, "@", domains).dictionary_encode().indices.to_numpy()
    suffix = _occurrence(codes) * 1000 + block
    addresses = join(locals_, pc.if_else(pa.array(suffix == 0), "", number(suffix)), "@", domains)
    return addresses.slice(0, count), addresses.slice(count)


def _plain(names: Any) -> Any:
    encoded = names.dictionary_encode()
    return texts([_plain_spelling(name) for name in encoded.dictionary.to_pylist()]).take(encoded.indices)


def _occurrence(codes: Indices) -> Indices:
    """How often the same code stood in the rows before."""
    order = np.argsort(codes, kind="stable")
    new = np.concatenate(([True], np.diff(codes[order]) != 0))
    starts = np.maximum.accumulate(np.where(new, np.arange(len(codes)), 0))
    occurrence = np.empty(len(codes), dtype=np.int64)
    occurrence[order] = np.arange(len(codes)) - starts
    return occurrence


def _phones(random: Random, country: Indices) -> Any:
    phones = texts([""] * len(country))
    for index, entry in enumerate(COUNTRIES):
        for place, (lead, width) in enumerate(entry.mobile):
            rows = np.flatnonzero((country == index) & (np.arange(len(country)) % len(entry.mobile) == place))
            rest = digits(random, len(rows), width) if width else _american_rest(random, len(rows))
            phones = put(phones, rows, join(texts([lead] * len(rows)), rest))
    return phones


def _american_rest(random: Random, count: int) -> Any:
    # An exchange starts with 2-9 and is not one of the service codes N11.
    exchange = join(number(random.integers(2, 10, count)), number(random.integers(20, 100, count)))
    return join(exchange, digits(random, count, 4))


def _addresses(random: Random, country: Indices) -> list[Any]:
    street, postal, city = (texts([""] * len(country)) for _ in range(3))
    for index, entry in enumerate(COUNTRIES):
        rows = np.flatnonzero(country == index)
        street = put(street, rows, _streets(random, entry, len(rows)))
        postal = put(postal, rows, _postal_codes(random, entry, len(rows)))
        city = put(city, rows, choose(random, entry.cities, len(rows), skew=1.0))
    return [street, postal, city]


def _streets(random: Random, country: Country, count: int) -> Any:
    names = choose(random, country.streets, count, skew=0.5)
    house = number(1 + ranks(random, 180, count, skew=0.7))
    before, after = country.street_form.split("{street}")
    lead = join(house, before.replace("{number}", "")) if "{number}" in before else texts([""] * count)
    tail = join(after.replace("{number}", ""), house) if "{number}" in after else texts([""] * count)
    suffix = "" if "{number}" in before else " a"
    extra = choose(random, ["", "", "", "", "", "", suffix, ", 2nd floor", ', c/o "Atelier 7"'], count)
    return join(lead, names, tail, extra)


def _postal_codes(random: Random, country: Country, count: int) -> Any:
    low, high = country.postal_first
    lead = number(random.integers(low, high + 1, count))
    match country.postal:
        case "XX9 9AA":
            letters = [a + b for a in "ABDEFGHJLN" for b in "PQRSTUWXYZ"]
            return join(choose(random, BRITISH_AREAS, count), " ", lead, choose(random, letters, count))
        case "99-999":
            return join(lead, "-", digits(random, count, 3))
        case shape:
            return join(lead, digits(random, count, len(shape) - 2))
