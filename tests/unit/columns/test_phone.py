"""Phone numbers, with Google's libphonenumber (in its Python form) as the independent judge."""

from __future__ import annotations

import random
import time

import phonenumbers
import pytest
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from lakehouse.columns.phone import normalize_phone

TYPES = ("string", "string")
KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def examples():
    """The example numbers of every region that has them, mobile and fixed."""
    for region in REGIONS:
        for kind in KINDS:
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                yield region, number


def e164(number):
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def judge(text, region):
    """The number in E.164 as libphonenumber reads it; None where it reads none or knows that it cannot exist."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    return e164(number) if phonenumbers.is_valid_number(number) else None


def lacks_area_code(text, meant):
    """libphonenumber completes a few local numbers, as on Norfolk Island; here that counts as a guess."""
    digits = "".join(sign for sign in text if sign.isdigit())
    return not digits.endswith(str(phonenumbers.parse(meant).national_number))


@pytest.fixture(scope="module")
def spellings():
    """(text, region) -> the number meant: each example as it is written at home, abroad, in links and dialled."""
    written = {}
    for region, number in examples():
        meant = e164(number)
        national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
        written[national, region] = meant
        written[national.replace(" ", "\u00a0").replace("-", "‑"), region] = meant
        written[f" {national} ext. 12", region] = meant
        written[international, None] = meant
        written[f"\u200b{international.replace(' ', '.')}\n", "ZW"] = meant
        written[phonenumbers.format_number(number, PhoneNumberFormat.RFC3966), None] = meant
        written[meant, region.lower()] = meant
        written[f"00{meant[1:]}", "DE"] = meant
        for home in ("US", "AU", "JP", "BR"):
            if phonenumbers.country_code_for_region(home) != number.country_code:
                written[phonenumbers.format_out_of_country_calling_number(number, home), home] = meant
    return written


def test_every_example_number_is_known_in_every_spelling(check, spellings):
    assert len(set(spellings.values())) > 400
    check(normalize_phone, spellings, TYPES)


def test_altered_numbers_exist_where_libphonenumber_says_so(apply):
    """Digits changed, left out and added: the answer is the same for 999 of 1,000."""
    pick = random.Random(1)
    altered = set()
    for region, number in examples():
        digits = list(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
        places = [place for place, sign in enumerate(digits) if sign.isdigit()]
        for _ in range(4):
            spoiled = list(digits)
            spoiled[pick.choice(places)] = pick.choice(["", "0", "1", "5", "9", "37"])
            altered.add(("".join(spoiled), region))
    altered = sorted(altered)
    expected = {case: judge(*case) for case in altered}
    actual = dict(zip(altered, apply(normalize_phone, altered, TYPES), strict=True))
    differing = {
        case: (actual[case], expected[case])
        for case in altered
        if actual[case] != expected[case] and not (actual[case] is None and lacks_area_code(case[0], expected[case]))
    }
    assert 300 < sum(value is None for value in expected.values()) < len(altered) - 300
    assert len(differing) <= len(altered) / 1000, differing


def test_spellings_of_people(check):
    german = "+4915112345678"
    check(normalize_phone, {
        ("0151/123 456 78", "DE"): german,
        ("+49 (0)151 12345678", "DE"): german,
        ("+49 (0)151 12345678", None): german,
        ("0049 151 12345678", None): german,
        ("(0151) 123-456-78", "de"): german,
        ("tel:+49-151-12345678", None): german,
        ("Tel: 0151 12345678", "DE"): german,
        ("Mobil: 0151 12345678", "DE"): german,
        ("+49 151 12345678;ext=5", None): german,
        ("０１５１ １２３４５６７８", "DE"): german,
        ("＋４９ １５１ １２３４５６７８", None): german,
        ("٠١٥١١٢٣٤٥٦٧٨", "DE"): german,
        ("+1 (202) 555-0143 x12", None): "+12025550143",
        ("1-202-555-0143", "US"): "+12025550143",
        ("202.555.0143", "US"): "+12025550143",
        ("202.555.0143", "CA"): "+12025550143",
        ("020 7946 0958", "GB"): "+442079460958",
        ("+44 (0)20 7946 0958", None): "+442079460958",
        ("06 12 34 56 78", "FR"): "+33612345678",
        ("06 1234 5678", "IT"): "+390612345678",
        ("39 06 1234 5678", "IT"): "+390612345678",
        ("+39 6 1234 5678", None): None,
        ("011 15-2345-6789", "AR"): "+5491123456789",
        ("+54 9 11 2345-6789", None): "+5491123456789",
        ("8 (912) 345-67-89", "RU"): "+79123456789",
        ("+800 1234 5678", None): "+80012345678",
    }, TYPES)  # fmt: skip


def test_what_is_no_number_is_null(check):
    check(normalize_phone, {
        (None, "DE"): None,
        ("", "DE"): None,
        (" ", None): None,
        ("-", "DE"): None,
        ("n/a", "DE"): None,
        ("+", "DE"): None,
        ("0", "DE"): None,
        ("00", "DE"): None,
        ("+49", "DE"): None,
        ("0151 12345678", None): None,
        ("0151 12345678", "ZZ"): None,
        ("0151 12345678", "Deutschland"): None,
        ("0151 1234567890123", "DE"): None,
        ("555-0143", "US"): None,
        ("1-800-FLOWERS", "US"): None,
        ("+1 000 000 0000", None): None,
        ("+999 123456789", None): None,
        ("+49+151 12345678", "DE"): None,
        ("0151 12345678 / 0151 12345679", "DE"): None,
        ("0151 12345678' OR '1'='1", "DE"): None,
        ("110", "DE"): None,
        ("ann@example.com", "DE"): None,
        ("1.5115e10", "DE"): None,
    }, TYPES)  # fmt: skip


def test_hostile_numbers_end_at_once(apply):
    hostile = ["1" * 5000, "+" * 5000, "0" * 5000, "(" * 5000, "49" * 2500, "+49" * 1600, "1" + ",1" * 2500, "tel:" * 1250,
               "1x" * 2500, "ext" * 1600, "54" + "9" * 5000]  # fmt: skip
    begun = time.perf_counter()
    cases = [(text, region) for text in hostile for region in ("DE", "AR", "US", None)] * 20
    assert not any(apply(normalize_phone, cases, TYPES))
    assert time.perf_counter() - begun < 20


def test_no_python_takes_part(spark):
    frame = spark.createDataFrame([("0151 12345678", "DE")], "text string, region string")
    plan = frame.select(normalize_phone(frame.text, frame.region))._jdf.queryExecution().executedPlan().toString()
    assert "Python" not in plan
