"""raw -> cleansed with 8 rules, quarantine and exact counts, against a bare Delta copy of the same records.

    python tests/benchmarks/cleanse.py [--rows 1000000 4000000] [--repeats 3] [--parts]

Records are JSON lines of eight fields with planted faults; both jobs read the same raw table in the same process,
interleaved, and the counts are asserted before any time is told. `--parts` takes the work apart instead: each stretch
on the way from raw to cleansed, up to a sink that does nothing or to real files.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from measure import Cost, cost_of, machine, record
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Lake
from lakehouse.cleansed.entity import judge_records
from lakehouse.cleansed.typing import with_texts, with_values
from lakehouse.quality.rules import is_accepted
from lakehouse.raw.landing import RAW_COMMENTS, RAW_SCHEMA
from lakehouse.session import open_session
from lakehouse.storage.commit import Note
from lakehouse.storage.schema import ensure_table
from lakehouse.storage.tables import append

LAKE = "root: lake\n"
SOURCE = "path: landing\nformat: jsonl\n"
ENTITY = """
source: customers
columns:
  id: {}
  email: {normalize: email}
  age: {type: int}
  status: {}
  signed_up: {type: date}
  store: {type: int}
  country: {normalize: upper}
  amount: {type: "decimal(18,2)"}
rules:
  - {required: id}
  - {required: email}
  - {email: email}
  - {rule: range, column: age, min: 0, max: 120}
  - {rule: accepted_values, column: status, values: [active, passive, gone]}
  - {rule: date, column: signed_up, not_before: "2000-01-01", max_future_days: 0}
  - {rule: range, column: amount, min: 0}
  - {rule: sql, name: store_known, condition: "store BETWEEN 1 AND 1000"}
