"""The folder for what is fetched or made once for each user: JARs, the wrapper around the Java of the extra."""

from __future__ import annotations

import os
from pathlib import Path

from lakehouse.errors import EnvironmentProblem


def cache_folder(name: str) -> Path:
    """Return a folder below `LAKEHOUSE_CACHE`, `XDG_CACHE_HOME/lakehouse` or `~/.cache/lakehouse`."""
    base = os.environ.get("LAKEHOUSE_CACHE")
    if base:
        return Path(base) / name
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lakehouse" / name


def require_folder(name: str) -> Path:
    """Return the folder after making it where it does not exist.

    Raises:
        EnvironmentProblem: nothing can be written there.
    """
    folder = cache_folder(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = "" if os.access(folder, os.W_OK | os.X_OK) else "no permission to write"
    except OSError as error:
        found = error.strerror or type(error).__name__
    if found:
        raise EnvironmentProblem(
            "the folder for what is fetched or made once cannot be written", where=str(folder), found=found,
            remedy="let LAKEHOUSE_CACHE name a folder that this user may write",
        )  # fmt: skip
    return folder
