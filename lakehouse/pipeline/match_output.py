"""A matching result -> a folder of files that other programs and people read: clusters, pairs, model, report."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.errors import ConfigurationError, StorageUnavailable
from lakehouse.sources.header import printable

if TYPE_CHECKING:
    from lakehouse.matching.evaluation import Evaluation
    from lakehouse.matching.result import MatchResult

CLUSTERS, PAIRS, MODEL, REPORT = FILES = ("clusters.csv", "pairs.parquet", "model.yaml", "report.html")
_SHOWN = 5


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
        try:
            for draft in drafts.values():
                _remove(draft)
            write_clusters(result, drafts[CLUSTERS])
            write_pairs(result, drafts[PAIRS])
            result.model.save(drafts[MODEL])
            result.report(drafts[REPORT], show_values=show_values, evaluation=evaluation)
            for name, draft in drafts.items():
                draft.replace(self.path / name)
        except OSError as error:
            raise StorageUnavailable(
                "The result cannot be written.",
                where=printable(str(self.path)),
                found=error.strerror or type(error).__name__,
                remedy="make room or give the right to write, and run again",
            ) from error
        return [self.path / name for name in FILES]


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
