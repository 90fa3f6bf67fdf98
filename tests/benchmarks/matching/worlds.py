"""Made-up record sets with known answers: people and things, several languages and error models, all of them seeded.

They exist so that defaults are judged on more than the public sets; no default is tuned to one of them. A world is made of
entities; every entity gets one record or several, each with its own errors.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lakehouse.demo.names import MEN, SURNAME_ROOTS, WOMEN

Record = dict[str, str | None]
OCR = {"0": "O", "O": "0", "1": "l", "l": "1", "5": "S", "S": "5", "m": "rn", "e": "c", "u": "ü", "B": "8", "i": "í"}
KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@dataclass(frozen=True)
class World:
    """Records of one table, or of two to link.

    Attributes:
        left, right: records with `id`; `right` is None for one table.
        truth: id of each record -> entity.
    """

    left: list[Record]
    right: list[Record] | None
    truth: dict[str, int]


class Errors:
    """Ways in which one value comes to be written differently."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def typo(self, text: str) -> str:
        """One slip of the keyboard: a letter missing, doubled, exchanged with its neighbor, or hit beside."""
        if len(text) < 2:
            return text
        place = self.random.randrange(len(text) - 1)
        letter = text[place]
        match self.random.randrange(4):
            case 0:
                return text[:place] + text[place + 1 :]
            case 1:
                return text[:place] + letter + text[place:]
            case 2:
                return text[:place] + text[place + 1] + letter + text[place + 2 :]
        row = next((row for row in KEYS if letter.lower() in row), None)
        if row is None:
            return text[:place] + self.random.choice(string.digits if letter.isdigit() else text) + text[place + 1 :]
        beside = row[(row.index(letter.lower()) + self.random.choice((-1, 1))) % len(row)]
        return text[:place] + beside + text[place + 1 :]

    def typos(self, text: str, share: float) -> str:
        while self.chance(share):
            text = self.typo(text)
        return text

    def scanned(self, text: str, share: float) -> str:
        """Letters that a scanner takes for others."""
        return "".join(OCR.get(letter, letter) if self.chance(share) else letter for letter in text)

    def words(self, text: str, *, drop: float = 0.0, swap: float = 0.0) -> str:
        """Leave words out, or let two change places."""
        words = [word for word in text.split() if not self.chance(drop)] or text.split()[:1]
        if len(words) > 1 and self.chance(swap):
            place = self.random.randrange(len(words) - 1)
            words[place], words[place + 1] = words[place + 1], words[place]
        return " ".join(words)


class Maker(Errors):
    """Makes the values of entities."""

    def name(self, language: str) -> tuple[str, str]:
        given = (MEN if self.chance(0.5) else WOMEN)[language].split()
        return self.ranked(given), self.ranked(SURNAME_ROOTS[language].split())

    def ranked(self, items: list[str]) -> str:
        """Common ones first, as names are."""
        return items[
            min(int(self.random.paretovariate(0.9)) - 1, len(items) - 1)
            if self.chance(0.6)
            else self.random.randrange(len(items))
        ]

    def word(self, syllables: int = 2) -> str:
        return "".join(
            self.random.choice("bcdfglmnprstvz") + self.random.choice("aeiou") for _ in range(syllables)
        ) + self.random.choice(["", "n", "r", "s", "x"])

    def date(self, start: int = 1935, end: int = 2006) -> tuple[int, int, int]:
        return self.random.randint(start, end), self.random.randint(1, 12), self.random.randint(1, 28)

    def digits(self, count: int) -> str:
        return "".join(self.random.choice(string.digits) for _ in range(count))


def copies(maker: Maker, most: int) -> int:
    """How many records an entity has: half of them one."""
    return 1 if maker.chance(0.5) else maker.random.randint(2, most)


def shuffled(maker: Maker, rows: list[tuple[Record, int]], prefix: str = "r") -> tuple[list[Record], dict[str, int]]:
    maker.random.shuffle(rows)
    records = [{"id": f"{prefix}{number:06d}", **record} for number, (record, _) in enumerate(rows)]
    return records, {str(record["id"]): entity for record, (_, entity) in zip(records, rows, strict=True)}


def one_table(maker: Maker, rows: Iterator[tuple[Record, int]]) -> World:
    records, truth = shuffled(maker, list(rows))
    return World(records, None, truth)


def two_tables(maker: Maker, lefts: list[tuple[Record, int]], rights: list[tuple[Record, int]]) -> World:
    left, truth = shuffled(maker, lefts, "a")
    right, more = shuffled(maker, rights, "b")
    return World(left, right, {**truth, **more})


