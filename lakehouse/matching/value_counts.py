"""Records -> their values and words as rows of one long table, counted in one pass, and put back beside the records.

One shuffle of a long, narrow table takes the place of a join of all records for every field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.fields import Field

VALUE, WORD = "value", "word"
ENTRY = ("field", "part", "hash")
"""What an entry is counted by: the field, whether it is its value or a word of it, and the hash of that."""


def list_entries(records: DataFrame, fields: Sequence[Field]) -> DataFrame:
    """List the values and words of records.

    Args:
        records: `_id` and the fields in normal form.
        fields: at least one.

    Returns:
        `_id`, `field`, `part`, `hash`, `w` (the word; null for a value); a word once for each record and field.
    """
    return records.select("_id", F.inline(F.concat(*(_entries(field) for field in fields))))


def _entries(field: Field) -> Column:
    def entry(part: str, hashed: Column, word: Column) -> Column:
        return F.struct(
            F.lit(field.name).alias("field"), F.lit(part).alias("part"), hashed.alias("hash"), word.alias("w")
        )

    value = entry(VALUE, F.xxhash64(field.name), F.lit(None).cast("string"))
    entries = F.array_compact(F.array(F.when(F.col(field.name).isNotNull(), value)))
    if not field.kind.words:
        return entries
    words = F.array_distinct(F.split(field.name, " "))
    said = F.transform(words, lambda word: entry(WORD, F.xxhash64(word), word))
    return F.concat(entries, F.coalesce(said, F.slice(entries, 1, 0)))


def gather_entries(field: Field, *, share: Column, rare: Column) -> list[Column]:
    """Describe the aggregates that put the entries of a record together again.

    Args:
        field: whose entries.
        share: of the entry of a value: how frequent the value is.
        rare: of the entry of a word, whose weight is `v`: whether it is rare.

    Returns:
        `<x>_f`, and of a field of words `<x>_words` (array of structs `w`, `v`), `<x>_weight` and `<x>_rare`.
    """
    x = field.name
    shares = F.max(F.when((F.col("field") == x) & (F.col("part") == VALUE), share)).alias(f"{x}_f")
    if not field.kind.words:
        return [shares]
    word = (F.col("field") == x) & (F.col("part") == WORD)
    bag = F.array_sort(F.collect_list(F.when(word, F.struct("w", "v"))))
    few = F.array_sort(F.collect_list(F.when(word & rare, F.col("w"))))
    weight = F.round(F.sum(F.when(word, F.col("v"))), 3)
    return [
        shares, bag.alias(f"{x}_words"), weight.alias(f"{x}_weight"), F.when(F.size(few) > 0, few).alias(f"{x}_rare"),
    ]  # fmt: skip
