"""How right the defaults are, and what they cost: public sets, the demo company, and made-up worlds. No labels are used.

    python tests/benchmarks/matching/quality.py [SET ...] [--data ../shared/data] [--size 3000] [--note]

A set is a folder of the public data (`febrl3`, `febrl3-without`, …), `demo`, or a world (`products`, …). `--note` writes
the table to docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import itertools
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1]))
from measure import Cost, cost_of, machine, record
from worlds import WORLDS, Record, World

from lakehouse.matching import match
from lakehouse.matching.evaluation import Evaluation, evaluate
from lakehouse.session import open_session

ROOT = Path(__file__).parents[3]
LEAKY = "soc_sec_id"


@dataclass(frozen=True)
class Known:
    """A set of records and the answer: pairs of ids."""

    left: list[Record]
    right: list[Record] | None
    pairs: list[tuple[str, str]]


def public(data: Path, name: str) -> Known:
    folder = data / "er" / name.removesuffix("-without")
    tables = [
        rows(folder / f"{part}.csv.gz")
        for part in (["left", "right"] if (folder / "left.csv.gz").is_file() else ["records"])
    ]
    if name.endswith("-without"):
        tables = [[{key: value for key, value in row.items() if key != LEAKY} for row in table] for table in tables]
    pairs = [(str(row["id_l"]), str(row["id_r"])) for row in rows(folder / "pairs.csv.gz")]
    return Known(tables[0], tables[1] if len(tables) > 1 else None, pairs)


def rows(path: Path) -> list[Record]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(lines)]


def made(world: World) -> Known:
    groups: dict[int, list[str]] = defaultdict(list)
    for record_id, entity in world.truth.items():
        groups[entity].append(record_id)
    pairs = [pair for ids in groups.values() for pair in itertools.combinations(sorted(ids), 2)]
    if world.right is not None:
        pairs = [pair for pair in pairs if pair[0][0] != pair[1][0]]
    return Known(world.left, world.right, pairs)


def demo(customers: int) -> Known:
    """The CRM export of the demo company as it comes, every line a record."""
    from lakehouse.demo.company import write_company

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo"
        write_company(folder, customers=customers, days=1)
        lines: list[Record] = []
        for path in sorted((folder / "crm").glob("*.csv")):
            # The company plants bytes that are no UTF-8 in a few names.
            with path.open(encoding="utf-8", errors="replace", newline="") as file:
                lines += [{key: value or None for key, value in row.items() if key} for row in csv.DictReader(file)]
        persons: dict[str, list[str]] = defaultdict(list)
        for path in sorted((folder / "truth").rglob("customers_*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    persons[row["person_id"]].append(row["customer_id"])
    key = next(name for name in lines[0] if name.lower().replace("_", "") == "customerid")
    seen: dict[str, Record] = {}
    for line in lines:
        if line.get(key):
            seen.setdefault(
                str(line[key]).strip(), {"id": str(line[key]).strip(), **{k: v for k, v in line.items() if k != key}}
            )
    known = {one for group in persons.values() for one in group}
    records = [line for one, line in seen.items() if one in known]
    pairs = [
        pair
        for ids in persons.values()
        for pair in itertools.combinations(sorted(one for one in set(ids) if one in seen), 2)
    ]
    return Known(records, None, pairs)


def frame(spark, records: list[Record]):
    names = list(dict.fromkeys(name for row in records for name in row))
    return spark.createDataFrame(
        pa.table({name: pa.array([row.get(name) for row in records], pa.string()) for name in names})
    )


def measured(spark, known: Known, *, show: bool) -> tuple[Evaluation, Cost, object]:
    left = frame(spark, known.left).repartition(4).localCheckpoint()
    right = None if known.right is None else frame(spark, known.right).repartition(4).localCheckpoint()
    truth = spark.createDataFrame(
        pa.table(
            {
                name: pa.array([pair[side] for pair in known.pairs], pa.string())
                for side, name in enumerate(("id_l", "id_r"))
            }
        )
    )
    found: list[object] = []

    def work() -> None:
        result = match(left, right, id="id")
        result.clusters.write.format("noop").mode("overwrite").save()
        found.append(result)

    cost = cost_of(work)
    result = found[0]
    if show:
        for name, column in result.model.columns.items():
            print(f"    {name}: {column.kind} ({column.reason})")
        print("    rules:", *result.model.rules, sep="\n      ")
        print(
            "    threshold",
            result.model.threshold,
            "links",
            result.model.links,
            "matches",
            result.model.matches,
            "warnings",
            result.model.warnings,
        )
        for one in result.clustering.tried:
            print("    ", one)
    return evaluate(result, truth), cost, result


def line(name: str, known: Known, evaluation: Evaluation, cost: Cost, result) -> str:
    return (
        f"| {name} | {len(known.left) + len(known.right or []):,} | {evaluation.closure_f1:.4f} | {evaluation.closure_precision:.4f} "
        f"| {evaluation.closure_recall:.4f} | {evaluation.bcubed_f1:.4f} | {evaluation.pair_f1:.4f} | {evaluation.blocking_recall:.4f} "
        f"| {result.model.threshold:g} | {result.model.expected_precision:.2f} / {result.model.expected_recall:.2f} | {evaluation.largest_cluster} ({evaluation.largest_true}) | {cost.cpu:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--size", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--demo", type=int, default=100_000)
    parser.add_argument("--note", action="store_true")
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    publics = ["febrl3", "febrl3-without", "febrl4", "febrl4-without", "fake_1000", "historical_50k"]
    makers: dict[str, Callable[[], Known]] = {
        name: (lambda name=name: public(arguments.data, name)) for name in publics
    }
    makers["demo"] = lambda: demo(arguments.demo)
    makers.update(
        {name: (lambda make=make: made(make(arguments.size, arguments.seed))) for name, make in WORLDS.items()}
    )
    lines = list(results(makers, arguments))
    if arguments.note:
        head = ["## Matching: default settings, no labels", "", f"`tests/benchmarks/matching/quality.py`; {machine()}", "",
                "| set | records | closure F1 | precision | recall | B-cubed F1 | pair F1 | blocking recall | threshold | expected precision / recall | largest (true) | CPU s |",
                "|---|---|---|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
        record("matching quality", [*head, *lines])


def results(makers: dict[str, Callable[[], Known]], arguments: argparse.Namespace) -> Iterator[str]:
    spark = open_session()
    for name in arguments.sets or makers:
        known = makers[name]()
        evaluation, cost, result = measured(spark, known, show=arguments.show)
        print(line(name, known, evaluation, cost, result), flush=True)
        if arguments.show:
            print(evaluation, evaluation.found_by_rule, sep="\n", flush=True)
        yield line(name, known, evaluation, cost, result)


if __name__ == "__main__":
    main()
