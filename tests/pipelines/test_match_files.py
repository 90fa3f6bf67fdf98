"""`lakehouse match` over files as people have them: every record in, every record out, and nothing of theirs overwritten."""

from __future__ import annotations

import csv
import gzip
import json
import random
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from lakehouse import cli
from lakehouse.errors import ConfigurationError
from lakehouse.matching import MatchModel
from lakehouse.pipeline.match_command import MatchRequest, _session
from lakehouse.pipeline.match_files import read_records, require_id
from lakehouse.pipeline.match_output import FILES, OutputFolder
from lakehouse.pipeline.match_truth import read_truth

HEADER = ["id", "name", "postcode", "note"]
ROWS = [
    ("=1+1", "none", "01234", 'say "hi", twice'),
    ("007", "NA", "00000", "two\nlines"),
    ("x,1", "Zoë 🎈", None, "\\N"),
    ("+49 1", "null", "99999", None),
]


@pytest.fixture(scope="module")
def session(spark):
    return _session(spark)


def as_csv(rows, header=HEADER, delimiter=","):
    lines = [
        delimiter.join(
            "" if cell is None else '"' + cell.replace('"', '""') + '"' if set(cell) & set(f'"\n{delimiter}') else cell
            for cell in row
        )
        for row in [header, *rows]
    ]
    return ("\n".join(lines) + "\n").encode()


def as_jsonl(rows, header=HEADER):
    return "".join(json.dumps(dict(zip(header, row, strict=True))) + "\n" for row in rows).encode()


def as_arrow(rows, header=HEADER):
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(header)})


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


def texts(table):
    return [tuple(row[name] for name in HEADER) for row in table.rows.select(*HEADER).collect()]


def refused(function, *words):
    with pytest.raises(ConfigurationError) as caught:
        function()
    message = str(caught.value)
    assert caught.value.remedy
    assert all(word in message for word in words), message
    return message


def test_every_format_gives_the_same_texts(session, tmp_path):
    pq.write_table(as_arrow(ROWS), tmp_path / "one.parquet")
    (tmp_path / "parts").mkdir()
    for part in range(2):
        pq.write_table(as_arrow(ROWS[part::2]), tmp_path / "parts" / f"part-{part}.parquet")
    write_deltalake(str(tmp_path / "delta table"), as_arrow(ROWS))
    files = [
        put(tmp_path / "a.csv", as_csv(ROWS)),
        put(tmp_path / "a[1] {b}.csv", as_csv(ROWS)),
        put(tmp_path / "a%20b.csv.gz", gzip.compress(as_csv(ROWS))),
        put(tmp_path / "bom.csv", b"\xef\xbb\xbf" + as_csv(ROWS)),
        put(tmp_path / "wide.csv", as_csv(ROWS).decode().encode("utf-16")),
        put(tmp_path / "crlf.csv", as_csv([row for row in ROWS if "\n" not in (row[3] or "")]).replace(b"\n", b"\r\n")),
        put(tmp_path / "semicolons.CSV", as_csv(ROWS, delimiter=";")),
        put(tmp_path / "a.tsv", as_csv(ROWS, delimiter="\t")),
        put(tmp_path / "a.jsonl", as_jsonl(ROWS)),
        put(tmp_path / "a.ndjson.gz", gzip.compress(as_jsonl(ROWS))),
        str(tmp_path / "one.parquet"),
        str(tmp_path / "parts"),
        str(tmp_path / "delta table"),
    ]
    for file in files:
        expected = {row for row in ROWS if "crlf" not in file or "\n" not in (row[3] or "")}
        found = texts(read_records(session, file))
        assert set(found) == expected, file
        assert len(found) == len(expected)


def test_numbers_in_json_stay_as_they_are_written(session, tmp_path):
    file = put(
        tmp_path / "n.jsonl",
        b'{"id": 12345678901234567890, "price": 1.10}\n{"id": "007", "price": "1,10", "tags": ["a", "b"]}\n',
    )
    rows = {row.id: row for row in read_records(session, file).rows.collect()}
    assert set(rows) == {"12345678901234567890", "007"}
    assert rows["007"].price == "1,10"
    assert rows["007"].tags == ["a", "b"]
    assert float(rows["12345678901234567890"].price) == 1.1


