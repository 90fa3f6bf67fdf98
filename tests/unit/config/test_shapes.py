"""From Pydantic's locations to places in a file, and near names."""

from __future__ import annotations

from lakehouse.cleansed.settings import ColumnSettings, EntitySettings
from lakehouse.config.model import LakeSettings
from lakehouse.config.shapes import known_keys, locate, nearest, section, suggest, tags
from lakehouse.curated.settings import CustomersRole
from lakehouse.quality.settings import RangeRule


def test_levels_that_only_pydantic_knows_are_left_out():
    cases = {
        ("rules", 0, "range", "min", "float"): ("rules", 0, "min"),
        ("rules", 0, "range", "min", "str"): ("rules", 0, "min"),
        ("rules", 0, "range", "unknown"): ("rules", 0, "unknown"),
        ("rules", 0): ("rules", 0),
        ("columns", "a", "from"): ("columns", "a", "from"),
        ("columns", "float", "type"): ("columns", "float", "type"),
        ("columns", "A b", "[key]"): ("columns", "A b"),
        ("columns", "a", "unit", "to"): ("columns", "a", "unit", "to"),
        ("columns", "a", "normalize", 1): ("columns", "a", "normalize", 1),
        ("unknown", "deeper", 1): ("unknown", "deeper", 1),
    }
    assert {location: locate(location, EntitySettings)[0] for location in cases} == cases
    assert locate(("spark", "x.y"), LakeSettings)[0] == ("spark", "x.y")
    assert locate(("spark", "x.y", "[key]"), LakeSettings)[0] == ("spark", "x.y")


def test_the_section_at_a_place_is_known():
    places = {
        (): EntitySettings,
        ("columns", "a"): ColumnSettings,
        ("rules", 0, "range"): RangeRule,
        ("rules", 0): None,
        ("keys",): None,
    }
    assert {place: section(locate(place, EntitySettings)[1]) for place in places} == places
    assert section(locate(("curated", "customers"), LakeSettings)[1]) is CustomersRole


def test_keys_are_known_as_they_are_written():
    assert "from" in known_keys(ColumnSettings)
    assert "source" not in known_keys(ColumnSettings)
    assert known_keys(EntitySettings)["source"].startswith("The source whose records")


def test_members_of_a_union_are_known_by_their_tag():
    known = tags(locate(("rules", 0), EntitySettings)[1], "rule")
    assert sorted(known) == ["accepted_values", "date", "email", "pattern", "range", "required", "sql"]
    assert known["range"] is RangeRule


def test_near_names_are_found_and_far_ones_are_not():
    cases = {
        ("normaliser", ("normalize", "type", "from")): "normalize",
        ("KEY", ("keys", "rules")): "keys",
        ("europe/berlin", ("Europe/Berlin", "Europe/Bern")): "Europe/Berlin",
        ("colour", ("formats", "from")): None,
        ("", ("a",)): None,
        ("x" * 101, ("x" * 101,)): None,
    }
    assert {case: nearest(*case) for case in cases} == cases


def test_a_suggestion_is_one_name_or_all():
    assert suggest("emial", ("email", "phone")) == "did you mean `email`?"
    assert suggest("zzz", ("b", "a")) == "known: a, b"
    assert suggest("zzz", ()) == "there is none"
    assert suggest("zzz", [f"name_{n:02}" for n in range(25)]).endswith("name_19 and 5 more")
