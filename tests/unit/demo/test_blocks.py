from __future__ import annotations

from datetime import date

import numpy as np

from lakehouse.demo.blocks import (
    BLOCK,
    LAST_DAY,
    MOST_CUSTOMERS,
    Company,
    Stream,
    block_of,
    changed_records,
    newcomers,
    registered_again,
)


def test_windows_are_the_dates_of_a_day_without_gap_and_overlap():
    for days in (1, 29, 30, 31, 100):
        company = Company(days=days, end=date(2026, 1, 31))
        covered = [day for window in company.windows(1) for day in range(window.first, window.last + 1)]
        assert covered == list(range(covered[0], covered[0] + days))
        assert date.fromordinal(date(1970, 1, 1).toordinal() + covered[-1]) == date(2026, 1, 31)
        assert [(window.first, window.last) for window in company.windows(2)] == [(covered[-1] + 1,) * 2]


def test_streams_of_random_numbers_are_independent_and_repeatable():
    company = Company()
    first = [company.random(stream, block=block, day=day).integers(0, 2**62) for stream in Stream for block in (0, 1)
             for day in (1, 2)]  # fmt: skip
    again = [company.random(stream, block=block, day=day).integers(0, 2**62) for stream in Stream for block in (0, 1)
             for day in (1, 2)]  # fmt: skip
    assert first == again
    assert len(set(first)) == len(first)


def test_ids_of_customers_have_seven_digits_up_to_the_last_day_of_the_largest_company():
    company = Company(customers=MOST_CUSTOMERS)
    assert company.blocks + LAST_DAY < 1000
    last = registered_again(company, LAST_DAY, block_of(Company(customers=10), 0))
    assert {len(text) for text in last.columns["CustomerID"].to_pylist()} == {7}


def test_the_blocks_of_a_company_hold_all_its_customers():
    company = Company(customers=2 * BLOCK + 1)
    assert [company.size(block) for block in range(company.blocks)] == [BLOCK, BLOCK, 1]


def test_newcomers_of_different_days_share_no_customer_and_no_person():
    company = Company(customers=500)
    days = [newcomers(company, day) for day in (2, 3, 4)]
    again = [registered_again(company, day, block_of(company, 0)) for day in (2, 3, 4)]
    people = np.concatenate([block.people.number for block in days])
    assert people.tolist() == list(range(500, 506))
    ids = [text for block in days for text in block.records.columns["CustomerID"].to_pylist()]
    ids += [text for records in again for text in records.columns["CustomerID"].to_pylist()]
    ids += block_of(company, 0).records.columns["CustomerID"].to_pylist()
    assert len(set(ids)) == len(ids)


def test_every_record_changes_once_before_any_changes_again():
    company = Company(customers=100)
    block = block_of(company, 0)
    ids = [text for day in range(2, 2 + len(block.records)) for text in changed_ids(company, day, block)]
    assert sorted(ids) == sorted(block.records.columns["CustomerID"].to_pylist())


def changed_ids(company, day, block):
    return changed_records(company, day, block).columns["CustomerID"].to_pylist()
