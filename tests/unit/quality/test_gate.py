from __future__ import annotations

import pytest

from lakehouse.errors import GateStopped
from lakehouse.quality.gate import require_pass
from lakehouse.quality.settings import GateSettings, RangeRule, RequiredRule


def check(*rules, rows=1000, quarantined=0, failed=None, gate=None):
    require_pass(
        rows=rows, quarantined=quarantined, failed=failed or {}, rules=rules, gate=gate or GateSettings(),
        where="cleanse people", evidence="lake/_lakehouse/staging/1/judged",
    )  # fmt: skip


def required(**more):
    return RequiredRule(rule="required", column="email", **more)


def test_a_rule_without_thresholds_never_stops_a_batch():
    check(required(), failed={"email.required": 1000}, quarantined=1000)
    check(required(severity="warn"), failed={"email.required": 1000})
    check()


def test_a_rule_of_severity_fail_stops_at_the_first_row_unless_it_has_a_threshold():
    with pytest.raises(GateStopped, match=r"1 of 1000 rows break `email.required`, none may"):
        check(required(severity="fail"), failed={"email.required": 1})
    check(required(severity="fail"), failed={"email.required": 0})
    check(required(severity="fail", max_failed_rows=5), failed={"email.required": 5})
    check(required(severity="fail", max_failed_ratio=0.01), failed={"email.required": 10})


@pytest.mark.parametrize(
    ("limits", "rows", "failed", "stops"),
    [
        ({"max_failed_ratio": 0.05}, 1000, 50, False),  # as many as the limit says may
        ({"max_failed_ratio": 0.05}, 1000, 51, True),
        ({"max_failed_ratio": 0.0}, 1000, 1, True),
        ({"max_failed_ratio": 0.05}, 99, 99, False),  # 1 of 3 is not 33 %
        ({"max_failed_ratio": 0.05}, 100, 6, True),
        ({"max_failed_ratio": 0.05, "min_rows": 1}, 3, 1, True),
        ({"max_failed_rows": 3}, 3, 3, False),
        ({"max_failed_rows": 3}, 4, 4, True),
        ({"max_failed_rows": 0}, 10_000, 1, True),
        ({"max_failed_rows": 500, "max_failed_ratio": 0.01}, 1000, 11, True),
        ({"max_failed_ratio": 1.0}, 1000, 1000, False),
    ],
)
def test_a_threshold_stops_only_what_lies_beyond_it(limits, rows, failed, stops):
    if not stops:
        check(required(**limits), rows=rows, failed={"email.required": failed})
        return
    with pytest.raises(GateStopped):
        check(required(**limits), rows=rows, failed={"email.required": failed})


def test_the_share_of_quarantined_rows_has_a_limit_of_its_own():
    gate = GateSettings(max_quarantined_ratio=0.1)
    check(gate=gate, quarantined=100)
    check(gate=gate, rows=50, quarantined=50)
    with pytest.raises(GateStopped, match=r"101 of 1000 rows would be quarantined, at most 10\.00% may be"):
        check(gate=gate, quarantined=101)


def test_every_broken_threshold_is_named_at_once_with_a_remedy_and_exit_code_3():
    rules = (required(max_failed_rows=0), RangeRule(rule="range", column="age", min=0, max_failed_ratio=0.01))
    with pytest.raises(GateStopped) as stopped:
        check(*rules, failed={"email.required": 1, "age.range": 11}, gate=GateSettings(max_quarantined_ratio=0), quarantined=12)
    error = stopped.value
    assert error.exit_code == 3
    for piece in ("1 of 1000 rows break `email.required`", "11 of 1000 rows break `age.range`", "12 of 1000 rows"):
        assert piece in error.found
    assert "lake/_lakehouse/staging/1/judged" in error.remedy
    assert error.where == "cleanse people"
