"""JSON Schemas for editors; `jsonschema` judges them and the files by them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from lakehouse.config.schemas import SCHEMAS, build_schema, export_schemas
from lakehouse.config.starter import FILES

ROOT = Path(__file__).parents[3]
KINDS = {"lake.yaml": "lake", "sources": "source", "entities": "entity", "segments": "segment"}


def _files(conf):
    for part, kind in KINDS.items():
        paths = [conf / part] if part == "lake.yaml" else sorted((conf / part).glob("*.yaml"))
        yield from ((kind, path) for path in paths)


SHIPPED = [*_files(ROOT / "conf"), *_files(FILES / "conf")]


def _load(text):
    loader = YAML(typ="safe", pure=True)
    loader.constructor.add_constructor("tag:yaml.org,2002:timestamp", loader.constructor.construct_yaml_str)
    return loader.load(text)


def _complaints(kind, value):
    return [error.message for error in Draft202012Validator(build_schema(kind)).iter_errors(value)]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_schemas_are_schemas(kind):
    Draft202012Validator.check_schema(build_schema(kind))


@pytest.mark.parametrize(("kind", "path"), SHIPPED, ids=[str(path.relative_to(ROOT)) for _, path in SHIPPED])
def test_the_files_that_we_ship_fit_their_schemas(kind, path):
    text = path.read_text(encoding="utf-8")
    assert _complaints(kind, _load(text)) == []
    schema = f"schemas/{kind}.json" if kind == "lake" else f"../schemas/{kind}.json"
    assert text.startswith(f"# yaml-language-server: $schema={schema}\n")


def test_shorthands_fit():
    entity = """
        source: crm
        keys: id
        history: latest
        columns: {id: {normalize: text, formats: iso}, b: {normalize: [text, lower]}}
        rules:
          - required: id
          - {email: id, severity: warn, level: shape}
          - {rule: required, column: id, name: x}
          - {rule: accepted_values, column: id, values: [1, a, true, 1.5]}
        """
    assert _complaints("entity", _load(entity)) == []
    lake = {
        "spark": {"spark.a": 4, "spark.b": True},
        "curated": {"email_events": {"entity": "e", "kinds": {"sent": "s"}}},
    }
    assert _complaints("lake", lake) == []


ENTITY = {"source": "crm", "columns": {"id": {}}}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("lake", {"nam": "x"}),
        ("lake", {"name": "A b"}),
        ("lake", {"curated": {"customer": {"entity": "e"}}}),
        ("lake", {"spark": {"executor.memory": "4g"}}),
        ("source", {"path": "x"}),
        ("source", {"path": "x", "format": "cvs"}),
        ("source", {"path": "x", "format": "csv", "csv": {"headr": True}}),
        ("entity", {"source": "crm", "columns": {}}),
        ("entity", {"source": "crm", "columns": {"Id": {}}}),
        ("entity", {"source": "crm", "columns": {"id": {"form": "x"}}}),
        ("entity", {"source": "crm", "columns": {"id": {"type": "integer"}}}),
        ("entity", ENTITY | {"history": "lastest"}),
        ("entity", ENTITY | {"rules": [{"requird": "id"}]}),
        ("entity", ENTITY | {"rules": [{"required": "id", "severty": "warn"}]}),
        ("entity", ENTITY | {"rules": [{"rule": "range", "colum": "id", "min": 1}]}),
        ("segment", {"where": ""}),
        ("segment", {"where": "orders = 1", "consent": False}),
    ],
)
def test_a_typo_does_not_fit(kind, value):
    assert _complaints(kind, value)


def test_schemas_explain_every_key_of_lake_source_and_column():
    for kind in ("lake", "source", "segment"):
        assert all(item.get("description") for item in build_schema(kind)["properties"].values())
    columns = build_schema("entity")["$defs"]["ColumnSettings"]["properties"]
    assert all(item.get("description") for item in columns.values())
    assert columns["from"]["examples"][0] == "Email"


def test_schemas_know_no_pattern_that_only_python_knows():
    for kind in SCHEMAS:
        text = json.dumps(build_schema(kind))
        assert "\\\\A" not in text.replace("as if between \\\\A and \\\\z", "")
        assert "\\\\Z" not in text


def test_export_writes_the_same_bytes_every_time(tmp_path):
    first = {path.name: path.read_bytes() for path in export_schemas(tmp_path / "a" / "schemas")}
    second = {path.name: path.read_bytes() for path in export_schemas(str(tmp_path / "b"))}
    assert first == second
    assert sorted(first) == ["entity.json", "lake.json", "segment.json", "source.json"]
    assert json.loads(first["segment.json"])["title"] == "conf/segments/NAME.yaml"
    export_schemas(tmp_path / "b")


def test_exported_schemas_of_the_demo_lake_are_those_of_the_models():
    folder = ROOT / "conf" / "schemas"
    if not folder.is_dir():
        pytest.skip("conf/schemas is not there; write it with export_schemas('conf/schemas')")
    for kind in SCHEMAS:
        assert json.loads((folder / f"{kind}.json").read_text(encoding="utf-8")) == build_schema(kind)
