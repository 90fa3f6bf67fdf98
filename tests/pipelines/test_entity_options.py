"""What an entity may say beyond columns and rules: transform, rescue, sql, mappings, events once, histories, the past."""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from lakehouse import Lake, cli
from lakehouse.errors import ConfigurationError, GateStopped, TableError

HOOKS = "entity_options_hooks"
HOOK_CODE = """
from pyspark.sql import functions as F

SEEN = {}


def with_initial(rows):
    SEEN.update(rows.dtypes)
    return rows.withColumns({"initial": F.substring("name", 1, 1), "letters": F.length("name")})


def too_wide(rows):
    return with_initial(rows).withColumn("letters", F.length("name").cast("bigint"))


def unchanged(rows):
    return rows


def without_one(rows):
    return rows.where("id <> 2")


def with_one_for_another(rows):
    return rows.where("id <> 2").unionByName(rows.where("id = 1"))
"""

PEOPLE = """
source: people
keys: id
history: latest
on_type_error: rescue
transform: entity_options_hooks:with_initial
columns:
  id: {type: int}
  name: {}
  email: {normalize: email}
  age: {type: int, null_values: [n/a, Unknown]}
  note: {null_values: ["-", none]}
  size: {mapping: {s: small, XL: huge}, unmapped: keep}
  colour: {mapping: {r: red, b: blue}, unmapped: "null"}
  grade: {mapping: {a: excellent}}
  height: {type: int, mapping: {tall: "190"}, unmapped: keep}
  next_age: {type: bigint, sql: age + 1}
  half: {type: "decimal(4,1)", sql: age / 2}
  label: {sql: "concat_ws('/', size, colour, next_age)"}
  adult: {type: boolean, sql: age >= 18}
  initial: {derived: true}
  letters: {type: int, derived: true}
"""
PEOPLE_ROWS = """\
id,name,email,age,note,size,colour,grade,height
1,Zwetelina Quirk, Zwetelina.Quirk@Example.ORG ,41,-,S,r,a,tall
2,Ottokar Brumm,ottokar.brumm@example.org, N/A ,None,xl,magenta,A,172
3,Quendolin Fex,quendolin.fex@example.org,vierzig,none of it,Medium Rare,B,zuletzt,
4,Ysolde Knopp,ysolde.knopp@example.org,unknown,,,,,enormous
siebzehn,Xaver Wimmer,xaver.wimmer@example.org,17,,,,,
"""
PERSONAL = (
    "zwetelina", "quirk", "ottokar", "brumm", "quendolin", "fex@", "ysolde", "knopp", "xaver", "wimmer", "vierzig",
    "siebzehn", "zuletzt", "enormous", "geheim",
)  # fmt: skip

# The second one leaves the count of rows as it was.
REFUSED = {"dropped": "without_one", "swapped": "with_one_for_another"}
NARROW = """
source: people
keys: id
history: latest
on_type_error: rescue
transform: entity_options_hooks:{function}
columns: {{id: {{type: int}}, name: {{}}}}
"""

EVENTS = """
source: events
keys: event
columns: {event: {}, who: {}, at: {type: timestamp}}
"""
# Of each event: what came, and on which day.
EVENT_DAYS = [
    [("e1", "a", 1), ("e2", "b", 2), ("e3", "c", 3), ("e1", "a", 1), ("e9", "geheim", "geheim")],
    [("e3", "c", 3), ("e2", "late", 9), ("e4", "d", 4), ("e8", "x", None), ("", "y", 5), ("e4", "d", 4)],
]

SHOPS = """
source: shops
keys: [shop, id]
history: {type: scd2, order_by: changed_at, delete_when: gone}
columns:
  shop: {}
  id: {}
  city: {}
  points: {type: bigint}
  changed_at: {type: timestamp}
  gone: {type: boolean}
"""
VALID = "shop, id, city, points, hour(valid_from), hour(valid_to), is_current"

