"""Places in a settings model: which keys are known there, and where Pydantic's locations stand in the file."""

from __future__ import annotations

from difflib import get_close_matches
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lakehouse.config.document import KeyPath

_LISTED = 20
_LONGEST = 100


def known_keys(model: type[BaseModel]) -> dict[str, str]:
    """Return the keys that a section may have, as they are written, each with its description."""
    return {field.alias or name: field.description or "" for name, field in model.model_fields.items()}


def locate(location: Sequence[str | int], model: type[BaseModel]) -> tuple[KeyPath, Any]:
    """Find out where a location of Pydantic stands in the file.

    Pydantic puts the tag of a union (`range`) and the tried member (`float`) into its locations; files have no such
    level.

    Returns:
        the keys and list numbers, and the annotation of the deepest place that the model knows.
    """
    path: list[str | int] = []
    shape: Any = model
    for step in location:
        if step == "[key]":  # the key itself does not fit
            continue
        shape, written = _descend(shape, step)
        if written:
            path.append(step)
    return tuple(path), shape


def section(shape: Any) -> type[BaseModel] | None:
    """Return the model behind an annotation such as `Rules | None`, if it is exactly one."""
    models = [member for member in _members(shape) if _is_model(member)]
    return models[0] if len(models) == 1 else None


def tags(shape: Any, key: str) -> dict[str, type[BaseModel]]:
    """Return the members of a union by the values that their key `key` may have."""
    found: dict[str, type[BaseModel]] = {}
    for member in _members(shape):
        if _is_model(member) and key in member.model_fields:
            found |= dict.fromkeys(get_args(member.model_fields[key].annotation), member)
    return found


def _descend(shape: Any, step: str | int) -> tuple[Any, bool]:
    members = _members(shape)
    models = [member for member in members if _is_model(member)]
    if len(models) > 1 and isinstance(step, str):
        tagged = {tag: member for key in _tag_keys(models) for tag, member in tags(shape, key).items()}
        return tagged.get(step), False
    if models:
        return _field(models[0], str(step)), True
    container = next((member for member in members if get_origin(member) in (list, dict)), None)
    if container is None:
        return None, shape is None
    return get_args(container)[-1], True


def _tag_keys(models: Sequence[type[BaseModel]]) -> set[str]:
    keys = set.intersection(*(set(model.model_fields) for model in models))
    return {key for key in keys if all(get_origin(model.model_fields[key].annotation) is Literal for model in models)}


def _field(model: type[BaseModel], key: str) -> Any:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return field.annotation
    return None


def _members(shape: Any) -> list[Any]:
    """Return the alternatives of an annotation, without None and without what only annotates."""
    origin = get_origin(shape)
    if origin is Annotated:
        return _members(get_args(shape)[0])
    if origin in (Union, UnionType):
        return [member for part in get_args(shape) for member in _members(part)]
    return [] if shape is type(None) else [shape]


def _is_model(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the known name that somebody who typed `name` most likely meant; None where nothing is near."""
    if len(name) > _LONGEST:
        return None
    folded = {candidate.lower(): candidate for candidate in sorted(known)}
    found = get_close_matches(name.lower(), folded, n=1)
    return folded[found[0]] if found else None


def suggest(name: str, known: Collection[str]) -> str:
    """Return a remedy for an unknown name: the nearest known one, or all of them."""
    near = nearest(name, known)
    if near:
        return f"did you mean `{near}`?"
    listed = sorted(known)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return f"known: {', '.join(listed[:_LISTED])}{more}" if listed else "there is none"
