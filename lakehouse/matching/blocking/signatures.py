"""texts -> hashed signatures: one row for every signature of a text, so that an equality join finds what is near.

The substrings to hash depend on the length alone. They stand in a small table that is broadcast and joined on the
length: one compiled expression hashes them all, whatever the lengths, where lambdas would be interpreted.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import functions as F

from lakehouse.matching.blocking.segments import Segmentation, Signature, index_signatures, probe_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column, DataFrame

TABLES = 64
"""Tables of substrings that a process keeps: those of an index are the same whenever new records come, and take long to make."""


def with_index_signatures(
    rows: DataFrame, text: str, segmentation: Segmentation, *, lengths: Iterable[int]
) -> DataFrame:
    """Repeat each row for every signature under which its text is to be found, with `_signature` bigint.

    Args:
        rows: the texts; null gives no row.
        text: name of the string column.
        segmentation: how texts are cut.
        lengths: every length that occurs in `rows`; a text of another length would be lost.
    """
    return _with_signatures(rows, text, _index_table(segmentation, tuple(lengths)), segmentation.pieces)


def with_probe_signatures(
    rows: DataFrame,
    text: str,
    segmentation: Segmentation,
    *,
    lengths: Iterable[int],
    shorter_only: bool,
) -> DataFrame:
    """Repeat each row for every signature that its text has to look up, with `_signature` bigint.

    Args:
        rows: the texts; null gives no row.
        text: name of the string column.
        segmentation: how the indexed texts were cut.
        lengths: every length that occurs in `rows`, or in what they look up.
        shorter_only: look for texts of the same or a smaller length, as the longer text of every pair does where both
            sides are the same; otherwise for longer texts too.
    """
    table = _probe_table(segmentation, tuple(lengths), shorter_only=shorter_only)
    return _with_signatures(rows, text, table, segmentation.pieces)


@lru_cache(maxsize=TABLES)
def _index_table(segmentation: Segmentation, lengths: tuple[int, ...]) -> pa.Table:
    wanted = [(length, one) for length in lengths for one in index_signatures(segmentation, length)]
    return _table(wanted, segmentation.pieces)


@lru_cache(maxsize=TABLES)
def _probe_table(segmentation: Segmentation, lengths: tuple[int, ...], *, shorter_only: bool) -> pa.Table:
    distance, occurring = segmentation.distance, frozenset(lengths)
    wanted = [
        (length, one)
        for length in lengths
        for indexed in range(length - distance, length + (0 if shorter_only else distance) + 1)
        if indexed in occurring
        for one in probe_signatures(segmentation, length, indexed=indexed)
    ]
    return _table(wanted, segmentation.pieces)


def _with_signatures(rows: DataFrame, text: str, wanted: pa.Table, pieces: int) -> DataFrame:
    table = F.broadcast(rows.sparkSession.createDataFrame(wanted))
    hashed = [_piece(text, number) for number in range(pieces)]
    signature = F.xxhash64(F.col("_kind"), *hashed)
    joined = rows.join(table, on=F.length(text) == F.col("_length"), how="inner")
    return joined.select(*rows.columns, signature.alias("_signature"))


def _piece(text: str, number: int) -> Column:
    return F.substring(F.col(text), F.col(f"_start_{number}"), F.col(f"_size_{number}"))


def _table(wanted: list[tuple[int, Signature]], pieces: int) -> pa.Table:
    """Rows are unique; unused pieces are empty substrings, which hash alike on both sides."""
    rows = sorted({(length, one.shape * 1000 + one.kind, *_padded(one, pieces)) for length, one in wanted})
    names = ["_length", "_kind", *(f"_{part}_{n}" for n in range(pieces) for part in ("start", "size"))]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table([pa.array(column, pa.int64()) for column in columns], names=names)


def _padded(one: Signature, pieces: int) -> tuple[int, ...]:
    flat = [number for piece in one.pieces for number in piece]
    return tuple(flat + [1, 0] * (pieces - len(one.pieces)))
