"""A lake with one entity of each kind, two days of files, and what it must look like whoever was killed meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
from deltalake import DeltaTable

from lakehouse import Lake

CONF = {
    "lake": """
        root: lake
        parallel_steps: 1
        curated:
          customers: {entity: customers, consent: consent, attributes: [city]}
    """,
    "sources/crm": "path: {landing}\nformat: csv\n",
    "entities/customers": """
        source: crm
        keys: customer_id
        history: {type: latest, order_by: changed_at}
        columns: &columns
          customer_id: {}
          email: {normalize: email}
          city: {}
          consent: {type: boolean}
          changed_at: {type: timestamp}
        rules:
          - email: email
    """,
    "entities/history": """
        source: crm
        keys: customer_id
        history: {type: scd2, order_by: changed_at, delete_when: "city = 'gone'"}
        columns:
          customer_id: {}
          city: {}
          changed_at: {type: timestamp}
    """,
    "segments/romans": "where: city = 'Rome'\n",
}
DAY_1 = """\
customer_id,email,city,consent,changed_at
1,ann@example.com,Rome,yes,2026-01-01T10:00:00Z
2,bob@example.com,Rome,yes,2026-01-01T10:00:00Z
2,bob@example.com,Rome,yes,2026-01-01T10:00:00Z
3,broken,Oslo,yes,2026-01-01T10:00:00Z
4,dot@example.com,Oslo,no,2026-01-01T12:00:00Z
5,eve@example.com
6,,Oslo,no,yesterday
"""
DAY_2 = """\
customer_id,email,city,consent,changed_at
1,ann@example.com,Oslo,yes,2026-01-02T10:00:00Z
2,bob@example.com,gone,yes,2026-01-02T09:00:00Z
3,cid@example.com,Oslo,yes,2026-01-02T10:00:00Z
4,dot@example.com,Rome,yes,2026-01-01T11:00:00Z
4,dot@example.com,Oslo,no,2026-01-01T12:00:00Z
7,,Rome,no,2026-01-02T10:00:00Z
,fay@example.com,Rome,no,2026-01-02T10:00:00Z
"""
NEVER_THE_SAME = {"_run_id", "_ingested_at"}
RUN_1 = ["run", {"as_of": "2026-01-02"}]
RUN_2 = ["run", {"as_of": "2026-01-03"}]


@dataclass
class Site:
    """A project folder; its lake is filled by this process or by one that is killed."""

    folder: Path
    landing: Path
    spark: object

    @property
    def root(self) -> Path:
        return self.folder / "lake"

    @property
    def conf(self) -> Path:
        return self.folder / "conf"

    def land(self, name: str, text: str) -> None:
        """Publish a file by an atomic rename."""
        path = self.landing / name
        draft = path.with_name(f"_{path.name}")
        draft.write_text(text)
        draft.replace(path)

    def configure(self, name: str, text: str) -> None:
        path = self.conf / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))

    def lake(self) -> Lake:
        return Lake.open(self.conf, spark=self.spark)

    def act(self, action):
        """Do an action in this process."""
        method, arguments = action
        return getattr(self.lake(), method)(**arguments)

    def start(self, action, mode: str, *args: str) -> subprocess.Popen[str]:
        """Start an action in a process group of its own."""
        command = [sys.executable, str(Path(__file__).with_name("victim.py")), str(self.conf), json.dumps(action)]
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        return subprocess.Popen(
            [*command, mode, *args], start_new_session=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=scratch, env={**os.environ, "SPARK_LOCAL_DIRS": str(scratch), "LAKEHOUSE_SPARK_PROFILE": "test"},
        )  # fmt: skip

    def kill(self, action, mode: str, *args: str) -> None:
        """Start an action and see it killed."""
        process = self.start(action, mode, *args)
        out, err = process.communicate(timeout=300)
        assert process.returncode == -9, f"was not killed but ended with {process.returncode}:\n{out}\n{err[-3000:]}"

    def copy(self, folder: Path) -> Site:
        """Return a second site in the same state; it reads the same landing folder, whose paths progress refers to."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("scratch", "landing"), dirs_exist_ok=True)
        return Site(folder, self.landing, self.spark)


