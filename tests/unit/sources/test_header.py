from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.sources.header import clean_header, printable, shown

EXPECTED = ("id", "first_name", "email")


@pytest.mark.parametrize(
    ("written", "header"),
    [
        (["id", "first_name", "email"], ["id", "first_name", "email"]),
        (["\ufeffID", " First Name ", "E-mail"], ["id", "first_name", "E-mail"]),
        (["ID", "FIRSTNAME", "eMail\u200b"], ["id", "first_name", "email"]),
        (["Email", "email"], ["Email", "email"]),  # the very name goes before one that only looks like it
        (["Id", "ID"], ["id", "id_2"]),
        (["a", "a", "a"], ["a", "a_2", "a_3"]),
        (["a", "a_3", "a", "a"], ["a", "a_3", "a_2", "a_4"]),
        (["a", "a_2", "a"], ["a", "a_2", "a_3"]),
        (["a", "a_b", "a"], ["a", "a_b", "a_2"]),
        (["", " ", "\u00a0\x00"], ["column_1", "column_2", "column_3"]),
        (["column_2", ""], ["column_2", "column_2_2"]),
        (["`; DROP TABLE x --", "a.b", '"q"', "😀"], ["`; DROP TABLE x --", "a.b", '"q"', "😀"]),
    ],
)
def test_every_column_gets_a_name_of_its_own(written, header):
    assert clean_header(written, EXPECTED)[0] == header


def test_what_was_changed_is_said_once_a_column():
    header, notes = clean_header(["Id", "ID", "name ", "name"], ("id",))
    assert header == ["id", "id_2", "name", "name_2"]
    assert notes == [
        "column 1 is read as `id` (white space or case differs)",
        "column 2 repeats the name `id` and lands as `id_2`",
        "column 3 is read as `name` (white space or case differs)",
        "column 4 repeats the name `name` and lands as `name_2`",
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["a", "A", "a_2", "a_3", "b", "", " a", "id", "ID"]), max_size=12))
def test_names_never_collide_and_their_number_stays(names):
    header, _ = clean_header(names, ("id", "a"))
    assert len(header) == len(set(header)) == len(names)


def test_a_header_of_ten_thousand_equal_names_takes_no_time():
    header, _ = clean_header(["a"] * 10_000, ())
    assert header[-1] == "a_10000"


def test_messages_show_no_personal_data_and_no_control_characters():
    assert shown("ann@example.com") == "***"
    assert shown("+44 20 7946 0958") == "***"
    assert shown("1990-05-12") == "***"
    assert shown("sales 2024-01") == "sales 2024-01"
    assert shown("\x1b[2Jname") == "�[2Jname"
    assert len(shown("x" * 1000)) == 61
    assert printable("orders\n2026-01-01😀.csv") == "orders�2026-01-01😀.csv"
