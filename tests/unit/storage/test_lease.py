"""One writer at a time: a lock that the kernel drops with the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lakehouse.errors import StorageUnavailable
from lakehouse.storage.lease import lease

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
