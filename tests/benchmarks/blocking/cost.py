"""CPU seconds of the whole process tree, exited children included."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass

import psutil


@dataclass
class Cost:
    cpu: float = 0.0
    wall: float = 0.0


@contextlib.contextmanager
def measured():
    cost, cpu, wall = Cost(), cpu_seconds(), time.monotonic()
    yield cost
    cost.cpu, cost.wall = cpu_seconds() - cpu, time.monotonic() - wall


def cpu_seconds() -> float:
    processes = [psutil.Process(os.getpid())]
    processes += processes[0].children(recursive=True)
    return sum(_times(process) for process in processes)


def _times(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return spent.user + spent.system + spent.children_user + spent.children_system
