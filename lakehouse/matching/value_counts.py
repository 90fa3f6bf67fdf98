"""Records -> their values and words as rows of one long table, counted in one pass, and put back beside the records.

One shuffle of a long, narrow table takes the place of a join of all records for every field.

A word is a bigint: the upper 49 bits are of its hash and the lower 15 its weight in thousandths of a bit, so that two bags
of words are compared as numbers, in compiled code. Among a hundred thousand words two share a hash once in 100,000 runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.fields import Field

_WEIGHT = (1 << 15) - 1
_THOUSAND = 1000
VALUE, WORD = "value", "word"
ENTRY = ("hash", "slot")
"""What an entry is counted by: its hash, and a number for the field and whether it is its value or a word of it."""


def entry_slots(fields: Sequence[Field]) -> dict[tuple[str, str], int]:
    """Number the values and the words of fields: numbers are shorter than names, and there are many entries."""
    return {(one.name, part): 2 * place + (part == WORD) for place, one in enumerate(fields) for part in (VALUE, WORD)}


def list_entries(records: DataFrame, fields: Sequence[Field]) -> DataFrame:
    """List the values and words of records.

    Args:
        records: `_id` and the fields in normal form.
        fields: at least one.

    Returns:
        `_id`, `hash`, `slot`; a word once for each record and field.
    """
    slots = entry_slots(fields)
    return records.select("_id", F.inline(F.concat(*(_entries(field, slots) for field in fields))))


def _entries(field: Field, slots: Mapping[tuple[str, str], int]) -> Column:
    def entry(part: str, hashed: Column) -> Column:
        return F.struct(hashed.alias("hash"), F.lit(slots[field.name, part]).alias("slot"))

    value = entry(VALUE, F.xxhash64(field.name))
    entries = F.array_compact(F.array(F.when(F.col(field.name).isNotNull(), value)))
    if not field.kind.words:
        return entries
    words = F.array_distinct(F.split(field.name, " "))
    said = F.transform(words, lambda word: entry(WORD, word_hash(F.xxhash64(word))))
    return F.concat(entries, F.coalesce(said, F.slice(entries, 1, 0)))


def word_hash(coded: Column) -> Column:
    """Return what names a word: a hash, or a coded word, without the bits of a weight."""
    return coded.bitwiseAND(F.lit(~_WEIGHT).cast("bigint"))


def word_weight(coded: Column) -> Column:
    """Return the weight of a coded word, in bits."""
    return coded.bitwiseAND(F.lit(_WEIGHT).cast("bigint")) / F.lit(float(_THOUSAND))


def weight_first(coded: Column) -> Column:
    """Turn a coded word round, so that heavier words are larger numbers; a bit of the hash is lost."""
    weight = F.shiftleft(coded.bitwiseAND(F.lit(_WEIGHT).cast("bigint")), 48)
    return weight.bitwiseOR(F.shiftrightunsigned(coded, 16))


def leading_weight(turned: Column) -> Column:
    """Return the weight of a word that was turned round, in bits."""
    return F.shiftright(turned, 48) / F.lit(float(_THOUSAND))


def _coded(hashed: Column, weight: Column) -> Column:
    thousandths = F.least(F.round(weight * _THOUSAND).cast("bigint"), F.lit(_WEIGHT).cast("bigint"))
    return hashed.bitwiseOR(thousandths)


def common_weight(left: str, right: str) -> Column:
    """Sum the weights of the words that two bags have in common, in bits."""
    return F.aggregate(
        F.array_intersect(left, right), F.lit(0.0).cast("double"), lambda total, word: total + word_weight(word)
    )


def gather_share(field: Field, slots: Mapping[tuple[str, str], int], share: Column) -> Column:
    """Describe the aggregate that tells how frequent the value of a record is: `<x>_f`.

    Args:
        field: whose value.
        slots: of all fields, by `entry_slots`.
        share: of the entry of a value.
    """
    return F.max(F.when(F.col("slot") == slots[field.name, VALUE], share)).alias(f"{field.name}_f")


def gather_words(fields: Sequence[Field], slots: Mapping[tuple[str, str], int], rare: Column) -> list[Column]:
    """Describe the aggregates that put the words of a record together again.

    Args:
        fields: whose words.
        slots: of all fields, by `entry_slots`.
        rare: of the entry of a word, whose weight is `v`: whether it is rare.

    Returns:
        `<x>_words` (array of coded words), `<x>_weight` (bits of all of them) and `<x>_rare` (array of hashes).
    """
    return [one for field in fields if field.kind.words for one in _bag(field.name, slots[field.name, WORD], rare)]


def _bag(x: str, slot: int, rare: Column) -> tuple[Column, Column, Column]:
    word = F.col("slot") == slot
    bag = F.array_sort(F.collect_list(F.when(word, _coded(F.col("hash"), F.col("v")))))
    few = F.array_sort(F.collect_list(F.when(word & rare, F.col("hash"))))
    weight = F.round(F.sum(F.when(word, F.col("v"))), 3)
    return bag.alias(f"{x}_words"), weight.alias(f"{x}_weight"), F.when(F.size(few) > 0, few).alias(f"{x}_rare")
