"""Names of people, typed in capitals, in small letters, and with care."""

from __future__ import annotations

import time

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from lakehouse.columns.name import normalize_name

NAMES = (
    "Ann Lee", "Jean-Luc Picard", "O'Brien", "D’Angelo", "Dell'Acqua", "Sant'Anna", "McDonald", "Anna von Trapp", "Jan van der Berg",
    "Juan de la Cruz", "Osama bin Said", "Henry Ford II", "Louis Capet III", "Karl IV", "J.R. Ewing", "J. R. Ewing",
    "Łukasz Żółć", "Émile Zola", "Øystein Ås", "Ümit Özgür", "Ελένη", "Иван Петров", "Maria-José del Carmen",
)  # fmt: skip


def test_a_name_in_one_case_is_capitalized_word_by_word(check):
    check(normalize_name, {name.upper(): name for name in NAMES if "Ελένη" not in name})
    check(normalize_name, {name.lower(): name for name in NAMES})


def test_a_name_of_two_cases_stays_for_its_owner_knows_best(check):
    kept = ("MacLeod", "DeShawn", "van Gogh", "LaToya", "Ann LEE", "ann Lee", "bell Hooks", "d'Arc", "McDONALD", "İpek")
    check(normalize_name, {name: name for name in (*NAMES, *kept)})


def test_particles_are_small_inside_a_name_only(check):
    check(normalize_name, {
        "VON": "Von", "von trapp": "Von Trapp", "VAN DER BERG": "Van der Berg", "anna von": "Anna Von", "DE": "De",
        "MARIA Y JUAN": "Maria y Juan", "la toya": "La Toya", "king's": "King's", "o'b": "O'b", "mcd": "Mcd", "MCKAY": "McKay",
        "I": "I", "iii": "Iii", "ann ii": "Ann II", "ann iv lee": "Ann Iv Lee",
    })  # fmt: skip


def test_turkish_letters_survive(check):
    check(normalize_name, {"İPEK": "İpek", "IŞIK": "Işik", "ışık": "Işık", "AYŞE İNCİ": "Ayşe İnci"})


def test_blanks_and_invisible_characters_go(check):
    check(normalize_name, {
        "  ann \t lee\u00a0": "Ann Lee", "\u200bAnn\u00ad Lee": "Ann Lee", "JOSE\u0301": "José", "ａｎｎ": "Ann", "": "", " ": "",
        "\x00": "", "123": "123", "!?": "!?", "東京": "東京", "🎉": "🎉", None: None,
    })  # fmt: skip


@settings(max_examples=2, phases=[Phase.generate])
@given(st.lists(st.text(st.sampled_from("abzABZéÉł'’-. oOvonIiMc"), max_size=14), min_size=100, max_size=300))
def test_only_the_case_of_a_name_changes_and_never_twice(apply, names):
    once = apply(normalize_name, names)
    assert [name.lower() for name in once] == [" ".join(name.split()).lower() for name in names]
    settled = [name for name in once if any(letter.isupper() for letter in name)]
    assert apply(normalize_name, settled) == settled


def test_hostile_names_end_at_once(apply):
    hostile = ["a" * 5000, "A" * 5000, "von " * 1250, "-a" * 2500, "o'" * 2500, "mc" * 2500, " i" * 2500, "'" * 5000, "i̇" * 2500]
    begun = time.perf_counter()
    apply(lambda text: F.length(normalize_name(text)), hostile * 40)
    assert time.perf_counter() - begun < 20
