"""What one percent of new records costs beside a full run: `python tests/benchmarks/blocking/incremental.py [records]`."""

from __future__ import annotations

import gc
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
from measure import cost_of, machine  # noqa: E402
from texts import Texts  # noqa: E402

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ROUNDS = 8
"""Batches of new records: the code of the first ones is compiled by the JVM."""


def people(count: int, seed: int) -> pa.Table:
    """People of whom a third comes again, mistyped."""
    texts, chance, rows = Texts(seed), random.Random(seed), []
    while len(rows) < count:
        if rows and chance.random() < 0.33:
            row = [texts.mistyped(value, 0.15) for value in chance.choice(rows)]
        else:
            born = f"{chance.randint(1940, 2004)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
            row = [texts.pick("given"), texts.pick("family"), born, texts.email(), texts.phone(), texts.address()]
        rows.append(row)
    names = ["given_name", "family_name", "birth_date", "email", "phone", "street"]
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return pa.table({"id": [f"p{number}" for number in range(count)], **columns})


def main(count: int) -> None:
    from lakehouse.matching import match
    from lakehouse.matching.incremental import match_new
    from lakehouse.matching.known import KnownRecords, index_records
    from lakehouse.session import open_session

    spark = open_session()
    share = count // 100
    everyone = people(count + ROUNDS * share, seed=5)
    parts = [
        everyone.slice(start, size) for start, size in ((0, count), *((count + n * share, share) for n in range(ROUNDS)))
    ]
    box = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, part in enumerate(parts):
            spark.createDataFrame(part).write.parquet(f"{folder}/part{number}")
        read = [spark.read.parquet(f"{folder}/part{number}") for number in range(len(parts))]

        def full(records: DataFrame) -> None:
            box["result"] = match(records, id="id")
            box["result"].clusters.write.format("noop").mode("overwrite").save()

        def store() -> None:
            known = index_records(box["result"])
            box["model"] = known.model
            for name, rows in known.tables.items():
                rows.write.format("delta").mode("overwrite").save(f"{folder}/{name}")

        def add(number: int) -> None:
            names = ("members", "nodes", "index", "pairs", "clusters", "vocabulary")
            stored = {name: spark.read.format("delta").load(f"{folder}/{name}") for name in names}
            box["update"] = match_new(KnownRecords.from_tables(box["model"], stored), read[number], id="id")
            box["changed"] = box["update"].clusters.count()

        def append() -> None:
            for name, rows in box["update"].added.items():
                rows.write.format("delta").mode("append").save(f"{folder}/{name}")

        print(machine(), flush=True)
        tenth = read[0].where("pmod(xxhash64(id), 10) = 0")
        print("a tenth, cold", cost_of(lambda: full(tenth)), flush=True)
        print("a tenth", cost_of(lambda: full(tenth)), flush=True)
        warm = cost_of(lambda: full(read[0]))
        print("full, warm", warm, box["result"].model.rules, flush=True)
        stored = cost_of(store)
        print("store the state", stored, flush=True)
        # New records come another day: what the full run left in memory is let go.
        box.pop("result")
        gc.collect()
        spark._jvm.System.gc()
        for name in ("index", "nodes", "pairs"):
            print(name, spark.read.format("delta").load(f"{folder}/{name}").count())
        for number in range(1, ROUNDS + 1):
            cost, appended = cost_of(lambda number=number: add(number)), cost_of(append)
            both = (cost.cpu + appended.cpu) / (warm.cpu + stored.cpu)
            print(
                f"{share} new records: {cost.cpu:.1f} CPU s, {cost.cpu / warm.cpu:.1%} of a full run; to append them"
                f" {appended.cpu:.1f}, with it {both:.1%} of a full run that is stored; clusters changed {box['changed']}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
