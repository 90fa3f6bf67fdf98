"""The folder for what is fetched or made once for each user: JARs, the wrapper around the Java of the extra."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """Return a folder below `LAKEHOUSE_CACHE`, `XDG_CACHE_HOME/lakehouse` or `~/.cache/lakehouse`."""
    base = os.environ.get("LAKEHOUSE_CACHE")
    if base:
        return Path(base) / name
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lakehouse" / name
