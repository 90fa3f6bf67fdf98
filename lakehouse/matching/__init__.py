"""Records -> who is the same: complete blocking, comparison, scoring without labels, clusters that do not over-merge.

>>> from lakehouse.matching import match                        # doctest: +SKIP
>>> result = match(customers, id="customer_id")                 # doctest: +SKIP
>>> result.clusters.show()                                      # doctest: +SKIP
>>> print(result.explain("c17", "c2041"))                       # doctest: +SKIP
>>> result.report("report.html")                                # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakehouse.matching.evaluation import Evaluation, evaluate
    from lakehouse.matching.model import MatchModel
    from lakehouse.matching.result import MatchResult
    from lakehouse.matching.run import match
    from lakehouse.matching.settings import MatchSettings

__all__ = ["Evaluation", "MatchModel", "MatchResult", "MatchSettings", "evaluate", "match"]

_HOMES = {
    "Evaluation": "evaluation", "MatchModel": "model", "MatchResult": "result", "MatchSettings": "settings",
    "evaluate": "evaluation", "match": "run",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what is asked for, and Spark with it, only when it is asked for."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
