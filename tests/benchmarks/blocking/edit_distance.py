"""What complete edit-distance blocking costs, how it grows, and what connecting the pairs costs.

    python tests/benchmarks/blocking/edit_distance.py [--part texts growth components] [--note]

Every column is blocked twice in one warm process: with cuts by a sample of the texts, as plans choose them, and with even
segments, of which three survive. The two have no signature in common, so that equal pairs (number and checksum) check each
other where comparing all with all would take hours.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
from measure import Cost, cost_of, machine, record
from texts import Texts

from lakehouse.matching.blocking.anchors import Texts as CutTexts
from lakehouse.matching.blocking.candidates import candidate_pairs
from lakehouse.matching.blocking.estimates import estimate_rules
from lakehouse.matching.blocking.plan import BlockingPlan, plan_blocking
from lakehouse.matching.blocking.rules import BlockingRule, Within
from lakehouse.matching.blocking.segments import Segmentation
from lakehouse.matching.components.connected import connected_components
from lakehouse.matching.components.driver import connected_components_arrays
from lakehouse.session import open_session

COLUMNS = [("surname", 2, 20_000), ("full_name", 2, 250_000), ("email", 2, 256_000), ("phone", 2, 85_000), ("address", 2, 100_000)]
GROWTH = [16_000, 64_000, 256_000]
NODES, EDGES, LAST_EDGES = 3_600_000, 2_300_000, 20_000


@dataclass(frozen=True)
class Found:
    """Pairs of one way to block, and what they cost."""

    pairs: int
    checksum: int
    cost: Cost


def table(spark: SparkSession, kind: str, count: int) -> DataFrame:
    texts = Texts(seed=4).distinct(kind, count)
    rows = spark.createDataFrame(pa.table({"_id": pa.array(range(count), pa.int64()), "text": texts}))
    return rows.repartition(4).localCheckpoint()


def found(records: DataFrame, rule: BlockingRule, *, even: bool) -> Found:
    results: list[tuple[int, int]] = []

    def work() -> None:
        plan = plan_blocking(records, [rule])
        pairs = candidate_pairs(records, [rule], plan=with_even_cuts(plan) if even else plan)
        row = pairs.agg(F.count("*"), F.sum(F.pmod(F.xxhash64("id_l", "id_r"), F.lit(1 << 30)))).first()
        results.append((row[0], row[1] or 0))

    cost = cost_of(work)
    return Found(*results[0], cost)


def with_even_cuts(plan: BlockingPlan) -> BlockingPlan:
    (one,) = plan.rules
    texts = one.search.texts
    even = CutTexts(Segmentation(texts.segmentation.distance, 3), texts.lengths)
    return BlockingPlan((replace(one, search=replace(one.search, texts=even)),))


def text_lines(spark: SparkSession) -> Iterator[str]:
    yield "| column, k | different texts | pairs | signatures | comparisons | CPU s | wall s | even segments: CPU s | same pairs |"
    yield "|---|---|---|---|---|---|---|---|---|"
    warm = table(spark, "email", 20_000)
    for distance in (1, 2):
        found(warm, BlockingRule("warm", (Within("text", distance),)), even=False)
    for kind, distance, count in COLUMNS:
        records, rule = table(spark, kind, count), BlockingRule("rule", (Within("text", distance),))
        chosen, even = found(records, rule, even=False), found(records, rule, even=True)
        (estimate,) = estimate_rules(records, [rule])
        same = (chosen.pairs, chosen.checksum) == (even.pairs, even.checksum)
        yield (
            f"| {kind}, {distance} | {count:,} | {chosen.pairs:,} | {estimate.signatures:,} | {estimate.comparisons:,} "
            f"| **{chosen.cost.cpu:.1f}** | {chosen.cost.wall:.1f} | {even.cost.cpu:.1f} | {'yes' if same else 'NO'} |"
        )


def growth_lines(spark: SparkSession) -> Iterator[str]:
    yield "| full names, k = 2 | pairs | comparisons | signatures | CPU s |"
    yield "|---|---|---|---|---|"
    seen = []
    rule = BlockingRule("rule", (Within("text", 2),))
    for count in GROWTH:
        records = table(spark, "full_name", count)
        chosen = found(records, rule, even=False)
        (estimate,) = estimate_rules(records, [rule], keyed=count)
        seen.append((count, chosen, estimate))
        yield (
            f"| {count:,} | {chosen.pairs:,} | {estimate.comparisons:,} | {estimate.signatures:,} | {chosen.cost.cpu:.1f} |"
        )
    (small, first, before), *_, (large, last, after) = seen
    times = large / small

    def power(one: float, two: float) -> str:
        return f"n^{math.log(two / one) / math.log(times):.2f}"

    yield (
        f"| growth over {times:.0f} times | {power(first.pairs, last.pairs)} | {power(before.comparisons, after.comparisons)} "
        f"| {power(before.signatures, after.signatures)} | {power(first.cost.cpu, last.cost.cpu)} |"
    )


def clusters(nodes: int, edges: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges of a forest as matching leaves it: trees of a few records each, in any order."""
    random = np.random.default_rng(1)
    names = random.permutation(nodes).astype(np.int64)
    # The first records of the trees have no edge; every other one is joined to a record of its tree before it.
    starts = np.sort(random.choice(nodes - 1, nodes - edges - 1, replace=False) + 1)
    first = np.zeros(nodes, dtype=np.int64)
    first[starts] = starts
    first = np.maximum.accumulate(first)
    place = np.flatnonzero(first != np.arange(nodes))
    parent = first[place] + (random.random(len(place)) * (place - first[place])).astype(np.int64)
    order = random.permutation(len(place))
    return names[parent[order]], names[place[order]]


def component_lines(spark: SparkSession) -> Iterator[str]:
    yield "| trees of | union-find on the driver, CPU s | randomized contraction on Spark, CPU s | same components |"
    yield "|---|---|---|---|"
    for nodes, edges, shown in ((200_000, 120_000, False), (NODES, EDGES, True)):
        left, right = clusters(nodes, edges)
        expected: list[tuple[np.ndarray, np.ndarray]] = []
        driver = cost_of(lambda ends=(left, right), out=expected: out.append(connected_components_arrays(*ends)))
        frame = spark.createDataFrame(pa.table({"id_l": left, "id_r": right})).repartition(4).localCheckpoint()
        found: list[DataFrame] = []

        def contract(frame: DataFrame = frame, out: list[DataFrame] = found) -> None:
            out.append(connected_components(frame, max_driver_edges=LAST_EDGES).localCheckpoint())

        spark_cost = cost_of(contract)
        answer = found[0].orderBy("id").toArrow()
        same = all(np.array_equal(answer.column(n), one) for n, one in enumerate(expected[0]))
        if shown:
            yield (
                f"| {nodes:,} nodes, {len(left):,} edges | **{driver.cpu:.1f}** | **{spark_cost.cpu:.1f}** | {'yes' if same else 'NO'} |"
            )


PARTS = {"texts": text_lines, "growth": growth_lines, "components": component_lines}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--part", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--note", action="store_true")
    arguments = parser.parse_args()
    spark = open_session()
    lines = ["## Blocking by edit distance, complete", "", f"`tests/benchmarks/blocking/edit_distance.py`; {machine()}"]
    for part in arguments.part:
        lines.append("")
        for line in PARTS[part](spark):
            print(line, flush=True)
            lines.append(line)
    if arguments.note:
        record("blocking edit distance", lines)


if __name__ == "__main__":
    main()
