"""One writer at a time: a lock that the kernel drops with the process, or an object that is created if there is none."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from lakehouse.errors import StorageUnavailable
from lakehouse.storage.lease import _holder, lease

HOLDER = """
import fcntl, sys, time
stream = open(sys.argv[1], "a+")
fcntl.flock(stream, fcntl.LOCK_EX)
stream.write("run-of-somebody-else"); stream.flush()
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_writer_is_refused_while_the_first_lives_and_not_after(tmp_path):
    path = tmp_path / "x.lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(StorageUnavailable, match="another run is writing here") as caught,
            lease(None, str(path), run_id="b"),
        ):
            pass
        assert "run-of-somebody-else" in caught.value.found
        assert caught.value.exit_code == 4
        holder.kill()
    with lease(None, str(path), run_id="b"):
        assert '"run_id": "b"' in path.read_text()
    assert path.read_text() == ""


def test_the_lease_ends_with_an_error_too(tmp_path):
    path = str(tmp_path / "x.lock")
    for _ in range(2):
        with pytest.raises(KeyError), lease(None, path, run_id="a"):
            raise KeyError


@pytest.fixture
def store(spark, tmp_path):
    """The URI of a lease object on a store that is no local path: a Hadoop mount of a folder."""
    spark._jsc.hadoopConfiguration().set(f"fs.viewfs.mounttable.{tmp_path.name}.link./locks", f"file://{tmp_path}")
    return f"viewfs://{tmp_path.name}/locks/x.lease"


def said(holder, **more):
    """The text of a lease object, held by this process unless `more` says otherwise."""
    return json.dumps({**json.loads(_holder(holder)), **more})


def test_a_lease_object_lets_one_writer_in_and_goes_with_it(spark, store, tmp_path):
    path = tmp_path / "x.lease"
    for _ in range(2):
        with lease(spark, store, run_id="a"):
            assert json.loads(path.read_text())["run_id"] == "a"
            with pytest.raises(StorageUnavailable, match="another run is writing here") as caught, lease(spark, store, run_id="b"):
                pass
            assert '"run_id": "a"' in caught.value.found
            assert caught.value.where == store
            assert json.loads(path.read_text())["run_id"] == "a"
        assert not path.exists()


def test_a_lease_object_ends_with_an_error_too(spark, store, tmp_path):
    with pytest.raises(KeyError), lease(spark, store, run_id="a"):
        raise KeyError
    assert not (tmp_path / "x.lease").exists()


def test_a_lease_object_that_was_left_behind_is_taken_over(spark, store, tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    path = tmp_path / "x.lease"
    for text in (
        said("timed out", until="2020-01-01T00:00:00+00:00"),
        said("timed out elsewhere", until="2020-01-01T00:00:00+00:00", machine="another", process=1),
        said("dead", process=dead.pid),
    ):
        path.write_text(text)
        with lease(spark, store, run_id="b"):
            assert json.loads(path.read_text())["run_id"] == "b"


@pytest.mark.parametrize(
    "text",
    [said("lives"), said("belongs to another user", process=1), said("elsewhere", machine="another", process=999_999),
     said("machine unknown", machine=None, process=999_999), "", "no JSON", "[]", "{}", '{"until": "soon"}'],
)  # fmt: skip
def test_a_lease_object_whose_holder_may_live_is_respected(spark, store, tmp_path, text):
    path = tmp_path / "x.lease"
    path.write_text(text)
    with pytest.raises(StorageUnavailable) as caught, lease(spark, store, run_id="b"):
        pass
    assert caught.value.found == (text or "a lock without a name")
    assert path.read_text() == text


def test_a_lease_object_that_somebody_else_took_over_meanwhile_stays(spark, store, tmp_path):
    path = tmp_path / "x.lease"
    with lease(spark, store, run_id="a"):
        (tmp_path / ".x.lease.crc").unlink()  # Hadoop's sum over what it wrote itself
        path.write_text(said("b"))
    assert json.loads(path.read_text())["run_id"] == "b"


def test_who_is_patient_gets_the_lease_when_the_holder_is_done(tmp_path, monkeypatch):
    path = tmp_path / "x.lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"

        def end_the_holder(_):
            holder.kill()
            holder.wait()

        monkeypatch.setattr("lakehouse.storage.lease.time.sleep", end_the_holder)
        with lease(None, str(path), run_id="b", patience=60):
            assert '"run_id": "b"' in path.read_text()


def test_patience_ends(tmp_path, monkeypatch):
    path, clock = str(tmp_path / "x.lock"), iter([0.0, 1.0, 2.0, 3.0])
    waited = []
    monkeypatch.setattr("lakehouse.storage.lease.time.sleep", waited.append)
    monkeypatch.setattr("lakehouse.storage.lease.time.monotonic", lambda: next(clock))
    with lease(None, path, run_id="a"), pytest.raises(StorageUnavailable), lease(None, path, run_id="b", patience=1.5):
        pass
    assert len(waited) == 1
