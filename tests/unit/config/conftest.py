"""A conf/ folder of its own for each test, and what is found in it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lakehouse.config.load import load_config
from lakehouse.errors import ConfigurationError

SOUND = {
    "lake.yaml": "name: shop\n",
    "sources/crm.yaml": "path: landing/crm\nformat: csv\n",
    "entities/customers.yaml": "source: crm\nkeys: id\nhistory: latest\ncolumns:\n  id: {}\n  email: {normalize: email}\n",
}


@pytest.fixture
def conf(tmp_path, monkeypatch):
    """Write files below conf/ in an empty working directory; a sound lake is there already, None removes a file."""
    monkeypatch.chdir(tmp_path)

    def write(files=None, *, sound=True):
        for name, text in ((SOUND if sound else {}) | (files or {})).items():
            path = tmp_path / "conf" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink(missing_ok=True)
            elif isinstance(text, bytes):
                path.write_bytes(text)
            else:
                path.write_text(dedent(text), encoding="utf-8")
        return tmp_path / "conf"

    return write


@pytest.fixture
def findings(conf):
    """Write files below conf/ and return what is found, each as the line that a user reads."""

    def find(files=None, *, sound=True):
        conf(files, sound=sound)
        try:
            load_config("conf")
        except ConfigurationError as error:
            return [str(finding) for finding in error.findings]
        return []

    return find
