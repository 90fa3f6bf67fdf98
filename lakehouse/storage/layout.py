"""Where things lie under the root of a lake, and the mark that says that a folder is one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse.errors import TableError
from lakehouse.storage.files import child, exists, is_empty_folder, read_text, write_text

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LAKE_FORMAT = 1
"""Version of the layout and of the tables; a lake with a larger number was written by a newer library."""

ZONES = ("raw", "cleansed", "quarantine", "master", "curated")
_MARK = "_lakehouse/lake.json"


@dataclass(frozen=True)
class Layout:
    """The paths of one lake.

    Args:
        root: folder or URI of the lake, absolute.
    """

    root: str

    def table(self, zone: str, name: str) -> str:
        """Return the path of a table, for example `…/cleansed/customers`."""
        return child(self.root, zone, name)

    @property
    def runs(self) -> str:
        """The run ledger."""
        return child(self.root, "_lakehouse", "runs")

    def checkpoint(self, step: str, name: str) -> str:
        """Return the folder in which a step keeps its progress."""
        return child(self.root, "_lakehouse", "checkpoints", step, name)

    def stage(self, step: str, name: str) -> str:
        """Return the folder in which a step prepares what it is about to promote."""
        return child(self.root, "_lakehouse", "staging", step, name)

    def unbalanced(self, source: str) -> str:
        """Return the file that tells that a batch of a source has landed and does not balance."""
        return child(self.stage("ingest", source), "unbalanced.json")

    def lease(self, step: str, name: str) -> str:
        """Return the file that one writer at a time holds."""
        return child(self.root, "_lakehouse", "leases", f"{step}-{name}.lock")

    def observations(self, entity: str) -> str:
        """Return the log of what was seen when, from which an SCD2 history is derived."""
        return child(self.root, "_lakehouse", "observations", entity)


def open_root(spark: SparkSession, root: str) -> Layout:
    """Return the layout of an existing lake, or mark an empty or new folder as one.

    Raises:
        TableError: the folder holds something else, or a lake of a newer library.
    """
    layout = Layout(root.rstrip("/"))
    mark = child(layout.root, _MARK)
    if exists(spark, mark):
        _require_format(read_text(spark, mark), root)
        return layout
    if not is_empty_folder(spark, layout.root):
        raise TableError(
            "this folder is not a lake and is not empty",
            where=root,
            found="no _lakehouse/lake.json",
            remedy="point `root` in conf/lake.yaml (or --root) to a new or empty folder, or to an existing lake",
        )
    write_text(spark, mark, json.dumps({"format": LAKE_FORMAT}) + "\n")
    return layout


def is_lake(spark: SparkSession, root: str) -> bool:
    """Tell whether a lake was ever opened at this root."""
    return exists(spark, child(root.rstrip("/"), _MARK))


def _require_format(text: str, root: str) -> None:
    try:
        number = int(json.loads(text)["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise TableError(
            "the mark of the lake cannot be read",
            where=f"{root}/{_MARK}",
            found=f"{len(text)} characters that are no JSON object with `format`",
            remedy=f'restore the file; a lake of this version holds {{"format": {LAKE_FORMAT}}}',
        ) from error
    if number > LAKE_FORMAT:
        raise TableError(
            "this lake was written by a newer lakehouse",
            where=root,
            found=f"format {number}, this library knows up to {LAKE_FORMAT}",
            remedy="upgrade the library: pip install --upgrade lakehouse",
        )
