"""The files of the demo, read by plain Python: is the truth true?"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pyarrow.parquet as pq
import pycountry
import pytest
from email_validator import EmailNotValidError, validate_email

from lakehouse.demo.crm import crm_faults
from lakehouse.demo.events import EMAIL_FAULTS, ORDER_FAULTS, SPELLINGS, WEB_FAULTS
from lakehouse.demo.places import CONSENT_SPELLINGS, COUNTRIES, GENDER_SPELLINGS, LANGUAGE_SPELLINGS

BERLIN = ZoneInfo("Europe/Berlin")
NOISE = "".join(map(chr, [*range(9, 14), 32, 0xA0, 0x2009, 0x200B, 0x200C, 0x200D, 0x2060, 0x3000, 0xFEFF]))
COUNTRY = {spelling: country.alpha2 for country in COUNTRIES for spelling in country.spellings}
POSTAL = {
    "GB": r"[A-Z]{1,2}[0-9]{1,2}[A-Z]? [0-9][A-Z]{2}", "PL": "[0-9]{2}-[0-9]{3}", "AT": "[0-9]{4}", "CH": "[0-9]{4}",
}  # fmt: skip
GENDERS = {spelling for spellings in GENDER_SPELLINGS.values() for spelling in spellings}
LANGUAGES = {spelling for spellings in LANGUAGE_SPELLINGS.values() for spelling in spellings}
CONSENTS = {spelling for spellings in CONSENT_SPELLINGS.values() for spelling in spellings}
STATUSES = {"completed", "complete", "shipped", "cancelled", "canceled", "returned", "refunded"}
EMAIL_TYPES = {spelling for spellings in SPELLINGS.values() for spelling in spellings}
WEB_TYPES = {"page_view", "product_view", "add_to_cart", "checkout"}
ANOTHER_TIME = ("repeated_row", "repeated_event", "repeated_from_day_before", "repeated_file")


def is_address(text):
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def is_phone(text, country):
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, country))
    except phonenumbers.NumberParseException:
        return False


def read_time(text, *formats):
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007
        except ValueError:
            continue
    return None


def clock_change(local):
    """gap, overlap or nothing, for a time on the clocks of Berlin."""
    first, second = (local.replace(tzinfo=BERLIN, fold=fold) for fold in (0, 1))
    if first.astimezone(UTC).astimezone(BERLIN).replace(tzinfo=None) != local:
        return "gap"
    return "overlap" if first.utcoffset() != second.utcoffset() else ""


def read_line(line):
    """The fields of a CSV line, or None where it cannot be cut into fields."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if text.count('"') % 2 else next(csv.reader([text]))


def judge_customer(row, today):
    """The verdict on one record of the CRM, and the columns that are to blame."""
    row = {name: value.strip(NOISE) for name, value in row.items()}
    country = COUNTRY.get(row["Country"])
    born = read_time(row["BirthDate"], "%d.%m.%Y", "%Y-%m-%d")
    updated, agreed = (read_time(row[name], "%d.%m.%Y %H:%M:%S") for name in ("UpdatedAt", "ConsentAt"))
    good = {
        "CustomerID": re.fullmatch("[0-9]{7}", row["CustomerID"]),
        "Email": not row["Email"] or is_address(row["Email"]),
        "BirthDate": not row["BirthDate"] or (born and 1900 < born.year < 2010),
        "Country": country,
        "Phone": not row["Phone"] or is_phone(row["Phone"], country),
        "PostalCode": not row["PostalCode"] or re.fullmatch(POSTAL.get(country, "[0-9]{5}"), row["PostalCode"]),
        "Gender": not row["Gender"] or row["Gender"] in GENDERS,
        "Language": row["Language"] in LANGUAGES,
        "Height": not row["Height"]
        or re.fullmatch(r"1[4-9][0-9] cm|2[01][0-9] cm|[12]\.[0-9]{2} m|[5-8][0-9] in", row["Height"]),
        "NewsletterConsent": row["NewsletterConsent"] in CONSENTS,
        "ConsentAt": not row["ConsentAt"] or (agreed and not clock_change(agreed)),
        "UpdatedAt": updated and updated.date() <= today,
    }
    blamed = {name for name, is_good in good.items() if not is_good}
    if blamed:
        return "quarantined", blamed
    noticed = {"Email"} if not row["Email"] else {"UpdatedAt"} if clock_change(updated) else set()
    return ("warned" if noticed else "accepted"), noticed


