"""Every error that lakehouse raises on purpose, and the exit code that goes with it.

    LakehouseError                 1  something went wrong
    ├── ConfigurationError         2  conf/ or an argument is wrong (also a ValueError)
    ├── EnvironmentProblem         2  Java, JARs or package versions do not fit
    ├── TableError                 2  a table or root is not what it should be
    ├── GateStopped                3  a quality gate or the row balance stopped a step
    ├── SourceUnavailable          4  a source may answer later
    └── StorageUnavailable         4  the storage may answer later, or another writer holds the table

A message has four parts: what is wrong, where, what was found, what to do. Nothing that identifies a person and no
secret may stand in any of them.
"""

from __future__ import annotations

from dataclasses import dataclass


class LakehouseError(Exception):
    """Base of all errors raised on purpose.

    Args:
        problem: what is wrong, one sentence.
        where: file, line, key, table or column.
        found: what was found there; never a value of a record, never a secret.
        remedy: what the reader can do now.
    """

    exit_code = 1
    report: object = None
    """The report of the run that was interrupted, where there is one (`lakehouse.storage.ledger.RunReport`)."""

    def __init__(self, problem: str, *, where: str = "", found: str = "", remedy: str = "") -> None:
        self.problem = problem
        self.where = where
        self.found = found
        self.remedy = remedy
        super().__init__(self._text())

    def _text(self) -> str:
        head = f"{self.where}: {self.problem}" if self.where else self.problem
        found = f"\n  found: {self.found}" if self.found else ""
        remedy = f"\n  to do: {self.remedy}" if self.remedy else ""
        return head + found + remedy


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong in conf/, with the place and the remedy.

    Attributes:
        file: path of the file, as the user would type it.
        line: line in that file, 1-based; 0 when the finding is about the whole file.
        key: dotted key, for example `columns.email.type`.
        problem: what is wrong.
        remedy: what to do; may be empty.
    """

    file: str
    line: int
    key: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        return f"{place}:{key} {self.problem}" + (f"; {self.remedy}" if self.remedy else "")


class ConfigurationError(LakehouseError, ValueError):
    """conf/ or an argument is wrong; `findings` holds everything that was found, not just the first."""

    exit_code = 2

    def __init__(
        self, problem: str, *, findings: tuple[Finding, ...] = (), where: str = "", found: str = "", remedy: str = ""
    ) -> None:
        self.findings = findings
        super().__init__(problem, where=where, found=found, remedy=remedy)

    def _text(self) -> str:
        return "\n".join([super()._text(), *(f"  {finding}" for finding in self.findings)])


class EnvironmentProblem(LakehouseError):
    """Java, the JARs, the session or the installed packages do not fit."""

    exit_code = 2


class TableError(LakehouseError):
    """A table or the root of the lake is not what it should be: missing, foreign, newer, or out of step."""

    exit_code = 2


class GateStopped(LakehouseError):
    """A quality gate, a contract or the row balance stopped a step; nothing of the step was promoted."""

    exit_code = 3


class SourceUnavailable(LakehouseError):
    """A source could not be read now and may answer later."""

    exit_code = 4


class StorageUnavailable(LakehouseError):
    """The storage refused or another writer holds the table; a later run may pass."""

    exit_code = 4
