"""Number plans of all countries."""

from __future__ import annotations

from importlib.metadata import version

import phonenumbers
from phonenumbers import PhoneMetadata

SOURCE = f"phonenumbers {version('phonenumbers')} (metadata of Google's libphonenumber, Apache License 2.0)"


def phones() -> tuple[str, dict[str, str]]:
    table = {}
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        plan = PhoneMetadata.metadata_for_region(region)
        table[f"code {region}"] = str(plan.country_code)
    return SOURCE, table
