"""Write the reference tables of `lakehouse/columns/tables/` anew: `python -m tests.generate`.

The tables are committed. Run this after an update of `phonenumbers` or `pycountry`, read the difference, and commit it.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.generate import currencies, languages, letters, phones, places

FOLDER = Path(__file__).parents[2] / "lakehouse" / "columns" / "tables"
TABLES = {
    "compositions": letters.compositions,
    "foldings": letters.foldings,
    "countries": places.countries,
    "currencies": currencies.currencies,
    "minor_units": currencies.minor_units,
    "languages": languages.languages,
    "phone_exits": phones.phone_exits,
    "phone_numbers": phones.phone_numbers,
    "phone_regions": phones.phone_regions,
    "phone_shapes": phones.phone_shapes,
    "phone_trunks": phones.phone_trunks,
}


def render(source: str, entries: dict[str, str]) -> str:
    """One entry a line, so that a difference between two versions can be read."""
    return json.dumps({"source": source, "entries": dict(sorted(entries.items()))}, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    for name, table in TABLES.items():
        (FOLDER / f"{name}.json").write_text(render(*table()), encoding="utf-8")


if __name__ == "__main__":
    main()
