"""First bytes -> what a file is: its encoding, its header, or why it cannot be read."""

from __future__ import annotations

import bz2
import csv
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from lakehouse.sources.files import ArrivedFile
    from lakehouse.sources.settings import CsvSettings, FileSourceSettings

HEAD_BYTES = 1 << 20
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00a0\x00"
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class FileFacts:
    """What the first bytes of a file tell.

    Attributes:
        file: the file.
        encoding: of its text; `binary` for Parquet.
        header: names of the columns of a CSV file, cleaned and without repetitions.
        header_row: number of the line that holds them, from 0; -1 where no line does.
        problem: why the file cannot be read as what it should be; empty when it can.
        whole: whether `problem` spoils the whole file (its bytes cannot be read) and not only its header.
        salvage: whether a part of a spoilt file can still be read.
        schema: of a Parquet file, as JSON.
        empty: whether there is nothing to read.
        notes: what a person should know: drift of the header, an empty file.
    """

    file: ArrivedFile
    encoding: str = "utf-8"
    header: tuple[str, ...] = ()
    header_row: int = -1
    problem: str = ""
    whole: bool = False
    salvage: bool = False
    schema: str = ""
    empty: bool = False
    notes: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether there is something to read, be it only a part."""
        return not self.empty and (not self.whole or self.salvage)


def inspect_file(
    file: ArrivedFile, settings: FileSourceSettings, read: Callable[[str], bytes], *, expected: Collection[str] = ()
) -> FileFacts:
    """Look at the head of a file.

    Args:
        file: the file.
        settings: its source.
        read: returns the first `HEAD_BYTES` of a path, or raises OSError.
        expected: the columns that entities read from this source; empty where nothing is known.
    """
    facts = FileFacts(file)
    try:
        head = read(file.path)
    except OSError as error:
        return replace(facts, problem=f"the file cannot be opened ({_reason(error)})", whole=True)
    if not head:
        return replace(facts, empty=True, notes=(f"{file.name}: empty file",))
    problem = _wrong_kind(head, file.name, settings.format)
    if problem:
        return replace(facts, problem=problem, whole=True)
    if settings.format == "parquet":
        return replace(facts, encoding="binary")
    return _inspect_text(facts, _unpacked(head, file.name), settings, expected)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _wrong_kind(head: bytes, name: str, kind: str) -> str:
    packed = head.startswith(b"\x1f\x8b")
    if kind == "parquet":
        return "" if head.startswith(b"PAR1") else "this is no Parquet file: it does not begin with PAR1"
    if head.startswith(b"PAR1"):
        return f"this is a Parquet file, the source says {kind}"
    if head.startswith(b"PK\x03\x04"):
        return "this is a ZIP archive or an Excel workbook; unpack or export it as CSV"
    if packed and not name.endswith(".gz"):
        return "this is a gzip file whose name does not end in .gz; rename it"
    if name.endswith(".gz") and not packed:
        return "the name ends in .gz, but this is no gzip file"
    return ""


def _unpacked(head: bytes, name: str) -> bytes:
    try:
        if name.endswith(".gz"):
            return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
        if name.endswith(".bz2"):
            return bz2.BZ2Decompressor().decompress(head, HEAD_BYTES)
    except (zlib.error, OSError, EOFError):
        return b""
    return head


def _inspect_text(facts: FileFacts, head: bytes, settings: FileSourceSettings, expected: Collection[str]) -> FileFacts:
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), settings.encoding)
    encoding = {"utf-16": "utf-16le"}.get(encoding, encoding)
    facts = replace(facts, encoding=encoding)
    if settings.format != "csv":
        return facts
    if not settings.csv.header:
        return replace(facts, header=tuple(settings.csv.columns))
    # The end of the head may cut a character in two.
    lines = head.decode(encoding, errors="replace").lstrip("\ufeff").splitlines()
    row = next((number for number, line in enumerate(lines) if line.strip(_INVISIBLE + " \t,;|")), None)
    if row is None:
        return replace(facts, empty=True, notes=(f"{facts.file.name}: no header and no records",))
    return _inspect_header(replace(facts, header_row=row), lines[row], settings.csv, expected)


def _inspect_header(facts: FileFacts, line: str, settings: CsvSettings, expected: Collection[str]) -> FileFacts:
    found = split_header(line, settings)
    header, notes = clean_header(found, expected)
    missing = sorted(set(expected) - set(header))
    added = [name for name in header if name not in expected] if expected else []
    notes += [f"column `{name}` is missing" for name in missing] + [f"column `{name}` is new" for name in added]
    notes = [f"{facts.file.name}: {note}" for note in notes]
    facts = replace(facts, header=tuple(header))
    better = next((sign for sign in _DELIMITERS if sign != settings.delimiter and line.count(sign) > len(found)), None)
    if better and len(found) == 1:
        problem = f"the header has one column with {settings.delimiter!r} between the fields; {better!r} fits better"
        return replace(facts, problem=problem)
    if expected and len(missing) == len(set(expected)):
        return replace(facts, problem="the first line names none of the expected columns; is it a header at all?")
    return replace(facts, notes=tuple(notes))


def split_header(line: str, settings: CsvSettings) -> list[str]:
    """Cut the first line of a CSV file into names."""
    if len(settings.delimiter) == 1:
        return next(csv.reader([line], delimiter=settings.delimiter, quotechar=settings.quote), [])
    return [name.strip(settings.quote) for name in line.split(settings.delimiter)]


def clean_header(names: Sequence[str], expected: Collection[str]) -> tuple[list[str], list[str]]:
    """Give every column of a header a name of its own.

    Outer white space and invisible characters go; a name that differs from an expected one only in case or inner
    white space becomes it; a blank name becomes `column_N`; a repeated name becomes `name_2`.

    Returns:
        the names, and a note for each change that a person should know.
    """
    known = {_folded(name): name for name in sorted(expected)}
    header: list[str] = []
    notes: list[str] = []
    for number, name in enumerate(names, start=1):
        bare = name.strip(_INVISIBLE + " \t\r\n")
        bare = known.get(_folded(bare), bare) or f"column_{number}"
        unique = bare
        while unique in header:
            unique = f"{bare}_{sum(other == bare or other.startswith(bare + '_') for other in header) + 1}"
        if unique != bare:
            notes.append(f"column `{bare}` comes twice, the second one lands as `{unique}`")
        elif name != bare:
            notes.append(f"column {number} is read as `{bare}` (white space or case differs)")
        header.append(unique)
    return header, notes


def _folded(name: str) -> str:
    return "".join(name.split()).replace("_", "").casefold()
