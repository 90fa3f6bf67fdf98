"""Weighted words of a text -> what two texts may be found by: words that few records have, and couples of commoner ones.

Among many records most words are common, and two records of one thing may share no rare word at all. Two common words
together are rare again: with frequencies of p and q about n * p * q of n records have both.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

from lakehouse.matching.value_counts import leading_weight, weight_first, word_weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.fields import Field

RARE = 20
"""A word is rare when at most so many records have it; two records that share one are worth a look."""
COUPLE = 5
"""So many records are expected to have both words of a couple, at most."""
HEAVIEST = 6
"""Of so many words of a text, the rarest of the common ones, couples are made."""
HALF_STEP = 0.0005
"""Weights of words are rounded to three digits."""


def is_rare(weight: Column, unseen: Column) -> Column:
    """Tell whether a word is rare by its weight; one that was not seen is, for later records may share it."""
    return weight >= unseen - F.lit(float(np.log2(RARE)) + 2 * HALF_STEP)


def with_couples(records: DataFrame, fields: Sequence[Field], unseen: Column) -> DataFrame:
    """Add `<x>_two` to records with `<x>_words`: hashes of couples of words, null where there are none.

    Args:
        records: with coded words.
        fields: what is compared.
        unseen: bits of a word that no record has.
    """
    names = [field.name for field in fields if field.kind.words]
    if not names:
        return records
    heaviest = records.withColumns({f"{name}_two": _heaviest(name, unseen) for name in names})
    return heaviest.withColumns({f"{name}_two": _couples(F.col(f"{name}_two"), unseen) for name in names})


def _heaviest(name: str, unseen: Column) -> Column:
    common = F.filter(f"{name}_words", lambda word: ~is_rare(word_weight(word), unseen))
    return F.slice(F.sort_array(F.transform(common, weight_first), asc=False), 1, HEAVIEST)


def _couples(heaviest: Column, unseen: Column) -> Column:
    words = [F.get(heaviest, F.lit(place)) for place in range(HEAVIEST)]
    least = unseen - F.lit(float(np.log2(COUPLE)))
    tokens = [
        # Without a second word the sum is null, and so is the couple.
        F.when(leading_weight(one) + leading_weight(two) >= least, F.xxhash64(one, two))
        for one, two in combinations(words, 2)
    ]
    found = F.array_compact(F.array(*tokens))
    return F.when(F.size(found) > 0, found)
