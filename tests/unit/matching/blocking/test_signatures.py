"""Signatures in Spark against their definition in Python."""

from __future__ import annotations

from collections import Counter

import pytest

from lakehouse.matching.blocking.segments import Segmentation, index_signatures, probe_signatures
from lakehouse.matching.blocking.signatures import with_index_signatures, with_probe_signatures

TEXTS = ["", "a", "ab", "schmidt", "schmitt", "\U0001d49cnna", "e\u0301mile", "a" * 40, "shop@mail.example.org"]


@pytest.mark.parametrize(("distance", "survivors"), [(0, 1), (1, 3), (2, 1), (2, 3), (3, 2)])
def test_texts_share_signatures_as_often_as_their_pieces_agree(table, distance, survivors):
    segmentation = Segmentation(distance, survivors)
    rows = table([{"_id": n, "text": text} for n, text in enumerate([*TEXTS, None])])
    lengths = sorted({len(text) for text in TEXTS})
    index = with_index_signatures(rows, "text", segmentation, lengths=lengths).toDF("i", "one", "_signature")
    probe = with_probe_signatures(rows, "text", segmentation, lengths=lengths, shorter_only=False).toDF(
        "j", "two", "_signature"
    )
    met = Counter((row.i, row.j) for row in index.join(probe, on="_signature").collect())
    expected = Counter()
    for i, one in enumerate(TEXTS):
        indexed = Counter(pieces(one, index_signatures(segmentation, len(one))))
        for j, two in enumerate(TEXTS):
            wanted = set(pieces(two, probe_signatures(segmentation, len(two), indexed=len(one))))
            if count := sum(indexed[one_of] for one_of in wanted if one_of in indexed):
                expected[i, j] = count
    assert set(met) == set(expected)
    assert all(met[pair] >= expected[pair] for pair in expected)


def pieces(text, signatures):
    return [
        (one.shape, one.kind, *(text[start - 1 : start - 1 + size] for start, size in one.pieces))
        for one in signatures
    ]


def test_the_longer_text_looks_the_shorter_up(table):
    segmentation = Segmentation(1, 2)
    rows = table([{"_id": 1, "text": "schmidt"}, {"_id": 2, "text": "schmidts"}])
    index = with_index_signatures(rows, "text", segmentation, lengths=[7, 8]).toDF("i", "one", "_signature")
    probe = with_probe_signatures(rows, "text", segmentation, lengths=[7, 8], shorter_only=True).toDF(
        "j", "two", "_signature"
    )
    assert {(row.j, row.i) for row in index.join(probe, on="_signature").collect()} == {(1, 1), (2, 2), (2, 1)}


def test_a_length_that_no_text_has_is_not_looked_up(table):
    """Dates have eight digits: nobody asks for seven or nine."""
    rows = table([{"_id": 1, "text": "19800517"}])
    for lengths, keys in (([7, 8, 9], 6), ([7, 8], 4), ([8], 2)):
        assert with_probe_signatures(rows, "text", Segmentation(1, 1), lengths=lengths, shorter_only=False).count() == keys
