"""What matching costs as tables grow: the demo company with default settings, each size in a warm process.

    python tests/benchmarks/matching/cost.py [--customers 10000:4 100000:3 1000000:1] [--note]

`10000:4` matches a company of 10,000 customers four times; the last round counts. Sizes run in one process, in their order.
Give the driver the memory that the largest needs (`spark.driver.memory` in a profile, `LAKEHOUSE_SPARK_PROFILE`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
from measure import cost_of, machine, record  # noqa: E402
from quality import demo, frame  # noqa: E402

from lakehouse.matching import match  # noqa: E402
from lakehouse.session import open_session  # noqa: E402


def rounds(spark, path: str, times: int):
    """Yield the cost of each round."""

    def work() -> None:
        match(spark.read.parquet(path), id="id").clusters.write.format("noop").mode("overwrite").save()

    for _ in range(times):
        yield cost_of(work)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", nargs="+", default=["10000:4", "100000:3", "1000000:1"])
    parser.add_argument("--note", action="store_true")
    arguments = parser.parse_args()
    spark = open_session()
    lines = ["## Matching: cost", "", f"`tests/benchmarks/matching/cost.py`; {machine()}", "",
             f"The demo company, default settings, warm (the last round of each size), driver of {spark.conf.get('spark.driver.memory')}.", "",
             "| customers | records | CPU s | wall s | CPU s of the rounds before |",
             "|---|---|---|---|---|"]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for given in arguments.customers:
            customers, times = map(int, given.split(":"))
            path = f"{folder}/{customers}"
            frame(spark, demo(customers).left).repartition(4).write.parquet(path)
            taken = []
            for cost in rounds(spark, path, times):
                taken.append(cost)
                print(customers, cost, flush=True)
            before, records = ", ".join(f"{cost.cpu:.0f}" for cost in taken[:-1]), spark.read.parquet(path).count()
            lines.append(f"| {customers:,} | {records:,} | {taken[-1].cpu:.0f} | {taken[-1].wall:.0f} | {before} |")
            print(lines[-1], flush=True)
    if arguments.note:
        record("matching cost", lines)


if __name__ == "__main__":
    main()
