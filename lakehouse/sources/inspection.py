"""First bytes -> what a file is: its encoding, its header, its fields, or why it cannot be read."""

from __future__ import annotations

import bz2
import csv
import json
import re
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lakehouse.sources.header import clean_header, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from lakehouse.sources.files import ArrivedFile
    from lakehouse.sources.settings import CsvSettings, FileSourceSettings

HEAD_BYTES = 1 << 20
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))
_UTF_32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_BLANK = "\ufeff\u200b\u200c\u200d\u2060\u00a0\x00 \t,;|"
_DELIMITERS = (",", ";", "\t", "|")
_LINE_END = re.compile(r"\r\n|\r|\n")  # what Spark's reader takes for one; str.splitlines() knows seven more
_SAMPLE = 100  # records of a JSON file whose fields are looked at
_MOST_COLUMNS = 10_000
_PACKED = (
    ("gzip", ".gz", re.compile(rb"\x1f\x8b")),
    ("bzip2", ".bz2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")),
)
_ARCHIVES = (
    (b"PK\x03\x04", "this is a ZIP archive or an Excel workbook; unpack or export it as CSV"),
    (b"7z\xbc\xaf\x27\x1c", "this is a 7-Zip archive; unpack it"),
    (b"\xfd7zXZ\x00", "this is packed by xz; unpack it, or pack it by gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is an old Excel or Word file; export it as CSV"),
)


