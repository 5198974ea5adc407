"""Measures that saves stay fast during many costly requests: exports with one token, public reports and their tables,
and uploads of large workbooks."""

import io
import itertools
import json
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import xlsxwriter

from benchmarks.load.throughput import Client
from tests.faults.harness.installation import Installation
from tests.faults.harness.ledger import Ledger
from tests.faults.harness.respondent import NoAnswer, Reply, Respondent
from tests.faults.harness.storm import Session, running

EXPORTS, READERS, UPLOADS, SAVERS = 8, 8, 16, 5
CALM_SECONDS, CROWD_SECONDS = 5, 30
THINK_SECONDS, PAUSE_SECONDS, HEALTHZ_SECONDS = 0.2, 0.2, 0.1
WORKBOOK_ROWS, WORKBOOK_COLUMNS = 9000, 25
MAPPING, BOUNDARY = "cloud-native-security-2021", "a-boundary-of-a-form"


@dataclass
class CrowdMeasurements:
    """Seconds of saves and of requests to /healthz, and the number of responses to costly requests by status."""

    saves: list[float] = field(default_factory=list)
    healthz_seconds: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def save_p95(self) -> float:
        return statistics.quantiles(self.saves, n=20)[18]

    @property
    def slowest_healthz(self) -> float:
        return max(self.healthz_seconds)


class PausingSession(Session):
    """A session that pauses briefly before each save."""

    measurements: CrowdMeasurements

    def _save_one(self) -> int:
        time.sleep(self.random.expovariate(1 / THINK_SECONDS))
        started = time.monotonic()
        done = super()._save_one()
        self.measurements.saves.append(time.monotonic() - started)
        return done


def measure(
    installation: Installation, tokens: list[str], *, seed: int
) -> tuple[CrowdMeasurements, CrowdMeasurements, Ledger]:
    """Returns the measurements without and with costly requests, and the ledger. tokens: of the respondents who
    save."""
    calm, crowded, ledger, random = CrowdMeasurements(), CrowdMeasurements(), Ledger(), Random(seed)
    crowd, host = _crowd(installation, workbook(random)), f"localhost:{installation.port}"
    savers = [
        PausingSession(
            Respondent(token, lambda: installation.port, host=host), ledger, Random(random.random())
        )
        for token in tokens
    ]
    with running(savers), _requesting_healthz(_browser(installation)) as current_measurements:
        for measurements, requests, seconds in ((calm, [], CALM_SECONDS), (crowded, crowd, CROWD_SECONDS)):
            PausingSession.measurements, current_measurements[0] = measurements, measurements
            with _repeating(requests, measurements):
                time.sleep(seconds)
    return calm, crowded, ledger


def _browser(installation: Installation) -> Respondent:
    return Client(lambda: installation.port)


def _crowd(installation: Installation, book: bytes) -> list[Callable[[], Reply]]:
    demo = json.loads((installation.var / "demo.json").read_text())
    release, analyst = demo["releases"][0], _browser(installation)
    _sign_in(analyst, demo)
    headers = {"Authorization": f"Bearer {demo['api_token']}", "Accept": "text/csv"}
    page = f"/releases/{release}/"
    pages = itertools.cycle([page, f"{page}gaps.csv", f"{page}indicators.csv"])
    export, (body, kind) = f"/api/v1/estimates/?release={release}", form(analyst.csrf, book)
    return [
        *(_request_by(_browser(installation), "GET", export, None, headers) for _ in range(EXPORTS)),
        *(_request_by(_browser(installation), "GET", next(pages), None, {}) for _ in range(READERS)),
        *(
            _request_by(analyst.another_window(), "POST", "/studio/imports/", body, kind)
            for _ in range(UPLOADS)
        ),
    ]


def _sign_in(analyst: Respondent, demo: dict[str, Any]) -> None:
    login = next(candidate for candidate in demo["logins"] if candidate["role"] == "analyst")
    analyst.csrf = ""
    analyst.open("/account/login/")
    analyst.form("/account/login/", {"login": login["email"], "password": login["password"]})
    analyst.open("/studio/imports/")


def _request_by(
    browser: Respondent, method: str, address: str, body: bytes | None, headers: dict[str, str]
) -> Callable[[], Reply]:
    return lambda: browser.send(method, address, body, headers)


def form(csrf: str, book: bytes) -> tuple[bytes, dict[str, str]]:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in (("csrfmiddlewaretoken", csrf), ("mapping", MAPPING))
    ]
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="answers.xlsx"\r\n\r\n'.encode()
    body = b"".join([*parts, file, book, f"\r\n--{BOUNDARY}--\r\n".encode()])
    return body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def workbook(random: Random) -> bytes:
    """Returns a workbook of about 3.7 MB that compresses badly."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row in range(WORKBOOK_ROWS):
            sheet.write_row(row, 0, [f"{random.getrandbits(80):x}" for _ in range(WORKBOOK_COLUMNS)])
    return content.getvalue()


@contextmanager
def _requesting_healthz(browser: Respondent) -> Iterator[list[CrowdMeasurements]]:
    """Requests /healthz continuously, and adds the times to the measurements in the list."""
    current_measurements, is_over = [CrowdMeasurements()], threading.Event()

    def look() -> None:
        while not is_over.wait(HEALTHZ_SECONDS):
            started, seen = time.monotonic(), current_measurements[0]
            try:
                status = browser.send("GET", "/healthz").status
            except NoAnswer:
                status = 0
            seen.healthz_seconds.append(time.monotonic() - started)
            seen.answers[f"healthz {status}"] += 1

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield current_measurements
    finally:
        is_over.set()
        thread.join()


@contextmanager
def _repeating(requests: list[Callable[[], Reply]], seen: CrowdMeasurements) -> Iterator[None]:
    """Repeats each request after its response; after an error, with a short pause."""
    is_over = threading.Event()

    def repeat(request: Callable[[], Reply]) -> None:
        while not is_over.is_set():
            try:
                status = request().status
            except NoAnswer:
                status = 0
            seen.answers[str(status)] += 1
            if status != 200:
                time.sleep(PAUSE_SECONDS)

    threads = [threading.Thread(target=repeat, args=(request,), daemon=True) for request in requests]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join(60)
