"""Tables -> distinct records in normal form, with the frequency of each value and weighted words; and who is a copy of whom.

records -> keys and normal forms -> copies -> frequencies -> words
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import Window
from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.fields import quoted
from lakehouse.matching.rare_words import RARE, with_couples
from lakehouse.matching.sides import LEFT, RIGHT
from lakehouse.matching.value_counts import ENTRY, entry_slots, gather_share, gather_words, list_entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from lakehouse.matching.fields import Field

UNSEEN = 100
"""Records of other people that a frequency is diluted by: a value that fills a table of three is not common yet."""
PILED = 0.02
"""Share of dates on the first of January from which that day means that only the year is known."""


@dataclass(frozen=True)
class Prepared:
    """Records ready for comparing.

    Attributes:
        members: every record: `_id`, `_side`, `_key` (its id as text), `_copy_of` (`_id` of the record that stands for it).
        distinct: one row for each distinct record: `_id`, `_side`, `_copies`, and for each field its normal form and helpers.
        counts: distinct records of each table; what both hold, and `dedupe` takes for one, counts in one of them.
        filled: field, and `<x>_rare` and `<x>_two` of a text -> share of the distinct records that have a value.
        typical: field -> how frequent the value of a record is on average.
        piles: fields whose dates stand on the first of January more often than birthdays do.
        two_tables: there is a second table, be it empty.
        dedupe: of two tables, pairs within each of them count as well as those between them.
    """

    members: DataFrame
    distinct: DataFrame
    counts: tuple[int, int]
    filled: dict[str, float]
    typical: dict[str, float]
    piles: frozenset[str]
    two_tables: bool = False
    dedupe: bool = False

    @property
    def is_linkage(self) -> bool:
        """There are two tables and all pairs are between them."""
        return self.two_tables and not self.dedupe

    @property
    def most_matched(self) -> int:
        """How many distinct records can have a partner: of a linkage those of the smaller table."""
        return min((count for count in self.counts if count), default=0) if self.is_linkage else sum(self.counts)

    @property
    def pairs(self) -> int:
        """How many pairs of distinct records there are."""
        left, right = self.counts
        return left * right if self.is_linkage else (left + right) * (left + right - 1) // 2


def prepare_records(
    tables: Sequence[DataFrame], fields: Sequence[Field], *, key: str, dedupe: bool = False
) -> Prepared:
    """Write the records in normal form, set copies apart and count values; runs actions.

    Args:
        tables: one table, or two to link.
        fields: what is compared.
        key: the column that identifies a record within its table.
        dedupe: of two tables, pairs within each of them count as well; equal records of both are copies then.

    Raises:
        ConfigurationError: a null or repeated id.
    """
    two = len(tables) > 1
    sides = [normal_forms(table, fields, key, side) for side, table in enumerate(tables)]
    records = reduce(lambda left, right: left.unionByName(right), sides)
    names = [field.name for field in fields]
    alike = Window.partitionBy(*(["_side"] if two and not dedupe else []), "_form")
    records = records.withColumns({"_copy_of": F.min("_id").over(alike), "_copies": F.count("*").over(alike)})
    records = records.drop("_form").localCheckpoint()
    require_unique(records, key)
    members = records.select("_id", "_side", "_key", "_copy_of")
    distinct = records.where("_id = _copy_of").select("_id", "_side", "_copies", *names)
    counts, filled = _count(distinct, names)
    helped = _with_helpers(distinct, fields, filled, sum(counts))
    tokens = [f"{field.name}_{part}" for field in fields if field.kind.words for part in ("rare", "two")]
    filled |= _count(helped, tokens)[1] if tokens else {}
    return Prepared(members, helped, counts, filled, *_look(helped, fields), two, two and dedupe)


def _look(distinct: DataFrame, fields: Sequence[Field]) -> tuple[dict[str, float], frozenset[str]]:
    """How frequent values are, and which dates pile up on the first of January (2 % instead of 0.3 %)."""
    dates = [field.name for field in fields if field.kind.name == "date"]
    typical = [F.avg(F.when(F.col(field.name).isNotNull(), F.col(f"{field.name}_f"))) for field in fields]
    row = distinct.agg(
        F.count("*"), *typical, *(F.avg(F.endswith(name, F.lit("0101")).cast("int")) for name in dates)
    ).first()
    shares = list(row or [])[1:]
    found = {field.name: share or 1.0 for field, share in zip(fields, shares, strict=False)}
    piled = zip(dates, shares[len(fields) :], strict=True)
    return found, frozenset(name for name, share in piled if (share or 0) > PILED)


def normal_forms(table: DataFrame, fields: Sequence[Field], key: str, side: int) -> DataFrame:
    """Write one table in normal form: `_id`, `_side`, `_key`, the fields, and `_form`, equal for equal records."""
    identity = F.col(quoted(key)).cast("string")
    forms = table.select(
        F.xxhash64(F.lit(side), identity).alias("_id"),
        F.lit(side).alias("_side"),
        identity.alias("_key"),
        *(field.normal.alias(field.name) for field in fields),
    )
    # 64 bits: among a million records two different ones share a hash once in 40 million runs.
    return forms.withColumn("_form", form_hash([field.name for field in fields]) if fields else F.lit(0))


def form_hash(names: Sequence[str], *more: Column) -> Column:
    """Hash the values of the fields; where a value stands counts, too, though a hash passes over nulls."""
    return F.xxhash64(*names, *(F.col(name).isNull() for name in names), *more)


def require_unique(records: DataFrame, key: str) -> None:
    """Raise where an id is null or stands on several records; runs an action."""
    missing = F.sum(F.col("_key").isNull().cast("int"))
    row = records.agg(F.count("*"), F.count_distinct("_id"), missing).first()
    rows, different, nulls = row or (0, 0, 0)
    if nulls:
        raise ConfigurationError(
            "Records without an id cannot be told apart.", where=f"column {key}", found=f"{nulls} of {rows} rows are null",
            remedy="give every record an id, or leave these records out",
        )  # fmt: skip
    if different != rows:
        raise ConfigurationError(
            "An id stands on several records.", where=f"column {key}", found=f"{rows} rows, {different} different ids",
            remedy="choose a column that is different in every record of a table",
        )  # fmt: skip


def _count(distinct: DataFrame, names: Sequence[str]) -> tuple[tuple[int, int], dict[str, float]]:
    sides = [F.count_if(F.col("_side") == side) for side in (LEFT, RIGHT)]
    row = distinct.agg(*sides, *(F.count(name) for name in names)).first()
    left, right, *filled = row or [0] * (2 + len(names))
    return (left, right), {name: count / max(left + right, 1) for name, count in zip(names, filled, strict=True)}


def _with_helpers(distinct: DataFrame, fields: Sequence[Field], filled: dict[str, float], rows: int) -> DataFrame:
    """Add `<x>_f` (share of the records with the value), `<x>_words`, `<x>_weight`, `<x>_rare`, `<x>_two`, `<x>_local`."""
    helped = distinct.join(_counted(distinct, fields, filled, rows), on="_id", how="left") if fields else distinct
    locals_ = {
        f"{field.name}_local": F.substring_index(field.name, "@", 1) for field in fields if field.kind.name == "email"
    }
    unseen = F.lit(unseen_weight(rows))
    return with_couples(helped.withColumns(locals_), fields, unseen).localCheckpoint()


def _counted(distinct: DataFrame, fields: Sequence[Field], filled: dict[str, float], rows: int) -> DataFrame:
    """Count values and words: how frequent the value of a field is, and its words, each weighted by how rare it is."""
    entries = list_entries(distinct, fields)
    # What occurs once is most of what there is, and need not be joined.
    found = entries.groupBy(*ENTRY).agg(F.count("*").alias("n")).where("n > 1")
    counted = entries.join(found, on=list(ENTRY), how="left").withColumn("n", F.coalesce("n", F.lit(1)))
    n, slots = F.col("n"), entry_slots(fields)
    weighed = counted.withColumn("v", F.round(F.log2(F.lit(1.0 + rows) / n), 3))
    bases = {field.name: frequency_base(field, filled[field.name] * rows) for field in fields}
    shares = [gather_share(field, slots, n / F.lit(bases[field.name])) for field in fields]
    return weighed.groupBy("_id").agg(*shares, *gather_words(fields, slots, (n <= RARE) & (n > 1)))


def unseen_weight(rows: int) -> float:
    """Bits of a word that none of so many records has."""
    return round(float(np.log2(1.0 + rows)), 3)


def frequency_base(field: Field, filled: float) -> float:
    """Of how many records a frequency is a part: those with a value, and those of people who are not here."""
    return max(filled + (UNSEEN if field.kind.diverse else 0), 1.0)
