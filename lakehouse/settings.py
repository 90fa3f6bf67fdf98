"""The base of every settings model: unknown keys are errors, secrets never print."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr, SecretStr, ValidationInfo, model_validator

Secret = SecretStr
"""A text that is held as a type which never prints itself; `get_secret_value()` at the last moment only."""

IDENTIFIER = r"\A[a-z][a-z0-9_]{0,62}\Z"
"""What a source, an entity, a segment or a column may be called: safe in a path, in SQL and in HTML alike."""

OUTSIDE = "outside"
"""Key of the validation context: the texts that came from ${env:…} or ${file:…} and must never print."""


class Settings(BaseModel):
    """A frozen model that refuses unknown keys, so that a misspelt key is an error and not a default.

    Fields whose value came from outside conf/ do not appear in its representation.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        regex_engine="python-re",  # patterns are anchored with \A and \Z
    )

    _outside: frozenset[str] = PrivateAttr(frozenset())

    @model_validator(mode="after")
    def _remember_what_came_from_outside(self, info: ValidationInfo) -> Self:
        texts = (info.context or {}).get(OUTSIDE)
        if texts:
            fields = type(self).model_fields
            self._outside = frozenset(name for name in fields if _holds(getattr(self, name), texts))
        return self

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Leave out what came from outside."""
        return [(name, "***" if name in self._outside else value) for name, value in super().__repr_args__()]


def _holds(value: Any, texts: Collection[str]) -> bool:
    if isinstance(value, dict):
        return any(_holds(item, texts) for item in value.values())
    if isinstance(value, list):
        return any(_holds(item, texts) for item in value)
    return isinstance(value, str) and value in texts


def one_or_many(value: Any) -> Any:
    """Let a YAML author write `keys: id` for `keys: [id]`; None stays None."""
    return [value] if isinstance(value, str | dict) else value
