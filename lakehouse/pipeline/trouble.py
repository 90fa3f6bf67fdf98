"""What the disk, the network or the permissions did to a step -> an error with a remedy and its exit code."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from lakehouse.errors import ConfigurationError, LakehouseError, SourceUnavailable, StorageUnavailable, TableError

_FULL = re.compile(r"No space left on device|Disk quota exceeded|File too large|not enough space", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"AccessControlException|AccessDenied|Permission denied|Read-only file system|\b403 Forbidden"
    r"|DELTA_CANNOT_CREATE_LOG_PATH|Mkdirs failed to create"
)
_SILENT = re.compile(
    r"UnknownHostException|ConnectException|SocketTimeoutException|NoRouteToHostException|SdkClientException"
    r"|Connection reset|\bSlowDown\b|Status Code: 50[0234]"
    r"|500 Internal Server Error|502 Bad Gateway|503 Service Unavailable|504 Gateway Time"
)
_VALUE = re.compile(
    r"\[(CAST_INVALID_INPUT|CAST_OVERFLOW|DIVIDE_BY_ZERO|REMAINDER_BY_ZERO|ARITHMETIC_OVERFLOW|NUMERIC_VALUE_OUT_OF_RANGE|"
    r"INVALID_ARRAY_INDEX|CANNOT_PARSE_TIMESTAMP|INVALID_VARIANT_CAST|DATETIME_OVERFLOW|USER_RAISED_EXCEPTION)\b"
)
"""What Spark says in ANSI mode of an expression that has no result for a value; the value stands behind it."""
_NEWER = re.compile(r'DELTA_UNSUPPORTED_FEATURES_FOR_(?:READ|WRITE)\].* table "(?:file:)?([^"]+)"')
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_ACCESS = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def explained(*, root: str, source: str = "") -> Iterator[None]:
    """Turn what goes wrong outside of the lake into an error that names the remedy; anything else passes.

    Args:
        root: of the lake.
        source: folder that the step reads; empty where it reads the lake only.

    Raises:
        StorageUnavailable: the disk is full, the store does not answer, or the lake may not be written.
        SourceUnavailable: the folder of the source may not be read.
        TableError: a table needs a newer Delta.
        ConfigurationError: an expression of conf/ has no result for a value.
    """
    try:
        yield
    except LakehouseError:
        raise
    except Exception as error:
        known = explain(error, root=root, source=source)
        if known is None:
            raise
        # The cause would tell the value in every traceback.
        tells_a_value = isinstance(known, ConfigurationError) and not os.environ.get("LAKEHOUSE_DEBUG")
        raise known from (None if tells_a_value else error)


def explain(error: Exception, *, root: str, source: str = "") -> LakehouseError | None:
    """Return what an error of Spark or of the operating system means; None where that is not known."""
    text, number = _text(error), error.errno if isinstance(error, OSError) else None
    if number in _FULL_DISK or _FULL.search(text):
        return StorageUnavailable(
            "the disk is full",
            where=root,
            found="no space left, or a limit for the size of files",
            remedy="free some space and run again; what was finished stays, nothing is read twice",
        )
    if number in _NO_ACCESS or _FORBIDDEN.search(text):
        if source and _is_about(source, text):
            return SourceUnavailable("the source may not be read", where=source, remedy="grant the right to read it")
        return StorageUnavailable(
            "the access was refused", where=root, remedy="grant the rights to read and write there, then run again"
        )
    if _SILENT.search(text):
        return StorageUnavailable("a store does not answer", where=root, remedy="run again later")
    if value := _VALUE.search(text):
        return ConfigurationError(
            "an expression has no result for a value in the data, which stops the whole batch",
            where="a `sql` column, a `condition`, or a `transform` function",
            found=value[1],
            remedy="let it give null instead: try_cast, try_divide, try_element_at; a rule then says which rows these are",
        )
    if newer := _NEWER.search(text):
        return TableError(
            "this table needs a newer Delta",
            where=newer[1],
            found="features that the installed Delta does not know",
            remedy="upgrade the library: pip install --upgrade lakehouse; or drop these features where they were set",
        )
    return None


def _is_about(source: str, text: str) -> bool:
    """Tell whether it is the source that was refused; Spark names it in other lines in any case."""
    path = source.removeprefix("file:").rstrip("/")
    return any(path in line for line in text.splitlines() if _FORBIDDEN.search(line))


def _text(error: BaseException) -> str:
    """Return messages and Java's stack traces down to the cause; they are searched, never shown."""
    parts: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(parts) < 10:  # noqa: PLR2004
        parts += [str(seen), str(getattr(seen, "_stackTrace", ""))]
        seen = seen.__cause__ or seen.__context__ or getattr(seen, "_cause", None)
    return "\n".join(parts)
