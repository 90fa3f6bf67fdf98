"""A layered Delta lake for e-mail personalisation.

>>> from lakehouse import Lake                                  # doctest: +SKIP
>>> lake = Lake.open("conf")                                    # doctest: +SKIP
>>> lake.run(as_of="2026-06-01")                                # doctest: +SKIP
>>> lake.curated("customer_profiles").show()                    # doctest: +SKIP
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from lakehouse.environment.versions import version_problem
from lakehouse.errors import LakehouseError

if TYPE_CHECKING:
    from lakehouse.lake import Lake

__version__ = "0.1.0"
__all__ = ["Lake", "LakehouseError", "__version__"]

if _problem := version_problem():
    warnings.warn(_problem, stacklevel=2)


def __getattr__(name: str) -> Any:
    """Import `Lake`, and Spark with it, only when it is asked for."""
    if name == "Lake":
        from lakehouse.lake import Lake  # noqa: PLC0415

        return Lake
    raise AttributeError(f"module `lakehouse` has no attribute `{name}`")
