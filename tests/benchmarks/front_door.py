"""What somebody waits for at the prompt: each command as a process of its own, seconds on the clock.

    python tests/benchmarks/front_door.py [--data ../shared/data] [--repeats 3]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import machine, record

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent / "lakehouse"
RETAIL = ROOT / "tests" / "pipelines" / "online_retail" / "conf"


def timed(folder: Path, *arguments: str, status: str | None = None, **environment: str) -> float:
    """Run a command; where a status is expected, compare it with that of the report.

    The demo runs in the profile `test`, as in `make demo`; real data in `local`, the default.
    """
    began = time.monotonic()
    done = subprocess.run(
        [BIN, *arguments], cwd=folder, capture_output=True, text=True, check=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    seconds = time.monotonic() - began
    if status:
        assert json.loads(done.stdout.splitlines()[-1])["status"] == status, done.stdout[-2000:]
    return seconds


def once(data: Path | None) -> dict[str, float]:
    """Time every command once, on a new lake."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "conf", folder / "conf")
        run, profile = ("run", "--as-of", "2026-02-01", "--json"), {"LAKEHOUSE_SPARK_PROFILE": "test"}
        took = {
            "lakehouse --help": timed(folder, "--help"),
            "lakehouse validate (demo lake)": timed(folder, "validate"),
            "lakehouse demo": timed(folder, "demo", "demo"),
            "lakehouse run (demo lake, first time)": timed(folder, *run, status="done", **profile),
            "lakehouse run (demo lake, nothing new)": timed(folder, *run, status="nothing new", **profile),
        }
        retail = data and data / "online_retail"
        if retail and retail.is_dir():
            shutil.copytree(RETAIL, folder / "retail" / "conf")
            arguments = ("run", "--as-of", "2011-12-10", "--json")
            took["lakehouse run (Online Retail, 541,909 lines)"] = timed(
                folder / "retail", *arguments, status="done", ONLINE_RETAIL=str(retail.resolve())
            )
        return took


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    rounds = []
    for number in range(arguments.repeats):
        rounds.append(once(arguments.data))
        print(number, {name: round(seconds, 1) for name, seconds in rounds[-1].items()}, flush=True)
    lines = ["## At the prompt", "", f"`tests/benchmarks/front_door.py`; {machine()}", "",
             "| command | wall s (min, median) |", "|---|---|"]  # fmt: skip
    for name in rounds[0]:
        seconds = [one[name] for one in rounds]
        lines.append(f"| `{name.split(' (')[0]}`{name[len(name.split(' (')[0]):]} | {min(seconds):.1f}, {statistics.median(seconds):.1f} |")
    record("front_door", lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
