"""Countries, currencies and languages, with pycountry as the judge."""

from __future__ import annotations

import time

import pycountry

from lakehouse.columns.country import normalize_country, normalize_currency, normalize_language
from tests.generate.currencies import NO_MONEY


def test_every_country_is_known_by_its_codes_and_names(check):
    cases = {}
    for country in pycountry.countries:
        names = [getattr(country, key, None) for key in ("name", "official_name", "common_name")]
        for text in (country.alpha_2, country.alpha_3, country.numeric, *filter(None, names)):
            for spelling in (text, text.lower(), text.upper(), f" \u00a0{text}\n"):
                cases[spelling] = country.alpha_2
    assert len(cases) > 3000
    check(normalize_country, cases)


def test_countries_as_people_write_them(check):
    check(normalize_country, {
        "UK": "GB", "U.K.": "GB", "England": "GB", "great britain": "GB", "USA": "US", "U.S.A.": "US", "the United States": "US",
        "Deutschland": "DE", "BRD": "DE", "Allemagne": "DE", "Alemania": "DE", "Germania": "DE", "Niemcy": "DE",
        "Österreich": "AT", "OSTERREICH": "AT", "Schweiz": "CH", "La Suisse": None, "España": "ES", "Espana": "ES",
        "Türkiye": "TR", "TURKIYE": "TR", "Turkey": "TR", "Česko": "CZ", "Czech Republic": "CZ", "Polska": "PL", "Ελλάδα": "GR",
        "Россия": "RU", "日本": "JP", "Côte d’Ivoire": "CI", "Cote d'Ivoire": "CI", "Ivory Coast": "CI", "Holland": "NL",
        "South Korea": "KR", "Kosovo": "XK", "XKX": "XK", "276": "DE", "Bosnia & Herzegovina": "BA", "Bosnia and Herzegovina": "BA",
    })  # fmt: skip


def test_what_is_no_country_is_null(check):
    check(normalize_country, {
        "": None, " ": None, "ZZ": None, "XX": None, "EU": None, "Europe": None, "Atlantis": None, "Germanyy": None, "D": None,
        "1": None, "76": None, "999": None, "DE AT": None, "n/a": None, "' OR 1=1 --": None, '"DE': "DE", "\\": None,
        "\x00": None, "de\u200b": "DE", None: None,
    })  # fmt: skip


def test_every_currency_is_known_by_its_code_and_name(check):
    cases = {}
    for currency in pycountry.currencies:
        known = None if currency.alpha_3 in NO_MONEY else currency.alpha_3
        cases |= dict.fromkeys((currency.alpha_3, currency.alpha_3.lower(), f" {currency.alpha_3}\t"), known)
        if known:
            cases |= dict.fromkeys((currency.name, currency.name.upper()), known)
    assert len(cases) > 800
    check(normalize_currency, cases)


def test_symbols_count_where_they_mean_one_currency(check):
    check(normalize_currency, {
        "€": "EUR", " € ": "EUR", "£": "GBP", "₺": "TRY", "zł": "PLN", "ZŁ": "PLN", "US$": "USD", "us dollar": "USD", "A$": "AUD",
        "R$": "BRL", "Kč": "CZK", "Euros": "EUR", "Yuan": "CNY",
        "$": None, "¥": None, "kr": None, "Dollar": None, "₿": None, "€€": None, "EUR/USD": None, "XAU": None, "gold": None,
        "": None, " ": None, "978": None, "EU": None, "' OR 1=1": None, None: None,
    })  # fmt: skip


def test_every_language_with_two_letters_is_known_by_its_codes_and_name(check):
    cases = {}
    for language in pycountry.languages:
        code = getattr(language, "alpha_2", None)
        # `sh` is withdrawn, and Interlingua is in some languages also the name of Interlingue
        if code not in (None, "sh", "ia"):
            texts = {language.alpha_3, code, language.name.split(" (")[0], getattr(language, "bibliographic", code)}
            cases |= {spelling: code for text in texts for spelling in (text, text.upper(), f"{text} ")}
    assert len(cases) > 1000
    check(normalize_language, cases)


def test_of_a_locale_the_language_counts(check):
    check(normalize_language, {
        "de-DE": "de", "de_AT.UTF-8": "de", "DE": "de", "zh-Hant-TW": "zh", "es-419": "es", "deu-AT": "de", "pt_BR": "pt",
        "Deutsch": "de", "français": "fr", "FRANCAIS": "fr", "Türkçe": "tr", "polski": "pl", "German (Austria)": "de",
        "": None, " ": None, "xx": None, "-": None, "de-DE-AT": None, "Klingon": None, "(de)": None, "123": None,
        None: None,
    })  # fmt: skip


def test_hostile_texts_end_at_once(apply):
    hostile = ["a" * 5000, "é" * 5000, "de-" * 1600, "ß" * 5000, " " * 5000, "(" * 5000, "$" * 5000, " (" * 2500, "\u0301" * 5000]
    begun = time.perf_counter()
    for function in (normalize_country, normalize_currency, normalize_language):
        assert not any(apply(function, hostile * 20))
    assert time.perf_counter() - begun < 20
