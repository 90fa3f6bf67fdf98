"""The same lake on an S3 server without a changed line: only the root and the Spark settings of the store differ."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
# What hadoop-aws needs; the SDK's bundle of 600 MB would come along otherwise.
PACKAGES = "org.apache.hadoop:hadoop-aws:3.5.0,software.amazon.awssdk:s3:2.35.4,software.amazon.awssdk:s3-transfer-manager:2.35.4"
EXCLUDED = "software.amazon.awssdk:bundle,org.wildfly.openssl:wildfly-openssl,org.slf4j:slf4j-api"
KEYS = {"aws_access_key_id": "key-of-the-test", "aws_secret_access_key": "secret-of-the-test"}


@pytest.fixture(scope="module")
def store():
    """Address of an S3 server that lives in this machine's memory."""
    boto3, exceptions = pytest.importorskip("boto3"), pytest.importorskip("botocore.exceptions")
    pytest.importorskip("moto.server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([BIN / "moto_server", "-H", "127.0.0.1", "-p", str(port)], stderr=subprocess.DEVNULL)
    try:
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1", **KEYS)
        until = time.monotonic() + 60
        while True:
            try:
                client.create_bucket(Bucket="lake")
                break
            except exceptions.BotoCoreError:
                assert server.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
        yield address, client
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def shop(tmp_path, store):
    """The starter lake, and a profile that reaches the store."""
    address, _ = store
    subprocess.run([BIN / "lakehouse", "init", "shop"], cwd=tmp_path, check=True, capture_output=True)
    settings = {
        "spark.jars.packages": PACKAGES,
        "spark.jars.excludes": EXCLUDED,
        "spark.hadoop.fs.s3a.endpoint": address,
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.access.key": KEYS["aws_access_key_id"],
        "spark.hadoop.fs.s3a.secret.key": KEYS["aws_secret_access_key"],
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "spark.hadoop.fs.s3a.attempts.maximum": "2",
        "spark.hadoop.fs.s3a.retry.limit": "2",
    }
    profile = (ROOT / "conf" / "spark" / "test.conf").read_text() + "".join(
        f"\n{key} {value}" for key, value in settings.items()
    )
    (tmp_path / "shop" / "s3.conf").write_text(profile + "\n")
    return tmp_path / "shop"


def run(shop, *, expect=0):
    done = subprocess.run(
        [BIN / "lakehouse", "--root", "s3a://lake/shop", "run", "--as-of", "2026-06-01", "--json"], cwd=shop,
        env={**os.environ, "LAKEHOUSE_SPARK_PROFILE": "s3.conf"}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == expect, done.stdout[-3000:] + done.stderr[-3000:]
    assert KEYS["aws_secret_access_key"] not in done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_a_lake_on_s3_runs_repeats_nothing_and_has_one_writer(shop, store):
    from deltalake import DeltaTable

    address, client = store
    first = run(shop)
    cleanse = next(step for step in first["steps"] if step["step"] == "cleanse customers")
    counts = [cleanse[f"rows_{name}"] for name in ("in", "out", "quarantined", "duplicate")]
    assert (first["status"], counts) == ("done", [14, 5, 8, 1])  # those of the same lake in a folder

    options = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        **{key.upper(): value for key, value in KEYS.items()},
    }
    read = DeltaTable("s3://lake/shop/cleansed/customers", storage_options=options).to_pyarrow_table()
    assert read.num_rows == 5

    held = "shop/_lakehouse/leases/cleanse-customers.lock"
    kept = [
        item["Key"]
        for item in client.list_objects_v2(Bucket="lake", Prefix="shop/_lakehouse/leases/").get("Contents", [])
    ]
    assert not any(name.endswith(".lock") for name in kept)  # whoever wrote gave his lease back
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    holder = {"run_id": "of-another-machine", "machine": "elsewhere", "process": 1, "until": until}
    client.put_object(Bucket="lake", Key=held, Body=json.dumps(holder).encode())
    refused = run(shop, expect=4)
    assert "another run is writing here" in json.dumps(refused)
    assert "of-another-machine" in json.dumps(refused)
    others = [step for step in refused["steps"] if step["step"].startswith("ingest")]
    assert [step["status"] for step in others] == ["nothing new"]
