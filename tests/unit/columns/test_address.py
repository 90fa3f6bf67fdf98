"""Streets and postal codes as people write them."""

from __future__ import annotations

import random
import re
import time

from lakehouse.columns.address import _POSTAL_CODES, normalize_address, normalize_postal_code

TYPES = ("string", "string")


def test_an_abbreviation_is_written_out_where_it_has_one_meaning(check):
    check(normalize_address, {
        "12 Main St.": "12 Main Street", "12 main st": "12 main Street", "12 MAIN ST": "12 MAIN Street", "12 Park Ave, Apt 4": "12 Park Avenue, Apt 4",
        "221B Baker St": "221B Baker Street", "5 Long Acre Rd.": "5 Long Acre Road", "1 Sunset Blvd": "1 Sunset Boulevard",
        "10 St. James Sq.": "10 St. James Square", "7 Dr. King Dr": "7 Dr. King Drive", "3 Elm Ct, Unit 2": "3 Elm Court, Unit 2",
        "Berliner Str. 5": "Berliner Straße 5", "Berliner Str.5": "Berliner Straße5", "Frankfurter Str.": "Frankfurter Straße",
        "Hauptstr.5": "Hauptstr. 5", "Hauptstr 5": "Hauptstr. 5", "Hauptstr. 5": "Hauptstr. 5", "Hauptstr5": "Hauptstr. 5",
    })  # fmt: skip


def test_a_street_whose_abbreviation_may_mean_something_else_stays(check):
    kept = ["St. James Street 5", "St Ives", "Main St", "12 St. Giles", "Rue de la Paix 3", "12, rue St. Martin", "ul. Długa 7/9",
            "Hauptstraße 5", "Calle Mayor 1", "P.O. Box 12", "Via Roma, 1", "12 Street", "Str. 5", "12 Main Stone", "東京都千代田区1-1", "5", ""]  # fmt: skip
    check(normalize_address, {street: street for street in kept})


def test_blanks_and_invisible_characters_go(check):
    check(normalize_address, {
        "  12   Main\u00a0St. ": "12 Main Street", "Haupt\u00adstr. 5\n": "Hauptstr. 5", "Bahnhofstraße\t1": "Bahnhofstraße 1", " ": "", None: None,
    })  # fmt: skip


def test_postal_codes_are_written_as_their_countries_write_them(check):
    check(normalize_postal_code, {
        ("10115", "DE"): "10115", ("D-10115", "DE"): "10115", ("d 10115", "DE"): "10115", ("DE-10115", "de"): "10115", ("01067", "DE"): "01067",
        ("1010", "AT"): "1010", ("A-1010", "AT"): "1010", ("CH-8001", "CH"): "8001", ("F-75001", "FR"): "75001", ("75 001", "FR"): "75001",
        ("sw1a1aa", "GB"): "SW1A 1AA", ("SW1A-1AA", "GB"): "SW1A 1AA", ("m11ae", "GB"): "M1 1AE", ("B33 8TH", "GB"): "B33 8TH", ("dn551pt", "GB"): "DN55 1PT",
        ("k1a0b1", "CA"): "K1A 0B1", ("K1A-0B1", "CA"): "K1A 0B1", ("1234ab", "NL"): "1234 AB", ("1234 AB", "NL"): "1234 AB",
        ("00950", "PL"): "00-950", ("00–950", "PL"): "00-950", ("1000001", "PT"): "1000-001", ("01310100", "BR"): "01310-100",
        ("1000001", "JP"): "100-0001", ("〒100-0001", "JP"): None, ("11122", "SE"): "111 22", ("11000", "CZ"): "110 00",
        ("12345", "US"): "12345", ("123456789", "US"): "12345-6789", ("12345 6789", "US"): "12345-6789", ("02134", "US"): "02134",
        ("AD500", "AD"): "AD500", ("500", "AD"): "AD500", ("1010", "LV"): "LV-1010", ("LV-1010", "LV"): "LV-1010", ("01100", "LT"): "LT-01100",
        ("d02af30", "IE"): "D02 AF30", ("vlt1117", "MT"): "VLT 1117", ("１０１１５", "DE"): "10115", ("\u00a010115\u200b", "DE"): "10115",
    }, TYPES)  # fmt: skip


def test_what_cannot_be_a_postal_code_of_its_country_is_null(check):
    check(normalize_postal_code, {
        ("1010", "DE"): None, ("101155", "DE"): None, ("1011S", "DE"): None, ("A-10115", "DE"): None, ("10115 Berlin", "DE"): None,
        ("10115\n10117", "DE"): None, ("SW1A", "GB"): None, ("SW1A 1A", "GB"): None, ("11111", "GB"): None, ("1234", "US"): None,
        ("123456", "US"): None, ("12345-678", "US"): None, ("12-34-5", "DE"): "12345", ("K1A0B", "CA"): None, ("1234", "NL"): None, ("", "DE"): None,
        (" ", None): None, ("DE", "DE"): None, ("n/a", "DE"): None, ("n/a", None): None, (None, "DE"): None, (None, None): None,
    }, TYPES)  # fmt: skip


def test_where_the_country_is_not_known_a_plausible_code_stays(check):
    for country in (None, "HK", "ZZ", "", "Germany"):
        check(normalize_postal_code, {
            ("10115", country): "10115", ("sw1a 1aa", country): "SW1A 1AA", ("00-950", country): "00-950",
            ("Berlin", country): None, ("12", country): None, ("12345678901", country): None, ("-123", country): None, ("1;23", country): None,
        }, TYPES)  # fmt: skip


def test_every_form_of_every_country_is_kept_completed_and_cleaned(check):
    """Codes drawn from the table of forms: as they are, in small letters, without their blank or hyphen, with others."""
    pick = random.Random(5)
    cases = {}
    for forms, countries in _POSTAL_CODES.items():
        for country in countries.split():
            for form in forms.split("|"):
                own = re.match(r"AD|AZ|LT|LV|MD|", form)[0]
                drawn = {"9": "0123456789", "A": "BCEFGHJKNPQRSTUWXY", "X": "0123456789BCEFGH"}
                code = own + "".join(pick.choice(drawn.get(sign, sign)) for sign in form[len(own) :])
                cases |= dict.fromkeys(((code, country), (f" {code.lower()}\t", country), (code, country.lower())), code)
                bare = re.sub("[ -]", "", code)
                cases |= {(bare, country): code, (bare[:2] + " " + bare[2:], country): code, (code.replace("-", "−"), country): code}
    assert len(cases) > 800
    check(normalize_postal_code, cases, TYPES)


def test_hostile_addresses_end_at_once(apply):
    hostile = ["1 " * 2500, "1 a" * 1600, "1 " + "a" * 5000 + " st", "er Str." * 700, "str" * 1600, "," * 5000, "-" * 5000, "A" * 5000, "9" * 5000]
    begun = time.perf_counter()
    apply(normalize_address, hostile * 20)
    found = apply(normalize_postal_code, [(text, country) for text in hostile for country in ("GB", "DE", "LT", None)] * 20, TYPES)
    assert not any(found)
    assert time.perf_counter() - begun < 20
