"""What the disk, the network and the permissions do to a step, told without Spark."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime

import pytest

from lakehouse.errors import GateStopped, LakehouseError, SourceUnavailable, StorageUnavailable, TableError
from lakehouse.pipeline.trouble import explain
from lakehouse.pipeline.work import Work
from lakehouse.storage.layout import Layout


def system_error(number):
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("error", "kind", "problem"),
    [
        (system_error(errno.ENOSPC), StorageUnavailable, "the disk is full"),
        (system_error(errno.EDQUOT), StorageUnavailable, "the disk is full"),
        (system_error(errno.EFBIG), StorageUnavailable, "the disk is full"),
        (system_error(errno.EACCES), StorageUnavailable, "the access was refused"),
        (system_error(errno.EROFS), StorageUnavailable, "the access was refused"),
        (Exception("java.io.IOException: No space left on device"), StorageUnavailable, "the disk is full"),
        (Exception("x\n\tat y\nCaused by: java.io.IOException: Disk quota exceeded"), StorageUnavailable, "the disk is full"),
        (Exception("[DELTA_CANNOT_CREATE_LOG_PATH] Cannot create file:/lake/raw/x"), StorageUnavailable, "the access was refused"),
        (Exception("java.io.FileNotFoundException: /lake/raw/x (Permission denied)"), StorageUnavailable, "the access was refused"),
        (Exception("java.io.FileNotFoundException: /in/a.csv (Permission denied)"), SourceUnavailable, "the source may not be read"),
        (Exception("FileScan [/in]\nCaused by: /lake/raw/x (Permission denied)"), StorageUnavailable, "the access was refused"),
        (Exception("java.net.UnknownHostException: store.example"), StorageUnavailable, "a store does not answer"),
        (Exception("(Service: S3, Status Code: 503, Request ID: 1)"), StorageUnavailable, "a store does not answer"),
        (Exception("SlowDown: Please reduce your request rate"), StorageUnavailable, "a store does not answer"),
        (
            Exception('[DELTA_UNSUPPORTED_FEATURES_FOR_READ] x: table "file:/lake/raw/x" requires'),
            TableError, "this table needs a newer Delta",
        ),
    ],
)  # fmt: skip
def test_trouble_from_outside_has_a_remedy(error, kind, problem):
    found = explain(error, root="/lake", source="file:/in/")
    assert type(found) is kind
    assert found.problem == problem
    assert found.where in {StorageUnavailable: "/lake", SourceUnavailable: "file:/in/", TableError: "/lake/raw/x"}[kind]
    assert found.remedy


@pytest.mark.parametrize("text", ["Filter (total < 500 AND x)", "LIMIT 503 Rows", "division by zero", "slowdown"])
def test_what_only_looks_like_it_stays_what_it_is(text):
    assert explain(ValueError(text), root="/lake", source="/in") is None


def test_the_cause_is_found_behind_the_error_that_hides_it():
    error = RuntimeError("the write failed")
    error.__cause__ = system_error(errno.ENOSPC)
    assert explain(error, root="/lake").problem == "the disk is full"


def test_every_step_explains_its_trouble_and_leaves_other_errors_alone():
    told = []
    now = datetime(2026, 1, 1, tzinfo=UTC)
    work = Work(None, None, Layout("/lake"), "run", now, now, listener=lambda step, report: told.append((step, report)))
    for raised, expected in (
        (system_error(errno.ENOSPC), StorageUnavailable),
        (GateStopped("too many"), GateStopped),
        (KeyError("x"), KeyError),
    ):
        with pytest.raises(expected) as caught, work.step("curate"):
            raise raised
        assert caught.value is raised or isinstance(caught.value, LakehouseError)
    assert [(step, report and report.status) for step, report in told] == [
        ("curate", None), ("curate", "failed"), ("curate", None), ("curate", "stopped"), ("curate", None), ("curate", "failed"),
    ]  # fmt: skip