METERS = """
source: meters
keys: meter
history: {type: scd2, order_by: at}
columns: {meter: {type: timestamp}, checked: {type: timestamp}, at: {type: timestamp}}
"""


def shop_files():
    """Return four files of random changes: of few keys and hours, so that late, equal and repeated ones abound."""
    chance = random.Random(7)
    events = [
        (chance.choice(["a", "ab"]), chance.choice(["1", "b1"]), chance.choice(["", "Rome", "Oslo"]),
         chance.choice(["", 7]), chance.randrange(12), chance.random() < 0.2)
        for _ in range(60)
    ]  # fmt: skip
    return [events[:20], events[20:30], events[30:45], [*events[45:], *events[:3]]]


def expected_history(events):
    """The oracle: for each key, the states in the order of time; equal neighbors are one validity."""
    histories = []
    for key in sorted({event[:2] for event in events}):
        last = {}
        for *_, city, points, hour, gone in (event for event in events if event[:2] == key):
            last[hour] = None if gone else (city or None, points or None)  # of one instant the last to arrive counts
        states = sorted(last.items())
        changes = [states[0]] + [b for a, b in zip(states, states[1:], strict=False) if a[1] != b[1]]
        for (hour, state), (end, _) in zip(changes, [*changes[1:], (None, None)], strict=True):
            if state is not None:
                histories.append((*key, *state, hour, end, end is None))
    return sorted(histories, key=repr)


def shop_rows(frame):
    return sorted((tuple(row) for row in frame.selectExpr(*VALID.split(", ")).collect()), key=repr)


def at(hour):
    return f"2026-01-01T{hour:02}:00:00Z"


@dataclass
class Told:
    """What two days of runs did and said."""

    lake: Lake
    project: object
    error: GateStopped
    hooks: object
    reports: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    moment: datetime | None = None
    counts: dict = field(default_factory=dict)
    shops: list = field(default_factory=list)

    def step(self, day, name):
        return next(step for step in self.reports[day].steps if step.step == name)


def land_day(project, day):
    """Write what lands on a day; of shops one file on the first one and three on the second."""
    lines = [
        {"event": event, "who": who, "at": at(hour) if isinstance(hour, int) else hour}
        for event, who, hour in EVENT_DAYS[day]
    ]
    project.land(f"events/day{day}.jsonl", "".join(f"{json.dumps(line)}\n" for line in lines).encode())
    files = shop_files()
    for number in ([0], [1, 2, 3])[day]:
        lines = [f"{s},{i},{city},{points},{at(hour)},{gone}\n" for s, i, city, points, hour, gone in files[number]]
        project.land(f"shops/{number}.csv", ("shop,id,city,points,changed_at,gone\n" + "".join(lines)).encode())


@pytest.fixture(scope="module")
def told(shared_project):
    """A lake after two days, of which the first has entities with a `transform` that loses rows."""
    project = shared_project.conf(
        sources_people="path: landing/people\nformat: csv\n",
        sources_events="path: landing/events\nformat: jsonl\n",
        sources_shops="path: landing/shops\nformat: csv\n",
        sources_meters="path: landing/meters\nformat: jsonl\n",
        entities_people=PEOPLE,
        entities_events=EVENTS,
        entities_shops=SHOPS,
        entities_meters=METERS,
        **{f"entities_{name}": NARROW.format(function=function) for name, function in REFUSED.items()},
    )
    project.write(f"{HOOKS}.py", HOOK_CODE)
    project.land("people/day0.csv", PEOPLE_ROWS)
    second = "2026-01-01T00:00:00.00000{}Z"
    meters = [(1, 1, 0), (1, 2, 1), (2, 1, 0)]
    lines = [{"meter": second.format(m), "checked": second.format(c), "at": at(hour)} for m, c, hour in meters]
    project.land("meters/day0.jsonl", "".join(f"{json.dumps(line)}\n" for line in lines).encode())
    path = list(sys.path)
    steps = []

    def listen(name, report):
        steps.append((name, report))

    land_day(project, 0)
    lake = Lake.open(project.folder / "conf", spark=project.spark, listener=listen)
    with pytest.raises(GateStopped) as caught:
        lake.run(as_of="2026-01-02")
    done = Told(lake, project, caught.value, sys.modules[HOOKS], [caught.value.report], steps)
    done.counts = {name: (lake.cleansed(name).count(), lake.quarantine(name).count()) for name in REFUSED}
    done.shops = shop_rows(lake.cleansed("shops"))
    done.moment = datetime.now(UTC)
    # One of them is mended, so that the rows that were held back get in; the other one is given up.
    project.conf(entities_dropped=NARROW.format(function="unchanged"))
    (project.folder / "conf" / "entities" / "swapped.yaml").unlink()
    done.lake = Lake.open(project.folder / "conf", spark=project.spark, listener=listen)
    land_day(project, 1)
    done.reports.append(done.lake.run(as_of="2026-01-03"))
    yield done
    sys.path[:] = path
    sys.modules.pop(HOOKS, None)


