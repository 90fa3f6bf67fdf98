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
    """Return where the archive for this Java, this pyspark and these JARs lies, or would lie.

    A JVM takes no archive of files that were written since; those of another installation have another name.
    """
    spark = find_spec("pyspark")
    home = Path(spark.origin).parent if spark and spark.origin else Path()
    files = [java.home / "lib" / "modules", *sorted(home.glob("jars/*.jar")), *jars]
    written = [f"{file} {file.stat().st_mtime_ns}" for file in files if file.is_file()]
    name = f"{_short_hash([str(java.home), str(home)])}-{_short_hash([PYSPARK, DELTA, *map(str, jars), *written])}.jsa"
    return cache_folder("classes") / name


def superseded(archive: Path) -> list[Path]:
    """Return the archives of the same Java and the same place of pyspark that nothing takes any more."""
    place = archive.name.split("-")[0]
    return [other for other in archive.parent.glob(f"{place}-*.jsa") if other != archive]


def _short_hash(parts: Sequence[str]) -> str:
    return hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:12]


def reading_options(archive: Path) -> str:
    """Return the options of a JVM that uses the archive; empty where there is none, or where options cannot name it."""
    # With the asterisk: what a JVM says of an archive that it does not take bears further tags.
    return f"-XX:SharedArchiveFile={archive} -Xlog:cds*=off" if archive.is_file() and can_be_named(archive) else ""


def can_be_named(archive: Path) -> bool:
    """Tell whether Spark can hand the path to a JVM: it cuts its options at white space."""
    return not any(sign.isspace() for sign in str(archive))


def writing_options(archive: Path) -> str:
    """Return the options of a JVM that writes the archive when it ends, and warns of no class that does not fit in."""
    return f"-XX:ArchiveClassesAtExit={archive} -Xlog:disable"
