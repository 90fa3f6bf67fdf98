"""Java and JARs -> the file from which later JVMs take Spark's classes ready-made instead of parsing them again.

Class data sharing with a dynamic archive (JEP 350). A JVM that starts with an archive of other JARs or of another Java
ignores it, so that a stale file costs time and never correctness.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from lakehouse.environment.cache import cache_folder
from lakehouse.environment.java import Java
from lakehouse.environment.versions import DELTA, PYSPARK


def class_archive(java: Java, jars: Sequence[Path]) -> Path:
    """Return where the archive for this Java, this pyspark and these JARs lies, or would lie."""
    spark = find_spec("pyspark")
    parts = [str(java.home), str(spark.origin if spark else ""), PYSPARK, DELTA, *map(str, jars)]
    modules = java.home / "lib" / "modules"
    parts.append(str(modules.stat().st_mtime_ns) if modules.is_file() else "")
    return cache_folder("classes") / f"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:16]}.jsa"


def reading_options(archive: Path) -> str:
    """Return the options of a JVM that uses the archive; empty where there is none, or where options cannot name it."""
    return f"-XX:SharedArchiveFile={archive} -Xlog:cds=off" if archive.is_file() and can_be_named(archive) else ""


def can_be_named(archive: Path) -> bool:
    """Tell whether Spark can hand the path to a JVM: it cuts its options at white space."""
    return not any(sign.isspace() for sign in str(archive))


def writing_options(archive: Path) -> str:
    """Return the options of a JVM that writes the archive when it ends, and warns of no class that does not fit in."""
    return f"-XX:ArchiveClassesAtExit={archive} -Xlog:disable"
