"""Pydantic's errors -> findings: the line, what was expected in words of people, and what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lakehouse.cleansed.settings import TYPE_PATTERN
from lakehouse.config.document import MAX_FINDINGS, kind_of
from lakehouse.config.model import SPARK_KEY
from lakehouse.config.shapes import known_keys, locate, nearest, section, suggest, tags
from lakehouse.curated.conditions import ConditionError
from lakehouse.settings import IDENTIFIER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel, ValidationError

    from lakehouse.config.document import Document, KeyPath
    from lakehouse.errors import Finding

NAME_RULE = "lower-case letters, digits and _, beginning with a letter, at most 63 characters"
TYPES = ("string", "int", "bigint", "double", "decimal(18,2)", "boolean", "date", "timestamp", "variant")

_KINDS = {
    "string_type": "text",
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "a mapping of `key: value` lines"),
    "list_type": "a list",
}
_BOUNDS = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "string_too_short": "of length {min_length} or more",
    "string_too_long": "of length {max_length} or less",
    "too_short": "of length {min_length} or more",
}
_PATTERNS = {  # the pattern itself, or a part of it that no other has
    IDENTIFIER: f"a name: {NAME_RULE}",
    TYPE_PATTERN: f"one of {', '.join(TYPES)}",
    SPARK_KEY: "a Spark setting, as in spark.executor.memory",
    "{4}-": "a date, as in 2026-01-31",
    "*:[": "a function, as in package.module:function",
}
_SYNONYMS = {
    **dict.fromkeys(("text", "str", "varchar", "char", "uuid", "email"), "string"),
    **dict.fromkeys(("integer", "smallint", "tinyint"), "int"),
    **dict.fromkeys(("long", "int64"), "bigint"),
    **dict.fromkeys(("float", "real", "number"), "double"),
    **dict.fromkeys(("decimal", "numeric", "money"), "decimal(18,2)"),
    "bool": "boolean",
    **dict.fromkeys(("datetime", "time", "timestamptz"), "timestamp"),
    **dict.fromkeys(("json", "struct", "array", "map", "object"), "variant"),
}
_WORD = re.compile(r"[\w.,()/:+-]{1,40}")


def explain(error: ValidationError, model: type[BaseModel], document: Document) -> list[Finding]:
    """Say for people what Pydantic found in a document.

    Args:
        error: of `model.model_validate(document.value)`.
        model: the settings model.
        document: the file.
    """
    grouped: dict[KeyPath, list[tuple[Mapping[str, Any], Any]]] = {}
    details = error.errors(include_url=False, include_input=False)
    for detail in details[:MAX_FINDINGS]:
        path, shape = locate(detail["loc"], model)
        if not document.is_broken(path):
            grouped.setdefault(path, []).append((detail, shape))
    findings = [finding for path, group in grouped.items() for finding in _explain(path, group, model, document)]
    if len(details) > MAX_FINDINGS:
        findings.append(document.finding((), f"{len(details) - MAX_FINDINGS} more findings", "mend the others first"))
    return findings


def _explain(
    path: KeyPath, details: list[tuple[Mapping[str, Any], Any]], model: type[BaseModel], document: Document
) -> Iterator[Finding]:
    detail, shape = details[0]
    kind = detail["type"]
    if kind == "extra_forbidden":
        yield document.finding(path, "unknown key", suggest(str(path[-1]), _keys_at(model, detail)))
    elif kind == "missing":
        keys = _keys_at(model, detail)
        if not _misspelt(str(path[-1]), keys, document.get(path[:-1])):
            yield document.finding(path, "this key is missing", _add(str(path[-1]), keys))
    elif kind.startswith("union_tag"):
        yield _unknown_tag(path, detail, shape, document)
    elif kind == "value_error":
        yield refused(path, detail["ctx"]["error"], document)
    else:
        yield _unfitting(path, [detail for detail, _ in details], document)


def _keys_at(model: type[BaseModel], detail: Mapping[str, Any]) -> dict[str, str]:
    """Return the known keys of the section in which an unknown or missing key stands."""
    _, shape = locate(detail["loc"][:-1], model)
    owner = section(shape)
    return known_keys(owner) if owner else {}


def _misspelt(key: str, keys: Mapping[str, str], present: Any) -> bool:
    """Whether a finding about an unknown key says already that this one was meant."""
    unknown = [name for name in present if name not in keys] if isinstance(present, dict) else []
    return any(nearest(name, keys) == key for name in unknown)


def _add(key: str, keys: Mapping[str, str]) -> str:
    meaning = keys.get(key, "").split(". ")[0].rstrip(".")
    return f"add `{key}: …`" + (f" ({meaning})" if meaning else "")


def _unknown_tag(path: KeyPath, detail: Mapping[str, Any], shape: Any, document: Document) -> Finding:
    key = detail["ctx"]["discriminator"].strip("'")
    known = tags(shape, key)
    value = document.get(path)
    if detail["type"] == "union_tag_invalid":
        place = (*path, key)
        word = document.get(place)
        return document.finding(place, f"unknown {key} `{word}`", suggest(str(word), known))
    guess = (
        next((near for name in value if (near := nearest(str(name), known))), None) if isinstance(value, dict) else None
    )
    remedy = f"did you mean `{key}: {guess}`?" if guess else f"add `{key}: …`, one of {', '.join(known)}"
    return document.finding(path, f"`{key}` is missing", remedy)


def refused(path: KeyPath, error: Exception, document: Document) -> Finding:
    """A check of our own said no; its message may quote the value, so it is not shown for what came from outside."""
    if document.holds_hidden(path):
        return document.finding(path, "what came from ${env:…} or ${file:…} does not fit here", "correct it there")
    if isinstance(error, ConditionError):
        found = f", found `{error.found}`" if error.found else ""
        line = document.line_within(path, error.line, error.column) if error.line else None
        return document.finding(path, f"{error.problem}{found}", error.remedy, line=line)
    return document.finding(path, str(error))


def _unfitting(path: KeyPath, details: list[Mapping[str, Any]], document: Document) -> Finding:
    """The value is of the wrong kind or out of bounds; of a union, each member has its say in `details`."""
    while path not in document.lines:  # a shorthand such as `history: latest` stands for a whole section
        path = path[:-1]
    value = path[-1] if details[0]["loc"][-1] == "[key]" else document.get(path)
    wanted = " or ".join(dict.fromkeys(_wanted(detail) for detail in details))
    hidden = document.holds_hidden(path)
    written = str(value).lower() if isinstance(value, bool) else str(value)
    found = f"`{written}`" if _WORD.fullmatch(written) and not hidden and value is not None else kind_of(value)
    return document.finding(path, f"must be {wanted}, found {found}", "" if hidden else _cure(value, details[0]))


def _wanted(detail: Mapping[str, Any]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _BOUNDS:
        bounds = {key: f"{bound:g}" for key, bound in context.items() if isinstance(bound, int | float)}
        return _BOUNDS[kind].format(**bounds)
    if kind == "literal_error":
        return f"one of {', '.join(_options(detail))}"
    if kind == "string_pattern_mismatch":
        return next((text for sign, text in _PATTERNS.items() if sign in context["pattern"]), "of another form")
    return _KINDS.get(kind, "of another kind")


def _options(detail: Mapping[str, Any]) -> list[str]:
    if detail["type"] == "literal_error":
        return re.findall(r"'([^']*)'", detail["ctx"]["expected"])
    return list(TYPES) if detail.get("ctx", {}).get("pattern") == TYPE_PATTERN else []


def _cure(value: Any, detail: Mapping[str, Any]) -> str:
    if value is None:
        return "give it a value, or remove the key"
    if detail["type"] == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes"
    if not isinstance(value, str):
        return ""
    options = _options(detail)
    near = _SYNONYMS.get(value.lower().split("(")[0]) if "timestamp" in options else None
    near = near or nearest(value, options)
    return f"did you mean `{near}`?" if near else ""
