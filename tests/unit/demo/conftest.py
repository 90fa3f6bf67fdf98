"""A small demo company of three days, written once, and its truth as plain Python."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from lakehouse.demo.company import Summary, write_company

CUSTOMERS, DAYS, SEED = 1_500, 45, 11


@dataclass(frozen=True)
class Demo:
    """The folder of a company and what was said about it."""

    folder: Path
    summaries: dict[int, Summary]

    @property
    def days(self):
        return sorted(self.summaries)

    def truth(self, kind, day):
        """The rows of a truth file, as dictionaries."""
        with (self.folder / "truth" / f"{kind}_{day}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def marked(self, day):
        """(file, line) -> what the truth says of that record."""
        return {(row["file"], int(row["line"])): row for row in self.truth("rows", day)}

    def files(self, day, source, *, broken=False):
        """The names of the files of a day, in the order in which a lake takes them in."""
        rows = self.truth("files", day)
        return sorted(row["file"] for row in rows if row["source"] == source and (row["state"] == "broken") == broken)

    def summary(self, day):
        return json.loads((self.folder / "truth" / f"summary_{day}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Demo:
    folder = tmp_path_factory.mktemp("company")
    summaries = {day: write_company(folder, customers=CUSTOMERS, days=DAYS, seed=SEED, day=day) for day in (1, 2, 3)}
    return Demo(folder, summaries)
