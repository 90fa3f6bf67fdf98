"""The base of every settings model: unknown keys are errors, secrets never print."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

Secret = SecretStr
"""A text that is held as a type which never prints itself; `get_secret_value()` at the last moment only."""

IDENTIFIER = r"\A[a-z][a-z0-9_]{0,62}\Z"
"""What a source, an entity, a segment or a column may be called: safe in a path, in SQL and in HTML alike."""


class Settings(BaseModel):
    """A frozen model that refuses unknown keys, so that a misspelt key is an error and not a default."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True)


def one_or_many(value: Any) -> Any:
    """Let a YAML author write `keys: id` for `keys: [id]`; None stays None."""
    return [value] if isinstance(value, str | dict) else value
