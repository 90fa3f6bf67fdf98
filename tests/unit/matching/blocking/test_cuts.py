"""Where texts are cut, against every other way to cut them, and what it saves."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.matching.blocking.cuts import FEWEST, LONGEST, TextSample, best_cut, choose_segmentation
from lakehouse.matching.blocking.segments import Segmentation, index_signatures, probe_signatures

DOMAINS = ["gmail.example", "web.example", "company-mail.example"]


def addresses(count, seed):
    source = random.Random(seed)
    found = set()
    while len(found) < count:
        local = "".join(source.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(source.randint(6, 9)))
        found.add(f"{local}@{source.choice(DOMAINS)}")
    return sorted(found)


def meetings(texts, segmentation):
    """Signatures, and pairs of a looking and a found text under one key."""
    found, signatures, met = Counter(), 0, 0

    def key(one, text):
        return (one.shape, one.kind, *(text[start - 1 : start - 1 + size] for start, size in one.pieces))

    for text in texts:
        for one in index_signatures(segmentation, len(text)):
            found[key(one, text)] += 1
            signatures += 1
    for text in texts:
        for indexed in range(max(0, len(text) - segmentation.distance), len(text) + 1):
            for one in probe_signatures(segmentation, len(text), indexed=indexed):
                met += found[key(one, text)]
                signatures += 1
    return signatures, met


@given(st.integers(1, 7).flatmap(lambda n: st.lists(st.floats(0, 1), min_size=(n + 1) ** 2, max_size=(n + 1) ** 2)), st.integers(1, 4))
def test_the_best_cut_is_the_best_of_all(shares, parts):
    length = round(len(shares) ** 0.5) - 1
    agreement = np.array(shares).reshape(length + 1, length + 1)
    sizes = best_cut(agreement, parts)
    assert sum(sizes) == length
    assert len(sizes) == parts

    def cost(ends):
        return sum(agreement[start, end] for start, end in zip((0, *ends), (*ends, length), strict=True))

    if parts <= length:
        best = min(cost(ends) for ends in combinations(range(1, length), parts - 1))
        assert cost(tuple(np.cumsum(sizes)[:-1])) == pytest.approx(best)


def test_the_domain_of_addresses_is_one_segment_and_few_meet():
    texts = addresses(3000, seed=1)
    shuffled = random.Random(2).sample(texts, len(texts))
    chosen = choose_segmentation([TextSample(shuffled, 1.0)], 2)
    assert set(chosen.sizes) == {len(text) for text in texts if Counter(map(len, texts))[len(text)] >= FEWEST}
    for survivors in (1, 2, 3):
        signatures, met = meetings(texts, Segmentation(2, survivors))
        cut_signatures, cut_met = meetings(texts, chosen)
        # What even segments save in signatures they pay many times over in comparisons, and the other way round.
        assert cut_signatures / 400_000 + cut_met / 6_000_000 < 0.7 * (signatures / 400_000 + met / 6_000_000)


def test_more_texts_let_more_segments_survive():
    texts = addresses(2000, seed=3)
    few = choose_segmentation([TextSample(texts, 1.0)], 2)
    many = choose_segmentation([TextSample(texts, 1e-5)], 2)
    assert all(len(many.sizes[length]) >= len(sizes) for length, sizes in few.sizes.items())
    assert sum(len(sizes) for sizes in many.sizes.values()) > sum(len(sizes) for sizes in few.sizes.values())


@pytest.mark.parametrize("texts", [[], ["a"] * 1, ["same"], [chr(97 + n % 26) for n in range(26)], ["x" * (LONGEST + 1)] * 1])
def test_of_too_few_or_too_long_texts_nothing_is_learned(texts):
    chosen = choose_segmentation([TextSample(texts, 1.0)], 2)
    assert chosen.sizes == {}
    assert len(chosen.cut(9)) == 5


def test_texts_of_two_tables_are_looked_at_together():
    texts = addresses(2000, seed=4)
    chosen = choose_segmentation([TextSample(texts[:1000], 1.0), TextSample(texts[1000:], 1.0)], 1)
    for length, sizes in chosen.sizes.items():
        assert sum(sizes) == length
        assert len(sizes) > 1