def unique_object(pairs):
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def read_json(line):
    """The object of a line of JSON, or None where it is no object or says a key twice."""
    try:
        value = json.loads(line, object_pairs_hook=unique_object)
    except (ValueError, AssertionError):
        return None
    return value if isinstance(value, dict) else None


def judge_order(row, today):
    at = read_offset(row["ordered_at"])
    total = row["total_minor"]
    items = sum(item["quantity"] * item["unit_price_minor"] for item in row["items"])
    good = {
        "order_id": row["order_id"],
        "status": row["status"].strip(NOISE).lower() in STATUSES,
        "currency": pycountry.currencies.get(alpha_3=row["currency"]),
        "total_minor": isinstance(total, int) and total == items,
        "ordered_at": at and at.date() <= today,
        "customer_id": row["customer_id"] is None or re.fullmatch("[0-9]{7}", row["customer_id"]),
        "item_count": row["item_count"] == sum(item["quantity"] for item in row["items"]),
    }
    blamed = {name for name, is_good in good.items() if not is_good}
    if blamed:
        return "quarantined", blamed
    return ("accepted", set()) if is_address(row["email"]) else ("warned", {"email"})


def read_offset(text):
    """An instant as ISO 8601 whose offset is the one of New York at that time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.utcoffset() == at.astimezone(ZoneInfo("America/New_York")).utcoffset() else None


def judge_email_event(row, today):
    at = row["at"]
    good = {
        "event_id": row["event_id"],
        "type": row["type"].strip(NOISE) in EMAIL_TYPES,
        "at": isinstance(at, int) and at < (today - date(1970, 1, 1)).days * 86_400 + 86_400,
        "customer_id": re.fullmatch("[0-9]{7}", row["customer_id"]),
        "machine": isinstance(row["machine"], bool),
    }
    blamed = {name for name, is_good in good.items() if not is_good}
    if blamed:
        return "quarantined", blamed
    return ("accepted", set()) if is_address(row["email"]) else ("warned", {"email"})


def judge_web_event(row, today):
    good = {
        "event_id": row["event_id"],
        "type": row["type"].strip(NOISE) in WEB_TYPES,
        "at": row["at"] and row["at"].date() <= today,
        "url": row["url"].startswith("https://shop.example.com/"),
    }
    blamed = {name for name, is_good in good.items() if not is_good}
    return ("quarantined", blamed) if blamed else ("accepted", set())


def read_crm(path):
    header, *lines = path.read_bytes().removesuffix(b"\n").split(b"\n")
    names = header.decode().split(",")
    for number, line in enumerate(lines, start=2):
        fields = read_line(line)
        yield number, dict(zip(names, fields, strict=True)) if fields and len(fields) == len(names) else None


def read_jsonl(path):
    for number, line in enumerate(path.read_bytes().removesuffix(b"\n").split(b"\n"), start=1):
        yield number, read_json(line.decode())


def read_parquet(path):
    yield from enumerate(pq.read_table(path).to_pylist())


SOURCES = {
    "crm_customers": (read_crm, judge_customer, "CustomerID"),
    "shop_orders": (read_jsonl, judge_order, "order_id"),
    "email_events": (read_jsonl, judge_email_event, "event_id"),
    "web_events": (read_parquet, judge_web_event, "event_id"),
}


@pytest.fixture(scope="session", params=SOURCES)
def found(request, demo):
    """Every record of a source in the order of its arrival: day, place, row (or None), verdict, blamed columns."""
    read, judge, key = SOURCES[request.param]
    known, records = {}, []
    for day in demo.days:
        for file in demo.files(day, request.param):
            for line, row in read(demo.folder / file):
                verdict, blamed = ("corrupt", set()) if row is None else judge(row, demo.summaries[day].last)
                if verdict in ("accepted", "warned"):
                    again = known.get(row[key]) == row
                    known[row[key]] = row
                    verdict, blamed = ("duplicate", set()) if again else (verdict, blamed)
                records.append((day, (file, line), row, verdict, blamed))
    return request.param, records


def test_every_record_deserves_exactly_the_verdict_that_the_truth_tells(demo, found):
    _, records = found
    marked = {place: row for day in demo.days for place, row in demo.marked(day).items()}
    wrong = [
        (place, verdict, blamed, marked.get(place))
        for _, place, _, verdict, blamed in records
        if verdict != marked.get(place, {"expected": "accepted"})["expected"]
    ]
    assert wrong == []


def test_the_truth_blames_the_one_column_that_is_broken(demo, found):
    _, records = found
    marked = {place: row for day in demo.days for place, row in demo.marked(day).items()}
    wrong = [
        (place, blamed, marked[place])
        for _, place, _, verdict, blamed in records
        if verdict in ("quarantined", "warned") and blamed != {marked[place]["column"]}
    ]
    assert wrong == []


def test_every_line_of_the_truth_is_about_a_record(demo, found):
    source, records = found
    places = {place for _, place, _, _, _ in records}
    told = [place for day in demo.days for place, row in demo.marked(day).items() if row["source"] == source]
    assert told
    assert set(told) <= places


def test_the_key_in_the_truth_is_the_key_of_the_record(demo, found):
    source, records = found
    key = SOURCES[source][2]
    marked = {place: row for day in demo.days for place, row in demo.marked(day).items()}
    wrong = [
        (place, row[key], marked[place]["key"])
        for _, place, row, _, _ in records
        if row is not None and place in marked and (row[key] or "").strip() != marked[place]["key"]
    ]
    assert wrong == []


def test_the_summary_counts_what_a_reader_finds(demo, found):
    source, records = found
    for day in demo.days:
        verdicts = Counter(verdict for on, _, _, verdict, _ in records if on == day)
        summary = demo.summary(day)[source]
        assert summary["records"] == sum(verdicts.values())
        assert summary["accepted"] == verdicts["accepted"] + verdicts["warned"]
        assert summary["quarantined"] == verdicts["quarantined"] + verdicts["corrupt"]
        for name in ("corrupt", "duplicate", "warned"):
            assert summary[name] == verdicts[name], (day, name)
        assert summary["records"] == summary["accepted"] + summary["quarantined"] + summary["duplicate"]
        faults = Counter(row["fault"] for row in demo.truth("rows", day) if row["source"] == source)
        assert summary["faults"] == faults
        assert demo.summaries[day].sources[source] == summary


def carries(source, fault, row, earlier):
    """Whether a record has the fault that the truth names; `earlier` holds the records that came before it."""
    column = FAULTS[source][fault].column if fault in FAULTS[source] else ""
    value = row[column] if row and column else None
    key = row[SOURCES[source][2]] if row else None
    if fault in ANOTHER_TIME:
        return row in earlier.get(key, [])
    if fault == "changed_order":
        before = earlier[key][-1]
        return before["status"] == "completed" and row == {**before, "status": "returned"}
    if fault == "late_event":
        return True
    return PREDICATES[fault](value, row)


def by_name(faults):
    return {fault.name: fault for fault in faults}


FAULTS = {
    "crm_customers": by_name(crm_faults(date(2026, 1, 31))),
    "shop_orders": by_name(ORDER_FAULTS),
    "email_events": by_name(EMAIL_FAULTS),
    "web_events": by_name(WEB_FAULTS),
}


def is_blank(value):
    return value is None or not value.strip()


def is_padded(value):
    return value != value.strip(NOISE)


def is_corrupt(value, row):
    return row is None


PREDICATES = {
    "missing_email": lambda value, row: is_blank(value),
    "malformed_email": lambda value, row: not is_address(value) and not is_blank(value),
    "missing_customer_id": lambda value, row: is_blank(value),
    "missing_order_id": lambda value, row: is_blank(value),
    "missing_event_id": lambda value, row: is_blank(value),
    "unknown_country": lambda value, row: value not in COUNTRY and not row["Phone"] and not row["PostalCode"],
    "unparsable_phone": lambda value, row: not is_phone(value, COUNTRY[row["Country"]]),
    "invalid_postal_code": lambda value, row: not re.search("[0-9]{4}|[A-Z]{2}[0-9]", value),
    "unknown_gender": lambda value, row: value not in GENDERS,
    "unreadable_height": lambda value, row: not re.search("[0-9]", value),
    "unreadable_consent": lambda value, row: value not in CONSENTS,
    "padded_email": lambda value, row: is_padded(value) and is_address(value.strip(NOISE)),
    "zero_width_name": lambda value, row: is_padded(value),
    "padded_city": lambda value, row: is_padded(value),
    "padded_status": lambda value, row: is_padded(value),
    "padded_type": lambda value, row: is_padded(value),
    "formula_name": lambda value, row: value[0] in "=@-",
    "html_name": lambda value, row: value[0] == "<",
    "sql_name": lambda value, row: value.count("'") >= 1 and ("--" in value or "=" in value),
    "short_line": is_corrupt,
    "long_line": is_corrupt,
    "unbalanced_quote": is_corrupt,
    "invalid_utf8": is_corrupt,
    "truncated_line": is_corrupt,
    "array_instead_of_object": is_corrupt,
    "duplicate_key": is_corrupt,
    "impossible_birth_date": lambda value, row: read_time(value, "%d.%m.%Y", "%Y-%m-%d") is None,
    "future_birth_date": lambda value, row: read_time(value, "%d.%m.%Y", "%Y-%m-%d").year > 2090,
    "birth_date_130_years_ago": lambda value, row: read_time(value, "%d.%m.%Y", "%Y-%m-%d").year < 1896,
    "birth_year_12024": lambda value, row: "12024" in value,
    "impossible_updated_at": lambda value, row: read_time(value, "%d.%m.%Y %H:%M:%S") is None,
    "clock_change_gap": lambda value, row: clock_change(read_time(value, "%d.%m.%Y %H:%M:%S")) == "gap",
    "clock_change_overlap": lambda value, row: clock_change(read_time(value, "%d.%m.%Y %H:%M:%S")) == "overlap",
    "amount_not_numeric": lambda value, row: isinstance(value, str),
    "negative_total": lambda value, row: value < 0,
    "unknown_currency": lambda value, row: not pycountry.currencies.get(alpha_3=value),
    "unknown_status": lambda value, row: value not in STATUSES,
    "impossible_time": lambda value, row: read_offset(value) is None,
    "future_time": lambda value, row: read_offset(value).year > 2090,
    "unknown_type": lambda value, row: value not in EMAIL_TYPES | WEB_TYPES,
    "epoch_not_numeric": lambda value, row: isinstance(value, str),
    "epoch_in_milliseconds": lambda value, row: datetime.fromtimestamp(value / 1000, UTC).year > 2020,
    "missing_time": lambda value, row: value is None,
}  # fmt: skip


def test_every_marked_record_carries_its_fault(demo, found):
    source, records = found
    marked = {place: row for day in demo.days for place, row in demo.marked(day).items()}
    earlier, wrong = {}, []
    for _, place, row, _, _ in records:
        if place in marked and not carries(source, marked[place]["fault"], row, earlier):
            wrong.append((place, marked[place]["fault"], row))
        if row is not None:
            earlier.setdefault(row[SOURCES[source][2]], []).append(row)
    assert wrong == []


def test_every_kind_of_fault_is_in_the_files_of_day_one(demo, found):
    source, _ = found
    told = {row["fault"] for row in demo.truth("rows", 1) if row["source"] == source}
    assert set(FAULTS[source]) <= told


def test_late_events_happened_three_to_ten_days_before_the_day_that_brings_them(demo, found):
    source, records = found
    if source == "crm_customers":
        return
    late = {place for day in demo.days for place, row in demo.marked(day).items() if row["fault"] == "late_event"}
    for day in demo.days[1:]:
        rows = [
            (place, row) for on, place, row, verdict, _ in records if on == day and verdict in ("accepted", "warned")
        ]
        ages = {place: (demo.summaries[day].last - happened(source, row)).days for place, row in rows}
        copies = {place for place, row in demo.marked(day).items() if row["fault"] == "changed_order"}
        assert {place for place, age in ages.items() if age > 0} - copies == late & ages.keys()
        assert all(3 <= ages[place] <= 10 for place in late & ages.keys())
    assert late


def happened(source, row):
    if source == "shop_orders":
        return read_offset(row["ordered_at"]).date()
    at = row["at"]
    return (at if isinstance(at, datetime) else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)).date()


def test_duplicates_within_a_day_and_across_days_have_names_of_their_own(demo, found):
    source, records = found
    seen, names = {}, {}
    marked = {place: row for day in demo.days for place, row in demo.marked(day).items()}
    for day, place, row, verdict, _ in records:
        key = row and row[SOURCES[source][2]]
        if verdict == "duplicate":
            names.setdefault(marked[place]["fault"], set()).add(day - seen[key])
        elif verdict in ("accepted", "warned"):
            seen[key] = day
    assert all(gaps == {0} for name, gaps in names.items() if name in ("repeated_row", "repeated_event"))
    assert names.get("repeated_file", {0}) <= {0, 1}  # the copied file holds rows of the day before, too
    assert names.get("repeated_from_day_before", {1}) == {1}
    assert ("repeated_from_day_before" in names) == (source != "crm_customers")
    assert ("repeated_file" in names) == (source == "shop_orders")


def test_who_is_who_covers_every_record_of_the_crm_once(demo):
    for day in demo.days:
        known = {row["customer_id"]: row["expected"] for row in demo.truth("customers", day)}
        marked, told = demo.marked(day), {}
        for file in demo.files(day, "crm_customers"):
            for line, row in read_crm(demo.folder / file):
                truth = marked.get((file, line), {"expected": "accepted", "key": row and row["CustomerID"]})
                if truth["expected"] != "duplicate" and row is not None and not is_blank(row["CustomerID"]):
                    told[row["CustomerID"]] = truth["expected"]
        assert told.items() <= known.items()
        lost = [expected for customer, expected in known.items() if customer not in told]
        assert set(lost) <= {"quarantined", "corrupt"}
        assert len(demo.truth("customers", day)) == len(known)


def test_a_broken_file_is_a_parquet_file_without_its_end(demo):
    for day in demo.days:
        broken = demo.files(day, "web_events", broken=True)
        assert len(broken) == (day > 1)
        for file in broken:
            content = (demo.folder / file).read_bytes()
            assert content.startswith(b"PAR1")
            assert not content.endswith(b"PAR1")
            with pytest.raises(Exception, match="footer"):
                pq.read_table(demo.folder / file)


def test_a_repeated_file_has_the_bytes_of_another(demo):
    for day in demo.days[1:]:
        name = f"shop/orders_{demo.summaries[day].last}_part-000"
        assert (demo.folder / f"{name}_copy.jsonl").read_bytes() == (demo.folder / f"{name}.jsonl").read_bytes()
