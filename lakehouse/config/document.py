"""What a YAML file of conf/ holds: its values, the line of each, and what came from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from lakehouse.errors import Finding

KeyPath = tuple[str | int, ...]
"""Where a value stands in a file: keys and numbers of list items, from the top."""

MAX_FINDINGS = 100
"""How many findings of one file are told; nobody reads more, and a file with more is no settings file."""

_SHORT = 2


@dataclass
class Document:
    """One file, right or wrong.

    Attributes:
        file: its path, as the user would type it.
        text: as it stands in the file.
        value: mappings, lists, texts, numbers, booleans and None; None where the file cannot be read.
        lines: line of each key and list item, 1-based.
        spans: first line, column and last line of texts that go over several lines.
        hidden: where a text came from ${env:…} or ${file:…}, and how it is written in the file.
        broken: where a value could not be determined; `findings` say why.
        findings: what is wrong with the file as YAML.
    """

    file: str
    text: str = field(default="", repr=False)
    value: Any = field(default=None, repr=False)
    lines: dict[KeyPath, int] = field(default_factory=dict, repr=False)
    spans: dict[KeyPath, tuple[int, int, int]] = field(default_factory=dict, repr=False)
    hidden: dict[KeyPath, str] = field(default_factory=dict, repr=False)
    broken: set[KeyPath] = field(default_factory=set, repr=False)
    findings: list[Finding] = field(default_factory=list)

    def get(self, path: KeyPath) -> Any:
        """Return the value at a place; None where there is none."""
        value = self.value
        for key in path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def holds_hidden(self, path: KeyPath) -> bool:
        """Tell whether anything at or below a place came from ${env:…} or ${file:…}."""
        return any(place[: len(path)] == path for place in self.hidden)

    def is_broken(self, path: KeyPath) -> bool:
        """Tell whether a finding says already why there is no value at a place."""
        return any(path[: len(place)] == place for place in self.broken)

    def line(self, path: KeyPath) -> int:
        """Return the line of a key, or of the nearest one above it; 0 where the file cannot be read."""
        places = (path[:length] for length in range(len(path), -1, -1))
        return next((self.lines[place] for place in places if place in self.lines), 0)

    def line_within(self, path: KeyPath, line: int, column: int) -> int:
        """Return the line of the file for a place (from 1) in a text that may go over several lines."""
        if path not in self.spans:
            return self.line(path)
        value = str(self.get(path))
        lines = value.splitlines()[:line]
        ahead = "".join([*lines[: line - 1], *(text[: column - 1] for text in lines[line - 1 :])])
        first, indent, last = self.spans[path]
        # A folded text and its lines in the file differ in white space only: count the other characters.
        left = min(_count_marks(ahead), _count_marks(value) - 1)
        for number, text in enumerate(self.text.split("\n")[first - 1 : last], start=first):
            left -= _count_marks(text[indent:] if number == first else text)
            if left < 0:
                return number
        return last

    def finding(self, path: KeyPath, problem: str, remedy: str = "", *, line: int | None = None) -> Finding:
        """Describe what is wrong at a place."""
        key = ".".join(str(part) for part in path)
        return Finding(self.file, self.line(path) if line is None else line, key, problem, remedy)


def _count_marks(text: str) -> int:
    return sum(not character.isspace() for character in text)


def masked(findings: Iterable[Finding], documents: Iterable[Document]) -> list[Finding]:
    """Name what came from ${env:…} or ${file:…} as it is written, in all findings; and make these fit to be printed."""
    written = {str(document.get(path)): text for document in documents for path, text in document.hidden.items()}
    values = sorted((value for value in written if value), key=len, reverse=True)
    # A value of one or two characters may be a part of any word, but where it is quoted it is meant.
    forms = [
        rf"(?<!\w){re.escape(value)}(?!\w)" if len(value) > _SHORT else rf"(?<=`){re.escape(value)}(?=`)"
        for value in values
    ]
    pattern = re.compile("|".join(forms)) if forms else None

    def text(original: str, limit: int) -> str:
        hidden = pattern.sub(lambda match: written[match[0]], original) if pattern else original
        return printable(hidden, limit)

    return [
        replace(one, key=printable(one.key, 120), problem=text(one.problem, 500), remedy=text(one.remedy, 500))
        for one in findings
    ]


def printable(text: str, limit: int) -> str:
    """Return a text without what could steer a terminal, and not longer than needed."""
    clean = "".join(character if character.isprintable() else "?" for character in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def kind_of(value: Any) -> str:
    """Name the kind of a value for people."""
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}
    return kinds.get(type(value), "nothing")