def german_customers(size: int, seed: int) -> World:
    """People in German columns, scanned and typed; dates as the Germans write them."""
    maker = Maker(seed)

    def rows() -> Iterator[tuple[Record, int]]:
        for entity in range(size):
            given, family = maker.name("de")
            year, month, day = maker.date()
            street, city = maker.word(3).title() + "straße", maker.word(2).title() + "stadt"
            number, code, phone = str(maker.random.randint(1, 180)), maker.digits(5), "0" + maker.digits(10)
            for _ in range(copies(maker, 4)):
                yield {
                    "Vorname": maker.scanned(maker.typos(given, 0.12), 0.01),
                    "Nachname": maker.scanned(maker.typos(family, 0.12), 0.01),
                    "Geburtsdatum": None if maker.chance(0.2) else maker.typos(f"{day:02d}.{month:02d}.{year}", 0.06),
                    "Straße": maker.typos(street.replace("straße", "str.") if maker.chance(0.3) else street, 0.1) + " " + number,
                    "PLZ": None if maker.chance(0.1) else maker.typos(code, 0.05), "Ort": maker.typos(city, 0.08),
                    "Telefon": None if maker.chance(0.5) else f"{phone[:4]} / {phone[4:]}" if maker.chance(0.5) else "+49" + phone[1:],
                }, entity  # fmt: skip

    return one_table(maker, rows())


def sparse_contacts(size: int, seed: int) -> World:
    """Hardly anything is known: name, city, telephone, a third of it missing."""
    maker = Maker(seed)

    def rows() -> Iterator[tuple[Record, int]]:
        cities = [maker.word(3).title() for _ in range(200)]
        for entity in range(size):
            given, family = maker.name("en")
            middle, city, phone = (
                maker.random.choice(string.ascii_uppercase),
                maker.random.choice(cities),
                maker.digits(10),
            )
            for _ in range(copies(maker, 3)):
                whole = (
                    f"{given} {middle}. {family}"
                    if maker.chance(0.4)
                    else f"{family}, {given}"
                    if maker.chance(0.2)
                    else f"{given} {family}"
                )
                yield {
                    "contact name": maker.typos(whole, 0.2), "city": None if maker.chance(0.3) else maker.typos(city, 0.1),
                    "phone": None if maker.chance(0.3) else maker.typos(phone, 0.05),
                }, entity  # fmt: skip

    return one_table(maker, rows())


def households(size: int, seed: int) -> World:
    """Families that share name, address and telephone: similar, and different people."""
    maker = Maker(seed)

    def rows() -> Iterator[tuple[Record, int]]:
        entity = 0
        while entity < size:
            _, family = maker.name("fr")
            street, city, code, phone = (
                f"{maker.random.randint(1, 99)} rue {maker.word(3)}",
                maker.word(3).title(),
                maker.digits(5),
                "0" + maker.digits(9),
            )
            for _ in range(maker.random.randint(2, 5)):
                given, _ = maker.name("fr")
                year, month, day = maker.date()
                mail = f"{given}.{family}@{maker.random.choice(['orange.fr', 'gmail.com', 'free.fr'])}".lower()
                for _ in range(copies(maker, 3)):
                    yield {
                        "prenom": maker.typos(given, 0.1), "nom": maker.typos(family, 0.1),
                        "date_naissance": None if maker.chance(0.3) else f"{year}-{month:02d}-{day:02d}",
                        "adresse": maker.typos(street, 0.1), "code_postal": code, "ville": city,
                        "telephone": None if maker.chance(0.3) else phone, "email": None if maker.chance(0.5) else maker.typos(mail, 0.05),
                    }, entity  # fmt: skip
                entity += 1

    return one_table(maker, rows())


def letters_of_others(size: int, seed: int) -> World:
    """Names in Cyrillic and in Chinese letters, with the errors that are made there."""
    maker = Maker(seed)
    cyrillic = "абвгдежзиклмнопрстуфхцчшэюя"
    chinese = [chr(code) for code in range(0x4E00, 0x4E00 + 900)]

    def rows() -> Iterator[tuple[Record, int]]:
        for entity in range(size):
            if maker.chance(0.5):
                given, family = ("".join(maker.random.choice(cyrillic) for _ in range(n)).title() for n in (6, 8))
                city = "".join(maker.random.choice(cyrillic) for _ in range(7)).title()
            else:
                given = "".join(maker.random.choice(chinese) for _ in range(maker.random.randint(1, 2)))
                family, city = (
                    maker.random.choice(chinese[:80]),
                    maker.random.choice(chinese) + maker.random.choice(chinese) + "市",
                )
            year, month, day = maker.date()
            mobile = "1" + maker.digits(10)
            for _ in range(copies(maker, 3)):
                yield {
                    "given_name": maker.typos(given, 0.08), "family_name": family if len(family) == 1 else maker.typos(family, 0.1),
                    "birth_date": None if maker.chance(0.25) else maker.typos(f"{year}/{month:02d}/{day:02d}", 0.04),
                    "city": None if maker.chance(0.1) else city, "mobile": None if maker.chance(0.3) else maker.typos(mobile, 0.05),
                }, entity  # fmt: skip

    return one_table(maker, rows())


