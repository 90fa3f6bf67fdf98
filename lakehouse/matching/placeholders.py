"""A sample of records -> values that stand for "not known": 1900-01-01, 0000000, none@none.com.

A form that insists on a value gets one. Whoever has it is not alike for that, and differs from nobody by it, so that such
a value is compared as if it were missing. It is told by its frequency, and by its holders: a value that far too many
records have is a placeholder where these records have little else in common, and not where one person is recorded often.
"""

from __future__ import annotations

from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KINDS_OF_ONE = ("date", "email", "phone", "identifier")
"""Kinds whose values are those of one person or household, or as rare: others have values that are simply common."""
FEWEST = 10
"""Records of a sample below which nothing is told from a value that they share."""
SHARE = 0.02
"""Of the records that have a value. A birthday is that of 0.3 % at most, and of one year of 0.01 %."""
TIMES = 10
"""As many records as a usual value has, that is. Of a column with ten values each is on a tenth of the records."""
VARIED = 0.5
"""Different values for each holder, in the column in which the holders vary most."""


def simplified(value: str) -> str:
    """Write a value as Spark's `lower(trim(value))` does."""
    return value.strip(" ").lower()


def find_placeholders(values: Mapping[str, Sequence[str | None]], column: str) -> tuple[str, ...]:
    """Return the values of a column that stand for "not known", the most frequent first.

    Args:
        values: column -> its values, record by record.
        column: which one is looked at.
    """
    texts = [simplified(value) if value is not None else "" for value in values[column]]
    counts = Counter(text for text in texts if text)
    if not counts:
        return ()
    total = counts.total()
    least = max(FEWEST, SHARE * total, TIMES * total / len(counts))
    often = takewhile(lambda text: counts[text] >= least, (text for text, _ in counts.most_common()))
    return tuple(text for text in often if _variety(values, column, [text == one for one in texts]) >= VARIED)


def _variety(values: Mapping[str, Sequence[str | None]], column: str, held: Sequence[bool]) -> float:
    """In the column in which the holders of a value vary most: different values for each holder."""
    different = (
        len({value for value, here in zip(others, held, strict=True) if here and value is not None})
        for name, others in values.items()
        if name != column
    )
    return max(different, default=0) / sum(held)
