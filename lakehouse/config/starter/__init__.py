"""Template files -> a small lake that runs, for `lakehouse init`."""

from __future__ import annotations

from pathlib import Path

from lakehouse.config.document import printable
from lakehouse.config.schemas import export_schemas
from lakehouse.errors import ConfigurationError

FILES = Path(__file__).parent / "files"
_RENAMED = {"gitignore": ".gitignore"}  # under its own name it would be obeyed here


def write_starter(folder: str | Path) -> list[Path]:
    """Write a lake that runs: conf/ with its schemas, a sample of customers, README.md and .gitignore.

    Files outside conf/ that are there already are left as they are.

    Args:
        folder: where; made if it is not there.

    Returns:
        the files that were written, sorted.

    Raises:
        ConfigurationError: conf/ holds something, or the folder cannot be written.
    """
    target = Path(folder)
    try:
        _require_no_settings(target / "conf")
        written = [path for template in sorted(FILES.rglob("*")) if (path := _copy(template, target)) is not None]
        return sorted([*written, *export_schemas(target / "conf" / "schemas")])
    except OSError as error:
        raise ConfigurationError(
            "the folder cannot be written",
            where=printable(str(folder), 300),
            found=error.strerror or type(error).__name__,
            remedy="choose a folder that you may write to",
        ) from None


def _require_no_settings(conf: Path) -> None:
    if not conf.exists():
        return
    if not conf.is_dir() or any(conf.iterdir()):
        raise ConfigurationError(
            "there are settings already",
            where=printable(str(conf), 300),
            found="a folder that is not empty" if conf.is_dir() else "a file",
            remedy="choose another folder, or move this one away",
        )


def _copy(template: Path, target: Path) -> Path | None:
    path = target / template.relative_to(FILES).with_name(_RENAMED.get(template.name, template.name))
    if template.is_dir() or path.exists():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(template.read_bytes())
    return path
