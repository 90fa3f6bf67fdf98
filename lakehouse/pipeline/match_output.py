"""A matching result -> a folder of files that other programs and people read: clusters, pairs, model, report."""

from __future__ import annotations

import csv
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.errors import ConfigurationError, StorageUnavailable
from lakehouse.matching.labels import CHOSEN
from lakehouse.matching.sides import SIDES, pair_ends
from lakehouse.sources.header import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyspark.sql import DataFrame

    from lakehouse.matching.evaluation import Evaluation
    from lakehouse.matching.result import MatchResult
    from lakehouse.matching.sides import End

CLUSTERS, PAIRS, MODEL, REPORT = FILES = ("clusters.csv", "pairs.parquet", "model.yaml", "report.html")
_SHOWN = 5
ASKED = 300
"""Pairs that a person is asked to judge: an evening, and enough to calibrate."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula if a value began with it."""


@dataclass(frozen=True)
class OutputFolder:
    """A folder that holds one result, or none yet.

    Attributes:
        path: of the folder.
    """

    path: Path

    @classmethod
    def open(cls, path: Path) -> OutputFolder:
        """Make the folder, or find it empty or with a former result.

        Raises:
            ConfigurationError: it is a file, holds something else, or cannot be made.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            names = sorted(entry.name for entry in path.iterdir())
        except OSError as error:
            raise ConfigurationError(
                "The folder for the result cannot be made.",
                where=printable(str(path)),
                found=error.strerror or type(error).__name__,
                remedy="name a folder that may be written",
            ) from error
        others = [name for name in names if name not in (*FILES, *map(_draft, FILES))]
        if others:
            more = f" and {len(others) - _SHOWN:,} more" if len(others) > _SHOWN else ""
            raise ConfigurationError(
                "The folder for the result holds something else, and nothing of it is overwritten.",
                where=printable(str(path)),
                found=", ".join(map(printable, others[:_SHOWN])) + more,
                remedy="name a folder that is new, empty, or holds a former result only",
            )
        return cls(path)

    def write(self, result: MatchResult, *, evaluation: Evaluation | None, show_values: bool) -> list[Path]:
        """Write all files under other names, then give them their own; a run that is killed leaves the former result.

        Raises:
            StorageUnavailable: the disk is full or may not be written.
        """
        drafts = {name: self.path / _draft(name) for name in FILES}
        with _written(self.path):
            for draft in drafts.values():
                _remove(draft)
            write_clusters(result, drafts[CLUSTERS])
            write_pairs(result, drafts[PAIRS])
            result.model.save(drafts[MODEL])
            result.report(drafts[REPORT], show_values=show_values, evaluation=evaluation)
            for name, draft in drafts.items():
                draft.replace(self.path / name)
        return [self.path / name for name in FILES]


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into an error for people."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(
            "The result cannot be written.",
            where=printable(str(path)),
            found=error.strerror or type(error).__name__,
            remedy="make room or give the right to write, and run again",
        ) from error


def _draft(name: str) -> str:
    return f".{name}.draft"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_clusters(result: MatchResult, path: Path) -> None:
    """Write the cluster of every record: `id,cluster_id`, of two tables also `side`; clusters in order, then ids."""
    clusters = result.clusters
    rows = clusters.orderBy("cluster_id", *(["side"] if "side" in clusters.columns else []), "id").toArrow()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(rows.column_names)
        for batch in rows.to_batches():
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def write_pairs(result: MatchResult, path: Path) -> None:
    """Write the pairs as one Parquet file, the most certain of them wherever their ids stand in order."""
    folder = path.with_name(f"{path.name}.parts")
    try:
        # Sorted within the one task that writes: a file that the driver need not hold.
        ordered = result.pairs.repartition(1).sortWithinPartitions("id_l", "id_r")
        ordered.write.mode("overwrite").parquet(folder.resolve().as_uri())
        (part,) = folder.glob("part-*.parquet")
        part.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def require_unasked(path: Path) -> None:
    """Raise where the file for questions is there already: hours of somebody's judgement may stand in it.

    Raises:
        ConfigurationError: naming the file, or the folder that is missing.
    """
    if path.exists():
        raise ConfigurationError(
            "The file for the pairs to judge is there already, and is not overwritten.", where=printable(str(path)),
            found="a file or folder of this name",
            remedy="hand it back by `--labels`, once judged, or name a new file",
        )  # fmt: skip
    if not path.parent.is_dir():
        raise ConfigurationError(
            "The folder for the pairs to judge is missing.", where=printable(str(path)), found="no such folder",
            remedy="make the folder, or name a file in one that is there",
        )  # fmt: skip


def write_questions(
    result: MatchResult, path: Path, tables: Sequence[DataFrame], *, key: str, show_values: bool
) -> Path:
    """Write the pairs of `MatchResult.to_label` as CSV for a person to judge.

    Args:
        result: of `match`.
        path: of a new file: `id_l`, `id_r` (and `side_l`, `side_r` where they tell), an empty `match`, `chosen_by`, and
            with `show_values` the columns of the records, those of the two side by side. The weight is left out: who
            sees it, follows it.
        tables: the records, of one table or two.
        key: column that identifies a record.
        show_values: show personal data; without, a person looks the ids up elsewhere.

    Raises:
        StorageUnavailable: the disk is full or may not be written.
    """
    asked = result.to_label(ASKED)
    shown = [name for name in dict.fromkeys(chain(*(table.columns for table in tables))) if name != key and show_values]
    named = [name for name in ("id_l", "id_r", "side_l", "side_r") if name in asked.columns]
    rows = [(row, pair_ends(row, result.records)) for row in asked.collect()]
    records = _records(tables, key, (end for _, ends in rows for end in ends))
    draft = path.with_name(_draft(path.name))
    with _written(path):
        with draft.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            beside = [f"{name}_{side}" for name in shown for side in ("l", "r")]
            writer.writerow([*named, "match", CHOSEN, *beside])
            for row, ends in rows:
                values = [harmless(records[end].get(name)) for name in shown for end in ends]
                writer.writerow([*(row[name] for name in named), "", row[CHOSEN], *values])
        draft.replace(path)
    return path


def _records(tables: Sequence[DataFrame], key: str, ends: Iterable[End]) -> dict[End, dict[str, str | None]]:
    """Return some records, every value as text."""
    wanted = set(ends)
    found: dict[End, dict[str, str | None]] = {}
    for side, table in zip(SIDES, tables, strict=False):
        texts = table.select(*(table[f"`{name}`"].cast("string").alias(name) for name in table.columns))
        rows = texts.where(texts[f"`{key}`"].isin([identity for of, identity in wanted if of == side])).collect()
        found |= {(side, row[key]): row.asDict() for row in rows}
    return found


def harmless(value: str | None) -> str:
    """Write a value so that no spreadsheet runs it: an apostrophe goes before what looks like a formula.

    Source: OWASP, CSV Injection.
    """
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text
