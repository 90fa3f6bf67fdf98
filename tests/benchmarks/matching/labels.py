"""What labels are worth: match, judge pairs of the review list, or of `to_label`, by the known answer, match again.

    python tests/benchmarks/matching/labels.py [SET ...] [--labels 100] [--note]

Sets as in `quality.py`. The answer takes the place of the person who judges, and of nothing else.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pyarrow as pa
from pyspark.sql import functions as F
from quality import ROOT, Known, frame, machine, made, public, record
from worlds import WORLDS

from lakehouse.matching import match
from lakehouse.matching.evaluation import evaluate
from lakehouse.session import open_session

SETS = ("fake_1000", "products", "households", "sparse_contacts", "citations")


def closed(known: Known) -> dict[str, str]:
    """The entity of each record that has a partner, named by one of its records."""
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        while parent.setdefault(one, one) != one:
            one = parent[one]
        return one

    for left, right in known.pairs:
        parent[root(right)] = root(left)
    return {one: root(one) for one in list(parent)}


def judged(spark, result, known: Known, count: int, *, review: bool):
    entity = closed(known)
    asked = result.review.limit(count).withColumn("chosen_by", F.lit("review")) if review else result.to_label(count)
    rows = asked.select("id_l", "id_r", "chosen_by").collect()
    verdicts = [entity.get(row.id_l, row.id_l) == entity.get(row.id_r, row.id_r) for row in rows]
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in ("id_l", "id_r", "chosen_by")}
    return spark.createDataFrame(pa.table({**columns, "match": pa.array(verdicts, pa.bool_())}))


def compared(spark, name: str, known: Known, count: int) -> str:
    tables = [frame(spark, table) for table in (known.left, known.right) if table is not None]
    truth = spark.createDataFrame(
        pa.table({side: [pair[place] for pair in known.pairs] for place, side in enumerate(("id_l", "id_r"))})
    )
    before = match(*tables, id="id")
    told = [f"| {name} | {evaluate(before, truth).closure_f1:.4f}"]
    for review in (True, False):
        labels = judged(spark, before, known, count, review=review).localCheckpoint()
        after = match(*tables, id="id", labels=labels)
        line = after.fit.calibration
        told.append(f"{line.right} + {line.wrong} | {evaluate(after, truth).closure_f1:.4f}")
    loss = "no line" if line.loss_before is None else f"{line.loss_before:.3f} / {line.loss_after:.3f}"
    return " | ".join([*told, f"{line.slope:.2f}, {line.offset:+.1f}", loss]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--labels", type=int, default=100)
    parser.add_argument("--size", type=int, default=3000)
    parser.add_argument("--note", action="store_true")
    arguments = parser.parse_args()
    spark = open_session()
    lines = []
    for name in arguments.sets:
        known = made(WORLDS[name](arguments.size, 1)) if name in WORLDS else public(arguments.data, name)
        lines.append(compared(spark, name, known, arguments.labels))
        print(lines[-1], flush=True)
    if arguments.note:
        head = ["## Matching: what labels are worth", "", f"`tests/benchmarks/matching/labels.py`; {machine()}", "",
                f"The first {arguments.labels} pairs of the review list, or of `to_label`, judged by the known answer.",
                "Line: slope and offset in bits that labels of `to_label` drew; loss: mean log loss of held out labels without",
                "and with it.", "",
                "| set | closure F1 without | labels of `review`, yes + no | closure F1 | labels of `to_label` | closure F1 | line | loss |",
                "|---|---|---|---|---|---|---|---|"]  # fmt: skip
        record("matching labels", [*head, *lines])


if __name__ == "__main__":
    main()
