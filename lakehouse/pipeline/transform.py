"""`package.module:function` in conf/ -> the function."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, cast

from lakehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import DataFrame


def load_transform(reference: str, project: Path) -> Callable[[DataFrame], DataFrame]:
    """Import an entity's own function; modules beside conf/ are found as well as installed ones.

    Raises:
        ConfigurationError: there is no such module or function.
    """
    module_name, _, function_name = reference.partition(":")
    if str(project) not in sys.path:
        sys.path.append(str(project))
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            "the `transform` function cannot be imported",
            where=f"transform: {reference}",
            found=f"{type(error).__name__}: {error}",
            remedy=f"put {module_name.replace('.', '/')}.py into {project}, or install its package",
        ) from error
    if not callable(function):
        raise ConfigurationError(
            "`transform` does not name a function",
            where=f"transform: {reference}",
            found=type(function).__name__,
            remedy="name a function that takes and returns a DataFrame",
        )
    return cast("Callable[[DataFrame], DataFrame]", function)
