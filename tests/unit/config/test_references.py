"""Checks across files: who is told what, and what is passed over."""

from __future__ import annotations

from lakehouse.config.load import load_config

CURATED = "curated:\n  customers: {entity: customers, id: id, consent: agreed, attributes: [city]}\n"
PEOPLE = {
    "lake.yaml": CURATED,
    "entities/customers.yaml": "source: crm\nkeys: id\nhistory: latest\ncolumns:\n"
    "  id: {}\n  email: {}\n  city: {}\n  agreed: {type: boolean}\n",
}


def test_each_kind_of_check_is_made_and_told_with_its_line(findings):
    broken = {
        "lake.yaml": "time_zone: Mars/Base\n" + CURATED.replace("{", "{\n    ").replace("[city]", "[city,\n    ctiy]"),
        "sources/crm.yaml": "format: jsonl\npath: lake/x\n",
        "entities/customers.yaml": PEOPLE["entities/customers.yaml"].replace("keys: id", "keys:\n  - id\n  - nr"),
        "segments/cities.yaml": "description: x\nwhere: |\n  city = 'Rome'\n  and city > 'Oslo'\n",
    }
    assert findings(broken) == [
        "conf/entities/customers.yaml:4: keys.1: unknown column `nr`; known: agreed, city, email, id",
        "conf/lake.yaml:1: time_zone: unknown time zone `Mars/Base`; write it as in Europe/Berlin or UTC",
        (
            "conf/lake.yaml:4: curated.customers.id: `id` is not the key of `customers`; "
            "the key is id, nr; profiles need one row for each `id`"
        ),
        "conf/lake.yaml:5: curated.customers.attributes.1: unknown column `ctiy`; did you mean `city`?",
        "conf/segments/cities.yaml:4: where: `>` does not go with a text attribute; it is for number and date and timestamp",
        (
            "conf/sources/crm.yaml:2: path: the lake and the folder of the source lie within each other; "
            "keep arriving files apart from `root` in lake.yaml"
        ),
    ]


def test_conditions_of_segments_are_checked_against_the_profiles(findings):
    segments = {
        "segments/a.yaml": "where: city = 'Rome' and not in segment b\n",
        "segments/b.yaml": "description: x\nwhere: |\n  city = 'Rome'\n  and ctiy = 'Oslo'\n",
        "segments/c.yaml": "where: revenue > 1\n",
        "segments/d.yaml": "where: city > 5\n",
        "segments/e.yaml": "where: in segment nowhere\n",
    }
    found = findings(PEOPLE | segments)
    assert [line.split(";")[0] for line in found] == [
        "conf/segments/b.yaml:4: where: unknown attribute `ctiy`",
        "conf/segments/c.yaml:1: where: unknown attribute `revenue`",
        "conf/segments/d.yaml:1: where: `>` does not go with a text attribute",
        "conf/segments/e.yaml:1: where: unknown segment `nowhere`",
    ]
    assert "did you mean `city`?" in found[0]


def test_segments_in_a_circle_are_told_once(findings):
    circle = {f"segments/{a}.yaml": f"description: x\nwhere: in segment {b}\n" for a, b in ("ab", "bc", "ca")}
    (finding,) = findings(PEOPLE | circle)
    assert finding.startswith("conf/segments/")
    assert ":2: where: segments refer to each other in a circle, found `" in finding
    assert all(f"{a} -> {b}" in f"{finding}" for a, b in ("ab", "bc", "ca")) or finding.count(" -> ") == 3


def test_what_depends_on_a_broken_file_is_passed_over(findings):
    broken_source = PEOPLE | {"sources/crm.yaml": "path: x\n"}
    assert [line.split(" ")[0] for line in findings(broken_source)] == ["conf/sources/crm.yaml:1:"]
    broken_entity = PEOPLE | {"entities/customers.yaml": "source: crm\ncolumns: 5\n", "segments/a.yaml": "where: city = 'x'\n",
                              "sources/crm.yaml": "path: x\nformat: csv\n"}  # fmt: skip
    assert [line.split(" ")[0] for line in findings(broken_entity)] == ["conf/entities/customers.yaml:2:"]
    broken_lake = {"lake.yaml": "nam: x\n", "entities/customers.yaml": PEOPLE["entities/customers.yaml"],
                   "segments/a.yaml": "where: no_such = 1\n"}  # fmt: skip
    assert [line.split(" ")[0] for line in findings(broken_lake)] == ["conf/lake.yaml:1:"]


def test_a_segment_may_refer_to_one_with_findings_of_its_own(findings):
    segments = {"segments/a.yaml": "where: in segment b\n", "segments/b.yaml": "where: (\n"}
    assert [line.split(":")[0] for line in findings(PEOPLE | segments)] == ["conf/segments/b.yaml"]


def test_columns_of_validity_can_be_used_where_they_exist(findings):
    versions = {
        "lake.yaml": CURATED.replace("[city]", "[city, valid_from], where: is_current"),
        "entities/customers.yaml": PEOPLE["entities/customers.yaml"].replace(
            "history: latest", "history: {type: scd2, order_by: changed_at}"
        )
        + "  changed_at: {type: timestamp}\n",
        "segments/a.yaml": "where: valid_from within last 30 days\n",
    }
    assert findings(versions) == []


def test_a_password_in_the_root_is_told(findings):
    assert findings({"lake.yaml": "root: s3a://key:secret@bucket/lake\n"}) == [
        "conf/lake.yaml:1: root: a password stands in the URI; give it as a Spark setting: ${env:NAME}"
    ]


def test_what_is_worth_a_look_is_noted(conf):
    conf({"sources/unused.yaml": "path: y\nformat: csv\n", "segments/a.yaml": "where: is_mailable\n"})
    assert load_config("conf").notes == (
        "source `unused`: no entity reads it",
        "segments: without `curated.customers` in lake.yaml nobody may be mailed, so they stay empty",
    )
    conf({"lake.yaml": "curated: {customers: {entity: customers, id: id}}\n", "sources/unused.yaml": None})
    assert load_config("conf").notes == (
        "lake.yaml: without `curated.customers.consent` nobody may be mailed, so segments stay empty",
    )
    conf(PEOPLE)
    assert load_config("conf").notes == ()
