"""conf/ -> a `Draft`: what could be read of it, be it right or wrong, and what is wrong with each file by itself.

    lake.yaml, sources/*.yaml, entities/*.yaml, segments/*.yaml -> documents -> settings

Only files whose name ends in `.yaml` are read, and only those that lie directly in these folders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import ValidationError

from lakehouse.cleansed.settings import EntitySettings
from lakehouse.config.document import Document, printable
from lakehouse.config.findings import NAME_RULE, explain
from lakehouse.config.model import LakeSettings
from lakehouse.config.reader import exists, is_folder, read_document
from lakehouse.config.shapes import nearest
from lakehouse.curated.settings import SegmentSettings
from lakehouse.errors import Finding
from lakehouse.settings import IDENTIFIER, OUTSIDE, Settings
from lakehouse.sources.settings import FileSourceSettings

if TYPE_CHECKING:
    from pathlib import Path

S = TypeVar("S", bound=Settings)

FOLDERS = ("sources", "entities", "segments")
LAKE = "lake"


@dataclass
class Section(Generic[S]):
    """The files of one kind.

    Attributes:
        documents: every file with a usable name, right or wrong.
        settings: those that are right by themselves.
    """

    documents: dict[str, Document] = field(default_factory=dict)
    settings: dict[str, S] = field(default_factory=dict)


@dataclass
class Draft:
    """What could be read of a conf/ folder.

    Attributes:
        lake: lake.yaml, under the name `lake`.
        findings: what is wrong with each file by itself.
    """

    lake: Section[LakeSettings] = field(default_factory=Section)
    sources: Section[FileSourceSettings] = field(default_factory=Section)
    entities: Section[EntitySettings] = field(default_factory=Section)
    segments: Section[SegmentSettings] = field(default_factory=Section)
    findings: list[Finding] = field(default_factory=list)

    @property
    def documents(self) -> list[Document]:
        """All files that were looked at."""
        sections = (self.lake, self.sources, self.entities, self.segments)
        return [document for section in sections for document in section.documents.values()]


def read_draft(folder: Path, shown: Path) -> Draft:
    """Read a conf/ folder.

    Args:
        folder: the folder, absolute.
        shown: the folder as the user would type it.
    """
    return _Reading(folder, shown).run()


class _Reading:
    """One pass over a conf/ folder."""

    def __init__(self, folder: Path, shown: Path) -> None:
        self.folder, self.shown, self.draft = folder, shown, Draft()

    def run(self) -> Draft:
        if exists(self.folder / "lake.yaml"):
            self._read(self.folder / "lake.yaml", LakeSettings, self.draft.lake)
        else:
            self._find("lake.yaml", "this file is missing", self._where_lake_may_be())
        self._look_around()
        self._read_all("sources", FileSourceSettings, self.draft.sources)
        self._read_all("entities", EntitySettings, self.draft.entities)
        self._read_all("segments", SegmentSettings, self.draft.segments)
        return self.draft

    def _where_lake_may_be(self) -> str:
        if exists(self.folder / "lake.yml"):
            return "rename lake.yml"
        return "name the folder that holds it, or make a lake: lakehouse init DIR"

    def _look_around(self) -> None:
        """Find folders whose names are nearly right: what is in them would be left out without a word."""
        for entry in self._list(self.folder):
            meant = nearest(entry.name, FOLDERS)
            if entry.name not in FOLDERS and meant and is_folder(entry):
                self._find(entry.name, "this folder is not read", f"rename it to `{meant}`")

    def _read_all(self, kind: str, model: type[S], section: Section[S]) -> None:
        for entry in self._list(self.folder / kind):
            name = f"{kind}/{entry.name}"
            if entry.suffix == ".yaml" and re.fullmatch(IDENTIFIER, entry.stem):
                self._read(entry, model, section)
            elif entry.suffix == ".yaml":
                self._find(name, f"`{printable(entry.stem, 80)}` cannot be a name", f"rename the file: {NAME_RULE}")
            elif entry.suffix.lower() in (".yml", ".yaml"):
                self._find(name, "this file is not read", "rename it so that it ends in `.yaml`")
            elif is_folder(entry):
                self._find(name, "this folder is not read", f"move its files up, into {kind}/")

    def _list(self, folder: Path) -> list[Path]:
        """Return what lies in a folder; names that begin with a dot are not looked at."""
        try:
            entries = sorted(folder.iterdir()) if exists(folder) or folder.is_symlink() else []
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self._find(folder.name, f"the folder cannot be read ({reason})", "check it and its permissions")
            return []
        return [entry for entry in entries if not entry.name.startswith(".")]

    def _read(self, path: Path, model: type[S], section: Section[S]) -> None:
        name = str(self.shown / path.relative_to(self.folder))
        document = read_document(path, name, self.folder)
        section.documents[path.stem] = document
        self.draft.findings += document.findings
        if document.value is not None:
            self._validate(document, model, section, path.stem)

    def _validate(self, document: Document, model: type[S], section: Section[S], name: str) -> None:
        texts = frozenset(document.get(path) for path in document.hidden)
        try:
            section.settings[name] = model.model_validate(document.value, context={OUTSIDE: texts})
        except ValidationError as error:
            self.draft.findings += explain(error, model, document)

    def _find(self, name: str, problem: str, remedy: str) -> None:
        self.draft.findings.append(Finding(printable(str(self.shown / name), 300), 0, "", problem, remedy))
