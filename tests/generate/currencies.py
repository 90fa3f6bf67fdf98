"""Codes, symbols and names of currencies -> ISO 4217, and how many decimals each has."""

from __future__ import annotations

import re
from importlib.metadata import version

import pycountry

from tests.generate.letters import fold

NO_MONEY = {"XAD", "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"}
"""Metals, units of account and test codes."""
SYMBOLS = {
    "€": "EUR", "£": "GBP", "₺": "TRY", "₹": "INR", "₽": "RUB", "₴": "UAH", "₪": "ILS", "₫": "VND", "₱": "PHP",
    "฿": "THB", "₦": "NGN", "₸": "KZT", "₾": "GEL", "₼": "AZN", "₡": "CRC", "₲": "PYG", "₵": "GHS", "₭": "LAK",
    "₮": "MNT", "₿": "", "us$": "USD", "$us": "USD", "ca$": "CAD", "can$": "CAD", "c$": "CAD", "a$": "AUD",
    "au$": "AUD", "nz$": "NZD", "hk$": "HKD", "nt$": "TWD", "r$": "BRL", "s/.": "PEN", "zł": "PLN", "kč": "CZK",
    "ft": "HUF", "лв": "BGN", "rmb": "CNY", "sfr": "CHF", "sfr.": "CHF", "fr.": "CHF", "tl": "TRY", "元": "CNY",
    "円": "JPY", "руб": "RUB", "руб.": "RUB",
}  # fmt: skip
ALIASES = {
    "Euros": "EUR", "US Dollars": "USD", "U.S. Dollar": "USD", "U.S. Dollars": "USD", "American Dollar": "USD",
    "United States Dollar": "USD", "British Pound": "GBP", "British Pounds": "GBP", "Sterling": "GBP",
    "Japanese Yen": "JPY", "Chinese Yuan": "CNY", "Renminbi": "CNY", "Yuan": "CNY", "Swiss Francs": "CHF",
    "Schweizer Franken": "CHF", "Franken": "CHF", "Zlotys": "PLN", "Polish Zloty": "PLN", "Złoty": "PLN",
    "Turkish Liras": "TRY", "Türk Lirası": "TRY", "Hungarian Forint": "HUF", "Israeli Shekel": "ILS", "Shekel": "ILS",
    "South African Rand": "ZAR", "Norwegian Kroner": "NOK", "Danish Kroner": "DKK", "Swedish Kronor": "SEK",
    "Danske kroner": "DKK", "Norske kroner": "NOK", "Svenska kronor": "SEK", "Canadian Dollars": "CAD",
    "Australian Dollars": "AUD", "Brazilian Reais": "BRL", "Real": "BRL", "Indian Rupees": "INR",
    "South Korean Won": "KRW", "Czech Crown": "CZK", "Koruna": "CZK", "Česká koruna": "CZK", "UK Pound": "GBP",
}  # fmt: skip
DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}  # fmt: skip
SOURCE = (
    f"ISO 4217 of pycountry {version('pycountry')}, and symbols, aliases and decimals of tests/generate/currencies.py"
)


def _codes() -> dict[str, str]:
    return {entry.alpha_3: entry.name for entry in pycountry.currencies if entry.alpha_3 not in NO_MONEY}


def currencies() -> tuple[str, dict[str, str]]:
    """What stands for one currency only: `$`, `¥` and `kr` do not. Symbols as they are, in lower case; names folded."""
    table = {symbol: code for symbol, code in SYMBOLS.items() if code}
    for code, name in _codes().items():
        table[fold(name)] = code
        table[fold(re.sub(r"\(.*?\)", "", name))] = table.get(fold(re.sub(r"\(.*?\)", "", name)), code)
    table.update((fold(name), code) for name, code in ALIASES.items())
    table.update((code.lower(), code) for code in _codes())
    return SOURCE, table


def minor_units() -> tuple[str, dict[str, str]]:
    """Code -> number of decimals."""
    special = {code: str(decimals) for decimals, codes in DECIMALS.items() for code in codes.split()}
    return SOURCE, {code: special.get(code, "2") for code in _codes()}
