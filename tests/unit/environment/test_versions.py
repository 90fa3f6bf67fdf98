"""A pair of packages that does not fit is named, and the right one beside it."""

from __future__ import annotations

import importlib

import pytest

import lakehouse
from lakehouse.environment import versions


def test_the_installed_pair_fits():
    assert versions.version_problem() == ""


@pytest.mark.parametrize(
    "found", [{"pyspark": "4.3.0", "delta-spark": "4.1.0"}, {"pyspark": None, "delta-spark": None}]
)
def test_a_wrong_pair_is_told_at_import_with_the_right_one(monkeypatch, found):
    monkeypatch.setattr(versions, "installed", found.get)
    with pytest.warns(UserWarning, match=r"pyspark 4\.2\.0 with delta-spark 4\.4\.0.*pip install") as told:
        importlib.reload(lakehouse)
    assert (found["pyspark"] or "is missing") in str(told[0].message)
