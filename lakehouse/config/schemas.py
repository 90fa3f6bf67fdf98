"""Settings models -> JSON Schemas, with which editors complete, explain and check the files of conf/.

A file asks for its schema in its first line: `# yaml-language-server: $schema=../schemas/entity.json` (lake.yaml:
`schemas/lake.json`). An editor does not know that ${env:NAME} may stand where a number or one of a few words belongs.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from lakehouse.cleansed.settings import EntitySettings, HistorySettings
from lakehouse.config.model import LakeSettings
from lakehouse.curated.settings import SegmentSettings
from lakehouse.quality.settings import EmailRule, RequiredRule, expand_shorthand
from lakehouse.settings import one_or_many
from lakehouse.sources.settings import FileSourceSettings

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import core_schema

SCHEMAS: dict[str, tuple[type[BaseModel], str]] = {
    "lake": (LakeSettings, "conf/lake.yaml"),
    "source": (FileSourceSettings, "conf/sources/NAME.yaml"),
    "entity": (EntitySettings, "conf/entities/NAME.yaml"),
    "segment": (SegmentSettings, "conf/segments/NAME.yaml"),
}


def export_schemas(folder: str | Path) -> list[Path]:
    """Write lake.json, source.json, entity.json and segment.json; the same models give the same bytes.

    Args:
        folder: usually conf/schemas; made if it is not there.

    Returns:
        the files.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    files = []
    for name in SCHEMAS:
        path = target / f"{name}.json"
        path.write_text(json.dumps(build_schema(name), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        files.append(path)
    return files


def build_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one kind of file.

    Args:
        name: lake, source, entity or segment.
    """
    model, title = SCHEMAS[name]
    schema: dict[str, Any] = _plain(model.model_json_schema(by_alias=True, schema_generator=_Generator))
    # Titles are the names of classes; only that of the file itself tells a reader something.
    head = {"$schema": GenerateJsonSchema.schema_dialect, "title": title}
    return head | {key: value for key, value in schema.items() if key != "title"}


class _Generator(GenerateJsonSchema):
    """Knows the shorthands that our validators expand."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """Add the short form to the long one."""
        long = super().function_before_schema(schema)
        function = schema["function"]["function"]
        if function is one_or_many:
            return {"anyOf": [long["items"], long]}
        if function is expand_shorthand:
            return {"anyOf": [_short_rule(RequiredRule), _short_rule(EmailRule), long]}
        if getattr(function, "__name__", "") == "_history_shorthand":
            kinds = list(get_args(HistorySettings.model_fields["type"].annotation))
            return {"anyOf": [{"enum": kinds, "type": "string"}, long]}
        return long


def _short_rule(model: type[BaseModel]) -> JsonSchemaValue:
    """Describe `{required: email}` and `{email: address}`."""
    long = model.model_json_schema()["properties"]
    kind = long["rule"]["const"]
    column = {"type": "string", "description": f"{model.__doc__} Short for `rule: {kind}` with this `column`."}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {kind: column, **{key: value for key, value in long.items() if key not in ("rule", "column")}},
        "required": [kind],
    }


def _plain(schema: Any) -> Any:
    r"""Drop titles of fields, and write patterns as JSON Schema knows them (ECMA 262 has neither \A nor \Z)."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain(value) for key, value in schema.items() if key != "title" or isinstance(value, dict)}
    if isinstance(plain.get("pattern"), str):
        plain["pattern"] = _ecma(plain["pattern"])
    if "patternProperties" in plain:
        plain["patternProperties"] = {_ecma(key): value for key, value in plain["patternProperties"].items()}
        plain["additionalProperties"] = False
    return plain


def _ecma(pattern: str) -> str:
    return re.sub(r"\A\\A(.*)\\Z\Z", r"^\1$", pattern)
