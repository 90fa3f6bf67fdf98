"""words -> phonetic keys: Soundex in SQL, the algorithms that Spark lacks by jellyfish on the distinct words."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame


def with_phonetic_key(rows: DataFrame, column: str, algorithm: str, *, name: str) -> DataFrame:
    """Add the phonetic key of a column; null where the word is null or the algorithm has no key for it.

    Args:
        rows: any rows.
        column: a string column in plain letters.
        algorithm: soundex, metaphone, nysiis or match_rating; all but the first run Python on the distinct words.
        name: of the new column.
    """
    if algorithm == "soundex":
        # For a first byte that is no ASCII letter Spark gives the word itself back, which is no key.
        key = F.soundex(column)
        return rows.withColumn(name, F.when(key.rlike("^[A-Z][0-9]{3}$"), key))
    words = rows.select(column).distinct()
    keys = words.mapInArrow(_keyed(algorithm, column, name), f"`{column}` string, `{name}` string")
    return rows.join(keys, on=column, how="left")


def phonetic_key(word: str | None, algorithm: str) -> str | None:
    """Return the key of one word by jellyfish; None where there is none.

    Raises:
        EnvironmentProblem: jellyfish is not installed.
    """
    function = getattr(_jellyfish(), {"match_rating": "match_rating_codex"}.get(algorithm, algorithm))
    try:
        return (function(word) or None) if word and word.strip() else None
    except ValueError:  # match rating refuses all but letters
        return None


def _keyed(algorithm: str, column: str, name: str) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    _jellyfish()

    def keyed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415  # runs in the Python worker

        for batch in batches:
            words = batch.column(0)
            keys = pa.array([phonetic_key(word, algorithm) for word in words.to_pylist()], pa.string())
            yield pa.RecordBatch.from_arrays([words, keys], names=[column, name])

    return keyed


def _jellyfish() -> object:
    try:
        return importlib.import_module("jellyfish")
    except ModuleNotFoundError as missing:
        raise EnvironmentProblem(
            "A phonetic algorithm beyond Soundex needs a package that is not installed.",
            where="blocking predicate Phonetic",
            found="no module jellyfish",
            remedy="pip install jellyfish, or use the algorithm soundex",
        ) from missing
