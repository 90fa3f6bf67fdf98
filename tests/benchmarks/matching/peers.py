"""The demo company beside Splink on DuckDB: the same records in the same normal form, each with its recommended settings.

    python tests/benchmarks/matching/peers.py write FOLDER [--customers 100000]    in the environment of lakehouse
    python tests/benchmarks/matching/peers.py splink FOLDER                        where `pip install splink pyarrow psutil` was run

`write` also matches with lakehouse's defaults and prints its line. Splink gets what its documentation advises: comparisons of its
library with term frequencies, blocking rules of equality, u from random pairs, m by EM over two rules, clusters at 0.95; and
besides the best threshold of all, which only who knows the truth could choose.
"""

from __future__ import annotations

import sys
import time
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
from measure import cpu_seconds

FIELDS = ("firstname", "lastname", "email", "phone", "birthdate", "street", "postalcode", "city", "country", "gender")


def write(folder: Path, customers: int) -> None:
    """Write records in normal form and the true pairs, and match."""
    from quality import demo, frame

    from lakehouse.matching import match
    from lakehouse.matching.evaluation import evaluate
    from lakehouse.session import open_session

    spark = open_session()
    known = demo(customers)
    records = frame(spark, known.left).repartition(4).localCheckpoint()
    truth = {"id_l": [pair[0] for pair in known.pairs], "id_r": [pair[1] for pair in known.pairs]}
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(truth), folder / "truth.parquet")
    started, cpu = time.monotonic(), cpu_seconds()
    result = match(records, id="id")
    result.clusters.write.format("noop").mode("overwrite").save()
    print(f"lakehouse: {cpu_seconds() - cpu:.0f} CPU-s, {time.monotonic() - started:.0f} s, with the start of Spark's code")
    print(evaluate(result, spark.createDataFrame(pa.table(truth))))
    prepared = result.records
    forms = prepared.distinct.select("_id", *FIELDS)
    members = prepared.members.selectExpr("_key as unique_id", "_copy_of as _id")
    pq.write_table(members.join(forms, on="_id").drop("_id").toArrow(), folder / "records.parquet")


def splink(folder: Path) -> None:
    """Fit and predict with Splink, and tell how right its clusters are."""
    import splink.comparison_library as cl
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    records = pq.read_table(folder / "records.parquet")
    truth = {tuple(sorted(row.values())) for row in pq.read_table(folder / "truth.parquet").to_pylist()}
    rules = [
        ("email",), ("phone",), ("firstname", "lastname"), ("lastname", "birthdate"), ("firstname", "birthdate"),
        ("lastname", "postalcode"), ("firstname", "postalcode"), ("birthdate", "postalcode"), ("street", "postalcode"),
    ]  # fmt: skip
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ForenameSurnameComparison("firstname", "lastname"), cl.EmailComparison("email"),
            cl.LevenshteinAtThresholds("phone", [1, 2]),
            cl.DateOfBirthComparison("birthdate", input_is_string=True, datetime_format="%Y%m%d"),
            cl.JaroWinklerAtThresholds("street", [0.9, 0.8]).configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("postalcode", [1]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True), cl.ExactMatch("country"), cl.ExactMatch("gender"),
        ],
        blocking_rules_to_generate_predictions=[block_on(*one) for one in rules],
    )  # fmt: skip
    started, cpu = time.monotonic(), cpu_seconds()
    database = DuckDBAPI()
    linker = Linker(database.register(records), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("email"), block_on("phone"), block_on("firstname", "lastname", "birthdate")], recall=0.8
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7)
    for one in (("firstname", "lastname"), ("birthdate",)):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*one))
    predicted = linker.inference.predict(threshold_match_probability=0.01)
    print(f"splink: {cpu_seconds() - cpu:.0f} CPU-s, {time.monotonic() - started:.0f} s until pairs")
    pairs = predicted.as_record_list()
    compared = {tuple(sorted((row["unique_id_l"], row["unique_id_r"]))) for row in pairs}
    print(f"splink: {len(pairs):,} pairs from probability 0.01; true pairs among them {len(compared & truth) / len(truth):.4f}")
    lines = []
    for threshold in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999):
        found = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predicted, threshold_match_probability=threshold
        )
        lines.append((threshold, *closure(found.as_record_list(), truth)))
        print("splink: threshold {}: closure F1 {:.4f}, precision {:.4f}, recall {:.4f}, largest {}".format(*lines[-1]))
    print("splink: best in hindsight: threshold {}, closure F1 {:.4f}".format(*max(lines, key=lambda one: one[1])))


def closure(rows: list[dict[str, object]], truth: set[tuple[str, str]]) -> tuple[float, float, float, int]:
    """F1, precision and recall of all pairs within clusters, and the size of the largest."""
    groups: dict[object, list[str]] = {}
    for row in rows:
        groups.setdefault(row["cluster_id"], []).append(str(row["unique_id"]))
    largest = max(map(len, groups.values()))
    total = sum(len(one) * (len(one) - 1) // 2 for one in groups.values())
    right = sum(1 for one in groups.values() if len(one) < 2000 for pair in combinations(sorted(one), 2) if pair in truth)
    precision, recall = right / max(total, 1), right / len(truth)
    return 2 * precision * recall / max(precision + recall, 1e-9), precision, recall, largest


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    if what == "splink":
        splink(where)
    else:
        write(where, int(sys.argv[4]) if len(sys.argv) > 4 else 100_000)
