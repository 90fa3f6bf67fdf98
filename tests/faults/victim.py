"""A run that can be traced, killed at a boundary, or killed when a file appears; started as a process of its own.

    python victim.py CONF ACTION trace FOLDER   write the boundaries that it passes; where the disk has changed since the
                                                last one, keep a copy of what a kill would leave
    python victim.py CONF ACTION kill LABEL     kill -9 the whole process group at that boundary
    python victim.py CONF ACTION watch FOLDER PATTERN   … as soon as a new file appears below the folder
    python victim.py CONF ACTION after SECONDS  … after a time, counted from the start of the run
    python victim.py CONF ACTION hold LABEL FILE   wait at the boundary until the file appears
    python victim.py CONF ACTION none

ACTION is JSON: the name of a method of `Lake` and its arguments. Boundaries are all functions of the storage package
that are not plainly readers, the methods of a stage, each batch, and each step: a new one is covered by itself.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import pkgutil
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

READERS = {
    "batch_commit", "bound_checkpoint", "checkpoint_id", "child", "exists", "has_table", "history", "is_empty",
    "is_empty_folder",
    "is_lake", "last_commit", "list_names", "literal", "local_path", "quote", "read_head", "read_runs", "read_table",
    "read_text", "recent_commits", "require_balance", "require_same_checkpoint", "require_same_upstream",
    "retry_conflicts", "sql_name", "statement_token", "table_properties", "with_comments", "write_options",
}  # fmt: skip


def storage_functions():
    """Every function of the storage package that may write."""
    import lakehouse.storage

    for module in pkgutil.iter_modules(lakehouse.storage.__path__):
        loaded = importlib.import_module(f"lakehouse.storage.{module.name}")
        for name, value in vars(loaded).items():
            own = inspect.isfunction(value) and value.__module__ == loaded.__name__
            if own and not name.startswith("_") and name not in READERS and not inspect.isgeneratorfunction(value):
                yield value


def wrap_everything(passing):
    """Announce each boundary to `passing(label)`."""
    import lakehouse.lake  # noqa: F401
    from lakehouse.pipeline import cleanse, curate, ingest, landing, promotion, stage, work

    counts = Counter()

    def wrapped(function, name):
        @functools.wraps(function)
        def call(*args, **kwargs):
            counts[name] += 1
            label = f"{name}#{counts[name]}"
            passing(f"{label}<")
            result = function(*args, **kwargs)
            passing(f"{label}>")
            return result

        return call

    functions = [*storage_functions(), landing.land_batch, work.drain]
    modules = [module for name, module in sys.modules.items() if name.startswith("lakehouse")]
    for function in functions:
        replacement = wrapped(function, f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}")
        for module in modules:
            for name, value in list(vars(module).items()):
                if value is function:
                    setattr(module, name, replacement)
    owners = [stage.Stage, promotion.Promotion, ingest._Ingest, cleanse._Cleanse, curate._Table]
    for owner in owners:
        for name, value in list(vars(owner).items()):
            if inspect.isfunction(value) and name not in ("__init__", "judged", "judge", "sealed", "count"):
                setattr(owner, name, wrapped(value, f"{owner.__name__}.{name}"))


def disk(root: Path):
    """What a kill at this moment would leave."""
    found = []
    for folder, _, files in os.walk(root):
        found += [(os.path.join(folder, name), os.stat(os.path.join(folder, name)).st_size)
                  for name in files if os.path.exists(os.path.join(folder, name))]  # fmt: skip
    return frozenset(found)


def die():
    os.killpg(0, signal.SIGKILL)


def watch(folder: Path, pattern: str):
    """Kill as soon as a file appears that was not there at the start."""

    def names():
        return {str(path) for path in folder.rglob("*") if fnmatch(path.name, pattern)} if folder.exists() else set()

    before = names()

    def look():
        while not names() - before:
            time.sleep(0.0005)
        die()

    threading.Thread(target=look, daemon=True).start()


def main(conf: str, action: str, mode: str, *args: str) -> None:
    from lakehouse import Lake

    lake = Lake.open(conf)
    root = Path(lake.layout.root)
    seen: list[list[object]] = []
    last = [disk(root)]

    def passing(label: str) -> None:
        if mode == "trace":
            now = disk(root)
            seen.append([label, now != last[0]])
            if now != last[0]:
                shutil.copytree(root, Path(args[0]) / f"{len(seen) - 1:04d}")
            last[0] = now
        elif mode == "kill" and label == args[0]:
            die()
        elif mode == "hold" and label == args[0]:
            Path(args[1] + ".held").touch()
            while not Path(args[1]).exists():
                time.sleep(0.05)

    wrap_everything(passing)
    method, arguments = json.loads(action)
    if mode == "watch":
        watch(root / args[0], args[1])
    if mode == "after":
        threading.Timer(float(args[0]), die).start()
    try:
        print(json.dumps(getattr(lake, method)(**arguments).to_dict(), default=str), flush=True)
    finally:
        if mode == "trace":
            (Path(args[0]) / "boundaries.json").write_text(json.dumps(seen))
    # A timer must not kill what is over.
    os._exit(0)


if __name__ == "__main__":
    from lakehouse.errors import LakehouseError

    try:
        main(*sys.argv[1:])
    except LakehouseError as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(error.exit_code)
