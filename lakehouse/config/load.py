"""conf/ -> `LakeConfig`, or one error with everything that is wrong in it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from lakehouse.config.document import masked, printable
from lakehouse.config.draft import LAKE, Draft, read_draft
from lakehouse.config.model import LakeConfig, LakeSettings, resolve_path
from lakehouse.config.reader import exists, is_folder
from lakehouse.config.references import find_notes, find_problems
from lakehouse.errors import ConfigurationError, Finding


def load_config(folder: str | Path, *, root: str | None = None) -> LakeConfig:
    """Read and check a conf/ folder. Looks at no data and starts no Spark.

    Args:
        folder: the conf/ folder.
        root: folder (relative to the working directory) or URI of the lake, instead of `root` in lake.yaml.

    Raises:
        ConfigurationError: with every finding.
    """
    shown = _shown(Path(folder))
    where = printable(str(shown), 300)
    if not is_folder(shown):
        raise ConfigurationError(
            "there is no folder with settings here",
            where=where,
            found="a file" if exists(shown) else "nothing",
            remedy="name the folder that holds lake.yaml, or make a lake: lakehouse init DIR",
        )
    absolute = Path(os.path.abspath(shown))  # not resolved: a mounted conf/ is full of links  # noqa: PTH100
    draft = read_draft(absolute, shown)
    config = _compose(draft, absolute, root)
    findings = masked([*draft.findings, *find_problems(draft, config)], draft.documents)
    if findings:
        number = f"{len(findings)} finding{'s' if len(findings) > 1 else ''}"
        raise ConfigurationError(
            f"{number} in the settings of the lake", where=where, findings=tuple(sorted(findings, key=_place))
        )
    return replace(config, notes=tuple(find_notes(config)))


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.file, finding.line, finding.key


def _shown(folder: Path) -> Path:
    """Return the folder as the user would type it: relative to the working directory where it lies below it."""
    return folder.relative_to(Path.cwd()) if folder.is_absolute() and folder.is_relative_to(Path.cwd()) else folder


def _compose(draft: Draft, folder: Path, root: str | None) -> LakeConfig:
    settings = draft.lake.settings.get(LAKE, LakeSettings())
    project = folder.parent
    return LakeConfig(
        folder=folder,
        project=project,
        root=resolve_path(settings.root, project) if root is None else resolve_path(root, Path.cwd()),
        settings=settings,
        sources=draft.sources.settings,
        entities=draft.entities.settings,
        segments=draft.segments.settings,
    )
