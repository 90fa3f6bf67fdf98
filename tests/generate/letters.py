"""Letters with accents: how they are composed, and which plain letters they fold to."""

from __future__ import annotations

import unicodedata
from itertools import permutations

SOURCE = f"Unicode {unicodedata.unidata_version} (Python's unicodedata)"
MARKS = range(0x300, 0x370)
LATIN_GREEK_CYRILLIC = [*range(0xC0, 0x250), *range(0x370, 0x530), *range(0x1E00, 0x1F00)]
LIGATURES = [*range(0x132, 0x134), *range(0x1C4, 0x1CD), *range(0xFB00, 0xFB07)]
NOT_DECOMPOSED = {
    "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ĳ": "ij", "ð": "d", "đ": "d", "ø": "o", "ł": "l", "ħ": "h", "ı": "i",
    "ĸ": "k", "ŋ": "n", "ŧ": "t", "ŀ": "l", "ŉ": "n", "ſ": "s", "ƀ": "b", "ƒ": "f", "ƙ": "k", "ƚ": "l", "ƞ": "n",
    "ƥ": "p", "ƫ": "t", "ƭ": "t", "ƴ": "y", "ƶ": "z", "ǝ": "e", "ə": "e", "ɓ": "b", "ɗ": "d", "ɖ": "d", "ɛ": "e",
    "ɠ": "g", "ɣ": "g", "ɨ": "i", "ɩ": "i", "ɲ": "n", "ɔ": "o", "ʋ": "v", "ʉ": "u", "ǥ": "g", "ȷ": "j", "ẚ": "a",
}  # fmt: skip


def compositions() -> tuple[str, dict[str, str]]:
    """Every way to spell a letter with combining marks -> the letter as one character; ligatures -> their letters."""
    table = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in LIGATURES}
    for code in LATIN_GREEK_CYRILLIC:
        letter = chr(code)
        base, *marks = unicodedata.normalize("NFD", letter)
        if not marks or any(ord(mark) not in MARKS for mark in marks):
            continue
        for order in permutations(marks):
            for composed in range(len(order)):
                spelling = unicodedata.normalize("NFC", base + "".join(order[:composed])) + "".join(order[composed:])
                if unicodedata.normalize("NFC", spelling) == letter:
                    table[spelling] = letter
    return SOURCE, {spelling: letter for spelling, letter in table.items() if spelling != letter}


def foldings() -> tuple[str, dict[str, str]]:
    """A small letter with accents, or one that ASCII lacks -> plain letters."""
    table = dict(NOT_DECOMPOSED)
    for code in LATIN_GREEK_CYRILLIC:
        letter = chr(code)
        base, *marks = unicodedata.normalize("NFD", letter)
        if letter == letter.lower() and marks and all(ord(mark) in MARKS for mark in marks):
            plain = NOT_DECOMPOSED.get(base, base)
            # An accented æ becomes æ first, and that becomes ae.
            table[letter] = plain if len(plain) == 1 else base
    return SOURCE, table


def fold(text: str) -> str:
    """What `lakehouse.columns.text.fold` makes of a text."""
    table = foldings()[1]
    for _ in range(2):
        text = "".join(table.get(c, "" if ord(c) in MARKS else c) for c in text.lower())
    return " ".join("".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text).split())