def people(told):
    return {row["id"]: row for row in told.lake.cleansed("people").collect()}


@pytest.mark.slow
def test_the_transform_beside_conf_sees_typed_columns_and_what_it_adds_is_in_the_table(told):
    seen = told.hooks.SEEN
    assert (seen["id"], seen["age"], seen["adult"], seen["half"]) == ("int", "int", "boolean", "decimal(4,1)")
    assert "initial" not in seen
    assert {key: (row["initial"], row["letters"]) for key, row in people(told).items()} == {
        1: ("Z", 15), 2: ("O", 13), 3: ("Q", 13), 4: ("Y", 12),
    }  # fmt: skip


@pytest.mark.slow
def test_what_the_transform_adds_has_the_type_that_the_entity_declares(told):
    assert dict(told.lake.cleansed("people").dtypes)["letters"] == "int"
    told.project.conf(entities_wide=PEOPLE.replace(":with_initial", ":too_wide"))
    lake = told.project.lake()
    (told.project.folder / "conf" / "entities" / "wide.yaml").unlink()
    with pytest.raises(ConfigurationError, match="another type") as caught:
        lake.cleanse("wide")
    assert caught.value.found == "`letters` is bigint, declared as int"


@pytest.mark.slow
def test_a_transform_that_loses_or_doubles_rows_is_refused_and_nothing_is_promoted(told):
    error = told.error
    assert error.exit_code == 3
    assert (error.where, error.problem) == ("cleanse dropped", "the rows do not balance, so nothing was promoted")
    assert error.found == "other rows after the `transform` function than before it"
    assert "exactly one row for each row" in error.remedy
    assert {name: told.step(0, f"cleanse {name}").status for name in REFUSED} == dict.fromkeys(REFUSED, "stopped")
    assert told.counts == dict.fromkeys(REFUSED, (0, 0))
    said = told.lake.runs().where("status = 'stopped'").select("step", "notes").collect()
    assert sorted(row["step"] for row in said) == [f"cleanse {name}" for name in sorted(REFUSED)]
    assert all(row["notes"] == [error.problem, error.found] for row in said)
    # The others of that run are done, and the mended one takes in what was held back.
    assert told.step(0, "cleanse people").status == "done"
    mended = told.step(1, "cleanse dropped")
    assert (mended.rows_in, mended.rows_out, mended.rows_quarantined, mended.rows_duplicate) == (5, 4, 1, 0)


