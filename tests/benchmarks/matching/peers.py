"""lakehouse beside its peers: the same records, each with the settings that its documentation recommends.

    python tests/benchmarks/matching/peers.py write FOLDER [--set demo --customers 100000]   in the environment of lakehouse
    python tests/benchmarks/matching/peers.py splink FOLDER                      where the peers were installed:
    python tests/benchmarks/matching/peers.py splink-spark FOLDER                `pip install splink recordlinkage dedupe
    python tests/benchmarks/matching/peers.py recordlinkage FOLDER               pyarrow psutil`, for splink-spark also pyspark
    python tests/benchmarks/matching/peers.py dedupe FOLDER

`write` also matches with lakehouse's defaults and prints its line. Of the demo company the peers get lakehouse's normal form, which
it made itself within its time; the public set `febrl3-without` is in order as it comes.

Splink: comparisons of its library with term frequencies, blocking rules of equality, u from random pairs, m by EM over two rules;
clusters at 0.95, and besides the best threshold of all, which only who knows the truth could choose. recordlinkage: blocks of
equality, Jaro-Winkler at 0.85 as in its guide, the ECM classifier, which needs no labels, and connected components, for it makes
no clusters. dedupe: active learning with 100 answers, all of them right, and its own clustering.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
from measure import cpu_seconds

DEMO = ("firstname", "lastname", "email", "phone", "birthdate", "street", "postalcode", "city", "country", "gender")
FEBRL = (
    "given_name", "surname", "date_of_birth", "street_number", "address_1", "address_2", "suburb", "postcode", "state",
)  # fmt: skip
BLOCKS = {
    DEMO: [
        ("email",), ("phone",), ("firstname", "lastname"), ("lastname", "birthdate"), ("firstname", "birthdate"),
        ("lastname", "postalcode"), ("firstname", "postalcode"), ("birthdate", "postalcode"), ("street", "postalcode"),
    ],
    FEBRL: [
        ("given_name", "surname"), ("given_name", "date_of_birth"), ("surname", "date_of_birth"), ("given_name", "postcode"),
        ("surname", "postcode"), ("date_of_birth", "postcode"), ("address_1", "suburb"), ("given_name", "suburb"),
        ("surname", "suburb"),
    ],
}  # fmt: skip
CERTAIN = {
    DEMO: [("email",), ("phone",), ("firstname", "lastname", "birthdate")],
    FEBRL: [("given_name", "surname", "date_of_birth"), ("address_1", "date_of_birth")],
}
TRAINED_ON = {DEMO: [("firstname", "lastname"), ("birthdate",)], FEBRL: [("given_name", "surname"), ("date_of_birth",)]}
ANSWERS = 100


def write(folder: Path, name: str, customers: int) -> None:
    """Write the records and the true pairs, and match."""
    from quality import demo, frame, public

    from lakehouse.matching import match
    from lakehouse.matching.evaluation import evaluate
    from lakehouse.session import open_session

    spark = open_session()
    data = Path(__file__).parents[4] / "shared" / "data"
    known = demo(customers) if name == "demo" else public(data, name)
    records = frame(spark, known.left).repartition(4).localCheckpoint()
    truth = {"id_l": [pair[0] for pair in known.pairs], "id_r": [pair[1] for pair in known.pairs]}
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(truth), folder / "truth.parquet")
    with told("lakehouse, with the start of Spark's code"):
        result = match(records, id="id")
        result.clusters.write.format("noop").mode("overwrite").save()
    print(evaluate(result, spark.createDataFrame(pa.table(truth))))
    if name == "demo":
        forms = result.records.distinct.select("_id", *DEMO)
        members = result.records.members.selectExpr("_key as unique_id", "_copy_of as _id")
        table = members.join(forms, on="_id").drop("_id").toArrow()
    else:
        table = records.selectExpr("id as unique_id", *FEBRL).toArrow()
    pq.write_table(table, folder / "records.parquet")


@contextmanager
def told(what: str) -> Iterable[None]:
    """Print what something cost."""
    started, cpu = time.monotonic(), cpu_seconds()
    yield
    print(f"{what}: {cpu_seconds() - cpu:.0f} CPU-s, {time.monotonic() - started:.0f} s", flush=True)


def read(folder: Path) -> tuple[pa.Table, tuple[str, ...], set[tuple[str, str]]]:
    """Return the records, their fields and the true pairs."""
    records = pq.read_table(folder / "records.parquet")
    truth = {tuple(sorted(row.values())) for row in pq.read_table(folder / "truth.parquet").to_pylist()}
    return records, DEMO if "email" in records.column_names else FEBRL, truth


def splink(folder: Path, *, spark: bool = False) -> None:
    """Fit and predict with Splink, on DuckDB or on Spark, and tell how right its clusters are."""
    from splink import Linker, block_on

    records, fields, truth = read(folder)
    database, table = _on_spark(folder) if spark else _on_duckdb(records)
    with told("splink, until pairs"):
        linker = Linker(database.register(table), _splink_settings(fields, "yyyyMMdd" if spark else "%Y%m%d"))
        linker.training.estimate_probability_two_random_records_match(
            [block_on(*one) for one in CERTAIN[fields]], recall=0.8
        )
        linker.training.estimate_u_using_random_sampling(max_pairs=1e7 if records.num_rows > 20_000 else 1e6)
        for one in TRAINED_ON[fields]:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*one))
        predicted = linker.inference.predict(threshold_match_probability=0.01)
        pairs = predicted.as_record_list()
    compared = {tuple(sorted((row["unique_id_l"], row["unique_id_r"]))) for row in pairs}
    print(f"splink: {len(pairs):,} pairs from probability 0.01; true pairs among them {len(compared & truth) / len(truth):.4f}")
    lines = []
    for threshold in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999):
        found = [(r["unique_id_l"], r["unique_id_r"]) for r in pairs if r["match_probability"] >= threshold]
        lines.append((threshold, *closure(components(found), truth)))
        print("splink: threshold {}: closure F1 {:.4f}, precision {:.4f}, recall {:.4f}, largest {}".format(*lines[-1]))
    print("splink: best in hindsight: threshold {}, closure F1 {:.4f}".format(*max(lines, key=lambda one: one[1])))


def _on_duckdb(records: pa.Table) -> tuple[object, object]:
    from splink.backends.duckdb import DuckDBAPI

    return DuckDBAPI(), records


def _on_spark(folder: Path) -> tuple[object, object]:
    """Start Spark as the documentation of Splink does, with the functions that it brings in a JAR."""
    from pyspark.sql import SparkSession
    from splink.backends.spark import SparkAPI, similarity_jar_location

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", similarity_jar_location())
        .config("spark.driver.memory", "4g")
        .config("spark.default.parallelism", "8")
        .config("spark.sql.shuffle.partitions", "8")
        .getOrCreate()
    )
    session.sparkContext.setCheckpointDir(str(folder / "checkpoints"))
    return SparkAPI(spark_session=session), session.read.parquet(str(folder / "records.parquet"))


def _splink_settings(fields: tuple[str, ...], days: str) -> object:
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    if fields is DEMO:
        comparisons = [
            cl.ForenameSurnameComparison("firstname", "lastname"), cl.EmailComparison("email"),
            cl.LevenshteinAtThresholds("phone", [1, 2]),
            cl.DateOfBirthComparison("birthdate", input_is_string=True, datetime_format=days),
            cl.JaroWinklerAtThresholds("street", [0.9, 0.8]).configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("postalcode", [1]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True), cl.ExactMatch("country"), cl.ExactMatch("gender"),
        ]  # fmt: skip
    else:
        comparisons = [
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format=days),
            cl.ExactMatch("street_number"), cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]),
            cl.JaroWinklerAtThresholds("suburb", [0.9, 0.8]).configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("postcode", [1]).configure(term_frequency_adjustments=True), cl.ExactMatch("state"),
        ]  # fmt: skip
    return SettingsCreator(
        link_type="dedupe_only", comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*one) for one in BLOCKS[fields]],
    )  # fmt: skip


def recordlinkage(folder: Path) -> None:
    """Compare and classify with recordlinkage, without labels."""
    import recordlinkage as rl

    records, fields, truth = read(folder)
    frame = records.to_pandas().set_index("unique_id")
    with told("recordlinkage"):
        index = rl.Index()
        for one in BLOCKS[fields]:
            index.block(list(one))
        compare = rl.Compare()
        for field in fields:
            if field in ("country", "gender", "state", "street_number"):
                compare.exact(field, field, label=field)
            else:
                compare.string(field, field, method="jarowinkler", threshold=0.85, label=field)
        candidates = index.index(frame)
        features = compare.compute(candidates, frame)
        found = rl.ECMClassifier(binarize=0.8).fit_predict(features)
    compared = {tuple(sorted(pair)) for pair in candidates}
    print(f"recordlinkage: {len(candidates):,} candidates; true pairs among them {len(compared & truth) / len(truth):.4f}")
    print("recordlinkage: closure F1 {:.4f}, precision {:.4f}, recall {:.4f}, largest {}".format(*closure(components(found), truth)))


def dedupe(folder: Path) -> None:
    """Learn with dedupe from 100 answers, and cluster."""
    import dedupe as dd

    records, fields, truth = read(folder)
    # dedupe takes no empty text for a value.
    data = {row["unique_id"]: {name: row[name] or None for name in fields} | {"id": row["unique_id"]} for row in records.to_pylist()}
    with told(f"dedupe, with {ANSWERS} answers"):
        learner = dd.Dedupe([dd.variables.String(name, has_missing=True) for name in fields], num_cores=2)
        learner.prepare_training(data, sample_size=min(1500, len(data)))
        for _ in range(ANSWERS):
            (pair,) = learner.uncertain_pairs()
            same = tuple(sorted(one["id"] for one in pair)) in truth
            learner.mark_pairs({"match": [pair] if same else [], "distinct": [] if same else [pair]})
        learner.train()
        groups = [list(ids) for ids, _ in learner.partition(data, 0.5)]
    print("dedupe: closure F1 {:.4f}, precision {:.4f}, recall {:.4f}, largest {}".format(*closure(groups, truth)))


def components(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the connected components of pairs."""
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        while parent.setdefault(one, one) != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for a, b in pairs:
        parent[root(a)] = root(b)
    groups: dict[str, list[str]] = defaultdict(list)
    for one in parent:
        groups[root(one)].append(one)
    return list(groups.values())


def closure(groups: list[list[str]], truth: set[tuple[str, str]]) -> tuple[float, float, float, int]:
    """F1, precision and recall of all pairs within clusters, and the size of the largest."""
    largest = max(map(len, groups), default=1)
    total = sum(len(one) * (len(one) - 1) // 2 for one in groups)
    right = sum(1 for one in groups if len(one) < 2000 for pair in combinations(sorted(one), 2) if pair in truth)
    precision, recall = right / max(total, 1), right / len(truth)
    return 2 * precision * recall / max(precision + recall, 1e-9), precision, recall, largest


PEERS: dict[str, Callable[[Path], None]] = {
    "splink": splink, "splink-spark": lambda folder: splink(folder, spark=True), "recordlinkage": recordlinkage, "dedupe": dedupe,
}  # fmt: skip


def main() -> None:
    """Read the arguments and run one of the tools."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", choices=["write", *PEERS])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", choices=["demo", "febrl3-without"], default="demo")
    parser.add_argument("--customers", type=int, default=100_000)
    given = parser.parse_args()
    if given.tool == "write":
        write(given.folder, given.set, given.customers)
    else:
        PEERS[given.tool](given.folder)


if __name__ == "__main__":
    main()
