"""The pair of pyspark and delta-spark that belongs together, and what is installed instead."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

PYSPARK = "4.2.0"
DELTA = "4.4.0"
_REMEDY = f"pip install pyspark=={PYSPARK} delta-spark=={DELTA}"


def installed(package: str) -> str | None:
    """Return the installed version of a package; None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def version_problem() -> str:
    """Say in one line what is wrong with the installed pair; empty when it fits.

    Delta's JARs are built for one release of Spark, and pip happily installs a pair that does not fit: the failure
    would be a Java error at the first write.
    """
    found = {"pyspark": installed("pyspark"), "delta-spark": installed("delta-spark")}
    if found == {"pyspark": PYSPARK, "delta-spark": DELTA}:
        return ""
    names = ", ".join(f"{name} {number or 'is missing'}" for name, number in found.items())
    return f"lakehouse needs pyspark {PYSPARK} with delta-spark {DELTA}, found {names}; to do: {_REMEDY}"
