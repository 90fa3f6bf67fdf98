"""What `conf/sources/NAME.yaml` may say."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from lakehouse.settings import Settings

FileFormat = Literal["csv", "jsonl", "json", "parquet"]
FILE_FORMATS: tuple[str, ...] = get_args(FileFormat)
Encoding = Literal["utf-8", "utf-16", "utf-16le", "utf-16be", "latin-1", "windows-1252", "us-ascii"]
Character = Annotated[str, Field(min_length=1, max_length=1)]


class CsvSettings(Settings):
    """How the lines of a CSV file are cut into fields."""

    delimiter: Annotated[str, Field(min_length=1, max_length=4)] = Field(",", description="Between two fields.")
    quote: Character = Field('"', description="Around a field that holds the delimiter.")
    escape: Character = Field(
        '"', description='Before a quote inside a quoted field; `"` means quotes are doubled (RFC 4180).'
    )
    header: bool = Field(True, description="Whether the first line of each file names the columns.")
    columns: list[str] = Field(
        default_factory=list, description="Names of the columns, in order; required where `header` is false."
    )
    multiline: bool = Field(
        False,
        description="Whether a quoted field may hold line breaks. Off by default: then an open quote spoils one line, "
        "not the rest of the file.",
    )


class FileSourceSettings(Settings):
    """A folder in which files arrive; every new file lands once."""

    type: Literal["files"] = Field("files", description="The kind of source.")
    description: str = Field("", description="For people; becomes the comment of the raw table.")
    path: str = Field(
        min_length=1,
        description="Folder (or glob) in which files arrive, relative to the project folder, or a URI such as s3a://…",
        examples=["landing/customers", "s3a://bucket/exports/customers"],
    )
    format: FileFormat = Field(description="csv, jsonl (one JSON object a line), json (one document a file), parquet.")
    pattern: str = Field(
        "*", description="Only files whose name matches this glob are read.", examples=["*.csv", "customers-*.csv.gz"]
    )
    encoding: Encoding = Field(
        "utf-8", description="Of text files; a byte order mark in the file goes before this setting."
    )
    csv: CsvSettings = Field(default_factory=CsvSettings, description="Only for `format: csv`.")
    max_files_per_batch: Annotated[int, Field(ge=1)] = Field(
        1000, description="How many files one commit to the raw table covers at most."
    )


SourceSettings = FileSourceSettings
