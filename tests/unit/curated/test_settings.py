"""Settings, columns and attributes of the curated zone, without Spark."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from lakehouse.curated.attributes import attribute_type, list_profile_columns, profile_attributes
from lakehouse.curated.language import find_segment_problems
from lakehouse.curated.profile_columns import PROFILE_COLUMNS
from lakehouse.curated.settings import CuratedSettings, SegmentSettings

SEGMENTS = Path(__file__).parents[3] / "conf" / "segments"
FULL = CuratedSettings.model_validate(
    {
        "customers": {
            "entity": "customers",
            "consent": "newsletter_consent",
            "consent_at": "consent_at",
            "attributes": ["first_name", "country", "birth_date", "height_cm"],
        },
        "orders": {"entity": "orders", "amount": "total", "currency": "currency", "where": "status = 'completed'"},
        "email_events": {"entity": "email_events", "machine": "is_machine"},
        "web_events": {"entity": "web_events"},
    }
)
TYPES = {
    "customer_id": "string",
    "first_name": "string",
    "country": "string",
    "birth_date": "date",
    "height_cm": "decimal(5,1)",
    "payload": "variant",
}


def test_every_column_of_the_profiles_has_a_comment_or_is_a_configured_attribute():
    columns = list_profile_columns(FULL)
    assert len(set(columns)) == len(columns)
    assert set(columns) - PROFILE_COLUMNS.keys() == {"first_name", "country", "birth_date", "height_cm"}
    assert columns[:2] == ["customer_id", "first_name"]
    assert all(comment.endswith((".", "mailable.")) for comment in PROFILE_COLUMNS.values())


def test_columns_of_a_part_that_is_not_configured_do_not_exist():
    orders_only = CuratedSettings.model_validate({"orders": {"entity": "orders", "amount": "total"}})
    columns = list_profile_columns(orders_only)
    assert "revenue" in columns
    assert not {"email", "clicks_30d", "last_seen_at"} & set(columns)
    assert {"is_mailable", "suppression_reason", "consent"} < set(columns)


def test_attributes_have_the_types_of_the_entity():
    attributes = profile_attributes(FULL, TYPES)
    expected = {
        "customer_id": "text",
        "country": "text",
        "birth_date": "date",
        "height_cm": "number",
        "revenue": "number",
        "last_order_at": "timestamp",
        "is_mailable": "boolean",
    }
    assert expected.items() <= attributes.items()
    assert not {"as_of", "revenue_by_currency"} & attributes.keys()
    assert profile_attributes(FULL, TYPES | {"customer_id": "bigint"})["customer_id"] == "number"
    assert attribute_type("variant") is None


def test_segments_of_the_demo_fit_the_profiles_of_the_demo():
    loader = YAML(typ="safe")
    segments = {path.stem: SegmentSettings.model_validate(loader.load(path)) for path in SEGMENTS.glob("*.yaml")}
    assert len(segments) >= 4
    assert find_segment_problems({n: s.where for n, s in segments.items()}, profile_attributes(FULL, TYPES)) == {}
    assert all(segment.description for segment in segments.values())


def test_a_segment_that_cannot_be_read_is_no_setting():
    with pytest.raises(ValidationError, match="line 1, column 11"):
        SegmentSettings(where="orders >= ")


def test_a_segment_has_no_key_that_switches_consent_off():
    for key in ("is_mailable", "consent", "suppression", "mailable"):
        with pytest.raises(ValidationError, match="Extra inputs"):
            SegmentSettings.model_validate({"where": "orders = 1", key: False})


def test_an_attribute_may_not_hide_a_column_of_the_profiles():
    for attributes in (["revenue"], ["is_mailable"], ["email"], ["a", "a"]):
        with pytest.raises(ValidationError):
            CuratedSettings.model_validate({"customers": {"entity": "customers", "attributes": attributes}})


def test_columns_that_settings_name_are_listed_by_key():
    customers = FULL.roles["customers"].columns
    assert customers["consent"] == "newsletter_consent"
    assert customers["attributes.1"] == "country"
    assert FULL.roles["orders"].columns == {
        "customer": "customer_id",
        "order": "order_id",
        "at": "ordered_at",
        "currency": "currency",
    }
    assert FULL.entities["web_events"] == "web_events"
