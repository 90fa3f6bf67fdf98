"""`match:` in an entity: its cleansed rows against each other."""

from __future__ import annotations

import pytest

from lakehouse.errors import ConfigurationError
from lakehouse.matching import MatchSettings

ENTITY = """
source: people
keys: {keys}
history: {history}
columns:
  id: {{}}
  shop: {{}}
  fullname: {{}}
  contact: {{normalize: email}}
  seen_at: {{type: timestamp}}
match:
  columns: {{fullname: full_name, shop: ignore}}
"""
ROWS = """\
id,shop,fullname,contact,seen_at
1,a,Ann Lee,ann.lee@example.com,2026-01-01T00:00:00Z
2,a,Anne Lee,ann.lee@example.com,2026-01-01T00:00:00Z
3,b,Robert Zimmer,bob@example.org,2026-01-01T00:00:00Z
4,b,Robert Zimer,bob@example.org,2026-01-01T00:00:00Z
5,b,Cleo Grant,cleo@example.net,2026-01-01T00:00:00Z
"""


def filled(project, keys="id", history="latest"):
    project.conf(
        entities_people=ENTITY.format(keys=keys, history=history), sources_people="path: landing\nformat: csv\n"
    )
    project.land(
        "day1.csv",
        ROWS
        + "".join(f"{n},c,P{n} Q{n * 37 % 101}xy,u{n * n}@example.org,2026-01-01T00:00:00Z\n" for n in range(10, 40)),
    )
    lake = project.lake()
    lake.run(as_of="2026-01-02")
    return lake


def groups(result):
    found = {}
    for row in result.clusters.collect():
        found.setdefault(row.cluster_id, set()).add(row.id)
    return sorted(sorted(ids) for ids in found.values() if len(ids) > 1)


@pytest.mark.slow
def test_rows_of_an_entity_are_matched_by_what_it_says_of_its_columns(people):
    lake = filled(people)
    result = lake.match("people")
    kinds = {name: column.kind for name, column in result.model.columns.items()}
    assert (kinds["fullname"], kinds["contact"], kinds["shop"]) == ("full_name", "email", "ignore")
    assert "id" not in kinds
    assert groups(result) == [["1", "2"], ["3", "4"]]
    labels = lake.cleansed("people").sparkSession.createDataFrame([("1", "2", False), ("3", "10", True)], "id_l string, id_r string, match boolean")
    assert groups(lake.match("people", labels=labels)) == [["10", "3"]], "what people say goes before what the rows say"
    assert (
        "text"
        in lake.match("people", settings=MatchSettings(columns={"fullname": "text"})).model.columns["fullname"].kind
    )


@pytest.mark.slow
def test_only_what_is_current_in_a_history_is_matched_and_several_keys_are_one_id(people):
    lake = filled(people, keys="[shop, id]", history="{type: scd2, order_by: seen_at}")
    people.land(
        "day2.csv", "id,shop,fullname,contact,seen_at\n5,b,Cleo Grant-Hill,cleo@example.net,2026-01-02T00:00:00Z\n"
    )
    lake.run(as_of="2026-01-03")
    result = lake.match("people")
    ids = [row.id for row in result.clusters.collect()]
    assert len(ids) == len(set(ids)) == 35
    assert '{"shop":"b","id":"5"}' in ids
    assert "valid_from" not in result.model.columns


def test_what_cannot_be_matched_is_said_before_anything_runs(people):
    people.conf(
        entities_people=ENTITY.format(keys="id", history="latest").replace("fullname: full_name", "fullnam: full_name")
    )
    with pytest.raises(ConfigurationError, match="fullnam, which is no column"):
        people.lake()
    people.conf(entities_people=ENTITY.format(keys="[]", history="append"))
    with pytest.raises(ConfigurationError, match="needs `keys`"):
        people.lake()
