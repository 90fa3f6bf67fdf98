"""`${env:NAME}` and `${file:PATH}` in a text of conf/ -> their values, which never appear in any message."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lakehouse.errors import LakehouseError

MAX_FILE_BYTES = 64 * 1024
_PLACEHOLDER = re.compile(r"\$(?P<escaped>\$\{)|\$\{(?P<inner>[^{}]*)(?P<end>\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class InterpolationError(LakehouseError):
    """A placeholder has no value; problem and remedy name the variable or file, never a value."""


def interpolate(text: str, folder: Path) -> tuple[str, bool]:
    """Put the values of environment variables and files into a text.

    `$${` stands for a literal `${`. Of a file, one line break at the end is dropped. Values are taken as they are:
    placeholders in them are not looked at.

    Args:
        text: a string scalar of a YAML file.
        folder: the conf/ folder; paths of files start here.

    Returns:
        the text, and whether anything of it came from outside conf/.

    Raises:
        InterpolationError: the first placeholder that has no value.
    """
    outside = False

    def value(match: re.Match[str]) -> str:
        nonlocal outside
        if match["escaped"]:
            return "${"
        outside = True
        return _value(match, folder)

    return _PLACEHOLDER.sub(value, text), outside


def _value(match: re.Match[str], folder: Path) -> str:
    kind, _, name = match["inner"].partition(":")
    if match["end"] and kind == "env" and _NAME.fullmatch(name):
        return _variable(name)
    if match["end"] and kind == "file" and name.strip():
        return _file(name.strip(), folder)
    raise InterpolationError(
        f"`{match[0][:40]}` cannot be filled in",
        remedy="write ${env:NAME} or ${file:PATH}, and $${ for a literal ${",
    )


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise InterpolationError(
            f"the environment variable `{name}` is not set", remedy=f"set it for this process: export {name}=…"
        )
    return value


def _file(name: str, folder: Path) -> str:
    problem = f"the file `{name}` cannot be read"
    remedy = f"put the value into {name} (relative to the conf/ folder), UTF-8, at most {MAX_FILE_BYTES // 1024} kB"
    try:
        path = folder / Path(name).expanduser()
        if not path.is_file():
            raise InterpolationError(f"there is no file `{name}`", remedy=remedy)
        with path.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise InterpolationError(f"the file `{name}` is too large for a setting", remedy=remedy)
        return content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise InterpolationError(f"the file `{name}` is not UTF-8", remedy=remedy) from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise InterpolationError(f"{problem} ({reason})", remedy=remedy) from None
