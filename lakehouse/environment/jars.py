"""Maven coordinates -> JAR files in the cache, fetched once by the Ivy that comes with pyspark.

Two JARs are all that Delta needs; the 33 of its full dependency graph cost 2.5 s at every start of Spark.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lakehouse.environment.cache import cache_folder, require_folder
from lakehouse.environment.java import Java
from lakehouse.environment.versions import DELTA, PYSPARK
from lakehouse.errors import EnvironmentProblem

_SPARK_LINE = ".".join(PYSPARK.split(".")[:2])

_UNTRUSTED = ("PKIX", "SSLHandshake", "certificate", "trustAnchors")
_TRUST = (
    "let Java trust the certificate of the proxy "
    "(JAVA_TOOL_OPTIONS='-Djavax.net.ssl.trustStore=FILE -Djavax.net.ssl.trustStorePassword=…')"
)
"""Java has certificates of its own and does not look at those of the system or of pip."""


@dataclass(frozen=True)
class Jar:
    """A Maven coordinate."""

    group: str
    artifact: str
    version: str

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        """The name of its file in the cache."""
        return f"{self.artifact}-{self.version}.jar"


DELTA_JARS = (
    Jar("io.delta", f"delta-spark_{_SPARK_LINE}_2.13", DELTA),
    Jar("io.delta", "delta-storage", DELTA),
)


def missing_jars(jars: Sequence[Jar] = DELTA_JARS) -> list[Jar]:
    """Return those that are not in the cache yet."""
    return [jar for jar in jars if not _cached(jar).is_file()]


def require_jars(java: Java, jars: Sequence[Jar] = DELTA_JARS) -> list[Path]:
    """Return the files of the JARs, after fetching those that the cache lacks.

    Raises:
        EnvironmentProblem: one cannot be fetched.
    """
    for jar in missing_jars(jars):
        _fetch(java, jar)
    return [_cached(jar) for jar in jars]


def _cached(jar: Jar) -> Path:
    return cache_folder("jars") / jar.file_name


def _fetch(java: Java, jar: Jar) -> None:
    target = require_folder("jars") / jar.file_name
    # Into a folder of its own: processes that fetch at the same time never see half a JAR.
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        answer = subprocess.run(
            _command(java, jar, Path(folder)), capture_output=True, text=True, timeout=600, check=False
        )
        fetched = Path(folder) / jar.file_name
        if not fetched.is_file():
            told = answer.stdout + answer.stderr
            trusted = not any(word in told for word in _UNTRUSTED)
            online = "connect to the network once" if trusted else _TRUST
            raise EnvironmentProblem(
                "a JAR cannot be fetched from Maven Central",
                where=str(jar),
                found=_last_line(told),
                remedy=f"{online}, or put {jar.file_name} into {target.parent} by hand",
            )
        shutil.move(fetched, target)


def _command(java: Java, jar: Jar, folder: Path) -> list[str]:
    spec = find_spec("pyspark")
    ivy = next(Path(spec.origin or "").parent.glob("jars/ivy-*.jar"), None) if spec else None
    if ivy is None:
        raise EnvironmentProblem(
            "pyspark without its JARs cannot start Spark here",
            where="pyspark",
            remedy=f"pip install --force-reinstall pyspark=={PYSPARK}",
        )
    return [
        str(java.program), "-jar", str(ivy), "-error", "-cache", str(folder / "ivy"), "-notransitive",
        "-dependency", jar.group, jar.artifact, jar.version, "-confs", "default",
        "-retrieve", f"{folder}/[artifact]-[revision].[ext]",
    ]  # fmt: skip


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip(" .")]
    return lines[-1][:300] if lines else "no answer"