def tables(root: Path, ignored: Collection[str] = NEVER_THE_SAME) -> dict[str, Counter[str]]:
    """Every table of a lake as a bag of rows, read by delta-rs, without what differs between any two runs."""
    found = {}
    for log in sorted(root.glob("**/_delta_log")):
        name = str(log.parent.relative_to(root))
        if name != "_lakehouse/runs":
            table = DeltaTable(log.parent).to_pyarrow_table()
            kept = [column for column in table.column_names if column not in ignored]
            found[name] = Counter(map(repr, table.select(kept).to_pylist()))
    return found


def ledger(root: Path) -> Counter[str]:
    """The lines of the ledger about work that was done, without what differs between any two runs."""
    names = [
        "step",
        "table",
        "batch_id",
        "rows_in",
        "rows_out",
        "rows_quarantined",
        "rows_duplicate",
        "reasons",
        "notes",
    ]
    lines = DeltaTable(root / "_lakehouse" / "runs").to_pyarrow_table(columns=[*names, "status"]).to_pylist()
    done = [line for line in lines if line["status"] == "done"]
    for line in done:
        assert line["rows_in"] == line["rows_out"] + line["rows_quarantined"] + line["rows_duplicate"], line
    return Counter(repr({name: line[name] for name in names}) for line in done)


def left_over(root: Path) -> list[Path]:
    """What a finished run must have cleared away."""
    return [path for path in (root / "_lakehouse" / "staging").rglob("*") if path.is_file()]


@pytest.fixture(scope="session")
def build(spark, tmp_path_factory):
    """Make new, empty sites."""

    def make() -> Site:
        folder = tmp_path_factory.mktemp("site")
        site = Site(folder, folder / "landing", spark)
        site.landing.mkdir()
        for name, text in CONF.items():
            site.configure(name, dedent(text).replace("{landing}", str(site.landing)))
        return site

    return make


@dataclass
class Day:
    """The state before a day's run, and what the lake must be after it.

    Attributes:
        before: the site before the run; copied for every kill.
        action: the run.
        boundaries: every boundary that the run passed.
        states: boundary -> copy of the lake there; only where the disk had changed since the last one.
        tables: after an undisturbed run.
        ledger: after an undisturbed run.
    """

    before: Site
    action: list
    boundaries: list[str]
    states: dict[str, Path]
    tables: dict[str, Counter[str]]
    ledger: Counter[str]

    def copy(self, folder: Path) -> Site:
        return self.before.copy(folder)

    def killed(self, label: str, folder: Path) -> Site:
        """Return a site whose lake is what a kill at a boundary leaves: a process that dies takes no file with it."""
        site = self.before.copy(folder)
        shutil.rmtree(site.root, ignore_errors=True)
        shutil.copytree(self.states[label], site.root)
        return site

    def require_same(self, site: Site) -> None:
        """The lake is that of an undisturbed run."""
        assert tables(site.root) == self.tables
        assert ledger(site.root) == self.ledger
        assert not left_over(site.root)

    def require_done(self, site: Site) -> None:
        """A third run has nothing to do."""
        again = site.act(self.action)
        assert again.status == "nothing new"
        assert ledger(site.root) == self.ledger


def undisturbed(before: Site, action: list, folder: Path) -> Day:
    """Run once in a process of its own, undisturbed, and write down what it passes and what comes of it."""
    site, copies = before.copy(folder / "site"), folder / "copies"
    copies.mkdir()
    process = site.start(action, "trace", str(copies))
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, out + err[-3000:]
    passed = json.loads((copies / "boundaries.json").read_text())
    states = {label: copies / f"{number:04d}" for number, (label, changed) in enumerate(passed) if changed}
    return Day(before, action, [label for label, _ in passed], states, tables(site.root), ledger(site.root))


@pytest.fixture(scope="session")
def day_1(build, tmp_path_factory) -> Day:
    """The first run of a new lake."""
    site = build()
    site.land("day1.csv", DAY_1)
    return undisturbed(site, RUN_1, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="session")
def second_morning(build) -> Site:
    """A lake of the day before, and what came meanwhile: new, changed, late, repeated, deleted and broken records."""
    site = build()
    site.land("day1.csv", DAY_1)
    site.act(RUN_1)
    site.land("day2.csv", DAY_2)
    return site


@pytest.fixture(scope="session")
def day_2(second_morning, tmp_path_factory) -> Day:
    """The second run."""
    return undisturbed(second_morning, RUN_2, tmp_path_factory.mktemp("undisturbed"))