def products(size: int, seed: int) -> World:
    """Two shops that sell the same things under their own titles; many differ in the model number alone."""
    maker = Maker(seed)
    brands = [maker.word(2).title() for _ in range(60)]
    sorts = [f"{maker.word(3)} {maker.word(2)}" for _ in range(40)]
    features = [maker.word(2) for _ in range(150)]
    lefts, rights = [], []
    for entity in range(size):
        brand, sort = maker.random.choice(brands), maker.random.choice(sorts)
        model = (
            maker.random.choice(string.ascii_uppercase) * maker.random.randint(1, 2)
            + maker.random.choice("XKLT-")
            + maker.digits(maker.random.randint(2, 4))
        )
        known = [maker.random.choice(features) for _ in range(5)]
        price = round(maker.random.lognormvariate(4, 1), 2)

        def title(mine: list[str], brand: str = brand, sort: str = sort, model: str = model) -> str:
            return maker.words(f"{brand} {sort} {' '.join(mine)}", drop=0.12, swap=0.3) + (
                "" if maker.chance(0.1) else f" - {model}"
            )

        if maker.chance(0.75):
            lefts.append(
                (
                    {
                        "name": title(known[:3]),
                        "description": None if maker.chance(0.3) else " ".join(known),
                        "price": f"${price}",
                    },
                    entity,
                )
            )
        if maker.chance(0.75):
            rights.append(({"name": title(known[2:]), "description": None if maker.chance(0.6) else maker.words(" ".join(known), drop=0.3), "price": None if maker.chance(0.4) else f"{price * maker.random.uniform(0.9, 1.1):.2f}"}, entity))  # fmt: skip
    return two_tables(maker, lefts, rights)


def restaurants(size: int, seed: int) -> World:
    """Two guides: names with and without "restaurant", streets written out or not, telephones in two styles."""
    maker = Maker(seed)
    cities = [maker.word(3) for _ in range(12)]
    kinds = ["italian", "french", "american", "chinese", "steak house", "delis", "seafood", "bbq"]
    lefts, rights = [], []
    for entity in range(size):
        name = maker.random.choice(["{}'s", "cafe {}", "the {} grill", "{} room", "{} & {}", "la {}"]).format(
            maker.word(2), maker.word(2)
        )
        number, street = maker.random.randint(1, 9999), maker.word(3)
        city, phone, kind = maker.random.choice(cities), maker.digits(10), maker.random.choice(kinds)
        if maker.chance(0.8):
            lefts.append(
                (
                    {
                        "name": name,
                        "addr": f"{number} {street} street",
                        "city": city,
                        "phone": f"{phone[:3]}/{phone[3:6]}-{phone[6:]}",
                        "type": kind,
                    },
                    entity,
                )
            )
        if maker.chance(0.5):
            other = maker.words(name, drop=0.1) + (" restaurant" if maker.chance(0.25) else "")
            rights.append(({"name": maker.typos(other, 0.05), "addr": f"{number} {street} {maker.random.choice(['st.', 'st', 'street'])}" + (f" near {maker.word()}" if maker.chance(0.2) else ""), "city": city if maker.chance(0.8) else maker.word(2), "phone": f"{phone[:3]}-{phone[3:6]}-{phone[6:]}" if maker.chance(0.93) else maker.digits(10), "type": maker.random.choice(kinds) if maker.chance(0.4) else kind}, entity))  # fmt: skip
    return two_tables(maker, lefts, rights)


def companies(size: int, seed: int) -> World:
    """Firms with and without their legal form, and with sisters whose names differ in one word."""
    maker = Maker(seed)
    forms = [
        ("Limited", "Ltd"),
        ("GmbH", "Gesellschaft mbH"),
        ("Incorporated", "Inc."),
        ("S.A.", "SA"),
        ("AG", "Aktiengesellschaft"),
    ]
    trades = ["Consulting", "Logistics", "Software", "Foods", "Energy", "Holding", "Medical", "Partners"]
    parts = ["Europe", "Asia", "North", "Services", "Trading", "International"]

    def rows() -> Iterator[tuple[Record, int]]:
        entity = 0
        while entity < size:
            stem, trade = maker.word(3).title(), maker.random.choice(trades)
            for part in ["", *maker.random.sample(parts, maker.random.randint(0, 2))]:
                long, short = maker.random.choice(forms)
                city, code = maker.word(3).title(), maker.digits(5)
                domain = f"www.{stem.lower()}{part.lower()}.com"
                for _ in range(copies(maker, 3)):
                    form = maker.random.choice([long, short, ""])
                    yield {
                        "company": " ".join(f"{maker.typos(stem, 0.1)} {trade} {part} {form}".split()).upper() if maker.chance(0.2) else " ".join(f"{maker.typos(stem, 0.1)} {trade} {part} {form}".split()),
                        "city": maker.typos(city, 0.08), "zip": None if maker.chance(0.2) else code, "website": None if maker.chance(0.5) else domain,
                    }, entity  # fmt: skip
                entity += 1

    return one_table(maker, rows())


