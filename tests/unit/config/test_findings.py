"""What Pydantic says, said for people; the whole of it as users see it stands in test_load.py."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from lakehouse.cleansed.settings import EntitySettings
from lakehouse.config.document import MAX_FINDINGS
from lakehouse.config.findings import explain
from lakehouse.config.model import LakeSettings
from lakehouse.config.reader import read_document
from lakehouse.curated.settings import SegmentSettings
from lakehouse.sources.settings import FileSourceSettings


@pytest.fixture
def explained(tmp_path):
    def explained(model, text):
        path = tmp_path / "x.yaml"
        path.write_text(text, encoding="utf-8")
        document = read_document(path, "x", tmp_path)
        with pytest.raises(ValidationError) as caught:
            model.model_validate(document.value)
        return [str(finding).removeprefix("x:") for finding in explain(caught.value, model, document)]

    return explained


ENTITY = "source: s\ncolumns:\n  id: {}\n"
CASES = [
    (FileSourceSettings, "path: a\n", [("1: format: this key is missing; add `format: …` "
        "(csv, jsonl (one JSON object a line), json (one document a file), parquet)")]),
    (FileSourceSettings, "path: a\nfromat: csv\n", ["2: fromat: unknown key; did you mean `format`?"]),
    (FileSourceSettings, "path: a\nformat: CSV\n",
     ["2: format: must be one of csv, jsonl, json, parquet, found `CSV`; did you mean `csv`?"]),
    (FileSourceSettings, "path: a\nformat: [csv]\n", ["2: format: must be one of csv, jsonl, json, parquet, found a list"]),
    (FileSourceSettings, "path: ''\nformat: csv\n", ["1: path: must be of length 1 or more, found text"]),
    (FileSourceSettings, "path: a\nformat: csv\nmax_files_per_batch: 0\n",
     ["3: max_files_per_batch: must be at least 1, found `0`"]),
    (FileSourceSettings, "path: a\nformat: csv\nmax_files_per_batch: 1.5\n",
     ["3: max_files_per_batch: must be a whole number, found `1.5`"]),
    (FileSourceSettings, "path: a\nformat: csv\ncsv:\n",
     ["3: csv: must be a mapping of `key: value` lines, found nothing; give it a value, or remove the key"]),
    (FileSourceSettings, "path: 2026\nformat: csv\n", ["1: path: must be text, found `2026`; put it in quotes"]),
    (EntitySettings, "source: s\ncolumns: {}\n", ["2: columns: must be of length 1 or more, found a mapping"]),
    (EntitySettings, ENTITY + "transform: x.py\n",
     ["4: transform: must be a function, as in package.module:function, found `x.py`"]),
    (EntitySettings, ENTITY + "history: latest\n", ["1: history `latest` needs `keys`"]),
    (EntitySettings, ENTITY + "history: [latest]\n", ["4: history: must be a mapping of `key: value` lines, found a list"]),
    (EntitySettings, ENTITY + "rules: {required: id}\n", ["4: rules: must be a list, found a mapping"]),
    (EntitySettings, ENTITY + "rules:\n  - {required: [id]}\n",
     ["5: rules.0: `rule` is missing; did you mean `rule: required`?"]),
    (EntitySettings, ENTITY + "rules:\n  - {column: id}\n", [("5: rules.0: `rule` is missing; add `rule: …`, one of "
        "required, pattern, email, range, accepted_values, date, sql")]),
    (EntitySettings, ENTITY + "rules:\n  - rule: pattern\n    column: id\n",
     ["5: rules.0.pattern: this key is missing; add `pattern: …` (Matched against the whole value, as if between \\A and \\z)"]),
    (EntitySettings, ENTITY + "rules:\n  - {rule: 5, column: id}\n", [("5: rules.0.rule: unknown rule `5`; known: "
        "accepted_values, date, email, pattern, range, required, sql")]),
    (EntitySettings, ENTITY + "rules:\n  - {email: id, level: hard}\n",
     ["5: rules.0.level: must be one of shape, deliverable, rfc5321, found `hard`"]),
    (EntitySettings, ENTITY + "rules:\n  - {rule: sql, name: X y, condition: ''}\n",
     [("5: rules.0.name: must be a name: lower-case letters, digits and _, beginning with a letter, at most 63 characters, "
      "found text"), "5: rules.0.condition: must be of length 1 or more, found text"]),
    (EntitySettings, ENTITY + "rules:\n  - {rule: accepted_values, column: id, values: [[1], a]}\n",
     ["5: rules.0.values.0: must be text or a whole number or a number or true or false, found a list"]),
    *((EntitySettings, f"source: s\ncolumns:\n  id: {{type: {wrong}}}\n",
       [("3: columns.id.type: must be one of string, int, bigint, double, decimal(18,2), boolean, date, timestamp, variant, "
        f"found `{wrong}`; did you mean `{right}`?")])
      for wrong, right in {"text": "string", "long": "bigint", "float": "double", "varchar(20)": "string", "json": "variant",
                           "datetime": "timestamp", "bolean": "boolean", "decimal": "decimal(18,2)", "STRING": "string"}.items()),
    (LakeSettings, "spark:\n  spark.x: [1]\n  spark.sql.ansi.enabled: false\n",
     ["2: spark.spark.x: must be text, found a list"]),
    (LakeSettings, "spark:\n  spark.sql.ansi.enabled: false\n",
     ["1: spark: lakehouse sets this itself, results depend on it: spark.sql.ansi.enabled"]),
    (LakeSettings, "curated:\n  customers:\n    entity: Customers\n    attributes: [revenue]\n",
     [("3: curated.customers.entity: must be a name: lower-case letters, digits and _, beginning with a letter, "
      "at most 63 characters, found `Customers`"),
      "4: curated.customers.attributes: the profiles have a column of this name already: revenue"]),
    (SegmentSettings, "where: |\n  orders >= 1 and\n  orders >\n",
     ["3: where: expected a value: 12.5, 'text', true or 2026-01-31, found `the end of the condition`"]),
    (SegmentSettings, "where: orders = 1\nconsent: false\n", ["2: consent: unknown key; known: description, where"]),
    (SegmentSettings, "where: {orders: 1}\n", ["1: where: must be text, found a mapping"]),
]  # fmt: skip


@pytest.mark.parametrize(("model", "text", "expected"), CASES)
def test_errors_are_said_for_people(explained, model, text, expected):
    assert explained(model, text) == expected


def test_a_missing_key_is_not_told_twice_when_it_is_misspelt(explained):
    assert explained(EntitySettings, "sorce: s\ncolums:\n  id: {}\n") == [
        "1: sorce: unknown key; did you mean `source`?",
        "2: colums: unknown key; did you mean `columns`?",
    ]


def test_a_value_that_could_not_be_filled_in_is_told_once(explained):
    text = "path: ${env:NO_SUCH_VARIABLE}\nformat: ${env:NO_SUCH_VARIABLE}\nmax: 1\n"
    assert explained(FileSourceSettings, text) == [
        "3: max: unknown key; known: csv, description, encoding, format, max_files_per_batch, path, pattern, type"
    ]


def test_only_so_many_errors_are_told(explained):
    found = explained(LakeSettings, "".join(f"key_{n}: 1\n" for n in range(MAX_FINDINGS + 5)))
    assert len(found) == MAX_FINDINGS + 1
    assert found[-1] == "1: 5 more findings; mend the others first"


def test_a_refused_value_from_outside_is_not_quoted(explained, monkeypatch):
    monkeypatch.setenv("CONDITION", "orders >= hunter2")
    assert explained(SegmentSettings, "where: ${env:CONDITION}\n") == [
        "1: where: what came from ${env:…} or ${file:…} does not fit here; correct it there"
    ]
