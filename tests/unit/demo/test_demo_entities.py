"""The demo company through the zone functions and conf/: every planted fault must meet the fate that the truth tells."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from functools import reduce
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from pyspark.sql import functions as F

from lakehouse.cleansed.entity import judge_records
from lakehouse.cleansed.history import first_per_key, newest_per_key
from lakehouse.cleansed.typing import source_fields
from lakehouse.config.load import load_config
from lakehouse.demo.places import CONSENT_SPELLINGS, COUNTRIES, GENDER_SPELLINGS, LANGUAGE_SPELLINGS
from lakehouse.pipeline.landing import Batch, land_batch
from lakehouse.raw.landing import Arrival, with_lineage
from lakehouse.sources.files import arrived
from lakehouse.sources.readers import READ_SETTINGS

CONF = Path(__file__).parents[3] / "conf"
ENTITIES = ("customers", "customer_history", "orders", "email_events", "web_events")
FIRST_LINE = {"csv": 1, "jsonl": 1, "parquet": 0}
UNREAD = {  # columns of the CRM that the history leaves alone, so their faults are none there
    "Phone", "BirthDate", "PostalCode", "Gender", "Height", "FirstName", "LastName",
}  # fmt: skip


@pytest.fixture(scope="module")
def config():
    return load_config(CONF)


@pytest.fixture(scope="module")
def reader(spark):
    session = spark.newSession()
    for key, value in {**READ_SETTINGS, "spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}.items():
        session.conf.set(key, value)
    return session


@pytest.fixture(scope="module")
def landed(reader, config, demo):
    """Source -> the records of all days; each day is a batch."""

    def land_days(source):
        batches = [land(reader, config, demo, source, day, demo.files(day, source)) for day in demo.days]
        return reduce(lambda left, right: left.unionByName(right), batches).localCheckpoint()

    return {source: land_days(source) for source in config.sources}


def land(reader, config, demo, source, day, names):
    """Land some files as the batch of a day."""
    settings = config.sources[source]
    paths = [demo.folder / name for name in names]
    files = arrived([f"file:{path}" for path in paths], str(demo.folder / Path(settings.path).name))
    fields = {field for one in config.entities.values() if one.source == source for field in source_fields(one)}
    batch = Batch(files, settings, source, tuple(sorted(fields)), first=day == 1)
    arrival = Arrival(source, datetime(2026, 2, 1, tzinfo=UTC), "run", day)
    return with_lineage(land_batch(reader, batch).records, arrival)


@pytest.fixture(scope="module")
def judged(landed, config, demo):
    """Entity -> the judged rows of all days."""
    as_of = demo.summaries[max(demo.days)].as_of
    return {
        name: judge_records(landed[entity.source], entity, as_of=as_of).localCheckpoint()
        for name, entity in config.entities.items()
    }


@pytest.fixture(scope="module")
def verdicts(judged, config, demo):
    """Entity -> (file, line) -> verdict, names of what is wrong."""

    def place(row, entity):
        folder = Path(config.sources[entity.source].path).name
        number = int(row["_record_id"].rsplit("-", 1)[-1])
        return f"{folder}/{row['_source_file']}", number + FIRST_LINE[config.sources[entity.source].format]

    def verdict(row):
        if any(reason.startswith("record.corrupt") for reason in row["_reasons"]):
            return "corrupt"
        return "quarantined" if row["_reasons"] else "warned" if row["_warnings"] else "accepted"

    found = {}
    for name, entity in config.entities.items():
        rows = judged[name].select("_source_file", "_record_id", "_reasons", "_warnings").collect()
        found[name] = {place(row, entity): (verdict(row), [*row["_reasons"], *row["_warnings"]]) for row in rows}
        assert len(found[name]) == len(rows)
    return found


def expected(name, truth):
    """What an entity must make of a marked record: duplicates pass the rules, only their keys give them away."""
    if name == "customer_history" and truth["column"] in UNREAD:
        return {"accepted"}
    if name == "customer_history" and truth["fault"] == "missing_email":
        return {"accepted"}
    return {"accepted", "warned"} if truth["expected"] == "duplicate" else {truth["expected"]}


@pytest.mark.parametrize("name", ENTITIES)
def test_every_record_meets_the_fate_that_the_truth_tells(verdicts, config, demo, name):
    source = config.entities[name].source
    truth = {place: row for day in demo.days for place, row in demo.marked(day).items() if row["source"] == source}
    found = verdicts[name]
    wrong = Counter(
        (truth.get(place, {"fault": "none"})["fault"], verdict, *names)
        for place, (verdict, names) in found.items()
        if verdict not in (expected(name, truth[place]) if place in truth else {"accepted"})
    )
    assert wrong == Counter()
    assert truth.keys() <= found.keys()
    assert len(found) == sum(demo.summary(day)[source]["records"] for day in demo.days)


@pytest.mark.parametrize("name", ENTITIES)
def test_the_reason_names_the_column_that_is_broken(verdicts, config, demo, name):
    entity = config.entities[name]
    columns = {column.source or own: own for own, column in entity.columns.items()}
    truth = {
        place: row for day in demo.days for place, row in demo.marked(day).items() if row["source"] == entity.source
    }
    wrong = [
        (truth[place]["fault"], names)
        for place, (verdict, names) in verdicts[name].items()
        if verdict in ("quarantined", "warned") and truth[place]["expected"] != "duplicate"
        and not any(name.startswith(f"{columns[truth[place]['column']]}.") for name in names)
    ]  # fmt: skip
    assert wrong == []


def test_a_broken_file_becomes_one_corrupt_record_and_spoils_no_other(reader, config, demo):
    broken, whole = demo.files(2, "web_events", broken=True), demo.files(2, "web_events")
    records = land(reader, config, demo, "web_events", 2, whole + broken)
    judged = judge_records(records, config.entities["web_events"], as_of=demo.summaries[2].as_of)
    rows = judged.groupBy("_source_file").agg(F.count("*").alias("rows"), F.min(F.size("_reasons")).alias("reasons"))
    counts = {f"web/{row['_source_file']}": (row["rows"], row["reasons"]) for row in rows.collect()}
    assert counts == {broken[0]: (1, 1), whole[0]: (demo.summary(2)["web_events"]["records"], 0)}


@pytest.mark.parametrize("name", ["customers", "orders", "email_events", "web_events"])
def test_the_duplicates_of_the_first_day_are_those_of_the_truth(judged, config, demo, name):
    entity = config.entities[name]
    accepted = judged[name].where((F.size("_reasons") == 0) & (F.col("_batch_id") == 1))
    kept = (
        first_per_key(accepted, entity.keys) if entity.history.type == "append"
        else newest_per_key(accepted, entity.keys, entity.history.order_by)
    )  # fmt: skip
    summary = demo.summary(1)[entity.source]
    rows, distinct = accepted.count(), kept.count()
    assert (rows - distinct, distinct) == (summary["duplicate"], summary["accepted"])


@pytest.mark.parametrize("name", ["email_events", "web_events"])
def test_the_events_of_all_days_are_kept_once(judged, config, demo, name):
    accepted = judged[name].where(F.size("_reasons") == 0)
    summaries = [demo.summary(day)[config.entities[name].source] for day in demo.days]
    assert first_per_key(accepted, config.entities[name].keys).count() == sum(part["accepted"] for part in summaries)


def test_an_order_that_was_sent_back_ends_as_returned(judged, config, demo):
    entity = config.entities["orders"]
    newest = newest_per_key(judged["orders"].where(F.size("_reasons") == 0), entity.keys, entity.history.order_by)
    status = {row["order_id"]: row["status"] for row in newest.select("order_id", "status").collect()}
    changed = [row["key"] for day in demo.days for row in demo.truth("rows", day) if row["fault"] == "changed_order"]
    assert changed
    assert {status[key] for key in changed} == {"returned"}


def test_accepted_customers_say_what_a_person_reads_in_the_file(judged, demo):
    typed = judged["customers"].where((F.size("_reasons") == 0) & (F.col("_batch_id") == 1))
    rows = {row["customer_id"]: row.asDict() for row in typed.collect()}
    marked = demo.marked(1)
    wrong, compared = [], 0
    for file in demo.files(1, "crm_customers"):
        header, *lines = (demo.folder / file).read_bytes().removesuffix(b"\n").split(b"\n")
        for number, line in enumerate(lines, start=2):
            if (file, number) in marked:
                continue
            record = dict(zip(header.decode().split(","), next(csv.reader([line.decode()])), strict=True))
            row = rows[record["CustomerID"]]
            compared += 1
            wrong += [
                (record["CustomerID"], name, row[name], value)
                for name, value in by_hand(record).items()
                if row[name] != value
            ]
    assert wrong == []
    assert compared > 1_000


def by_hand(record):
    """The typed columns of a clean record, by plain Python."""
    country = spelled(COUNTRY, record["Country"])
    phone = record["Phone"] and phonenumbers.parse(record["Phone"], country)
    height, unit = record["Height"].split() if record["Height"] else ("", "")
    factor = {"cm": 1, "m": 100, "in": Decimal("2.54"), "": None}[unit]
    born = record["BirthDate"]
    birth = born and datetime.strptime(born, "%d.%m.%Y" if "." in born else "%Y-%m-%d").date()  # noqa: DTZ007
    return {
        "email": record["Email"],
        "country": country,
        "language": spelled(LANGUAGE, record["Language"]),
        "gender": spelled(GENDER, record["Gender"]) if record["Gender"] else None,
        "phone": phonenumbers.format_number(phone, phonenumbers.PhoneNumberFormat.E164) if phone else None,
        "postal_code": record["PostalCode"],
        "city": record["City"],
        "birth_date": birth or None,
        "height_cm": (Decimal(height) * factor).quantize(Decimal("0.1"), rounding="ROUND_HALF_UP") if factor else None,
        "newsletter_consent": spelled(CONSENT, record["NewsletterConsent"]),
        "consent_at": in_berlin(record["ConsentAt"]),
        "updated_at": in_berlin(record["UpdatedAt"]),
    }


def spelled(table, text):
    return next(value for value, spellings in table.items() if text in spellings)


COUNTRY = {country.alpha2: country.spellings for country in COUNTRIES}
LANGUAGE, GENDER, CONSENT = LANGUAGE_SPELLINGS, GENDER_SPELLINGS, CONSENT_SPELLINGS


def in_berlin(text):
    if not text:
        return None
    local = datetime.strptime(text, "%d.%m.%Y %H:%M:%S").replace(tzinfo=ZoneInfo("Europe/Berlin"))
    return local.astimezone().replace(tzinfo=None)  # as `collect` gives timestamps


def test_accepted_orders_say_what_a_person_reads_in_the_file(judged, demo):
    typed = judged["orders"].where((F.size("_reasons") == 0) & (F.col("_batch_id") == 1))
    rows = {row["order_id"]: row for row in typed.withColumn("items", F.to_json("items")).collect()}
    marked, compared = demo.marked(1), 0
    for file in demo.files(1, "shop_orders"):
        for number, line in enumerate((demo.folder / file).read_text(encoding="utf-8").splitlines(), start=1):
            if (file, number) in marked:
                continue
            record = json.loads(line)
            row = rows[record["order_id"]]
            compared += 1
            assert row["total"] == Decimal(record["total_minor"]) / (1 if record["currency"] == "JPY" else 100)
            assert row["ordered_at"] == datetime.fromisoformat(record["ordered_at"]).astimezone().replace(tzinfo=None)
            assert (row["currency"], row["item_count"]) == (record["currency"], record["item_count"])
            assert (row["customer_id"], row["email"]) == (record["customer_id"], record["email"])
            assert json.loads(row["items"]) == record["items"]
    assert compared > 500
