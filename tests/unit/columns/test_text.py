"""Text: stray blanks, invisible characters, letters with accents."""

from __future__ import annotations

import time
import unicodedata

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from lakehouse.columns.text import (
    BLANKS,
    INVISIBLES,
    blank_to_null,
    fold,
    normalize_lower,
    normalize_text,
    normalize_upper,
    strip,
    whole,
)
from tests.generate import letters

NOISE = "".join(c for c in BLANKS + INVISIBLES if unicodedata.category(c) in ("Zs", "Zl", "Zp", "Cc", "Cf"))


def test_strip_removes_all_that_is_blank_or_invisible_from_both_ends(check):
    check(strip, {
        "a": "a",
        "  a b\t": "a b",
        "\u00a0Köln\u00a0": "Köln",
        "\ufeffx": "x",
        "\u200b\u2060é\u200d": "é",
        "\u3000東京\u2009": "東京",
        " \t\r\n\u2028": "",
        "": "",
        "🫠": "🫠",
        None: None,
    })  # fmt: skip
    check(strip, {f"{noise}ü a{noise}": "ü a" for noise in NOISE})


def test_strip_leaves_the_inside_alone(check):
    check(strip, {f"a{noise}{noise}b{noise}": f"a{noise}{noise}b" for noise in NOISE})


def test_blank_to_null_knows_what_says_nothing(check):
    check(lambda text: blank_to_null(text, ["N/A", " null "]), {
        "": None, "  ": None, "\u00a0\u200b\t": None, "n/a": None, " N/a\u00a0": None, "NULL": None, None: None,
        " x ": " x ", "n/a!": "n/a!", "0": "0", "é": "é",
    })  # fmt: skip
    check(blank_to_null, {"n/a": "n/a", " ": None, "-": "-"})


def test_normalize_text_writes_one_text_one_way(check):
    check(normalize_text, {
        "Ann Lee": "Ann Lee",
        "  Ann \t Lee\u00a0": "Ann Lee",
        "\u200bAn\u00adn\u200d": "Ann",
        "Anna\x00\x1f": "Anna",
        "line\r\nbreak\u2028here": "line break here",
        "\uff21\uff22\uff01\u3000\uff11": "AB! 1",
        "\ufb01n \ufb00 \u0132": "fin ff IJ",
        "Jose\u0301 e\u0302\u0301 A\u030a": "José ế Å",
        "q\u0301": "q\u0301",
        "東京 🎉": "東京 🎉",
        "": "",
        " \u200b ": "",
        None: None,
    })  # fmt: skip


def test_normalize_text_composes_as_unicode_does(check):
    """Against Python's unicodedata: every letter, as it is, in pieces, and in pieces behind other letters."""
    codes = set(letters.LATIN_GREEK_CYRILLIC) - set(letters.LIGATURES)
    composed = [chr(c) for c in sorted(codes) if unicodedata.is_normalized("NFC", chr(c))]
    in_pieces = {unicodedata.normalize("NFD", c): c for c in composed}
    check(normalize_text, in_pieces | {f"x{pieces}y": f"x{c}y" for pieces, c in in_pieces.items()})


def test_case_is_changed_after_cleaning(check):
    check(normalize_lower, {" ÄRGER\u00a0": "ärger", None: None})
    check(normalize_upper, {" a\u0308rger ": "ÄRGER", None: None})


def test_fold_keeps_plain_letters_and_digits(check):
    check(fold, {
        "Łódź-Śródmieście": "lodz srodmiescie",
        "Straße": "strasse",
        "İstanbul Işık ığ": "istanbul isik ig",
        "O’Brien & Sons, Ltd.": "o brien sons ltd",
        "Ærøskøbing Þór": "aeroskobing thor",
        "Jose\u0301": "jose",
        "Đặng Ǽ": "dang ae",
        "Ελλάδα": "ελλαδα",
        "Йошкар": "иошкар",
        "हिन्दी": "हिन्दी",
        "\u200bA\u00ad1": "a1",
        "?!": "",
        None: None,
    })  # fmt: skip


def test_fold_is_the_same_where_the_tables_are_made(apply):
    """The generated tables hold folded keys, so both implementations must agree."""
    alphabet = [chr(c) for c in range(0x20, 0x530) if unicodedata.category(chr(c)) not in ("Cn", "Cc", "Cf")]
    texts = [f"a{letter}b" for letter in alphabet]
    assert apply(fold, texts) == [letters.fold(text) for text in texts]


@settings(max_examples=3, phases=[Phase.generate])
@given(st.lists(st.text(st.sampled_from("aZ9é e\u0301ß\u00a0\u200b\t\uff21-'\ufb01İı"), max_size=12), max_size=200))
def test_normalizing_twice_changes_nothing(apply, texts):
    for function in (normalize_text, lambda text: fold(normalize_text(text)), strip):
        once = apply(function, texts)
        assert apply(function, once) == once


def test_whole_lets_no_line_end_through(check):
    ends = ["", "\n", "\r\n", "\u0085", "\u2028", " "]
    check(lambda text: text.rlike(whole("ab|abc")), {f"ab{end}": end == "" for end in ends})


def test_hostile_texts_end_at_once(apply):
    """5,000 characters each; a quadratic expression would need minutes for these."""
    hostile = [" " * 5000 + "x", "x" + " \u00a0" * 2500 + "é", "é" + "\u200b" * 4998 + "é", "e\u0301" * 2500, "ß " * 2500]
    begun = time.process_time(), time.perf_counter()
    for function in (strip, normalize_text, fold):
        apply(lambda text, function=function: F.length(function(text)), hostile * 100)
    assert time.perf_counter() - begun[1] < 20
