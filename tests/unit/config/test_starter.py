"""The lake that `lakehouse init` writes."""

from __future__ import annotations

import csv
import re

import pytest

from lakehouse.cleansed.settings import ColumnSettings, EntitySettings
from lakehouse.config.load import load_config
from lakehouse.config.model import LakeSettings
from lakehouse.config.shapes import known_keys
from lakehouse.config.starter import write_starter
from lakehouse.errors import ConfigurationError
from lakehouse.sources.settings import FileSourceSettings

OPTION = re.compile(r"^( *)#(?=[^\s#]|  )")
"""A setting that is switched off: `#` without a blank after it, or with two where it belongs to the line above it.

Comments for people have one blank.
"""


@pytest.fixture
def starter(tmp_path):
    write_starter(tmp_path / "shop")
    return tmp_path / "shop"


def _switched_on(lines, numbers):
    return "\n".join(OPTION.sub(r"\1", line) if number in numbers else line for number, line in enumerate(lines)) + "\n"


def _blocks(lines):
    """Return the line numbers of each option, with those of the lines that belong to it."""
    blocks = []
    for number, line in enumerate(lines):
        if OPTION.match(line):
            belongs = line.lstrip().startswith("#  ")
            if belongs and blocks[-1][-1] == number - 1:
                blocks[-1].append(number)
            else:
                blocks.append([number])
    return blocks


def test_the_starter_is_a_lake_without_findings_and_notes(starter):
    config = load_config(starter / "conf")
    assert config.notes == ()
    assert (list(config.sources), list(config.entities), list(config.segments)) == (
        ["customers"],
        ["customers"],
        ["newsletter"],
    )
    assert config.resolve_path(config.sources["customers"].path) == str(starter / "landing" / "customers")


def test_everything_that_is_written_is_told(tmp_path):
    written = write_starter(str(tmp_path / "deep" / "shop"))
    assert written == sorted(path for path in (tmp_path / "deep" / "shop").rglob("*") if path.is_file())
    assert {".gitignore", "README.md", "customers.csv", "lake.yaml", "entity.json"} <= {path.name for path in written}


@pytest.mark.parametrize("name", ["lake", "sources/customers", "entities/customers"])
def test_every_option_that_is_switched_off_is_valid_when_it_is_switched_on(starter, name):
    path = starter / "conf" / f"{name}.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    blocks = _blocks(lines)
    assert len(blocks) >= 4
    before = load_config(starter / "conf")
    for block in [*blocks, [number for one in blocks for number in one]]:
        path.write_text(_switched_on(lines, block), encoding="utf-8")
        after = load_config(starter / "conf")
        changed = (after.settings, after.sources, after.entities) != (before.settings, before.sources, before.entities)
        assert changed or "root: lake" in lines[block[0]], lines[block[0]]


def test_comments_for_people_hold_no_option_by_mistake(starter):
    models = (LakeSettings, FileSourceSettings, EntitySettings, ColumnSettings)
    keys = "|".join({key for model in models for key in known_keys(model)})
    for path in (starter / "conf").rglob("*.yaml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not re.match(rf"^ *# ({keys}):( |$)", line), line


def test_settings_that_are_there_are_never_touched(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "mine.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="there are settings already") as caught:
        write_starter(tmp_path)
    assert caught.value.exit_code == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["conf", "mine.txt"]
    with pytest.raises(ConfigurationError):
        write_starter(write_starter(tmp_path / "new")[0].parent)


def test_other_files_that_are_there_stay_as_they_are(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "conf").mkdir()
    written = write_starter(tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"
    assert tmp_path / "README.md" not in written
    assert tmp_path / "conf" / "lake.yaml" in written


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigurationError, match="the folder cannot be written"):
        write_starter(tmp_path / "file" / "shop")
    (tmp_path / "conf").write_text("x")
    with pytest.raises(ConfigurationError, match="there are settings already"):
        write_starter(tmp_path)


def test_the_sample_names_nobody_who_exists(starter):
    with (starter / "landing" / "customers" / "customers.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(rows) == 15
    domains = {
        next(field for field in row if "@" in field).split("@")[-1].lower() for row in rows[1:] if "@" in "".join(row)
    }
    assert domains <= {"example.com", "example.org", "example.net", "example"}


def test_the_folder_keeps_data_out_of_version_control(starter):
    ignored = (starter / ".gitignore").read_text().split()
    assert {"/lake/", "/landing/"} <= set(ignored)
