"""Files as nobody wants them, all fed to one lake: each lands with its reason, and no good row beside it is lost."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import time
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

# A long run over every kind of broken file; continuous integration makes it each time.
pytestmark = pytest.mark.slow

PEOPLE = """
source: people
keys: id
history: latest
columns:
  id: {}
  name: {}
  city: {}
rules:
  - required: name
"""
EVENTS = """
source: events
keys: id
columns:
  id: {}
  amount: {type: double}
"""
HEADER = ("id", "name", "city")


def good(*values, header=HEADER):
    return dict(zip(header, values, strict=True)), None, None


def bad(reason, text, *kept, header=HEADER):
    return (dict(zip(header, kept, strict=True)) if kept else None), text, reason


@dataclass
class Fed:
    """A file, what must land of it, and what the run must say of it."""

    content: bytes
    rows: list = field(default_factory=list)
    note: str = ""


PACKED = gzip.compress(b"".join(b'{"id":"g%d","square":%d}\n' % (n, n * n) for n in range(30_000)))
CUT = "the file is damaged or cut short; what could be read of it has landed"
NOTHING = "the file is damaged or cut short, and nothing of it can be read"
AGAIN = "; mend it and let it arrive again under another name"
NO_HEADER = "the first line names none of the expected columns; is it a header at all?"

CSV = {
    "good.csv": Fed(b"id,name,city\n1,Ann,Rome\n007,Bob,\n", [good("1", "Ann", "Rome"), good("007", "Bob", None)]),
    # nothing in them
    "empty.csv": Fed(b"", note="empty file"),
    "header_only.csv": Fed(b"id,name,city\n"),
    "blank.csv": Fed(b"\n \n,,\n", note="no header and no records"),
    # headers
    "no_header.csv": Fed(b"3,Cid,Oslo\n4,Dot,Bern\n", [bad("header", "3,Cid,Oslo"), bad("header", "4,Dot,Bern")], NO_HEADER),
    "semicolon.csv": Fed(
        b"id;name;city\n5;Eve;Bonn\n", [bad("header", "id;name;city"), bad("header", "5;Eve;Bonn")],
        "the header has one column with ',' between the fields; ';' fits better",
    ),
    "repeated.csv": Fed(
        b"id,name,name,city\n6,Fay,Gay,Nice\n",
        [good("6", "Fay", "Gay", "Nice", header=("id", "name", "name_2", "city"))],
        "column 3 repeats the name `name` and lands as `name_2`",
    ),
    "spaced.csv": Fed(b" ID , NAME,City\n7,Guy,Lyon\n", [good("7", "Guy", "Lyon")], "column 1 is read as `id` (white space or case differs)"),
    "missing.csv": Fed(b"name,id\nHal,8\n", [good("Hal", "8", header=("name", "id"))], "column `city` is missing"),
    "added.csv": Fed(b"id,name,city,vip\n9,Ida,Graz,yes\n", [good("9", "Ida", "Graz", "yes", header=(*HEADER, "vip"))]),
    "renamed.csv": Fed(b"id,full_name,city\n10,Jan,Gent\n", [good("10", "Jan", "Gent", header=("id", "full_name", "city"))], "column `name` is missing"),
    # lines
    "ragged.csv": Fed(
        b"id,name,city\n11,Kim\n12,Leo,Lodz,x,y\n13,Mia,Metz\n",
        [bad("ragged", "11,Kim", "11", "Kim", None), bad("ragged", "12,Leo,Lodz,x,y", "12", "Leo", "Lodz"), good("13", "Mia", "Metz")],
    ),
    "quotes.csv": Fed(
        b'id,name,city\n14,"Ned,Nimes\n15,"O, Pat",Oulu\n16,5" Quin,Pau\n',
        [bad("quotes", '14,"Ned,Nimes'), good("15", "O, Pat", "Oulu"), good("16", '5" Quin', "Pau")],
    ),
    "nul.csv": Fed(b"id,name,city\n17,R\x00oy,Riga\n\x00\n", [good("17", "R\x00oy", "Riga"), bad("ragged", "\x00", "\x00", None, None)]),
    # encodings
    "bom.csv": Fed(b"\xef\xbb\xbfid,name,city\r\n18,S\xc3\xa9,Sens\r\n", [good("18", "Sé", "Sens")]),
    "utf16.csv": Fed("\ufeffid,name,city\n19,Tö,Turin\n".encode("utf-16le"), [good("19", "Tö", "Turin")]),
    "utf16_bare.csv": Fed("id,name,city\n".encode("utf-16be"), [bad("header", "\x00i\x00d\x00,\x00n\x00a\x00m\x00e\x00,\x00c\x00i\x00t\x00y\x00")],
        "this looks like UTF-16 without a byte order mark; set encoding: utf-16be"),
    "latin1.csv": Fed(b"id,name,city\n20,M\xfcller,Ulm\n21,Vic,Vigo\n", [bad("encoding", "20,Müller,Ulm"), good("21", "Vic", "Vigo")]),
    "crlf.csv": Fed(b"id,name,city\r\n22,Wim,Wien\r\n\r\n23,Xan,\r\n", [good("22", "Wim", "Wien"), good("23", "Xan", None)]),
    "cr.csv": Fed(b"id,name,city\r24,Yan,York\r", [good("24", "Yan", "York")]),
    # other things than text
    "packed.csv.bz2": Fed(bz2.compress(b"id,name,city\n25,Zoe,Zug\n"), [good("25", "Zoe", "Zug")]),
    "noise.csv.gz": Fed(b"\x1f\x8b\x08\x00" + b"\xff" * 99, note="the packed file is damaged from its first bytes on"),
    "book.csv": Fed(b"PK\x03\x04" + b"x" * 99, note="this is a ZIP archive or an Excel workbook; unpack or export it as CSV"),
    "folder.csv/part": Fed(b"id,name,city\n26,Abe,Ayr\n", [good("26", "Abe", "Ayr")]),
    # the very same content under another name: lands, and is a repetition of its keys
    "twice.csv": Fed(b"id,name,city\n1,Ann,Rome\n007,Bob,\n", [good("1", "Ann", "Rome"), good("007", "Bob", None)]),
}  # fmt: skip
for _name, _fed in CSV.items():
    if _fed.note.startswith(("the packed", "this is a ZIP")):
        _fed.rows = [bad("file", _fed.note)]

DEEP = '{"id":"e7","deep":' + '{"a":' * 500 + "1" + "}" * 501
LONG = '{"id":"e8","note":"' + "x" * 5_000_000 + '"}'
JSON_LINES = {
    '{"id":"e1","amount":1.5}': None,
    '{"id":"e2","id":"e3","amount":1}': "json",
    '{"id":"e4","amount":1': "json",
    '{"id":"e5"}{"id":"e6"}': "json",
    '{"id":"e9","amount":NaN}': "json",
    '[{"id":"e10"}]': "object",
    '"e11"': "object",
    DEEP: None,
    LONG: None,
    '{"id":"e12","amount":1e400}': None,
    '{"id":"e13","amount":"Infinity"}': None,
    '{"id":"e14","amount":{"a":1}}': None,
    '{"id":"e15","amount":2} ': None,
}
DOCUMENTS = {
    "array.json": ('[{"id": 1}, {"id": 2}, 3]', [({"id": 1}, None), ({"id": 2}, None), (3, "object")]),
    "object.json": ('{\n"id": 4\n}\n', [({"id": 4}, None)]),
    "cut.json": ('[{"id": 5}, {"id"', [(None, "json")]),
    "lines.json": ('{"id": 6}\n{"id": 7}\n', [(None, "json")]),
    "none.json": ("", []),
}


def write_parquet(landing):
    landing.mkdir(parents=True)
    pq.write_table(pa.table({"id": [1, 2], "price": [1.5, None]}), landing / "a.parquet")
    pq.write_table(pa.table({"id": ["x"], "PRICE": ["2"], "new": [True]}), landing / "b.parquet")
    whole = (landing / "a.parquet").read_bytes()
    (landing / "footer.parquet").write_bytes(whole[:-20])
    (landing / "text.parquet").write_bytes(b"id,price\n")
    numbers = pa.table({"id": list(range(20_000))})
    page = landing / "page.parquet"
    # Without compression only the checksum tells that these are not the numbers that were written.
    pq.write_table(numbers, page, compression="none", use_dictionary=False, row_group_size=5000, write_page_checksum=True)
    spoilt = bytearray(page.read_bytes())
    spoilt[60_000] ^= 1
    page.write_bytes(spoilt)


@dataclass
class Result:
    """What a lake holds after a run, and what the run said."""

    lake: object
    steps: dict

    def raw(self, source):
        """File -> its records in the order of the file, as (record, corrupt text, reason)."""
        landed: dict = {}
        columns = ("_source_file", "to_json(record)", "_corrupt_record", "_corrupt_reason")
        for row in self.lake.raw(source).orderBy("_record_id").selectExpr(*columns).collect():
            landed.setdefault(row[0], []).append((row[1] and json.loads(row[1]), row[2], row[3]))
        return landed

    def notes(self, source):
        return self.steps[f"ingest {source}"].notes


@pytest.fixture(scope="module")
def fed(shared_project):
    """The lake after a run over all the bad files."""
    project = shared_project.conf(entities_people=PEOPLE, entities_events=EVENTS)
    for source, kind in {"people": "csv", "events": "jsonl", "documents": "json", "sales": "parquet"}.items():
        project.conf(**{f"sources_{source}": f"path: landing/{source}\nformat: {kind}\n"})
    for name, file in CSV.items():
        project.land(f"people/{name}", file.content)
    (project.folder / "landing/people/nothing.csv").mkdir()
    project.land("events/lines.jsonl", "\n".join(JSON_LINES).encode())
    project.land("events/cut.jsonl", b'\xef\xbb\xbf{"id":"f1"}\r\n\r\n{"id":"f2"}\r{"id":"f3","am')
    project.land("events/cut.jsonl.gz", PACKED[: len(PACKED) // 2])
    for name, (text, _) in DOCUMENTS.items():
        project.land(f"documents/{name}", text.encode())
    project.land("documents/cut.json.gz", gzip.compress(os.urandom(99))[:90])
    (project.folder / "landing/documents/gone.json").symlink_to("nowhere.json")
    write_parquet(project.folder / "landing/sales")
    lake = project.lake()
    report = lake.run(as_of="2026-01-01")
    return Result(lake, {step.step: step for step in report.steps})


def test_every_step_balances(fed):
    for step in fed.steps.values():
        assert step.rows_in == step.rows_out + step.rows_quarantined + step.rows_duplicate > 0, step
    for source in ("people", "events"):
        assert fed.steps[f"ingest {source}"].rows_out == fed.steps[f"cleanse {source}"].rows_in


def test_every_csv_file_lands_line_by_line_with_its_reason(fed):
    assert fed.raw("people") == {name: file.rows for name, file in CSV.items() if file.rows}


def test_the_run_says_what_was_odd_about_which_csv_file(fed):
    notes = [f"{name}: {file.note}{AGAIN * spoilt(file)}" for name, file in CSV.items() if file.note]
    notes += [f"spaced.csv: column {n} is read as `{name}` (white space or case differs)" for n, name in ((2, "name"), (3, "city"))]
    assert sorted(fed.notes("people")) == sorted(notes)


def spoilt(file):
    return any(reason == "file" for _, _, reason in file.rows)


def test_a_corrupt_record_is_quarantined_whole_with_its_reason(fed):
    wanted = [
        (name, [f"record.corrupt: {reason}"], text) for name, file in CSV.items() for _, text, reason in file.rows if reason
    ]
    wanted.append(("renamed.csv", ["name.required"], None))
    found = fed.lake.quarantine("people").select("_source_file", "_reasons", "_corrupt_record").collect()
    assert sorted(map(tuple, found), key=repr) == sorted(wanted, key=repr)


def test_good_rows_of_bad_files_arrive(fed):
    rows = fed.lake.cleansed("people").select(*HEADER).collect()
    wanted = {record["id"]: record for file in CSV.values() for record, _, reason in file.rows if not reason}
    del wanted["10"]  # its name stands in a renamed column
    assert sorted(map(tuple, rows)) == sorted(
        (key, record["name"], record.get("city")) for key, record in wanted.items()
    )
    assert fed.steps["cleanse people"].rows_duplicate == len(CSV["twice.csv"].rows)


def test_lines_that_are_no_json_object_say_why_and_the_others_arrive(fed):
    landed = fed.raw("events")
    lines = zip(JSON_LINES.items(), landed["lines.jsonl"], strict=True)
    for (line, reason), (record, text, found) in lines:
        assert (found, text) == (reason, line if reason else None), line[:80]
        if found is None and "1e400" not in line:
            assert record == json.loads(line), line[:80]
    assert landed["cut.jsonl"] == [({"id": "f1"}, None, None), ({"id": "f2"}, None, None), (None, '{"id":"f3","am', "json")]
    cleansed = fed.lake.cleansed("events").where("id NOT LIKE 'g%'").select("id", "amount").collect()
    assert sorted(map(tuple, cleansed)) == [
        ("e1", 1.5), ("e15", 2.0), ("e7", None), ("e8", None), ("f1", None), ("f2", None)
    ]  # fmt: skip


def test_of_a_file_that_was_cut_short_what_stands_before_the_cut_lands(fed):
    landed = fed.raw("events")["cut.jsonl.gz"]
    assert landed[-1] == bad("file", CUT)
    assert 5_000 < len(landed) < 30_000
    assert landed[:-1] == [({"id": f"g{n}", "square": n * n}, None, None) for n in range(len(landed) - 1)]
    assert fed.notes("events") == (f"cut.jsonl.gz: {CUT}{AGAIN}",)


def test_numbers_beyond_all_bounds_and_objects_in_their_place_are_quarantined(fed):
    intact = fed.lake.quarantine("events").where("_corrupt_record IS NULL")
    rows = intact.selectExpr("try_variant_get(record, '$.id', 'string')", "_reasons").collect()
    assert sorted(map(tuple, rows)) == [
        ("e12", ["amount.type: text is not double"]),
        ("e13", ["amount.type: text is not double"]),
        ("e14", ["amount.type: object is not double"]),
    ]


def test_documents_become_their_elements_or_stay_whole(fed):
    landed = fed.raw("documents")
    for name, (text, wanted) in DOCUMENTS.items():
        found = landed.get(name, [])
        assert [(record, reason) for record, _, reason in found] == wanted, name
        assert [kept for _, kept, reason in found if reason == "json"] == [text for _, reason in wanted if reason == "json"]
    assert landed["cut.json.gz"] == [bad("file", NOTHING)]
    assert landed.keys() == {*DOCUMENTS, "cut.json.gz"} - {"none.json"}
    assert fed.notes("documents") == (f"cut.json.gz: {NOTHING}{AGAIN}", "none.json: empty file")


def test_parquet_files_of_other_schemas_land_side_by_side_and_damaged_ones_as_far_as_they_go(fed):
    landed = fed.raw("sales")
    page = landed.pop("page.parquet")
    assert landed == {
        "a.parquet": [({"id": 1, "price": 1.5}, None, None), ({"id": 2, "price": None}, None, None)],
        "b.parquet": [({"id": "x", "PRICE": "2", "new": True}, None, None)],
        "footer.parquet": [(None, "the Parquet file is damaged or foreign: its footer cannot be read", "file")],
        "text.parquet": [(None, "this is no Parquet file: it does not begin with PAR1", "file")],
    }
    assert page == [*(({"id": n}, None, None) for n in range(5000)), bad("file", CUT)]


def test_a_late_old_file_lands_and_one_that_is_written_again_does_not(fed, shared_project):
    old = shared_project.land("people/late.csv", b"id,name,city\n90,Old,Ulm\n")
    long_ago = time.time() - 400 * 86_400
    os.utime(old, (long_ago, long_ago))
    again = shared_project.land("people/good.csv", b"id,name,city\n91,New,Ulm\n")
    os.utime(again, (time.time() + 60, time.time() + 60))
    shared_project.land("people/extra.csv", b"id,name,city,vip,nick\n92,Pip,Ulm,no,P\n")
    step = fed.lake.ingest("people").steps[0]
    assert (step.rows_in, step.rows_out) == (2, 2)
    assert step.notes == (
        "new in this source: `nick`",
        "good.csv: written again since it landed, which is not read; let new records arrive under a new name",
    )
    landed = fed.raw("people")
    assert landed["late.csv"] == [good("90", "Old", "Ulm")]
    assert landed["good.csv"] == CSV["good.csv"].rows
