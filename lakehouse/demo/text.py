"""Whole columns of text at once: the small string operations from which the files of the demo are built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Random = np.random.Generator
LETTERS = np.frombuffer(b"abcdefghijklmnoprstuvwz", dtype=np.uint8).astype(np.uint32)
SHORTEST_WITH_TYPO = 3


def texts(values: Sequence[str] | npt.NDArray[Any]) -> Any:
    """An Arrow array of text."""
    return pa.array(values, pa.string())


def join(*parts: Any) -> Any:
    """Put columns and constants together, row by row; null counts as the empty text."""
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def where(mask: Mask, yes: Any, no: Any) -> Any:
    """`yes` where the mask holds, else `no`."""
    return pc.if_else(pa.array(mask), yes, no)


def choose(random: Random, options: Sequence[str], count: int, *, skew: float = 0.0) -> Any:
    """Draw `count` options; a positive skew prefers the first ones as in Zipf's law."""
    return texts(options).take(pa.array(ranks(random, len(options), count, skew=skew)))


def ranks(random: Random, options: int, count: int, *, skew: float = 1.0) -> Indices:
    """Draw positions 0…options-1 with weights 1 / (position + 3) ** skew."""
    weights = 1.0 / np.power(np.arange(options) + 3.0, skew)
    edges = np.cumsum(weights) / weights.sum()
    return np.minimum(np.searchsorted(edges, random.random(count)), options - 1).astype(np.int64)


def content(lines: Any) -> bytes:
    """The lines as the bytes of a file, each with a line end."""
    column = lines.combine_chunks() if isinstance(lines, pa.ChunkedArray) else lines
    ended = join(column, "\n").cast(pa.large_string())
    if not len(ended):
        return b""
    # Arrow holds the texts of a column one behind the other: its buffer is the file already.
    _, offsets, data = ended.buffers()
    bounds = np.frombuffer(offsets, np.int64)[[ended.offset, ended.offset + len(ended)]]
    return bytes(memoryview(data)[bounds[0] : bounds[1]])


def number(values: npt.NDArray[Any], width: int = 0) -> Any:
    """Whole numbers as text, with leading zeros up to `width` digits."""
    plain = pa.array(values.astype(np.int64)).cast(pa.string())
    return pc.utf8_lpad(plain, width, "0") if width else plain


def digits(random: Random, count: int, width: int) -> Any:
    """Random digits, `width` in each row."""
    return number(random.integers(0, 10**width, count), width) if width else texts([""] * count)


def put(column: Any, rows: Indices, values: Any) -> Any:
    """Replace the values of some rows; `values` stand in the order of `rows`."""
    mask = np.zeros(len(column), dtype=bool)
    mask[rows] = True
    return pc.replace_with_mask(column, pa.array(mask), values.take(pa.array(np.argsort(rows))))


def dates(days: npt.NDArray[Any], pattern: str) -> Any:
    """Days since 1970-01-01 as text, after a `strftime` pattern."""
    return pc.strftime(pa.array(days.astype("datetime64[D]").astype("datetime64[s]")), format=pattern)


def times(seconds: npt.NDArray[Any], pattern: str) -> Any:
    """Seconds since 1970-01-01 as text, after a `strftime` pattern; the clock they are read on is the caller's."""
    return pc.strftime(pa.array(seconds.astype("datetime64[s]")), format=pattern)


def with_typo(random: Random, words: Any) -> Any:
    """Make one typing error in every word of three letters or more; the first letter stays right."""
    if len(words) == 0:
        return words
    text = np.array(words.to_pylist(), dtype=str)
    width = text.dtype.itemsize // 4 + 1
    matrix = text.astype(f"U{width}").view(np.uint32).reshape(len(text), width)
    lengths = np.char.str_len(text)
    at = 1 + (random.random(len(text)) * np.maximum(lengths - 1, 1)).astype(np.int64)
    kind = random.integers(0, 4, len(text))
    at = np.where(kind == 3, np.maximum(at, 2), at)  # noqa: PLR2004 - a swap with the first letter would move it
    letters = LETTERS[random.integers(0, len(LETTERS), len(text))]
    changed = _shifted(matrix, at, kind)
    rows = np.flatnonzero((kind == 1) | (kind == 2))  # noqa: PLR2004
    changed[rows, at[rows]] = letters[rows]
    short = lengths < SHORTEST_WITH_TYPO
    changed[short] = matrix[short]
    return texts(np.ascontiguousarray(changed).view(f"U{width}").ravel())


def _shifted(matrix: Any, at: Indices, kind: Indices) -> Any:
    """Kind 0 drops the letter, 1 keeps it (to be replaced), 2 makes room for one, 3 swaps it with the one before."""
    columns = np.arange(matrix.shape[1])[None, :]
    place, sort = at[:, None], kind[:, None]
    source = columns + ((sort == 0) & (columns >= place)) - ((sort == 2) & (columns > place))  # noqa: PLR2004
    swap = sort == 3  # noqa: PLR2004
    source = source - (swap & (columns == place)) + (swap & (columns == place - 1))
    return np.take_along_axis(matrix, np.clip(source, 0, matrix.shape[1] - 1), axis=1).copy()
