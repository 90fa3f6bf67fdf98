"""Match weights by Spark, against those that the fit works with."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from lakehouse.matching.expectation import weigh_patterns
from lakehouse.matching.fields import Field
from lakehouse.matching.kinds import KINDS, MISSING
from lakehouse.matching.level_shares import prior_shares
from lakehouse.matching.pair_classes import FieldShares, Fit, Patterns
from lakehouse.matching.scoring import RARENESS, with_weights

USED = [KINDS[name] for name in ("given_name", "family_name", "email", "phone", "street", "postcode", "city", "category")]


@pytest.mark.parametrize("neighbor", [0.0, 0.12], ids=["strangers alike", "neighbors"])
@pytest.mark.parametrize("moved", [0.0, 0.2], ids=["nobody moved", "some moved"])
@pytest.mark.parametrize("sibling", [0.0, 4e-6], ids=["no series", "series"])
def test_weights_by_spark_are_those_of_the_fit(spark, neighbor, moved, sibling):
    chance = np.random.default_rng(2)
    rows = 300
    levels = np.stack([chance.integers(MISSING, kind.top + 1, rows) for kind in USED], axis=1).astype(np.int8)
    rare = {name: chance.uniform(0, 20, rows).round(3) for name in RARENESS}
    columns = {f"g_{kind.name}": pa.array(levels[:, j]) for j, kind in enumerate(USED)}
    compared = spark.createDataFrame(
        pa.table({"n": range(rows), **columns, **{f"_{name}": values for name, values in rare.items()}})
    )
    shares = []
    for kind in USED:
        series, near, far = (chance.dirichlet(np.full(kind.top + 1, 2.0)) for _ in range(3))
        shares.append(FieldShares(prior_shares(kind), prior_shares(kind), prior_shares(kind), series, near, far))
    fit = Fit(tuple(shares), 1e-5, 2e-6, 3e-6, sibling, neighbor, moved)
    fields = [Field(kind.name, kind, (kind.name,), F.lit(None)) for kind in USED]
    told = with_weights(compared, fields, fit).orderBy("n").toArrow()
    patterns = Patterns(
        levels, np.ones(rows), rare["own"], rare["shared"], rare["named"], 1e9, 1e4, placed=rare["placed"]
    )
    expected = weigh_patterns(patterns, fit, USED)
    assert told.column("match_weight").to_numpy() == pytest.approx(expected, abs=2e-5)
