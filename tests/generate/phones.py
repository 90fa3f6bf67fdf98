"""Number plans: calling codes, what is dialled before a number, and the national numbers that exist."""

from __future__ import annotations

import re
from importlib.metadata import version

import phonenumbers
from phonenumbers import PhoneMetadata

SOURCE = f"phonenumbers {version('phonenumbers')} (metadata of Google's libphonenumber, Apache License 2.0)"
KINDS = (
    "mobile", "fixed_line", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip
"""The most frequent first, for they are tried in this order."""
LOCAL_NUMBER = re.compile(r"\(.*?\)\$\|?")
"""`([2-9]\\d{6})$|1`: a number without area code; it is not completed here, for that would be a guess."""
ARGENTINA = 54


def _plans(code: int) -> list[PhoneMetadata]:
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
    if regions == (phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY,):
        return [PhoneMetadata.metadata_for_nongeo_region(code)]
    return [PhoneMetadata.metadata_for_region(region) for region in regions]


def _national(plan: PhoneMetadata) -> str:
    """The numbers of one region as an alternation."""
    kinds = [getattr(plan, kind) for kind in KINDS]
    patterns = dict.fromkeys(kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern)
    numbers = "|".join(patterns)
    return f"(?={plan.leading_digits})(?:{numbers})" if plan.leading_digits else numbers


def _trunk(plan: PhoneMetadata) -> str:
    """What is dialled before a national number within the country, or the empty text."""
    prefix = LOCAL_NUMBER.sub("", plan.national_prefix_for_parsing or "")
    if plan.country_code == ARGENTINA:
        return "0"
    if plan.id in ("BR", "GA"):
        # The last group is not dialled before the number: it is the number.
        start = prefix.rindex(r"(\d{10,11}" if plan.id == "BR" else "(11")
        prefix = f"{prefix[:start]}(?={prefix[start + 1 :]}"
    return re.sub(r"\((?!\?)", "(?:", prefix)


def phone_numbers() -> tuple[str, dict[str, str]]:
    """Calling code -> pattern of the national numbers that exist."""
    table = {}
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        national = "|".join(dict.fromkeys(_national(plan) for plan in _plans(code)))
        table[str(code)] = f"(?:{national})"
    return SOURCE, table


def phone_shapes() -> tuple[str, dict[str, str]]:
    """Calling code -> pattern of all that looks like a national number, whether it exists or not."""
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return SOURCE, {str(code): f"(?:{_plans(code)[0].general_desc.national_number_pattern})" for code in codes}


def phone_trunks() -> tuple[str, dict[str, str]]:
    """Calling code -> pattern of what is dialled before a national number, also where that is nothing."""
    return SOURCE, {str(code): _trunk(_plans(code)[0]) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE}


def phone_regions() -> tuple[str, dict[str, str]]:
    """Region -> its calling code."""
    plans = [PhoneMetadata.metadata_for_region(region) for region in phonenumbers.SUPPORTED_REGIONS]
    return SOURCE, {plan.id: str(plan.country_code) for plan in plans}


def phone_exits() -> tuple[str, dict[str, str]]:
    """Region -> pattern of what is dialled to leave the country."""
    plans = [PhoneMetadata.metadata_for_region(region) for region in phonenumbers.SUPPORTED_REGIONS]
    return SOURCE, {plan.id: plan.international_prefix for plan in plans}
