"""The pigeonhole: whatever a few edits do, some signature survives and is looked up."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.matching.blocking.lasting_cuts import lasting_cuts
from lakehouse.matching.blocking.segments import (
    Segmentation,
    even_sizes,
    index_signatures,
    probe_signatures,
    surviving_segments,
)


def hashed(text, signatures):
    """What a signature compares: shape, kind and the pieces of the text."""
    return {
        (one.shape, one.kind, tuple(text[start - 1 : start - 1 + size] for start, size in one.pieces))
        for one in signatures
    }


def meet(longer, shorter, segmentation):
    indexed = hashed(shorter, index_signatures(segmentation, len(shorter)))
    return bool(indexed & hashed(longer, probe_signatures(segmentation, len(longer), indexed=len(shorter))))


@pytest.mark.parametrize("survivors", [1, 2, 3, 5])
@pytest.mark.parametrize("distance", [0, 1, 2, 3])
def test_any_two_texts_within_the_distance_share_a_signature(distance, survivors):
    chance = random.Random(100 * distance + survivors)
    for _ in range(1500 if distance < 3 else 500):
        alphabet = "ab\U0001d49c"[: chance.randrange(1, 4)]
        text = "".join(chance.choices(alphabet, k=chance.randrange(0, 15)))
        other = text
        for _ in range(chance.randrange(distance + 1)):
            at, letter = chance.randrange(len(other) + 1), chance.choice(alphabet)
            other = chance.choice(
                [other[:at] + letter + other[at:], other[:at] + other[at + 1 :], other[:at] + letter + other[at + 1 :]]
            )
        # Both may look the other up: the longer the shorter in one table, either of two tables.
        assert meet(text, other, Segmentation(distance, survivors)), (text, other)
        assert meet(other, text, Segmentation(distance, survivors)), (text, other)


@pytest.mark.parametrize("ending", [0, 4])
@pytest.mark.parametrize("survivors", [1, 2, 3])
@pytest.mark.parametrize("distance", [1, 2, 3])
def test_cuts_that_lengths_share_lose_nothing(distance, survivors, ending):
    cuts, chance = lasting_cuts(distance, survivors, range(25), ending), random.Random(7)
    assert all(sum(cuts.cut(length)) == length and len(cuts.cut(length)) > distance for length in range(25))
    for _ in range(700):
        text = "".join(chance.choices("ab", k=chance.randrange(0, 21)))
        other = text
        for _ in range(chance.randrange(distance + 1)):
            at, letter = chance.randrange(len(other) + 1), chance.choice("ab")
            other = chance.choice([other[:at] + letter + other[at:], other[:at] + other[at + 1 :], other[:at] + letter + other[at + 1 :]])
        assert meet(text, other, cuts), (text, other)
        assert meet(other, text, cuts), (text, other)


def test_cuts_that_lengths_share_leave_less_to_look_up():
    def keys(segmentation, length, distance):
        around = range(length - distance, length + distance + 1)
        return len({one for indexed in around for one in probe_signatures(segmentation, length, indexed=indexed)})

    for distance, even, shared in ((1, 6, 4), (2, 19, 9)):
        length = 5 if distance == 1 else 7
        assert keys(Segmentation(distance, 1), length, distance) == even
        assert keys(lasting_cuts(distance, 1, range(30)), length, distance) == shared


@pytest.mark.parametrize("distance", [1, 2])
def test_all_short_texts_of_two_letters_meet_exhaustively(distance):
    texts = ["".join(letters) for size in range(5) for letters in product("ab", repeat=size)]
    reach = {text: neighborhood(text, distance) for text in texts}
    for survivors in (1, 2, 3):
        segmentation = Segmentation(distance, survivors)
        for one, two in product(texts, texts):
            if two in reach[one]:
                assert meet(one, two, segmentation), (one, two)


def neighborhood(text, distance):
    """Every text of the letters a and b within the distance, by applying edits."""
    reached = {text}
    for _ in range(distance):
        step = set()
        for one in reached:
            for at in range(len(one) + 1):
                step |= {one[:at] + letter + one[at:] for letter in "ab"}
                step |= {one[:at] + one[at + 1 :]} | {
                    one[:at] + letter + one[at + 1 :] for letter in "ab" if at < len(one)
                }
        reached |= step
    return reached


@given(st.data())
@settings(max_examples=150)
def test_uneven_cuts_lose_nothing_either(data):
    distance = data.draw(st.integers(1, 3))
    text = data.draw(st.text("ab", max_size=10))
    parts = data.draw(st.integers(distance + 1, distance + 3))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=parts - 1, max_size=parts - 1)))
    sizes = tuple(end - start for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True))
    segmentation = Segmentation(distance, 1, {len(text): sizes})
    for other in sorted(neighborhood(text, min(distance, 2))):
        assert meet(other, text, segmentation), (text, other, sizes)


@pytest.mark.parametrize("parts", range(1, 8))
def test_even_sizes_cover_the_text_without_a_gap(parts):
    for length in range(30):
        sizes = even_sizes(length, parts)
        assert sum(sizes) == length
        assert len(sizes) == parts
        assert max(sizes) - min(sizes) <= 1
        assert list(sizes) == sorted(sizes)


def test_one_survivor_is_as_frugal_as_pass_join():
    # Li, Deng, Wang and Feng, VLDB 2012: k + 1 segments to index, floor((k^2 - D^2) / 2) + k + 1 substrings to look up.
    for distance in (1, 2, 3):
        for difference in range(distance + 1):
            known = (distance**2 - difference**2) // 2 + distance + 1
            assert len(surviving_segments(distance, 1)[difference]) <= known
        assert len(list(index_signatures(Segmentation(distance, 1), 20))) == distance + 1


def test_pieces_to_look_up_lie_inside_the_text():
    for distance, survivors, length in product((1, 2, 3), (1, 3), range(12)):
        for indexed in range(max(0, length - distance), length + distance + 1):
            for one in probe_signatures(Segmentation(distance, survivors), length, indexed=indexed):
                assert all(start >= 1 and start + size - 1 <= length for start, size in one.pieces)
                assert one.shape == indexed
