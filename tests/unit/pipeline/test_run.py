"""Steps that do not depend on each other run side by side; the report keeps the order of conf/."""

from __future__ import annotations

from threading import Barrier
from types import SimpleNamespace

import pytest

from lakehouse.errors import GateStopped, LakehouseError, SourceUnavailable
from lakehouse.pipeline import run as module
from lakehouse.storage.ledger import StepReport


@pytest.fixture
def work():
    interrupted = []
    config = SimpleNamespace(
        settings=SimpleNamespace(parallel_steps=2),
        sources=dict.fromkeys("abc"),
        entities=dict.fromkeys(["customers", "orders", "clicks"]),
        curated=SimpleNamespace(entities={"customers": "customers", "orders": "orders"}),
    )
    return SimpleNamespace(config=config, run_id="r", interrupt=lambda: interrupted.append(True), interrupted=interrupted)


@pytest.fixture
def steps(monkeypatch):
    """Replace the steps by functions that note that they ran."""
    done = []

    def note(kind, fail=None):
        def step(_work, name=""):
            done.append(f"{kind} {name}".strip())
            if fail and name in fail:
                raise fail[name]
            report = StepReport(f"{kind} {name}".strip(), "t")
            return [report] if kind == "curate" else report

        monkeypatch.setattr(module, kind, step)

    for kind in ("ingest", "cleanse", "curate"):
        note(kind)
    return SimpleNamespace(done=done, fail=note)


def test_the_report_has_the_order_of_conf(work, steps, monkeypatch):
    together = Barrier(2, timeout=10)

    def ingest(_work, name):
        if name in "ab":
            together.wait()  # neither can go on without the other
        return StepReport(f"ingest {name}", "t")

    monkeypatch.setattr(module, "ingest", ingest)
    report = module.run(work)
    assert [step.step for step in report.steps] == [
        "ingest a", "ingest b", "ingest c", "cleanse customers", "cleanse orders", "cleanse clicks", "curate",
    ]  # fmt: skip
    assert report.status == "done"


@pytest.mark.parametrize(("broken", "curated"), [("clicks", True), ("orders", False)])
def test_a_step_that_fails_stops_only_what_builds_on_it(work, steps, broken, curated):
    steps.fail("cleanse", {broken: GateStopped("too many", remedy="look")})
    steps.fail("ingest", {"b": SourceUnavailable("not there", remedy="later")})
    with pytest.raises(SourceUnavailable) as raised:
        module.run(work)
    assert ("curate" in steps.done) == curated
    assert {"ingest a", "ingest c", "cleanse customers"} < set(steps.done)
    statuses = {step.step: step.status for step in raised.value.report.steps}
    assert statuses["ingest b"] == "failed"
    assert statuses[f"cleanse {broken}"] == "stopped"


@pytest.mark.parametrize("reason", [KeyboardInterrupt(), RuntimeError("a bug")])
def test_who_interrupts_a_run_need_not_wait_for_it(work, steps, reason):
    steps.fail("ingest", {"a": reason})
    with pytest.raises(type(reason)):
        module.run(work)
    assert work.interrupted == [True]
    assert not any(step.startswith("cleanse") for step in steps.done)


def test_errors_of_the_library_do_not_interrupt_the_others(work, steps):
    steps.fail("ingest", {"a": SourceUnavailable("not there", remedy="later")})
    with pytest.raises(LakehouseError):
        module.run(work)
    assert work.interrupted == []
