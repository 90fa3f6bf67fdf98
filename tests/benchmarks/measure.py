"""CPU seconds of the whole process tree, and the facts without which a figure means nothing."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Cost:
    """What a piece of work cost.

    Attributes:
        cpu: seconds of this process and all its children, the JVM above all.
        wall: seconds on the clock.
    """

    cpu: float
    wall: float


def cpu_seconds() -> float:
    """Return the CPU seconds that this process and its living and reaped children have used."""
    tree = [psutil.Process(), *psutil.Process().children(recursive=True)]
    total = 0.0
    for process in tree:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def cost_of(work: Callable[[], object]) -> Cost:
    """Do the work once and return what it cost."""
    cpu, wall = cpu_seconds(), time.monotonic()
    work()
    return Cost(round(cpu_seconds() - cpu, 2), round(time.monotonic() - wall, 2))


def machine() -> str:
    """Describe the machine and the versions in one line."""
    from lakehouse.environment.java import find_java
    from lakehouse.environment.versions import DELTA, PYSPARK

    memory = psutil.virtual_memory().total / 2**30
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, Java {find_java().version}, pyspark {PYSPARK}, delta-spark {DELTA}, "
        f"commit {commit.strip() or '?'}, load {os.getloadavg()[0]:.1f}"
    )


def record(name: str, lines: list[str]) -> None:
    """Put the result of a benchmark into docs/benchmarks.md, in the place of its last one."""
    path = Path(__file__).parents[2] / "docs" / "benchmarks.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else "# Benchmarks\n"
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    block = start + "\n".join(lines) + "\n" + end
    if start in text:
        before, rest = text.split(start, maxsplit=1)
        text = before + block + rest.split(end, maxsplit=1)[1]
    else:
        text += "\n" + block
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
