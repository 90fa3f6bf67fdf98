"""A cluster that cuts files into crumbs: records and their ids are those that every other cluster gives them."""

from __future__ import annotations

import hashlib
import json

import pytest

from lakehouse.pipeline import work

CRUMBS = {
    "spark.sql.files.maxPartitionBytes": "64",
    "spark.sql.files.openCostInBytes": "1",
    "spark.sql.files.minPartitionNum": "7",
    "spark.default.parallelism": "7",
}


@pytest.mark.slow
def test_record_ids_are_the_numbers_of_the_lines_whatever_the_settings_of_the_cluster(project, monkeypatch):
    isolated = work.isolated

    def crumbled(session):
        own = isolated(session)
        for key, value in CRUMBS.items():
            own.conf.set(key, value)
        return own

    monkeypatch.setattr(work, "isolated", crumbled)
    names = ["Zoë", "", "Łukasz", "😀", "Ann"] * 20
    lines = [f"{number},{name}" if name else "" for number, name in enumerate(names)]
    files = {
        "lf.csv": "\n".join(["id,name", *lines]),
        "crlf.csv": "\r\n".join(["", "id,name", *lines, ""]),
        "cr.csv": "\r".join(["id,name", *lines]),
        "lf.jsonl": "\n".join(json.dumps({"id": line}, ensure_ascii=False) if line else "" for line in lines),
        "crlf.jsonl": "\r\n".join(json.dumps({"id": line}) if line else " " for line in lines),
    }
    for kind in ("csv", "jsonl"):
        project.conf(**{f"sources_{kind}": f"path: landing/{kind}\nformat: {kind}\n"})
    for name, text in files.items():
        project.land(f"{name.rpartition('.')[2]}/{name}", text.encode())
    lake = project.lake()
    lake.ingest()
    record = "to_json(record)"
    for kind in ("csv", "jsonl"):
        found = {row["_record_id"]: json.loads(row[record]) for row in lake.raw(kind).selectExpr("_record_id", record).collect()}
        wanted = {}
        for name, text in files.items():
            if name.endswith(f".{kind}"):
                identity = hashlib.sha256(name.encode()).hexdigest()[:16]
                wanted |= {f"{identity}-{0:012}-{number:010}": value for number, value in records(text, kind)}
        assert found == wanted


def records(text, kind):
    """The records of a text with the numbers of their lines, as Python's own functions cut it."""
    for number, line in enumerate(text.splitlines()):
        if line.strip() and line != "id,name":
            yield number, json.loads(line) if kind == "jsonl" else dict(zip(("id", "name"), line.split(","), strict=True))