def citations(size: int, seed: int) -> World:
    """Two libraries: authors with initials or in full, venues long or short."""
    maker = Maker(seed)
    vocabulary = [maker.word(maker.random.randint(2, 4)) for _ in range(900)]
    venues = [
        ("International Conference on " + " ".join(maker.word(3).title() for _ in range(3)), maker.word(2).upper())
        for _ in range(8)
    ]
    lefts, rights = [], []
    for entity in range(size):
        title = " ".join(maker.random.choice(vocabulary) for _ in range(maker.random.randint(4, 10))).capitalize()
        authors = [maker.name("en") for _ in range(maker.random.randint(1, 4))]
        long, short = maker.random.choice(venues)
        year = str(maker.random.randint(1994, 2004))
        if maker.chance(0.7):
            lefts.append(
                (
                    {
                        "title": title,
                        "authors": ", ".join(" ".join(one) for one in authors),
                        "venue": long,
                        "year": year,
                    },
                    entity,
                )
            )
        for _ in range(maker.random.choice((0, 1, 1, 2))):
            shown = [f"{given[0]} {family}" if maker.chance(0.7) else f"{given} {family}" for given, family in authors]
            rights.append(({"title": maker.typos(maker.words(title, drop=0.05), 0.2).lower(), "authors": None if maker.chance(0.05) else ", ".join(shown), "venue": None if maker.chance(0.3) else short if maker.chance(0.7) else long, "year": None if maker.chance(0.4) else year}, entity))  # fmt: skip
    return two_tables(maker, lefts, rights)


def songs(size: int, seed: int) -> World:
    """One list put together from five: numbers before titles, artists in the title, lengths in seconds or minutes."""
    maker = Maker(seed)
    artists = [f"{maker.word(2)} {maker.word(2)}".title() for _ in range(size // 6 + 1)]

    def rows() -> Iterator[tuple[Record, int]]:
        for entity in range(size):
            artist = maker.random.choice(artists)
            title = " ".join(
                maker.word(maker.random.randint(1, 3)) for _ in range(maker.random.randint(1, 4))
            ).capitalize()
            album, year, seconds = (
                " ".join(maker.word(2) for _ in range(2)).title(),
                maker.random.randint(1965, 2015),
                maker.random.randint(120, 420),
            )
            for _ in range(copies(maker, 5)):
                shown = (
                    f"{maker.random.randint(1, 15):03d}-{title}"
                    if maker.chance(0.2)
                    else f"{artist} - {title}"
                    if maker.chance(0.15)
                    else title
                )
                yield {
                    "title": maker.typos(shown, 0.1), "artist": None if maker.chance(0.1) else maker.typos(artist, 0.05),
                    "album": None if maker.chance(0.15) else maker.typos(album, 0.1), "year": None if maker.chance(0.3) else str(year) if maker.chance(0.8) else f"'{year % 100:02d}",
                    "length": str(seconds + maker.random.randint(-1, 1)) if maker.chance(0.6) else f"{seconds // 60}m {seconds % 60}s",
                }, entity  # fmt: skip

    return one_table(maker, rows())


def strangers(size: int, seed: int) -> World:
    """Nobody is there twice: every pair that is found is wrong."""
    maker = Maker(seed)

    def rows() -> Iterator[tuple[Record, int]]:
        for entity in range(size):
            given, family = maker.name("es")
            year, month, day = maker.date()
            yield {
                "first_name": given, "last_name": family, "dob": f"{year}-{month:02d}-{day:02d}", "city": maker.word(3).title(),
                "email": f"{given}.{family}{maker.digits(2)}@{maker.random.choice(['gmail.com', 'hotmail.es'])}".lower(),
            }, entity  # fmt: skip

    return one_table(maker, rows())


WORLDS: dict[str, Callable[[int, int], World]] = {
    made.__name__: made
    for made in (
        german_customers,
        sparse_contacts,
        households,
        letters_of_others,
        products,
        restaurants,
        companies,
        citations,
        songs,
        strangers,
    )
}