@dataclass(frozen=True)
class FileFacts:
    """What the first bytes of a file tell.

    Attributes:
        file: the file.
        encoding: of its text; `binary` for Parquet.
        header: names of the columns of a CSV file, cleaned and without repetitions; empty where its first line does
            not name them, or not those of the source.
        header_row: number of the line that holds them, from 0; -1 where no line does.
        fields: names of the fields of its records, as far as the head shows them.
        problem: why the file cannot be read as what it should be; empty when it can.
        opened: whether it could be opened at all.
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
    fields: tuple[str, ...] = ()
    problem: str = ""
    opened: bool = True
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
    file: ArrivedFile,
    settings: FileSourceSettings,
    read: Callable[[ArrivedFile], bytes],
    *,
    expected: Collection[str] = (),
) -> FileFacts:
    """Look at the head of a file.

    Args:
        file: the file.
        settings: its source.
        read: returns the first `HEAD_BYTES` of a file, or raises OSError.
        expected: the columns that entities read from this source; empty where nothing is known.
    """
    facts = FileFacts(file)
    try:
        head = read(file)
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        return replace(facts, problem=f"the file cannot be opened ({reason})", opened=False, whole=True)
    if not head:
        return replace(facts, empty=True, notes=("empty file",))
    problem = _wrong_kind(head, file.name, settings.format)
    if problem:
        return replace(facts, problem=problem, whole=True)
    if settings.format == "parquet":
        return replace(facts, encoding="binary")
    text = _unpacked(head, file.name)
    if text is None:
        return replace(facts, problem="the packed file is damaged from its first bytes on", whole=True)
    return _inspect_text(facts, text, settings, expected)


def _wrong_kind(head: bytes, name: str, kind: str) -> str:
    if kind == "parquet":
        return "" if head.startswith(b"PAR1") else "this is no Parquet file: it does not begin with PAR1"
    if head.startswith(b"PAR1"):
        return f"this is a Parquet file, the source says {kind}"
    if head.startswith(_UTF_32):
        return "this is UTF-32 text; save it as UTF-8"
    for packer, suffix, magic in _PACKED:
        packed = magic.match(head) is not None
        if packed and not name.endswith(suffix):
            return f"this is a {packer} file whose name does not end in {suffix}; rename it"
        if name.endswith(suffix) and not packed:
            return f"the name ends in {suffix}, but this is no {packer} file"
    return next((problem for magic, problem in _ARCHIVES if head.startswith(magic)), "")


def _unpacked(head: bytes, name: str) -> bytes | None:
    """Return the first bytes of a packed file; None where they cannot be unpacked."""
    try:
        if name.endswith(".gz"):
            return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
        if name.endswith(".bz2"):
            return bz2.BZ2Decompressor().decompress(head, HEAD_BYTES)
    except (zlib.error, OSError, EOFError):
        return None
    return head


def _inspect_text(facts: FileFacts, head: bytes, settings: FileSourceSettings, expected: Collection[str]) -> FileFacts:
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    encoding = marked or {"utf-16": "utf-16le"}.get(settings.encoding, settings.encoding)
    facts = replace(facts, encoding=encoding)
    if problem := _unmarked_utf_16(head, encoding):
        return replace(facts, problem=problem)
    # The end of the head may cut a character in two.
    text = head.decode(encoding, errors="replace").removeprefix("\ufeff")
    if settings.format != "csv":
        return replace(facts, fields=_json_fields(text, whole=settings.format == "json"))
    if not settings.csv.header:
        return replace(facts, header=tuple(settings.csv.columns))
    lines = _LINE_END.split(text)
    row = next((number for number, line in enumerate(lines) if line.strip(_BLANK)), None)
    if row is None:
        return replace(facts, empty=True, notes=("no header and no records",))
    if row == len(lines) - 1 and len(head) >= HEAD_BYTES:
        return replace(facts, problem="the first line does not end within 1 MB; is it a header at all?")
    return _inspect_header(replace(facts, header_row=row), lines[row], settings.csv, expected)


def _unmarked_utf_16(head: bytes, encoding: str) -> str:
    """Tell UTF-16 by its zero bytes: every other one, for text of Latin letters."""
    if encoding.startswith("utf-16"):
        return ""
    sample = head[:1000]
    zeros = [sample[start::2].count(0) for start in (0, 1)]
    if max(zeros) < max(len(sample) // 4, 1) or min(zeros) * 4 > max(zeros):
        return ""
    kind = "utf-16le" if zeros[1] > zeros[0] else "utf-16be"
    return f"this looks like UTF-16 without a byte order mark; set encoding: {kind}"


def _json_fields(text: str, *, whole: bool) -> tuple[str, ...]:
    """Return the keys of the first records; of a document only where all of it lies within the head."""
    fields: dict[str, None] = {}
    for part in [text] if whole else text.split("\n", _SAMPLE)[:_SAMPLE]:
        try:
            value = json.loads(part)
        except (ValueError, RecursionError):
            continue
        for record in value[:_SAMPLE] if isinstance(value, list) and whole else [value]:
            fields.update(dict.fromkeys(record if isinstance(record, dict) else ()))
    return tuple(fields)


def _inspect_header(facts: FileFacts, line: str, settings: CsvSettings, expected: Collection[str]) -> FileFacts:
    found = split_header(line, settings)
    if len(found) > _MOST_COLUMNS:
        return replace(facts, problem=f"the first line has {len(found)} columns; is it a header at all?")
    header, notes = clean_header(found, expected)
    better = next((sign for sign in _DELIMITERS if sign != settings.delimiter and sign in line), None)
    if better and len(found) == 1 and header[0] not in expected:
        problem = f"the header has one column with {settings.delimiter!r} between the fields; {better!r} fits better"
        return replace(facts, problem=problem)
    missing = sorted(set(expected) - set(header))
    if expected and len(missing) == len(set(expected)):
        return replace(facts, problem="the first line names none of the expected columns; is it a header at all?")
    notes += [f"column `{shown(name)}` is missing" for name in missing]
    return replace(facts, header=tuple(header), fields=tuple(header), notes=tuple(notes))


def split_header(line: str, settings: CsvSettings) -> list[str]:
    """Cut the first line of a CSV file into names."""
    if len(settings.delimiter) > 1:
        return [name.strip(settings.quote) for name in line.split(settings.delimiter)]
    try:
        return next(csv.reader([line], delimiter=settings.delimiter, quotechar=settings.quote), [])
    except csv.Error:  # a name of more than 128 KB
        return [line]
