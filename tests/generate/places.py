"""Names of countries in many languages -> ISO 3166-1 alpha-2."""

from __future__ import annotations

import gettext
import re
from collections import defaultdict
from importlib.metadata import version

import pycountry

from tests.generate.letters import fold

LOCALES = ("de", "fr", "es", "it", "pl", "tr", "nl", "pt")
OWN_LOCALES = {
    "AL": "sq", "AM": "hy", "BG": "bg", "BY": "be", "CN": "zh_CN", "TW": "zh_TW", "HK": "zh_HK", "CY": "el", "EE": "et",
    "EG": "ar", "SA": "ar", "AE": "ar", "MA": "ar", "GE": "ka", "GR": "el", "HR": "hr", "IL": "he", "IN": "hi",
    "IR": "fa", "IS": "is", "IE": "ga", "JP": "ja", "KR": "ko", "KZ": "kk", "LT": "lt", "LV": "lv", "MK": "mk",
    "RS": "sr", "ME": "sr@latin", "BA": "bs", "RU": "ru", "SI": "sl", "SK": "sk", "TH": "th", "UA": "uk", "VN": "vi",
    "ID": "id", "MY": "ms", "AZ": "az", "UZ": "uz", "MN": "mn", "BR": "pt_BR", "SE": "sv", "DK": "da", "NO": "nb_NO",
    "FI": "fi", "CZ": "cs", "HU": "hu", "RO": "ro",
}  # fmt: skip
ALIASES = {
    "GB": "UK|U.K.|Britain|Great Britain|England|Scotland|Wales|Northern Ireland|Großbritannien|Schottland|Nordirland|"
    "Grande-Bretagne|Royaume Uni|Angleterre|Écosse|Gran Bretaña|Inglaterra|Escocia|Gran Bretagna|Inghilterra|Scozia|"
    "Wielka Brytania|Anglia|Szkocja|İngiltere|Büyük Britanya|Groot-Brittannië|Engeland|Schotland|Grã-Bretanha|"
    "United Kingdom of Great Britain|United Kingdom (UK)",
    "US": "U.S.|U.S.A.|America|United States (US)|U.S. of A.|the United States|the USA|Vereinigte Staaten|Amerika|"
    "EE. UU.|EEUU|EUA|États-Unis d'Amérique|Stati Uniti d'America|Estados Unidos de América|ABD|VS|"
    "Stany Zjednoczone Ameryki|Amerika Birleşik Devletleri|Verenigde Staten van Amerika",
    "AE": "UAE|U.A.E.|Emirates|the United Arab Emirates|Emirate|VAE",
    "BA": "Bosnia|Bosnien",
    "BO": "Bolivia",
    "BN": "Brunei",
    "BS": "the Bahamas",
    "CD": "DR Congo|D.R. Congo|DRC|Democratic Republic of the Congo|Congo-Kinshasa|Congo (Kinshasa)|Zaire",
    "CG": "Republic of the Congo|Congo-Brazzaville|Congo (Brazzaville)",
    "CH": "Schweiz|Suisse|Svizzera|Svizra|Confoederatio Helvetica",
    "CI": "Ivory Coast|Elfenbeinküste",
    "CN": "PR China|P.R. China|People's Republic of China|Mainland China|VR China",
    "CV": "Cape Verde",
    "CZ": "Czech Republic|Czechia|Tschechien|the Czech Republic|Tschechische Republik",
    "DE": "Deutschland|BRD|Federal Republic of Germany|Bundesrepublik Deutschland|Alemania|Allemagne|Germania|Niemcy",
    "DO": "Dominican Rep.",
    "FK": "Falkland Islands",
    "FM": "Micronesia",
    "GM": "the Gambia",
    "GR": "EL|Hellas|Hellenic Republic",
    "HK": "Hong Kong SAR|Hongkong",
    "IE": "Éire|Republic of Ireland|Ireland (Republic of)|Eire",
    "IR": "Iran|Persia",
    "KP": "North Korea|Nordkorea|DPRK",
    "KR": "South Korea|Korea|Republic of Korea|Südkorea|Corée du Sud|Corea del Sur|Corea del Sud|Korea Południowa|"
    "Güney Kore|Zuid-Korea",
    "LA": "Laos",
    "MD": "Moldova|Moldawien",
    "MK": "Macedonia|FYROM|Mazedonien",
    "MM": "Burma",
    "MO": "Macau|Macao SAR",
    "NL": "Holland|the Netherlands|Niederlande|Pays-Bas|Países Bajos|Paesi Bassi|Holandia|Hollanda|Nederland|Olanda|"
    "Holanda|Hollande",
    "PH": "the Philippines",
    "PS": "Palestine|Palestinian Territories|West Bank",
    "RU": "Россия|Russia|Russian Fed.|Russland|Rußland|Russie|Rusia|Rosja|Rusya|Rusland",
    "SK": "Slovak Republic|Slowakische Republik",
    "ST": "Sao Tome|São Tomé",
    "SY": "Syria",
    "SZ": "Swaziland",
    "TR": "Turkey|Turkiye|Türkiye|Türkei|Turquie|Turquía|Turchia|Turcja|Turkije",
    "TW": "Taiwan|Republic of China|ROC",
    "TZ": "Tanzania",
    "VA": "Vatican|Vatican City|Vatikan|Vatikanstadt",
    "VE": "Venezuela",
    "VG": "British Virgin Islands",
    "VI": "US Virgin Islands|U.S. Virgin Islands|United States Virgin Islands",
    "VN": "Vietnam",
    "XK": "XK|XKX|Kosovo|Kosova|Republic of Kosovo",
}  # fmt: skip
AND = {"and", "und", "et", "y", "e", "i", "ve", "en", "och", "og", "ja", "a", "es", "si"}
SOURCE = (
    f"pycountry {version('pycountry')} (iso-codes: names and translations), and aliases of tests/generate/places.py"
)


def spellings(name: str) -> set[str]:
    """`Bolivia, Plurinational State of` is also written `Plurinational State of Bolivia` and `Bolivia`-less forms."""
    forms = {name, re.sub(r"\(.*?\)", "", name), name.replace("Saint ", "St ").replace("Sankt ", "St ")}
    if name.count(",") == 1:
        head, tail = name.split(",")
        forms.add(f"{tail} {head}")
    folded = {fold(form) for form in forms}
    return {*folded, *(" ".join(word for word in form.split() if word not in AND) for form in folded)} - {""}


def countries() -> tuple[str, dict[str, str]]:
    """Codes, names and official names; a name that two countries share is left out, unless it is an alias here."""
    found: dict[str, set[str]] = defaultdict(set)
    translations = {
        locale: gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[locale])
        for locale in {*LOCALES, *OWN_LOCALES.values()}
    }
    for country in pycountry.countries:
        names = [getattr(country, key, "") for key in ("name", "official_name", "common_name")]
        locales = [*LOCALES, OWN_LOCALES.get(country.alpha_2, "de")]
        names += [translations[locale].gettext(name) for locale in locales for name in names if name]
        for spelling in {form for name in names for form in spellings(name)}:
            found[spelling].add(country.alpha_2)
    table = {spelling: codes.pop() for spelling, codes in found.items() if len(codes) == 1}
    for code, names_of_one in ALIASES.items():
        table.update((fold(name), code) for name in names_of_one.split("|"))
    for country in pycountry.countries:
        table.update((key.lower(), country.alpha_2) for key in (country.alpha_2, country.alpha_3, country.numeric))
    return SOURCE, table
