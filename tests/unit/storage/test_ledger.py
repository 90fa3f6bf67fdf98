"""The run ledger: sums, balance, lines written once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.errors import GateStopped
from lakehouse.storage.commit import Token
from lakehouse.storage.layout import Layout
from lakehouse.storage.ledger import Ledger, RunReport, StepReport, read_runs, require_balance

NUMBER = st.integers(0, 1000)


@given(NUMBER, NUMBER, NUMBER, NUMBER)
def test_a_step_balances_exactly_when_every_row_is_accounted_for(rows_in, out, quarantined, duplicate):
    report = StepReport("s", "t", rows_in=rows_in, rows_out=out, rows_quarantined=quarantined, rows_duplicate=duplicate)
    if rows_in == out + quarantined + duplicate:
        require_balance(report)
    else:
        with pytest.raises(GateStopped, match="do not balance") as caught:
            require_balance(report)
        assert caught.value.exit_code == 3


def test_batches_add_up():
    one = StepReport("s", "t", rows_in=3, rows_out=2, rows_quarantined=1, version_before=4, version_after=5,
                     seconds=1.0, reasons={"a": 1}, notes=("x",))  # fmt: skip
    two = StepReport("s", "t", rows_in=2, rows_out=1, rows_duplicate=1, version_before=5, version_after=6,
                     seconds=2.0, reasons={"a": 1, "b": 2}, notes=("x", "y"))  # fmt: skip
    both = one.plus(two)
    assert (both.rows_in, both.rows_out, both.rows_quarantined, both.rows_duplicate) == (5, 3, 1, 1)
    assert (both.version_before, both.version_after, both.seconds) == (4, 6, 3.0)
    assert both.reasons == {"a": 2, "b": 2}
    assert both.notes == ("x", "y")
    assert both.balances


def test_a_line_is_written_once_and_the_newest_comes_first(spark, tmp_path):
    layout = Layout(str(tmp_path))
    assert read_runs(spark, layout) is None
    report = StepReport("cleanse x", "cleansed/x", rows_in=1, rows_out=1, notes=("n",), reasons={"r": 1})
    for _ in range(2):
        Ledger(spark, layout, "r1").record(report, batch_id=0, token=Token("app", 0))
    Ledger(spark, layout, "r2").record(StepReport("cleanse x", "cleansed/x", "failed"))
    lines = read_runs(spark, layout).collect()
    assert [(line["run_id"], line["status"]) for line in lines] == [("r2", "failed"), ("r1", "done")]
    assert lines[1]["reasons"] == {"r": 1}


def test_a_report_becomes_the_json_of_the_command_line():
    found = RunReport("r", (StepReport("s", "t", rows_in=1, rows_out=1),)).to_dict()
    assert (found["run_id"], found["status"]) == ("r", "done")
    assert set(found["steps"][0]) >= {
        "step", "table", "rows_in", "rows_out", "rows_quarantined", "rows_duplicate", "version_before", "version_after",
        "seconds",
    }  # fmt: skip