@pytest.mark.slow
def test_a_value_that_cannot_be_typed_is_rescued_and_its_row_promoted_unless_it_is_the_key(told):
    rows = people(told)
    assert {key: row["_rescued"] and json.loads(row["_rescued"]) for key, row in rows.items()} == {
        1: None, 2: None, 3: {"age": "vierzig", "grade": "zuletzt"}, 4: {"height": "enormous"},
    }  # fmt: skip
    assert (rows[3]["age"], rows[3]["grade"], rows[4]["height"]) == (None, None, None)
    assert rows[3]["_warnings"] == ["age.type: text is not int", "grade.type: text is not in its mapping"]
    assert told.step(0, "cleanse people").notes == (
        "1 rows marked by `age.type`", "1 rows marked by `grade.type`", "1 rows marked by `height.type`",
    )  # fmt: skip
    rejected = told.lake.quarantine("people").selectExpr("_reasons", "to_json(record)").collect()
    assert [row[0] for row in rejected] == [["id.required"]]
    assert "siebzehn" in rejected[0][1]


@pytest.mark.slow
def test_an_unmapped_value_that_is_kept_and_cannot_be_typed_is_blamed_on_its_type(told):
    assert people(told)[4]["_warnings"] == ["height.type: text is not int"]


@pytest.mark.slow
def test_sql_columns_mappings_and_null_values_are_worked_out_row_by_row(told):
    columns = ("email", "age", "note", "size", "colour", "grade", "height")
    made = ("next_age", "half", "label", "adult")
    rows = told.lake.cleansed("people").selectExpr("id", *columns, *made).collect()
    found = {row["id"]: ([row[name] for name in columns], [row[name] for name in made]) for row in rows}
    kept = {key: [value if value is None else str(value) for value in row[1]] for key, row in found.items()}
    assert {key: row[0] for key, row in found.items()} == {
        1: ["zwetelina.quirk@example.org", 41, None, "small", "red", "excellent", 190],
        2: ["ottokar.brumm@example.org", None, None, "huge", None, "excellent", 172],
        3: ["quendolin.fex@example.org", None, "none of it", "Medium Rare", "blue", None, None],
        4: ["ysolde.knopp@example.org", None, None, None, None, None, None],
    }
    assert kept == {
        1: ["42", "20.5", "small/red/42", "True"],
        2: [None, None, "huge", None],
        3: [None, None, "Medium Rare/blue", None],
        4: [None, None, "", None],
    }


@pytest.mark.slow
def test_an_event_that_comes_again_on_another_day_is_counted_and_held_once(told):
    numbers = [
        (step.rows_in, step.rows_out, step.rows_quarantined, step.rows_duplicate)
        for step in (told.step(day, "cleanse events") for day in range(2))
    ]
    assert numbers == [(5, 3, 1, 1), (6, 2, 1, 3)]
    rows = told.lake.cleansed("events").selectExpr("event", "who", "hour(at)").collect()
    first = {"e1": ("a", 1), "e2": ("b", 2), "e3": ("c", 3), "e4": ("d", 4), "e8": ("x", None)}
    assert sorted(map(tuple, rows)) == [(event, *told_first) for event, told_first in first.items()]
    steps = [step for report in told.reports for step in report.steps]
    assert all(step.balances for step in steps)
    ledger = told.lake.runs().where("rows_in <> rows_out + rows_quarantined + rows_duplicate")
    assert ledger.count() == 0


@pytest.mark.slow
def test_late_repeated_and_deleted_states_of_four_files_give_the_history_of_the_loop(told):
    files = shop_files()
    events = [event for file in files for event in file]
    # What the files hold, lest a kinder draw make the test say less: hours before and at those of an earlier file.
    before = {(event[:2], event[4]) for event in files[0]}
    assert any((event[:2], event[4]) in before for event in files[1])
    assert any(event[4] < max(hour for key, hour in before if key == event[:2]) for event in files[1])
    assert told.shops == expected_history(files[0])
    found = shop_rows(told.lake.cleansed("shops"))
    assert found == expected_history(events)
    assert len(found) > 12
    assert {row[:2] for row in found} == {event[:2] for event in events}
    assert [told.step(day, "cleanse shops").rows_in for day in range(2)] == [20, 43]


