"""Names of languages in many languages -> ISO 639-1."""

from __future__ import annotations

import gettext
import re
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import pycountry

from tests.generate.letters import fold
from tests.generate.places import LOCALES

OWN_LOCALES = {"no": "nb_NO", "nb": "nb_NO", "zh": "zh_CN"}
ALIASES = {
    "ar": "Arabic", "el": "Greek|Griechisch|Grec|Griego|Greco|Grecki|Yunanca|Grieks|Ελληνικά", "es": "Castellano",
    "fa": "Farsi|Persian|فارسی", "he": "iw|Hebrew", "id": "in|Bahasa Indonesia|Bahasa", "ms": "Malay|Bahasa Melayu",
    "yi": "ji", "ro": "mo|Moldavian|Moldovan", "no": "Norsk|Norwegian|Norwegisch", "nb": "Bokmål|Norsk bokmål",
    "nn": "Nynorsk|Norsk nynorsk", "nl": "Flemish|Vlaams|Flämisch", "sw": "Swahili", "ne": "Nepali", "or": "Odia",
    "zh": "Mandarin|Cantonese|中文|汉语|漢語|Simplified Chinese|Traditional Chinese|Chinesisch|cmn|yue",
    "pt": "Brazilian|Brazilian Portuguese|Português|Portugiesisch", "en": "American English|British English|Inglés",
    "de": "Swiss German|Schweizerdeutsch|gsw", "ja": "日本語", "ko": "한국어", "hi": "हिन्दी|हिंदी", "th": "ไทย|ภาษาไทย",
    "uk": "Українська", "ru": "Русский", "ka": "ქართული", "bg": "Български", "sr": "Srpski|Српски", "ca": "Català",
    "az": "Azerbaijani", "sq": "Shqip", "lv": "Latviešu|Latvian", "et": "Eesti|Estonian", "cy": "Cymraeg",
}  # fmt: skip
SOURCE = (
    f"pycountry {version('pycountry')} (iso-codes: names and translations), and aliases of tests/generate/languages.py"
)


def _names(name: str) -> set[str]:
    plain = re.sub(r"\(.*?\)", "", name)
    return {fold(part) for part in (plain, *re.split(r"[;,/]", plain))} - {""}


def languages() -> tuple[str, dict[str, str]]:
    """Codes of two and three letters and names, also in the language itself; what two languages share is left out."""
    found: dict[str, set[str]] = defaultdict(set)
    own = {path.name for path in Path(pycountry.LOCALES_DIR).iterdir()}
    with_code = [language for language in pycountry.languages if getattr(language, "alpha_2", None)]
    for language in with_code:
        names = [language.name, getattr(language, "common_name", ""), getattr(language, "inverted_name", "")]
        for locale in (*LOCALES, *({language.alpha_2, OWN_LOCALES.get(language.alpha_2)} & own)):
            translation = gettext.translation("iso639-3", pycountry.LOCALES_DIR, languages=[locale], fallback=True)
            names.append(translation.gettext(language.name))
        for spelling in {form for name in names for form in _names(name)}:
            found[spelling].add(language.alpha_2)
    table = {spelling: codes.pop() for spelling, codes in found.items() if len(codes) == 1}
    for code, names_of_one in ALIASES.items():
        table.update((fold(name), code) for name in names_of_one.split("|"))
    for language in with_code:
        codes = (language.alpha_2, language.alpha_3, getattr(language, "bibliographic", language.alpha_3))
        table.update((code, language.alpha_2) for code in codes)
    return SOURCE, table
