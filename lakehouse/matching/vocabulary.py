"""How frequent values and words were when a model was fitted, kept so that later records are weighed by the same measure.

prepared records -> vocabulary; later records in normal form and the vocabulary -> records ready for comparing
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import functions as F

from lakehouse.matching.rare_words import HALF_STEP, is_rare, with_couples
from lakehouse.matching.records import frequency_base, unseen_weight
from lakehouse.matching.value_counts import (
    ENTRY,
    VALUE,
    WORD,
    entry_slots,
    gather_share,
    gather_words,
    list_entries,
    word_hash,
    word_weight,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame, SparkSession

    from lakehouse.matching.fields import Field
    from lakehouse.matching.records import Prepared

def freeze_vocabulary(records: Prepared, fields: Sequence[Field]) -> DataFrame:
    """Keep how frequent the values and how rare the words of the records are; hashes stand for both.

    Returns:
        `field`, `part` (value or word), `hash`, `amount` (share of the records, or bits of a word); `hash` is null in the
        row that holds for what was not seen, and what is as rare as that has no row of its own.
    """
    rows = sum(records.counts)
    unseen = [(field.name, VALUE, 1.0 / frequency_base(field, records.filled[field.name] * rows)) for field in fields]
    unseen += [(field.name, WORD, unseen_weight(rows)) for field in fields if field.kind.words]
    seen = records.distinct.select(F.inline(F.concat(*(_seen(field) for field in fields)))).distinct()
    common = [
        (F.col("field") == name) & (F.col("part") == part) & _differs(part, amount) for name, part, amount in unseen
    ]
    kept = seen.where(reduce(lambda some, more: some | more, common))
    names, parts, amounts = (list(column) for column in zip(*unseen, strict=True))
    others = pa.table({"field": names, "part": parts, "hash": pa.nulls(len(names), pa.int64()), "amount": amounts})
    return kept.unionByName(records.distinct.sparkSession.createDataFrame(others))


def _differs(part: str, unseen: float) -> Column:
    amount = F.col("amount")
    return amount > unseen * (1 + 1e-9) if part == VALUE else amount < unseen - HALF_STEP


def _seen(field: Field) -> Column:
    """The value of a field and its words, each with what it amounts to."""
    value = _entry(field, VALUE, F.xxhash64(field.name), F.col(f"{field.name}_f"))
    entries = F.array_compact(F.array(F.when(F.col(field.name).isNotNull(), value)))
    if not field.kind.words:
        return entries
    words = F.transform(f"{field.name}_words", lambda word: _entry(field, WORD, word_hash(word), word_weight(word)))
    return F.concat(entries, F.coalesce(words, F.slice(entries, 1, 0)))


def _entry(field: Field, part: str, hashed: Column, amount: Column) -> Column:
    return F.struct(
        F.lit(field.name).alias("field"), F.lit(part).alias("part"), hashed.alias("hash"), amount.alias("amount")
    )


def with_vocabulary(forms: DataFrame, fields: Sequence[Field], vocabulary: DataFrame) -> DataFrame:
    """Add to records in normal form what comparing needs besides, by the measure of a vocabulary.

    Args:
        forms: `_id` and the fields; few rows beside the vocabulary.
        fields: what is compared.
        vocabulary: as `freeze_vocabulary` returns it.

    Returns:
        `forms` with `<x>_f`, `<x>_words`, `<x>_weight`, `<x>_rare`, `<x>_two`, `<x>_local`, as in `Prepared.distinct`; `<x>_f` is
        null where the value is.
    """
    said, slots, unseen = list_entries(forms, fields), entry_slots(fields), _unseen(vocabulary)
    numbered = vocabulary.join(F.broadcast(_slot_table(forms.sparkSession, slots)), on=["field", "part"])
    key = list(ENTRY)
    found = numbered.select(*key, "amount").join(F.broadcast(said.select(key).distinct()), on=key, how="left_semi")
    ordinary = F.element_at(F.map_from_arrays(*_literals(slots, unseen)), F.col("slot"))
    weighed = said.join(found, on=key, how="left").withColumn("_unseen", ordinary)
    weighed = weighed.withColumn("v", F.coalesce("amount", "_unseen"))
    rare = is_rare(F.col("v"), F.col("_unseen"))
    helpers = [*(gather_share(field, slots, F.col("v")) for field in fields), *gather_words(fields, slots, rare)]
    locals_ = {
        f"{field.name}_local": F.substring_index(field.name, "@", 1) for field in fields if field.kind.name == "email"
    }
    helped = forms.join(weighed.groupBy("_id").agg(*helpers), on="_id", how="left").withColumns(locals_)
    return with_couples(helped, fields, _unseen_word(unseen))


def _unseen(vocabulary: DataFrame) -> dict[tuple[str, str], float]:
    """Return what values and words amount to that were not seen, by field and part; runs an action."""
    rows = vocabulary.where(F.col("hash").isNull()).select("field", "part", "amount").toArrow().to_pylist()
    return {(row["field"], row["part"]): row["amount"] for row in rows}


def _literals(slots: Mapping[tuple[str, str], int], unseen: Mapping[tuple[str, str], float]) -> tuple[Column, Column]:
    """Write slots and what is unseen in them as two arrays; a field without words has a slot for them that nothing is in."""
    return F.array(*map(F.lit, slots.values())), F.array(*(F.lit(unseen.get(one)).cast("double") for one in slots))


def _slot_table(spark: SparkSession, slots: Mapping[tuple[str, str], int]) -> DataFrame:
    """Return `field`, `part`, `slot`."""
    names, parts = (list(column) for column in zip(*slots, strict=True))
    return spark.createDataFrame(
        pa.table({"field": names, "part": parts, "slot": pa.array(list(slots.values()), pa.int32())})
    )


def _unseen_word(unseen: Mapping[tuple[str, str], float]) -> Column:
    """The bits of a word that no record had; null where no field has words."""
    return F.lit(max((bits for (_, part), bits in unseen.items() if part == WORD), default=None)).cast("double")


def with_rare_words(nodes: DataFrame, fields: Sequence[Field], vocabulary: DataFrame) -> DataFrame:
    """Count words that one record has as rare, too: a later record may have them; runs an action."""
    words = [field.name for field in fields if field.kind.words]
    if not words:
        return nodes
    unseen = _unseen_word(_unseen(vocabulary))

    def rare(name: str) -> Column:
        kept = F.filter(f"{name}_words", lambda word: is_rare(word_weight(word), unseen))
        return F.when(F.size(kept) > 0, F.transform(kept, word_hash))

    return nodes.withColumns({f"{name}_rare": rare(name) for name in words})
