"""Seeded texts with the skew of real columns: a few names everywhere, a few e-mail domains, and typing errors."""

from __future__ import annotations

import random
import unicodedata
from itertools import accumulate

from lakehouse.demo import names

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
DOMAINS = [
    "gmail.com",
    "hotmail.com",
    "yahoo.com",
    "outlook.com",
    "icloud.com",
    "web.de",
    "gmx.de",
    "t-online.de",
    "orange.fr",
    "wanadoo.fr",
    "libero.it",
    "wp.pl",
    "onet.pl",
    "mynet.com",
    "aol.com",
    "hotmail.co.uk",
    "yahoo.co.uk",
    "live.com",
    "proton.me",
    "free.fr",
]
STREETS = [
    "high",
    "station",
    "church",
    "park",
    "mill",
    "green",
    "school",
    "victoria",
    "king",
    "queen",
    "london",
    "york",
    "albert",
    "grove",
    "manor",
    "bridge",
]
KINDS = ["street", "road", "avenue", "lane", "close", "drive", "way", "court", "place", "terrace"]


def fold(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


class Texts:
    """Texts of one column, always the same for the same seed and count."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        given = [w for part in (names.MEN, names.WOMEN) for words in part.values() for w in words.split()]
        family = [w for words in names.SURNAME_ROOTS.values() for w in words.split()]
        family += [a + b for left, right in names.SURNAME_PARTS.values() for a in left.split() for b in right.split()]
        self.given, self.family = ([fold(w) for w in dict.fromkeys(words)] for words in (given, family))
        self.random.shuffle(self.given)
        self.weights = {
            "given": list(accumulate(1 / (rank + 10) for rank in range(len(self.given)))),
            "family": list(accumulate(1 / (rank + 50) for rank in range(len(self.family)))),
        }

    def pick(self, kind: str) -> str:
        return self.random.choices(getattr(self, kind), cum_weights=self.weights[kind])[0]

    def mistyped(self, text: str, rate: float) -> str:
        for _ in range(2):
            if self.random.random() < rate and text:
                at = self.random.randrange(len(text))
                kind, letter = self.random.randrange(3), self.random.choice(ALPHABET)
                text = text[:at] + (letter + text[at:], text[at + 1 :], letter + text[at + 1 :])[kind]
        return text

    def full_name(self) -> str:
        second = f" {self.pick('given')}" if self.random.random() < 0.1 else ""
        return self.mistyped(f"{self.pick('given')}{second} {self.pick('family')}", 0.15)

    def surname(self) -> str:
        return self.mistyped(self.pick("family"), 0.6)

    def email(self) -> str:
        given, family = self.pick("given"), self.pick("family").replace(" ", "")
        form = self.random.choice(["{g}.{f}", "{g}{f}", "{i}{f}", "{g}_{f}", "{f}.{g}", "{g}.{f}", "{g}"])
        local = form.format(g=given, f=family, i=given[0])
        digits = str(self.random.randrange(1, 10 ** self.random.randrange(1, 5))) if self.random.random() < 0.6 else ""
        domain = self.random.choices(DOMAINS, [1 / (rank + 1) for rank in range(len(DOMAINS))])[0]
        return self.mistyped(f"{local}{digits}@{domain}", 0.1)

    def phone(self) -> str:
        area = self.random.choices(["151", "160", "170", "171", "30", "40", "89", "221"], range(8, 0, -1))[0]
        return self.mistyped(f"0{area}{self.random.randrange(10**6, 10**8)}", 0.05)

    def address(self) -> str:
        street = f"{self.random.choice(STREETS)} {self.random.choice(KINDS)}"
        return self.mistyped(f"{self.random.randrange(1, 400)} {self.pick('family')} {street}", 0.15)

    def distinct(self, kind: str, count: int) -> list[str]:
        """Return that many different texts: of `full_name`, `surname`, `email`, `phone` or `address`."""
        make, seen = getattr(self, kind), {}
        while len(seen) < count:
            seen[make()] = None
        return list(seen)
