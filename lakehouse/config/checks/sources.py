"""What does not fit together in a source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakehouse.config.checks import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse.config.model import LakeConfig
    from lakehouse.sources.settings import FileSourceSettings

_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://[^/@\s]*:[^/@\s]*@")


def check_source(source: FileSourceSettings, config: LakeConfig) -> Iterator[Problem]:
    """Find what does not fit together in a source, and what would make it read the lake itself."""
    if has_password(source.path):
        yield Problem(("path",), "a password stands in the URI", "give it as a Spark setting in lake.yaml: ${env:NAME}")
    folder = re.split(r"[*?\[{]", config.resolve_path(source.path))[0].rstrip("/")
    if _is_within(folder, config.root) or _is_within(config.root, folder):
        yield Problem(
            ("path",),
            "the lake and the folder of the source lie within each other",
            "keep arriving files apart from `root` in lake.yaml",
        )
    if source.format != "csv" and "csv" in source.model_fields_set:
        yield Problem(("csv",), f"this has no effect with `format: {source.format}`", "remove it")
    if source.format == "parquet" and "encoding" in source.model_fields_set:
        yield Problem(("encoding",), "this has no effect with `format: parquet`", "remove it")
    if source.format == "csv":
        yield from _check_csv(source)


def _check_csv(source: FileSourceSettings) -> Iterator[Problem]:
    csv = source.csv
    if not csv.header and not csv.columns:
        yield Problem(
            ("csv", "columns"),
            "files without a header need the names of their columns",
            "list them in order, or set `header: true`",
        )
    if csv.header and csv.columns:
        yield Problem(
            ("csv", "columns"),
            "this has no effect, the header of each file names the columns",
            "remove it, or set `header: false`",
        )
    twice = sorted({name for name in csv.columns if csv.columns.count(name) > 1})
    for name in twice:
        yield Problem(("csv", "columns"), f"`{name}` stands twice", "give every column a name of its own")
    if csv.quote == csv.delimiter:
        yield Problem(("csv", "quote"), "the same character cannot be delimiter and quote", "choose another one")


def has_password(uri: str) -> bool:
    """Tell whether a URI holds a password, as in `ftp://user:password@host/`."""
    return bool(_PASSWORD.match(uri))


def _is_within(inner: str, outer: str) -> bool:
    return f"{inner}/".startswith(f"{outer.rstrip('/')}/")
