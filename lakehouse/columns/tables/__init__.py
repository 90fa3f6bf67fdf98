"""Reference data that was generated once and is read when first needed: names, codes and number plans."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def read_table(name: str) -> Mapping[str, str]:
    """Read one of the tables of this package.

    Args:
        name: of the file beside this module, without `.json`; its `source` entry says where the data come from.

    Returns:
        the entries of the table; the same object each time, not to be changed.
    """
    content = json.loads(files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    entries: Mapping[str, str] = content["entries"]
    return entries
