"""docs/first-lake.md is a session at the prompt: every command in it is typed again and must print what stands there.

    LAKEHOUSE_UPDATE_DOCS=1 pytest tests/docs     writes what is printed now into the document
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "first-lake.md"
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_SECONDS = re.compile(r" {2,}\d+\.\d s$", re.MULTILINE)
_SIDE_BY_SIDE = re.compile(r"(?:^[✓·] curate .*\n)+", re.MULTILINE)


def typed(line: str, folder: Path) -> str:
    """Do what a line says and return what it prints."""
    words = shlex.split(line, comments=True)
    if words[0] == "cd":
        os.chdir(folder / words[1])
        return ""
    if words[0] != "lakehouse":
        done = subprocess.run(line, shell=True, text=True, capture_output=True, check=True, timeout=60)
        return done.stdout
    from lakehouse.cli import main

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), pytest.raises(SystemExit) as ended:
        main(words[1:])
    code = ended.value.code or 0
    return printed.getvalue() + (f"(exit code {code})\n" if code else "")


def replayed(block: str, folder: Path) -> str:
    """Return a block with what its commands print now."""
    lines, began = [], f"{datetime.now(UTC):%F}"
    for line in block.splitlines():
        if line.startswith("$ "):
            # What does not change from run to run is the document's business, the clock is not.
            told = _SECONDS.sub("", typed(line[2:], folder))
            told = re.sub(rf"(?:{began}|{datetime.now(UTC):%F}) \d\d:\d\d", "2026-06-03 06:15", told)
            # Tables that do not need each other are made side by side and told as each ends: in the document by name.
            told = _SIDE_BY_SIDE.sub(lambda run: "".join(sorted(run[0].splitlines(keepends=True))), told)
            lines += [line, *(text.rstrip() for text in told.splitlines())]
    return "\n".join(lines) + "\n"


@pytest.mark.slow
def test_the_first_lake_is_as_it_is_told(spark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    text = DOCUMENT.read_text(encoding="utf-8")
    blocks = _BLOCK.findall(text)
    now = [replayed(block, Path.cwd()) for block in blocks]
    if os.environ.get("LAKEHOUSE_UPDATE_DOCS"):
        for old, new in zip(blocks, now, strict=True):
            text = text.replace(old, new, 1)
        DOCUMENT.write_text(text, encoding="utf-8")
    assert now == blocks