def test_what_cannot_be_read_says_what_it_is_and_what_to_do(session, tmp_path):
    whole = gzip.compress(as_csv(ROWS * 5000))
    (tmp_path / "folder").mkdir()
    put(tmp_path / "folder" / "readme.md", b"x")
    clash = as_arrow([("1", "a", "b", "c")], ["id", "Name", "NAME", "x"])
    pq.write_table(clash, tmp_path / "clash.parquet")
    cases = [
        (str(tmp_path / "none.csv"), "no such file"),
        (str(tmp_path / "folder"), "no format", "folder without"),
        (put(tmp_path / "book.xlsx", b"PK\x03\x04"), "no format", "xlsx"),
        (put(tmp_path / "zip.csv", b"PK\x03\x04abc"), "cannot be read as CSV", "Excel"),
        (put(tmp_path / "empty.csv", b""), "cannot be read as CSV", "empty"),
        (put(tmp_path / "blank.csv", b"\n\n"), "cannot be read as CSV"),
        (put(tmp_path / "plain.csv.gz", as_csv(ROWS)), "no gzip file"),
        (put(tmp_path / "cut.csv.gz", whole[: len(whole) // 2]), "cannot be read", "whole"),
        (put(tmp_path / "broken.jsonl", as_jsonl(ROWS) + b"{oops\n[1]\n"), "no JSON objects", "2 lines"),
        (put(tmp_path / "fake.parquet", b"id,name\n1,a\n"), "cannot be read"),
        (str(tmp_path / "clash.parquet"), "rename"),
    ]
    for file, *words in cases:
        refused(partial(read_records, session, file), *words)


def test_ragged_records_and_repeated_names_are_kept_and_told(session, tmp_path):
    table = read_records(
        session, put(tmp_path / "r.csv", b"id,name,name\n1,Ann,Lee\n2,Bob\n3,Cid,Fox,more,still\n\n4,,\n")
    )
    assert table.rows.columns == ["id", "name", "name_2"]
    rows = [tuple(row) for row in table.rows.collect()]
    assert rows == [("1", "Ann", "Lee"), ("2", "Bob", None), ("3", "Cid", "Fox"), ("4", None, None)]
    assert "repeats the name" in table.warnings[0]
    assert "2 records have more or fewer fields" in table.warnings[1]


def test_records_of_another_encoding_are_kept_and_told(session, tmp_path):
    file = put(tmp_path / "latin.csv", "id,name\n1,Zoé\n".encode("latin-1") + "2,Zoé\n3,Łucja\n".encode())
    table = read_records(session, file)
    assert sorted(tuple(row) for row in table.rows.collect()) == [("1", "Zoé"), ("2", "Zoé"), ("3", "Łucja")]
    assert "1 records are not written in utf-8" in table.warnings[0]


def test_a_file_without_header_is_refused_without_quoting_its_first_record(session, tmp_path):
    file = put(tmp_path / "h.csv", b"17,ann@example.org,+49 171 1234567\n18,bob@example.org,+49 171 7654321\n")
    told = refused(lambda: require_id(read_records(session, file), "id", file), "no column `id`", "first line")
    assert "ann@" not in told
    assert "1234567" not in told


def test_the_known_answer_may_be_pairs_or_labels(session, tmp_path):
    one = [session.createDataFrame(as_arrow([(str(n),) for n in range(9)], ["id"]))]
    two = [session.createDataFrame(as_arrow([(f"{side}{n}",) for n in range(4)], ["id"])) for side in "ab"]
    same = [session.createDataFrame(as_arrow([(str(n),) for n in range(4)], ["id"]))] * 2

    def answer(content, tables):
        file = put(tmp_path / "truth.csv", content)
        return sorted(tuple(row) for row in read_truth(session, file, key="id", tables=tables).collect())

    assert answer(b"x,id_r,id_l\n1,2,3\n,,4\n", one) == [("3", "2")]
    assert answer(b"left_id,right_id\n1,2\n3,4\n", one) == [("1", "2"), ("3", "4")]
    assert answer(b"id,cluster_id\n1,a\n2,a\n3,a\n4,b\n5,\n", one) == [("1", "2"), ("1", "3")]
    assert answer(b"entity,id\nq,a1\nq,b2\nq,a3\nr,b1\n", two) == [("a1", "b2"), ("a3", "b2")]
    assert answer(b"id,cluster_id,side\n1,q,left\n1,q,right\n2,q,right\n", same) == [("1", "1"), ("1", "2")]
    refused(lambda: answer(b"id,cluster\n1,q\n", same), "either table", "side")
    refused(lambda: answer(b"a,b,c\n1,2,3\n", one), "other columns", "id_l,id_r")


def test_only_a_former_result_is_overwritten(tmp_path):
    for name in ("a/b/new", "empty", "former", "mine"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "b" / "new").rmdir()
    for name in (*FILES, ".pairs.parquet.draft"):
        put(tmp_path / "former" / name, b"old")
    put(tmp_path / "mine" / "clusters.csv", b"old")
    put(tmp_path / "mine" / "thesis.docx", b"dear")
    for name in ("a/b/new", "empty", "former"):
        assert OutputFolder.open(tmp_path / name).path.is_dir()
    refused(lambda: OutputFolder.open(tmp_path / "mine"), "something else", "thesis.docx")
    refused(lambda: OutputFolder.open(tmp_path / "mine" / "thesis.docx"), "cannot be made")


def test_settings_and_model_exclude_each_other():
    request = MatchRequest("a.csv", None, "id", settings=Path("s.yaml"), model=Path("m.yaml"))
    refused(request.decisions, "holds all settings")


def customers(count=60, seed=4):
    """Rows of customers, the first half twice, the second time with a typing error; and the true pairs."""
    chance = random.Random(seed)
    parts = ["ber", "dal", "fin", "gor", "hal", "kem", "lun", "mar", "nes", "ol", "rud", "sten", "tor", "vik"]
    rows, pairs = [], []
    for person in range(count):
        one, two = ("".join(chance.sample(parts, size)).title() for size in (2, 3))
        born = f"{chance.randint(1940, 2004)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        mail = f"{''.join(chance.sample(parts, 3))}{chance.randint(1, 999)}@example.org"
        rows.append((f"=c{person:03d}", one, two, born, mail))
        if person % 2:
            rows.append((f"=d{person:03d}", one, two[:-2] + "x" + two[-1], born, mail))
            pairs.append((f"=c{person:03d}", f"=d{person:03d}"))
    chance.shuffle(rows)
    return rows, pairs


COLUMNS = ["id", "given_name", "family_name", "birth_date", "email"]


def run(capsys, *arguments):
    """Type a command; return exit code, standard output and standard error."""
    try:
        cli.main(["match", *map(str, arguments)])
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    return code, *capsys.readouterr()


def test_duplicates_from_csv_to_clusters_pairs_model_and_report(spark, tmp_path, capsys):
    rows, pairs = customers()
    left = put(tmp_path / "customers.csv.gz", gzip.compress(as_csv(rows, COLUMNS)))
    truth = put(tmp_path / "truth.csv", as_csv(pairs, ["id_l", "id_r"]))
    out = tmp_path / "out"
    apart = next((a[0], b[0]) for a in rows for b in rows if a[0] < b[0] and a[1:] != b[1:] and a[4] != b[4])
    labels = put(tmp_path / "judged.csv", as_csv([(*apart, "yes"), (*pairs[0], " False"), ("gone", apart[0], "1")], ["id_l", "id_r", "match"]))
    code, said, told = run(capsys, left, "--id", "id", "--out", out, "--truth", truth, "--labels", labels, "--json")
    assert code == 0
    value = json.loads(said.splitlines()[-1])
    assert (value["calibration"]["right"], value["calibration"]["wrong"]) == (1, 1)
    assert any("1 of 3 labels name a record that is not here" in warning for warning in value["warnings"])
    assert len(said.splitlines()) == 1
    assert value["status"] == "done"
    assert value["records"] == [len(rows)]
    assert value["columns"]["email"]["kind"] == "email"
    assert value["evaluation"]["closure_f1"] > 0.9
    words = [
        "reading customers.csv.gz",
        "understanding",
        "blocking",
        "comparing",
        "fitting",
        "clustering",
        "known answer",
        "writing",
    ]
    places = [told.index(word) for word in words]
    assert places == sorted(places)
    assert "@example.org" not in told + said
    lines = list(csv.reader((out / "clusters.csv").open(encoding="utf-8", newline="")))
    assert lines[0] == ["id", "cluster_id"]
    assert sorted(line[0] for line in lines[1:]) == sorted(row[0] for row in rows)
    assert lines[1:] == sorted(lines[1:], key=lambda line: (line[1], line[0]))
    found = pq.read_table(out / "pairs.parquet")
    assert {"id_l", "id_r", "score", "match_weight", "levels", "rules"} <= set(found.column_names)
    assert [field.name for field in found.schema.field("levels").type] == COLUMNS[1:]
    assert MatchModel.load(out / "model.yaml").records == [value["distinct"]]
    assert "Against the known answer" in (out / "report.html").read_text(encoding="utf-8")
    assert {path.name for path in out.iterdir()} == set(FILES)

    before = {name: (out / name).read_bytes() for name in ("clusters.csv", "model.yaml")}
    shuffled = put(tmp_path / "customers.csv", as_csv(rows[::-1], COLUMNS))
    ask = tmp_path / "ask.csv"
    code, said, told = run(capsys, shuffled, "--id", "id", "--out", out, "--labels", labels, "--to-label", ask)
    assert code == 0
    asked = list(csv.reader(ask.open(encoding="utf-8", newline="")))
    assert asked[0] == ["id_l", "id_r", "match", "chosen_by"]
    assert {(row[2], row[3]) for row in asked[1:]} == {("", "weight")}
    assert {key for row in asked[1:] for key in row[:2]} <= {row[0] for row in rows}
    assert not {tuple(sorted(apart)), tuple(sorted(pairs[0]))} & {tuple(sorted(row[:2])) for row in asked[1:]}
    assert len(asked) > 20
    assert str(ask) in said
    assert {name: (out / name).read_bytes() for name in before} == before
    assert "expected   precision" in said
    assert "email        email" in said
    assert "Against the known answer" not in (out / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_two_tables_are_linked_by_a_former_model_or_by_settings(spark, tmp_path, capsys):
    rows, pairs = customers()
    left = put(tmp_path / "left.csv", as_csv([row for row in rows if row[0].startswith("=c")], COLUMNS))
    others = [row for row in rows if row[0].startswith("=d")]
    right = put(tmp_path / "right.jsonl", as_jsonl([("=c" + row[0][2:], *row[1:]) for row in others], COLUMNS))
    settings = put(tmp_path / "settings.yaml", b"links: one_to_one\ncolumns: {birth_date: date}\n")
    out, ask = tmp_path / "out", tmp_path / "ask.csv"
    asking = ("--to-label", ask, "--show-values")
    assert run(capsys, left, right, "--id", "id", "--out", out, "--settings", settings, *asking)[0] == 0
    judged(ask, rows, pairs)
    lines = list(csv.reader((out / "clusters.csv").open(encoding="utf-8", newline="")))
    assert lines[0] == ["id", "cluster_id", "side"]
    assert len(lines) - 1 == len(rows)
    homes = {(side, key): home for key, home, side in lines[1:]}
    together = [key for key, _ in pairs if homes["left", key] == homes["right", key]]
    assert len(together) > 0.9 * len(pairs)
    kept = (out / "clusters.csv").read_bytes()
    code, said, _ = run(capsys, left, right, "--id", "id", "--out", tmp_path / "again", "--model", out / "model.yaml")
    assert code == 0, said
    assert (tmp_path / "again" / "clusters.csv").read_bytes() == kept
    code, said, _ = run(capsys, left, right, "--id", "id", "--out", out, "--settings", settings, "--labels", ask, "--json")
    assert code == 0
    told = json.loads(said.splitlines()[-1])
    assert told["calibration"]["right"] > 10
    assert told["calibration"]["wrong"] >= 10
    assert not [warning for warning in told["warnings"] if "label" in warning and "left out" in warning]


def judged(ask, rows, pairs):
    """Answer the questions as a person does who sees the values, and check that they are those of the two records."""
    values = {row[0]: row[1:] for row in rows}
    with ask.open(encoding="utf-8", newline="") as stream:
        asked = list(csv.DictReader(stream))
    assert list(asked[0])[:6] == ["id_l", "id_r", "match", "chosen_by", f"{COLUMNS[1]}_l", f"{COLUMNS[1]}_r"]
    same = {(one, "=c" + two[2:]) for one, two in pairs}
    for row in asked:
        for side, key in (("l", row["id_l"]), ("r", "=d" + row["id_r"][2:])):
            shown = [row[f"{name}_{side}"].removeprefix("'") for name in COLUMNS[1:]]
            assert shown == ["" if value is None else str(value) for value in values[key]]
            assert not any(row[f"{name}_{side}"].startswith(("=", "+", "-", "@")) for name in COLUMNS[1:])
        row["match"] = "yes" if (row["id_l"], row["id_r"]) in same else "no"
    with ask.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(asked[0]))
        writer.writeheader()
        writer.writerows(asked)


def test_a_forecast_tells_the_cost_and_writes_nothing(spark, tmp_path, capsys):
    left = put(tmp_path / "left.csv", as_csv(customers()[0], COLUMNS))
    code, said, _ = run(capsys, left, "--id", "id", "--forecast", "--json")
    assert code == 0
    value = json.loads(said.splitlines()[-1])
    assert value["candidates"] > 0
    assert value["fits"]
    assert [path.name for path in tmp_path.iterdir()] == ["left.csv"]


def test_usage_that_is_wrong_ends_with_2_before_anything_is_done(tmp_path, capsys):
    left = put(tmp_path / "left.csv", as_csv(ROWS))
    settings = put(tmp_path / "settings.yaml", b"treshold: 3\n")
    cases = [
        ((left, "--id", "id"), "--out"),
        ((left, "--id", "id", "--out", tmp_path), "something else"),
        ((tmp_path / "none.csv", "--id", "id", "--out", tmp_path / "o"), "no such file"),
        ((left, "--id", "id", "--out", tmp_path / "o", "--truth", tmp_path / "none.csv"), "no such file"),
        ((left, "--id", "id", "--out", tmp_path / "o", "--labels", tmp_path / "none.csv"), "no such file"),
        ((left, "--id", "id", "--out", tmp_path / "o", "--to-label", settings), "is not overwritten"),
        ((left, "--id", "id", "--out", tmp_path / "o", "--to-label", tmp_path / "no" / "ask.csv"), "no such folder"),
        ((left, "--id", "id", "--out", tmp_path / "o", "--to-label", tmp_path / "o" / "ask.csv"), "beside the folder"),
        ((left, "--id", "id", "--out", tmp_path / "o", "--settings", settings), "did you mean `threshold`?"),
        ((left, "--id", "id", "--out", tmp_path / "o", "--model", settings), "another format"),
        ((left, "--out", tmp_path / "o"), "--id"),
    ]
    for arguments, words in cases:
        code, said, told = run(capsys, *arguments)
        assert code == 2
        assert said == ""
        assert words in told
    code, said, _ = run(capsys, left, "--id", "id", "--json")
    assert json.loads(said)["exit_code"] == code == 2


def test_real_postcodes_and_names_survive_reading(session, shared_data):
    table = read_records(session, str(shared_data / "er" / "febrl3" / "records.csv.gz"))
    assert table.warnings == ()
    assert table.rows.count() == 5000
    assert {kind for _, kind in table.rows.dtypes} == {"string"}
    with gzip.open(shared_data / "er" / "febrl3" / "records.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        expected = {row["id"]: {name: value or None for name, value in row.items()} for row in csv.DictReader(stream)}
    found = {row.id: row.asDict() for row in table.rows.collect()}
    assert found == expected
    assert any(row["postcode"] and row["postcode"].startswith("0") for row in found.values())
