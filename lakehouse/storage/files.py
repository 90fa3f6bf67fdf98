"""Small files beside the tables: local paths through Python, everything else through Hadoop's file systems."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pyspark.errors import PySparkAttributeError

from lakehouse.errors import EnvironmentProblem

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_WHOLE = (1 << 31) - 1


def child(folder: str, *names: str) -> str:
    """Join names to a folder or URI."""
    return "/".join([folder.rstrip("/"), *names])


def local_path(uri: str) -> Path | None:
    """Return the local path behind a path or `file:` URI; None for any other store."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    # One letter before the colon is a drive, not a scheme.
    return Path(uri) if len(parts.scheme) <= 1 else None


def exists(spark: SparkSession, uri: str) -> bool:
    """Tell whether a file or folder is there."""
    local = local_path(uri)
    if local is not None:
        return local.exists()
    file_system, path = _hadoop(spark, uri)
    return bool(file_system.exists(path))


def is_empty_folder(spark: SparkSession, uri: str) -> bool:
    """Tell whether a folder is missing or holds nothing."""
    local = local_path(uri)
    if local is not None:
        return not local.exists() or (local.is_dir() and not any(local.iterdir()))
    file_system, path = _hadoop(spark, uri)
    return not file_system.exists(path) or len(file_system.listStatus(path)) == 0


def list_names(spark: SparkSession, uri: str) -> list[str]:
    """Return the sorted names in a folder; empty where it is missing."""
    local = local_path(uri)
    if local is not None:
        return sorted(entry.name for entry in local.iterdir()) if local.is_dir() else []
    file_system, path = _hadoop(spark, uri)
    if not file_system.exists(path):
        return []
    return sorted(status.getPath().getName() for status in file_system.listStatus(path))


def read_text(spark: SparkSession, uri: str) -> str:
    """Return a UTF-8 file, whole.

    Raises:
        OSError: the file is missing or may not be read.
    """
    return read_head(spark, uri, size=_WHOLE).decode("utf-8")


def read_head(spark: SparkSession, uri: str, *, size: int) -> bytes:
    """Return the first `size` bytes of a file.

    Raises:
        OSError: the file is missing or may not be read.
    """
    local = local_path(uri)
    if local is not None:
        with local.open("rb") as stream:
            return stream.read(size)
    file_system, path = _hadoop(spark, uri)
    try:
        stream = file_system.open(path)
        try:
            return bytes(
                spark._jvm.org.apache.commons.io.IOUtils.toByteArray(  # type: ignore[union-attr]
                    spark._jvm.org.apache.commons.io.input.BoundedInputStream(stream, size)  # type: ignore[union-attr]
                )
            )
        finally:
            stream.close()
    except Exception as error:
        raise OSError(f"cannot read {uri}: {type(error).__name__}") from error


def write_text(spark: SparkSession, uri: str, text: str) -> None:
    """Write a small UTF-8 file so that a reader sees the old one, the new one or none, never a part."""
    local = local_path(uri)
    if local is not None:
        local.parent.mkdir(parents=True, exist_ok=True)
        draft = local.with_name(f".{local.name}.{os.getpid()}.tmp")
        draft.write_text(text, encoding="utf-8")
        draft.replace(local)
        return
    file_system, path = _hadoop(spark, uri)
    stream = file_system.create(path, True)
    stream.write(bytearray(text.encode("utf-8")))
    stream.close()  # object stores publish the object here, whole


def create_new(spark: SparkSession, uri: str, text: str) -> None:
    """Write a file on a store only if there is none; of two writers one succeeds.

    Raises:
        Exception: whatever Hadoop raises when it is there already.
    """
    file_system, path = _hadoop(spark, uri)
    builder = file_system.createFile(path)
    if uri.startswith("s3a:"):
        builder.must("fs.option.create.conditional.overwrite", True)
    else:
        builder.overwrite(False)
    builder.recursive()
    stream = builder.build()
    stream.write(bytearray(text.encode()))
    stream.close()  # a refusal comes here


def delete(spark: SparkSession, uri: str) -> None:
    """Remove a file or a folder with all it holds; nothing happens where there is none."""
    local = local_path(uri)
    if local is not None:
        if local.is_dir():
            shutil.rmtree(local, ignore_errors=True)
        else:
            local.unlink(missing_ok=True)
        return
    file_system, path = _hadoop(spark, uri)
    file_system.delete(path, True)


def _hadoop(spark: SparkSession, uri: str) -> tuple[Any, Any]:
    try:
        jvm: Any = spark._jvm
        configuration = spark._jsc.hadoopConfiguration()
    except (AttributeError, PySparkAttributeError) as error:
        raise EnvironmentProblem(
            "this store can only be reached from a classic Spark session",
            where=uri,
            found="a Spark Connect session",
            remedy="run the step by spark-submit, or use a local root",
        ) from error
    path = jvm.org.apache.hadoop.fs.Path(uri)
    return path.getFileSystem(configuration), path
