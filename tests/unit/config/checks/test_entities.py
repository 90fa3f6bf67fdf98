"""Source, keys and history of an entity."""

from __future__ import annotations

import pytest

from lakehouse.config.checks.entities import check_entity
from lakehouse.sources.settings import FileSourceSettings

HEADED = FileSourceSettings(path="x", format="csv")
HEADLESS = FileSourceSettings.model_validate(
    {"path": "x", "format": "csv", "csv": {"header": False, "columns": ["id", "Text"]}}
)


@pytest.fixture
def check(entity, lines):
    def check(columns="", described=HEADED, **other):
        return lines(check_entity(entity(columns, **other), {"crm": described}, ["crm", "web"]))

    return check


def test_entities_that_fit_have_no_problems(check):
    assert check() == []
    assert check(keys="[id, born]", history="latest") == []
    assert check(keys="id", history="{type: latest, order_by: amount}") == []
    assert check(keys="id", history="{type: scd2, order_by: born}") == []
    assert check("x: {derived: true}", keys="x", history="latest", transform="a:b") == []


CASES = [
    ({"source": "cmr"}, "source: unknown source `cmr`; did you mean `crm`?"),
    ({"source": "shop"}, "source: unknown source `shop`; known: crm, web"),
    ({"time_zone": "CET+1"}, "time_zone: unknown time zone `CET+1`; write it as in Europe/Berlin or UTC"),
    ({"keys": "[id, idd]"}, "keys.1: unknown column `idd`; did you mean `id`?"),
    ({"keys": "[id, born, id]"}, "keys.2: `id` stands twice; remove one"),
    ({"keys": "tree"}, "keys.0: `tree` is of type variant, which cannot be compared; take a column of another type"),
    ({"keys": "id", "history": "{type: latest, order_by: seen}"},
     "history.order_by: unknown column `seen`; did you mean `seen_at`?"),
    ({"keys": "id", "history": "{type: latest, order_by: tree}"}, ("history.order_by: `tree` is of type variant, "
     "which says nothing about newer and older; name a timestamp or a number that grows")),
    ({"keys": "id", "history": "{type: scd2, order_by: text}"}, ("history.order_by: `text` is of type string, "
     "validity begins at a moment; name a timestamp or date column")),
    ({"history": "{type: append, order_by: seen_at}"}, ("history.order_by: this has no effect with history `append`; "
     "remove it, or choose `latest` or `scd2`")),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "expected"), CASES)
def test_entities_that_do_not_fit_are_told_with_what_to_do(check, settings, expected):
    assert check(**settings) == [expected]


def test_fields_must_be_among_the_columns_that_the_source_names(entity, lines):
    columns = {
        "id": {},
        "text": {"from": "Text"},
        "txt": {},
        "x": {"from": "Txet"},
        "y": {"sql": "id"},
        "z": {"from": "$.q"},
    }
    settings = entity().model_validate({"source": "crm", "columns": columns})
    assert lines(check_entity(settings, {"crm": HEADED}, ["crm"])) == []
    assert lines(check_entity(settings, {}, ["crm"])) == []
    assert lines(check_entity(settings, {"crm": HEADLESS}, ["crm"])) == [
        "columns.txt: `txt` is not among `csv.columns` of source `crm`; did you mean `Text`?",
        "columns.x.from: `Txet` is not among `csv.columns` of source `crm`; did you mean `Text`?",
    ]