@pytest.mark.slow
def test_states_that_differ_by_a_microsecond_differ(told):
    found = told.lake.cleansed("meters").selectExpr("unix_micros(meter) % 10", "unix_micros(checked) % 10", "hour(at)")
    assert sorted(map(tuple, found.collect())) == [(1, 1, 0), (1, 2, 1), (2, 1, 0)]


@pytest.mark.slow
def test_keys_that_differ_by_a_microsecond_have_surrogate_keys_of_their_own(told):
    row = told.lake.cleansed("meters").selectExpr("count(DISTINCT meter, valid_from)", "count(DISTINCT _version_key)")
    pairs, surrogates = row.first()
    assert pairs == surrogates


@pytest.mark.slow
def test_a_table_is_read_as_it_was_at_a_time(told):
    lake = told.lake
    assert shop_rows(lake.cleansed("shops", timestamp=told.moment)) == told.shops
    assert shop_rows(lake.cleansed("shops", timestamp=told.moment.isoformat())) == told.shops
    assert shop_rows(lake.cleansed("shops")) != told.shops
    assert lake.raw("shops", timestamp=told.moment).count() == len(shop_files()[0])
    for moment in ("2020-01-01", datetime(2020, 1, 1, tzinfo=UTC), "geheim"):
        with pytest.raises(TableError, match="cannot be read at that point of its history") as caught:
            lake.cleansed("shops", timestamp=moment)
        assert "geheim" not in str(caught.value)


@pytest.mark.slow
def test_a_time_that_the_history_tells_leads_to_its_version(told, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")  # what Spark collects has no zone and means the clock of the machine
    time.tzset()
    newest = told.lake.history("cleansed/shops").first()
    found = shop_rows(told.lake.cleansed("shops", timestamp=newest["timestamp"]))
    assert found == shop_rows(told.lake.cleansed("shops", version=newest["version"]))


@pytest.mark.slow
def test_no_report_error_or_sample_tells_a_value(told):
    ledger = [row.asDict() for row in told.lake.runs().collect()]
    samples = [told.lake.sample(name).collect() for name in ("people", "raw/people", "quarantine/people")]
    said = [str(told.error), str(told.steps), str(ledger), str(samples)]
    said += [json.dumps(report.to_dict()) for report in told.reports]
    assert len(told.steps) > 30
    for text in said:
        assert [value for value in PERSONAL if value in text.lower()] == []


@pytest.mark.slow
def test_an_expression_that_fails_on_a_value_does_not_tell_it(told, capfd):
    told.project.conf(
        entities_fragile="source: people\ncolumns: {name: {}, number: {type: int, sql: CAST(name AS INT)}}\n"
    )
    with pytest.raises(SystemExit) as ended:
        cli.main(["--conf", str(told.project.folder / "conf"), "cleanse", "fragile"])
    with pytest.raises(ConfigurationError, match="no result for a value") as caught:
        told.project.lake().cleanse("fragile")
    (told.project.folder / "conf" / "entities" / "fragile.yaml").unlink()
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)
    out, err = capfd.readouterr()
    assert ended.value.code == 2
    assert "CAST_INVALID_INPUT" in err
    assert "try_cast" in err
    ledger = told.lake.runs().where("step = 'cleanse fragile'").collect()
    assert [row["status"] for row in ledger] == ["failed", "failed"]
    assert [value for value in PERSONAL if value in (out + err + str(ledger)).lower()] == []


@pytest.mark.slow
def test_the_condition_of_a_deletion_is_compiled_before_anything_is_read(told):
    told.project.conf(entities_shut=SHOPS.replace("delete_when: gone", "delete_when: no_such_function(gone)"))
    lake = told.project.lake()
    (told.project.folder / "conf" / "entities" / "shut.yaml").unlink()
    with pytest.raises(ConfigurationError, match="does not compile"):
        lake.cleanse("shut")
