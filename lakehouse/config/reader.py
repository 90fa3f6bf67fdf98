"""A YAML file -> a `Document`: never an exception, and never more work than a settings file is worth.

Scalars follow the core schema of YAML 1.2: `yes`, `no` and `NO` are texts, and so are dates. Numbers with leading
zeros are texts too, because in customer data they are codes. Keys are always texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

from lakehouse.config.document import MAX_FINDINGS, Document, KeyPath, kind_of, printable
from lakehouse.config.interpolation import InterpolationError, interpolate

MAX_BYTES = 512 * 1024
MAX_DEPTH = 30
MAX_VALUES = 50_000

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]{0,17})(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "seq", "map")}
_REMEDIES = {
    r"'\t'": "indent with spaces, not with tabs",
    "cannot start any token": "put text that begins with @, ` or % in quotes",
    "mapping values are not allowed": "put text that holds `: ` in quotes, and check the indentation",
    "could not find expected ':'": "write `key: value`, with a space after the colon",
    "expected <block end>": "check the indentation: the keys of one mapping begin in the same column",
    "but got '{'": "put ${…} in quotes where it stands in brackets",
    "expected ','": "close the bracket, and put commas between the items",
    "unexpected end of stream": "close the quote",
}


def read_document(path: Path, file: str, folder: Path) -> Document:
    """Read a file.

    Args:
        path: the file.
        file: its path, as the user would type it.
        folder: the conf/ folder, for `${file:…}`.
    """
    document = Document(printable(file, 300))
    try:
        document.text = _read_text(path)
        document.value = _Reader(document, folder).read()
    except _Unreadable as error:
        document.value = None
        document.findings.append(document.finding((), error.problem, error.remedy, line=error.line))
    return document


def exists(path: Path) -> bool:
    """Tell whether something is there that can be looked at; never raises."""
    try:
        return path.exists()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Tell whether a folder is there; never raises."""
    try:
        return path.is_dir()
    except OSError:
        return False


class _Unreadable(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, problem: str, remedy: str, line: int = 0) -> None:
        super().__init__(problem)
        self.problem, self.remedy, self.line = problem, remedy, line


