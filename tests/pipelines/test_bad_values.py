"""Values as nobody wants them, one record each: typed for what they are, or set aside with the reason; never changed."""

from __future__ import annotations

import csv
import gzip
import io

import pytest

ENTITY = """
source: values
keys: id
columns:
  id: {}
  amount: {type: "decimal(10,2)"}
  betrag: {type: "decimal(10,2)", decimal_separator: ","}
  ratio: {type: double}
  pieces: {type: int}
  day: {type: date, formats: [iso, dd.MM.yyyy, MM/dd/yyyy]}
  at: {type: timestamp, time_zone: Europe/Berlin}
"""
DAY = "is not date (iso or dd.MM.yyyy or MM/dd/yyyy)"

CASES = [
    # column, text, value (as text) or None, what is said of it
    ("amount", "1,234.50", "1234.50", []),
    ("amount", "1 234 567.5", "1234567.50", []),
    ("amount", "1'234", "1234.00", []),
    ("amount", "1.234,50", None, ["amount.type: number is not decimal(10,2)"]),
    ("amount", "12,34", None, ["amount.type: number is not decimal(10,2)"]),
    ("amount", "1,234,56", None, ["amount.type: number is not decimal(10,2)"]),
    ("amount", "123456789.01", None, ["amount.type: number is not decimal(10,2)"]),
    ("amount", "1e400", None, ["amount.type: text is not decimal(10,2)"]),
    ("amount", "$5", None, ["amount.type: text is not decimal(10,2)"]),
    ("betrag", "1.234,50", "1234.50", []),
    ("betrag", "1234,5", "1234.50", []),
    ("betrag", "1,234.50", None, ["betrag.type: number is not decimal(10,2)"]),
    ("ratio", "1e308", "1.0E308", []),
    ("ratio", "1e400", None, ["ratio.type: text is not double"]),
    ("ratio", "-1e400", None, ["ratio.type: text is not double"]),
    ("ratio", "NaN", None, ["ratio.type: text is not double"]),
    ("ratio", "Infinity", None, ["ratio.type: text is not double"]),
    ("ratio", "-inf", None, ["ratio.type: text is not double"]),
    ("ratio", "0x1F", None, ["ratio.type: text is not double"]),
    ("ratio", "1d", None, ["ratio.type: text is not double"]),
    ("pieces", "007", "7", []),
    ("pieces", "17.0", "17", []),
    ("pieces", "2147483648", None, ["pieces.type: number is not int"]),
    ("pieces", "1.5", None, ["pieces.type: number is not int"]),
    ("pieces", "-", None, ["pieces.type: mark is not int"]),
    ("pieces", "\u0661\u0662", None, ["pieces.type: text is not int"]),
    ("day", "2026-02-28", "2026-02-28", []),
    ("day", "28.02.2026", "2026-02-28", []),
    ("day", "02/28/2026", "2026-02-28", []),
    ("day", " 2026-02-28\u00a0", "2026-02-28", []),
    ("day", "2026-02-30", None, [f"day.type: date {DAY}"]),
    ("day", "29.02.2025", None, [f"day.type: date {DAY}"]),
    ("day", "28/02/2026", None, [f"day.type: date {DAY}"]),
    ("day", "12024-01-01", None, [f"day.type: date {DAY}"]),
    ("day", "01.01.12024", None, [f"day.type: date {DAY}"]),
    ("day", "0000-00-00", None, [f"day.type: date {DAY}"]),
    ("day", "20260228", None, [f"day.type: number {DAY}"]),
    ("day", "28 Feb 2026", None, [f"day.type: text {DAY}"]),
    ("day", "=TODAY()", None, [f"day.type: text {DAY}"]),
    ("at", "2026-01-15T12:00:00", "2026-01-15 11:00:00", []),
    ("at", "2026-03-29T02:30:00", "2026-03-29 01:30:00", ["at.dst: gap"]),
    ("at", "2026-10-25 02:30:00", "2026-10-25 00:30:00", ["at.dst: overlap"]),
    ("at", "2026-10-25T02:30:00+01:00", "2026-10-25 01:30:00", []),
    ("at", "2026-03-29T02:30:00Z", "2026-03-29 02:30:00", []),
    ("at", "12024-01-01T00:00:00", None, ["at.type: date is not timestamp"]),
    ("at", "2026-01-15T25:00:00", None, ["at.type: date is not timestamp"]),
    ("at", "2026-02-30T10:00:00", None, ["at.type: date is not timestamp"]),
    ("at", "1768471200", None, ["at.type: number is not timestamp"]),
]
COLUMNS = ("id", "amount", "betrag", "ratio", "pieces", "day", "at")
# An open quote swallows the rest of its file, but no other file, and nothing of it is lost.
LETTERS = {
    "good.csv": (b'id,text\n1,"a\nb"\n2,c\n', [("1", "a\nb", None), ("2", "c", None)]),
    "open.csv": (b'id,text\n3,d\n4,"e\n5,f\n', [("3", "d", None), ("4", "e\n5,f\n", None)]),
    "ragged.csv": (b"id,text\n6\n7,g,h\n", [("6", None, "ragged"), ("7", "g", "ragged")]),
    "empty.csv": (b"id,text\n", []),
}  # fmt: skip


