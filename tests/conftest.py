"""One Spark session a test process, and the folders that tests share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
os.environ.setdefault("LAKEHOUSE_SPARK_PROFILE", "test")
# The same examples everywhere: a build that fails by chance teaches people to run it again.
settings.register_profile("suite", derandomize=True, deadline=None, database=None, print_blob=True)
settings.load_profile("suite")
os.environ["TZ"] = "America/New_York"  # nothing may depend on the zone of the machine


def pytest_make_parametrize_id(config, val, argname):
    """Name bytes by their length: packed bytes carry the time, and workers must agree on the names of the tests."""
    return f"{argname}-of-{len(val)}-bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """The session of the test profile; never stopped between tests."""
    from lakehouse.session import open_session

    scratch = tmp_path_factory.mktemp("spark")
    session = open_session(
        extra={
            "spark.sql.warehouse.dir": str(scratch / "warehouse"),
            "spark.local.dir": str(scratch / "local"),
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m -Xms1g -Xmn512m "
            f"-Dderby.system.home={scratch / 'derby'} -Djava.io.tmpdir={scratch}",
        }
    )
    yield session
    session.stop()


@pytest.fixture(autouse=True)
def _clean_session(request):
    """Leave no cache, no view and no setting to the next test."""
    yield
    if "spark" in request.fixturenames:
        session = request.getfixturevalue("spark")
        session.catalog.clearCache()
        # Asking for the list of them takes a job of a tenth of a second, a thousand times.
        session._jsparkSession.sessionState().catalog().clearTempTables()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Public data sets with known answers; skips where they are absent."""
    folder = Path(os.environ.get("LAKEHOUSE_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder}; set LAKEHOUSE_TEST_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def demo_lake(spark, tmp_path_factory):
    """The demo lake, small and after its first run; only for tests that read."""
    from lakehouse import Lake
    from lakehouse.demo.company import write_company

    project = tmp_path_factory.mktemp("company")
    shutil.copytree(ROOT / "conf", project / "conf")
    write_company(project / "demo", customers=300, days=30, seed=7)
    lake = Lake.open(project / "conf", spark=spark)
    lake.run(as_of="2026-02-01")
    return lake
