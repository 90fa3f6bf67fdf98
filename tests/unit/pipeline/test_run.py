"""A step starts as soon as what it reads is there; the report keeps the order of conf/."""

from __future__ import annotations

from contextlib import nullcontext
from threading import Barrier, Event
from types import SimpleNamespace

import pytest

from lakehouse.errors import GateStopped, LakehouseError, SourceUnavailable
from lakehouse.pipeline import curate as curating
from lakehouse.pipeline import run as module
from lakehouse.pipeline.schedule import Task, carry_out
from lakehouse.storage.ledger import RunReport, StepReport


@pytest.fixture
def work():
    interrupted = []
    config = SimpleNamespace(
        settings=SimpleNamespace(parallel_steps=2),
        sources=dict.fromkeys("abc"),
        entities={
            "customers": SimpleNamespace(source="a"),
            "orders": SimpleNamespace(source="b"),
            "clicks": SimpleNamespace(source="c"),
        },
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


def test_an_entity_waits_for_its_own_source_only(work, steps, monkeypatch):
    cleansed = Event()

    def ingest(_work, name):
        assert name != "b" or cleansed.wait(10)  # b goes on only when an entity of another source is cleansed
        return StepReport(f"ingest {name}", "t")

    def cleanse(_work, name):
        if name == "customers":
            cleansed.set()
        return StepReport(f"cleanse {name}", "t")

    monkeypatch.setattr(module, "ingest", ingest)
    monkeypatch.setattr(module, "cleanse", cleanse)
    assert module.run(work).status == "done"


def test_what_needs_a_failed_task_is_left_out_and_so_is_what_needs_that(work):
    done = []

    def act(name):
        done.append(name)
        if name == "b":
            raise SourceUnavailable("not there", remedy="later")
        return [StepReport(name, "t")]

    tasks = {
        "d": Task(lambda: act("d"), needs=frozenset({"c"})),
        "c": Task(lambda: act("c"), needs=frozenset({"b"})),
        "b": Task(lambda: act("b"), needs=frozenset({"a"})),
        "a": Task(lambda: act("a")),
        "e": Task(lambda: act("e"), after=frozenset({"b"})),
    }
    outcome = carry_out(work, tasks)
    assert done == ["a", "b", "e"]
    assert [(step.step, step.status) for step in outcome.steps] == [("b", "failed"), ("a", "done"), ("e", "done")]
    assert [error.problem for error in outcome.errors] == ["not there"]


def test_a_task_that_failed_halfway_tells_what_it_had_done(work):
    error = LakehouseError("no", remedy="yes")
    error.report = RunReport("r", (StepReport("curate rfm", "t"), StepReport("curate segments", "", "failed")))

    def act():
        raise error

    assert [step.step for step in carry_out(work, {"curate": Task(act)}).steps] == ["curate rfm", "curate segments"]


def test_a_curated_table_that_fails_stops_only_those_made_of_it_and_the_report_says_so(work, monkeypatch):
    class Table:
        def __init__(self, _work, definition):
            self.name = definition.name

        def run(self):
            if self.name == "profiles":
                raise GateStopped("the rows do not balance", remedy="look")
            return StepReport(f"curate {self.name}", "t")

    made_of = {"profiles": (), "rfm": (), "members": (("curated", "profiles"),)}
    definitions = [SimpleNamespace(name=name, inputs=inputs) for name, inputs in made_of.items()]
    work.spark, work.layout = None, SimpleNamespace(lease=lambda *_: "")
    monkeypatch.setattr(curating, "_definitions", lambda _: definitions)
    monkeypatch.setattr(curating, "_Table", Table)
    monkeypatch.setattr(curating, "lease", lambda *_, **__: nullcontext())
    with pytest.raises(GateStopped) as raised:
        curating.curate(work)
    report = raised.value.report
    assert report.status == "stopped"
    assert [(step.step, step.status) for step in report.steps] == [("curate profiles", "stopped"), ("curate rfm", "done")]
