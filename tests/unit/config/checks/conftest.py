"""Checks of one entity, source or lake, as `key: problem; remedy` lines."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from lakehouse.cleansed.settings import EntitySettings


def parse(text):
    """YAML text -> plain values; dates stay texts, as in conf/."""
    loader = YAML(typ="safe", pure=True)
    loader.constructor.add_constructor("tag:yaml.org,2002:timestamp", loader.constructor.construct_yaml_str)
    return loader.load(text)


@pytest.fixture
def entity():
    """Return the settings of an entity of source `crm` with the columns id, text, born, seen_at, amount, flag, tree."""

    def entity(columns="", **other):
        given = {"id": {}, "text": {}, "born": {"type": "date"}, "seen_at": {"type": "timestamp"},
                 "amount": {"type": "decimal(18,2)"}, "flag": {"type": "boolean"}, "tree": {"type": "variant"}}  # fmt: skip
        settings = {"source": "crm", "columns": given | (parse(columns) or {})}
        return EntitySettings.model_validate(settings | {key: parse(value) for key, value in other.items()})

    return entity


@pytest.fixture
def lines():
    """Return problems as one line each."""
    return lambda problems: [f"{'.'.join(map(str, one.path))}: {one.problem}; {one.remedy}" for one in problems]