"""


def raw_records(spark, rows: int):
    """`rows` records, of which about 7 in 100 break a rule; the same at every call."""
    n = F.col("id")

    def every(step: int, bad, good):
        return F.when(n % step == step - 1, bad).otherwise(good)

    record = F.struct(
        every(997, F.lit(None).cast("string"), F.format_string("C%09d", n)).alias("id"),
        every(101, F.lit("broken@"), F.concat(F.lit("person"), n, F.lit("@mail"), n % 97, F.lit(".example.com"))).alias("email"),
        every(151, F.lit(207), (n % 80 + 18).cast("int")).alias("age"),
        every(211, F.lit("lost"), F.element_at(F.array(*map(F.lit, ("active", "passive", "gone"))), (n % 3 + 1).cast("int"))).alias("status"),
        every(103, F.lit("2024-02-30"), F.date_add(F.lit("2015-01-01").cast("date"), (n % 3000).cast("int")).cast("string")).alias("signed_up"),
        every(331, F.lit(5000), (n % 1000 + 1).cast("int")).alias("store"),
        F.element_at(F.array(*map(F.lit, ("de", "at", "ch", "fr", "it"))), (n % 5 + 1).cast("int")).alias("country"),
        ((n % 100000) / F.lit(100)).cast("decimal(18,2)").alias("amount"),
    )  # fmt: skip
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return spark.range(rows).select(
        F.parse_json(F.to_json(record)).alias("record"), F.lit(None).cast("string").alias("_corrupt_record"),
        F.lit(None).cast("string").alias("_corrupt_reason"), F.lit("customers").alias("_source"),
        F.lit("a.jsonl").alias("_source_file"), F.format_string("f-%012d-%010d", F.lit(0), n).alias("_record_id"),
        F.lit(now).alias("_ingested_at"), F.lit("r").alias("_run_id"), F.lit(0).cast("bigint").alias("_batch_id"),
    )  # fmt: skip


def prepare(folder: Path, spark, rows: int) -> Lake:
    """A project whose raw table holds the records."""
    for name, text in {"lake": LAKE, "sources/customers": SOURCE, "entities/customers": ENTITY}.items():
        path = folder / f"conf/{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "landing").mkdir()
    lake = Lake.open(folder / "conf", spark=spark)
    path = lake.layout.table("raw", "customers")
    ensure_table(spark, path, RAW_SCHEMA, comments=RAW_COMMENTS)
    append(raw_records(spark, rows).repartition(4), path, token=None, note=Note("r", "ingest"))
    return lake


def expected_bad(rows: int) -> int:
    return sum(any(n % step == step - 1 for step in (997, 101, 151, 211, 103, 331)) for n in range(rows))


def compare(rows: int, repeats: int) -> tuple[list[Cost], list[Cost]]:
    """Interleave copy and cleanse; the first pair only warms up."""
    spark = open_session()
    copies, cleanses = [], []
    bad = expected_bad(rows)
    for number in range(repeats + 1):
        with tempfile.TemporaryDirectory() as folder:
            lake = prepare(Path(folder), spark, rows)
            copy = f"{folder}/copy"
            copies.append(cost_of(lambda: lake.raw("customers").write.format("delta").save(copy)))  # noqa: B023
            cleanses.append(cost_of(lambda: check(lake.cleanse(as_of="2026-01-01"), rows, bad)))  # noqa: B023
            print(f"{rows} rows, {number}: copy {copies[-1]}, cleanse {cleanses[-1]}", flush=True)
            shutil.rmtree(copy)
    return copies[1:], cleanses[1:]


def check(report, rows: int, bad: int) -> None:
    step = report.steps[0]
    assert (step.rows_in, step.rows_out, step.rows_quarantined) == (rows, rows - bad, bad), step


def parts(rows: int, repeats: int) -> list[str]:
    """Measure how far each stretch of the way costs; every line holds what the lines before it hold."""
    spark = open_session()
    spark.conf.set("spark.sql.maxConcurrentOutputFileWriters", "8")  # as cleansing does
    with tempfile.TemporaryDirectory() as folder:
        lake = prepare(Path(folder), spark, rows)
        entity, raw = lake.config.entities["customers"], lake.raw("customers")
        judged = judge_records(raw, entity, as_of=datetime(2026, 1, 1, tzinfo=UTC)).withColumn("_accepted", is_accepted())
        staged = f"{folder}/staged"
        kept = [name for name in judged.columns if name not in ("_accepted", "_reasons", "record", "_corrupt_record")]
        work = {
            "read the record": lambda: sink(raw.select("record")),
            "bare Delta copy": lambda: write_delta(raw, f"{folder}/copy"),
            "read eight fields of the record as text": lambda: sink(
                raw.select(*(F.try_variant_get("record", f"$.{name}", "string") for name in entity.columns))
            ),
            "… blank texts to null": lambda: sink(with_texts(raw, entity)),
            "… normalized and typed": lambda: sink(with_values(with_texts(raw, entity), entity)),
            "… judged": lambda: sink(judged),
            "… staged (Parquet)": lambda: judged.write.mode("overwrite").partitionBy("_accepted").parquet(staged),
            "append what was staged": lambda: write_delta(
                spark.read.schema(judged.schema).parquet(staged).where("_accepted").select(*kept), f"{folder}/table"
            ),
        }
        costs = {name: [cost_of(job).cpu for _ in range(repeats + 1)][1:] for name, job in work.items()}
    copy = min(costs["bare Delta copy"])
    return [f"| {name} | {min(cost):.1f} | {min(cost) / copy:.1f} |" for name, cost in costs.items()]


def sink(rows: DataFrame) -> None:
    rows.write.format("noop").mode("overwrite").save()


def write_delta(rows: DataFrame, path: str) -> None:
    rows.write.format("delta").mode("overwrite").save(path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", action="store_true")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.parts:
        lines = [f"## raw → cleansed, taken apart: {arguments.rows[0]:,} rows", "", f"`tests/benchmarks/cleanse.py --parts`; {machine()}",
                 "", "| up to | CPU s (min) | of a bare copy |", "|---|---|---|", *parts(arguments.rows[0], arguments.repeats)]  # fmt: skip
        record("cleanse parts", lines)
        print("\n".join(lines))
        return
    lines = ["## raw → cleansed, 8 rules, quarantine, exact counts", "", f"`tests/benchmarks/cleanse.py`; {machine()}", "",
             "| rows | bare Delta copy, CPU s (min, median) | cleanse, CPU s (min, median) | ratio of medians |",
             "|---|---|---|---|"]  # fmt: skip
    for rows in arguments.rows:
        copies, cleanses = compare(rows, arguments.repeats)
        low = [min(cost.cpu for cost in costs) for costs in (copies, cleanses)]
        middle = [statistics.median(cost.cpu for cost in costs) for costs in (copies, cleanses)]
        lines.append(
            f"| {rows:,} | {low[0]:.1f}, {middle[0]:.1f} | {low[1]:.1f}, {middle[1]:.1f} | {middle[1] / middle[0]:.2f} |"
        )
    record("cleanse", lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
