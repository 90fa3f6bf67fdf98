"""Small lakes on real Delta: write conf/ and files, run, look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from lakehouse import Lake

SOURCE = "path: landing\nformat: {format}\n"
ENTITY = """
source: people
keys: id
history: latest
columns:
  id: {}
  name: {}
  email: {normalize: email}
  age: {type: int}
rules:
  - {rule: range, column: age, min: 0, max: 120}
"""


@dataclass
class Project:
    """A folder with conf/ and a landing folder."""

    folder: Path
    spark: object

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dedent(content).encode() if isinstance(content, str) else content)
        return path

    def conf(self, **files: str) -> Project:
        """Write conf files: `lake`, or `sources_people`, `entities_people`, `segments_x`."""
        for key, content in files.items():
            kind, _, name = key.partition("_")
            self.write(f"conf/{kind}/{name}.yaml" if name else f"conf/{kind}.yaml", content)
        return self

    def land(self, name: str, content: str | bytes) -> Path:
        return self.write(f"landing/{name}", content)

    def lake(self, root: str | None = None) -> Lake:
        return Lake.open(self.folder / "conf", root=root, spark=self.spark)


def _empty(folder: Path, spark: object) -> Project:
    (folder / "landing").mkdir()
    return Project(folder, spark).conf(lake="root: lake\n")


@pytest.fixture
def project(tmp_path, spark) -> Project:
    """An empty project without sources."""
    return _empty(tmp_path, spark)


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory, spark) -> Project:
    """An empty project without sources, one for all tests of a module."""
    return _empty(tmp_path_factory.mktemp("project"), spark)


@pytest.fixture
def people(project) -> Project:
    """A project with one CSV source and one entity."""
    return project.conf(sources_people=SOURCE.format(format="csv"), entities_people=ENTITY)


@pytest.fixture(scope="module")
def shared_people(shared_project) -> Project:
    """The same, one for all tests of a module."""
    return shared_project.conf(sources_people=SOURCE.format(format="csv"), entities_people=ENTITY)


def rows(frame, *columns):
    """The rows of a frame as sorted tuples."""
    return sorted((tuple(row) for row in frame.select(*columns).collect()), key=repr)
