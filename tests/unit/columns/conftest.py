"""Column functions are judged on one frame for each table of cases."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F


@pytest.fixture(scope="session")
def apply(spark):
    """Evaluate a Column function for each of many texts, or for each tuple of arguments, in their order."""

    def apply(function, values, types=("string",)):
        names = [f"value{place}" for place in range(len(types))]
        rows = [(row, *(value if isinstance(value, tuple) else (value,))) for row, value in enumerate(values)]
        schema = ", ".join(["row int", *(f"{name} {kind}" for name, kind in zip(names, types, strict=True))])
        frame = spark.createDataFrame(rows, schema)
        result = frame.select("row", function(*map(F.col, names)).alias("result"))
        return [entry.result for entry in sorted(result.collect())]

    return apply


@pytest.fixture(scope="session")
def check(apply):
    """Compare the results of a Column function with those expected; a failure shows all that differ."""

    def check(function, cases, types=("string",)):
        actual = dict(zip(cases, apply(function, list(cases), types), strict=True))
        assert {case: value for case, value in actual.items() if value != cases[case]} == {}, {
            case: cases[case] for case, value in actual.items() if value != cases[case]
        }

    return check