@pytest.fixture(scope="module")
def lake(shared_project):
    """The lake after a run over all the values."""
    project = shared_project.conf(
        sources_values="path: landing/values\nformat: csv\n",
        sources_letters="path: landing/letters\nformat: csv\ncsv: {multiline: true}\n",
        entities_values=ENTITY,
    )
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for number, (column, value, _, _) in enumerate(CASES):
        table.writerow([number, *(value if name == column else "" for name in COLUMNS[1:])])
    project.land("values/a.csv", text.getvalue().encode())
    for name, (content, _) in LETTERS.items():
        project.land(f"letters/{name}", content)
    packed = gzip.compress(b"id,text\n" + b"".join(b'%d,"%d\n"\n' % (n, n * n) for n in range(10, 20_000)))
    project.land("letters/cut.csv.gz", packed[: len(packed) // 2])
    lake = project.lake()
    lake.report = lake.run(as_of="2026-01-01")
    return lake


def test_a_value_is_typed_for_what_it_is_or_set_aside_with_the_reason(lake):
    texts = [f"CAST({name} AS STRING) AS {name}_text" for name in COLUMNS[1:]]
    typed = {row["id"]: row for row in lake.cleansed("values").selectExpr("id", "_warnings", *texts).collect()}
    rejected = {
        row["id"]: row for row in
        lake.quarantine("values").selectExpr("try_variant_get(record, '$.id', 'string') AS id", "_reasons").collect()
    }  # fmt: skip
    assert len(typed) + len(rejected) == len(CASES)
    for number, (column, text, value, said) in enumerate(CASES):
        if value is None:
            assert rejected[str(number)]["_reasons"] == said, text
        else:
            row = typed[str(number)]
            assert (row[f"{column}_text"], row["_warnings"]) == (value, said), text


def test_open_quotes_and_ragged_records_of_multiline_files_spoil_no_other_record(lake):
    columns = ("_source_file", "try_variant_get(record, '$.id', 'string')", "try_variant_get(record, '$.text', 'string')", "_corrupt_reason")
    landed: dict = {}
    for row in lake.raw("letters").orderBy("_record_id").selectExpr(*columns).collect():
        landed.setdefault(row[0], []).append(tuple(row[1:]))
    cut = landed.pop("cut.csv.gz")
    assert landed == {name: rows for name, (_, rows) in LETTERS.items() if rows}
    assert cut[-1][2] == "file"
    assert cut[:-1] == [(str(n), f"{n * n}\n", None) for n in range(10, len(cut) + 9)]


def test_every_step_balances(lake):
    for step in lake.report.steps:
        assert step.rows_in == step.rows_out + step.rows_quarantined + step.rows_duplicate > 0, step