def _read_text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():  # a folder, or something that would never end
            raise _Unreadable(f"this is {'a folder' if path.is_dir() else 'no ordinary file'}", "put a YAML file here")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _Unreadable(f"the file cannot be read ({reason})", "check the file and its permissions") from None
    if len(content) > MAX_BYTES:
        raise _Unreadable(f"the file is larger than {MAX_BYTES // 1024} kB", "move it elsewhere, or split it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _Unreadable("the file is not UTF-8", "save it with the encoding UTF-8", line) from None


def _explained(error: YAMLError, text: str) -> _Unreadable:
    """Say in our words what the parser says in its own."""
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return _Unreadable("the file holds a control character", "remove it, or type the line anew", line)
    if not isinstance(error, MarkedYAMLError):
        return _Unreadable(f"this is not YAML ({type(error).__name__})", "mend the file")
    mark = error.problem_mark or error.context_mark
    problem = str(error.problem or error.context or "").strip()
    remedy = next((cure for sign, cure in _REMEDIES.items() if sign in problem), "mend this line, or the one above it")
    return _Unreadable(f"this is not YAML: {problem}, in column {mark.column + 1}", remedy, mark.line + 1)


class _Reader:
    """One pass over the events of the parser; fills the document as it goes."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.document, self.folder = document, folder
        self.anchors: dict[str, tuple[Any, KeyPath, int]] = {}
        self.count = 0

    def read(self) -> dict[str, Any]:
        """Return what the file holds."""
        try:
            return self._root(YAML(typ="safe", pure=True).parse(self.document.text))
        except YAMLError as error:
            raise _explained(error, self.document.text) from None
        except RecursionError:
            raise self._too_deep(0) from None

    def _root(self, events: Iterator[Any]) -> dict[str, Any]:
        next(events)  # the beginning of the stream
        if isinstance(next(events), StreamEndEvent):
            raise _Unreadable("the file is empty", "fill it, or delete it")
        event = next(events)
        value = self._value(event, events, ())
        line = event.start_mark.line + 1
        if not isinstance(value, dict):
            problem = f"the file must hold `key: value` lines, found {kind_of(value)}"
            raise _Unreadable(problem, "write one setting a line, with a space after the colon", line)
        next(events)  # the end of the document
        after = next(events)
        if not isinstance(after, StreamEndEvent):
            line = after.start_mark.line + 1
            raise _Unreadable("the file holds a second document", "remove `---` and what follows", line)
        return value

    def _value(self, event: Any, events: Iterator[Any], path: KeyPath) -> Any:
        line = event.start_mark.line + 1
        self.document.lines.setdefault(path, line)
        self._add(1, line)
        if len(path) > MAX_DEPTH:
            raise self._too_deep(line)
        if isinstance(event, AliasEvent):
            return self._alias(event, path)
        if event.tag is not None and event.tag not in _TAGS:
            raise _Unreadable("a tag (`!…`) is not supported", "remove it", line)
        before = self.count
        value = self._content(event, events, path)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, path, self.count - before + 1)
        return value

    def _content(self, event: Any, events: Iterator[Any], path: KeyPath) -> Any:
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path)
        return self._scalar(event, path)

    def _too_deep(self, line: int) -> _Unreadable:
        return _Unreadable("the file is nested too deeply", f"nest at most {MAX_DEPTH} levels", line)

    def _add(self, number: int, line: int) -> None:
        self.count += number
        if self.count > MAX_VALUES:
            problem = f"the file holds more than {MAX_VALUES} values, counting those that aliases (`*name`) repeat"
            raise _Unreadable(problem, "split the file, or write it without aliases", line)

    def _mapping(self, events: Iterator[Any], path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, ScalarEvent):
                raise _Unreadable("a key must be a text", "put text that begins with {, [, & or * in quotes", line)
            key = str(event.value)
            if key == "<<" and event.style is None:
                raise _Unreadable("merge keys (`<<`) are not supported", "write the keys out", line)
            if key in mapping:
                self._repeated((*path, key), line)
                self._value(next(events), events, (*path, key, "twice"))
            else:
                self.document.lines[*path, key] = line
                mapping[key] = self._value(next(events), events, (*path, key))
        return mapping

    def _repeated(self, path: KeyPath, line: int) -> None:
        if len(self.document.findings) >= MAX_FINDINGS:
            raise _Unreadable(f"more than {MAX_FINDINGS} keys stand twice", "is this a settings file?", line)
        remedy = f"remove one; the first is on line {self.document.lines[path]}"
        self.document.findings.append(self.document.finding(path, "the key stands twice", remedy, line=line))

    def _sequence(self, events: Iterator[Any], path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            items.append(self._value(event, events, (*path, len(items))))
        return items

    def _alias(self, event: Any, path: KeyPath) -> Any:
        line, name = event.start_mark.line + 1, event.anchor
        if name not in self.anchors:
            raise _Unreadable(f"`*{name}` stands for nothing", f"mark a value above it with `&{name}`", line)
        value, origin, size = self.anchors[name]
        self._add(size, line)
        document, length = self.document, len(origin)
        below = {place: written for place, written in document.hidden.items() if place[:length] == origin}
        document.hidden |= {path + place[length:]: written for place, written in below.items()}
        document.broken |= {path + place[length:] for place in document.broken if place[:length] == origin}
        return value

    def _scalar(self, event: Any, path: KeyPath) -> Any:
        first, last = event.start_mark.line + 1, event.end_mark.line + 1
        if event.style in ("|", ">"):
            self.document.spans[path] = (first + 1, 0, last)
        elif last > first:
            self.document.spans[path] = (first, event.start_mark.column + bool(event.style), last)
        text = str(event.value)
        return self._plain(text, path) if event.implicit[0] and event.tag is None else self._text(text, path)

    def _plain(self, text: str, path: KeyPath) -> Any:
        if text in _WORDS:
            return _WORDS[text]
        if _WHOLE.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else self._text(text, path)

    def _text(self, text: str, path: KeyPath) -> str:
        if "${" not in text:
            return text
        try:
            value, outside = interpolate(text, self.folder)
        except InterpolationError as error:
            self.document.findings.append(self.document.finding(path, error.problem, error.remedy))
            self.document.broken.add(path)
            return text
        if outside:
            self.document.hidden[path] = text
        return value
