"""Users of the load test for locust. `LOAD` in the environment contains the address, the accounts, and the file for
the results."""

import json
import os
import re
import time
import uuid
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import gevent
from locust import User, events, task

from tests.faults.harness.ledger import Ledger, SavedVersion
from tests.faults.harness.respondent import NoAnswer, Respondent

PLAN: dict[str, Any] = json.loads(os.environ["LOAD"])
THINK_SECONDS = 5
PAUSE_SECONDS = 0.2
AGAIN = (429, 503)
ITEM, OTHERS = "PRO-04", ("INV-R1", "INV-R2")
ROWS_WANTED = 50_000

SEEN: list[tuple[str, float, float, bool]] = []
LEDGER = Ledger()
RANDOM = Random(PLAN["seed"])
WAITING = list(PLAN["tokens"])
ENTERED = {"respondents": 0}
EXPORT = {"rows": 0, "files": 0, "seconds": 0.0}


def port() -> int:
    return int(PLAN["port"])


def note(kind: str, started: float, *, is_right: bool) -> None:
    SEEN.append((kind, started, time.time() - started, is_right))


def think(_: User) -> float:
    return RANDOM.expovariate(1 / THINK_SECONDS)


class Answering(User):
    """One respondent, who opens a personal link and then saves one answer after the other."""

    fixed_count = len(PLAN["tokens"])
    wait_time = think

    def on_start(self) -> None:
        gevent.sleep(RANDOM.uniform(0, THINK_SECONDS))
        self.respondent = Respondent(WAITING.pop(), port, host=PLAN["host"])
        ENTERED["respondents"] += 1
        self.versions: dict[str, int] = {}
        self.numbers: dict[str, int] = {}

    @task
    def save(self) -> None:
        item = RANDOM.choice((ITEM, *OTHERS)) if ITEM in self.versions else ITEM
        number = self.numbers.get(item, 0) % 99 + 1
        key, started = str(uuid.uuid4()), time.time()
        while True:
            try:
                reply = self.respondent.save(item, number, version=self.versions.get(item, 0), key=key)
            except NoAnswer:
                LEDGER.unanswered += 1
                gevent.sleep(PAUSE_SECONDS)
                continue
            if reply.status not in AGAIN:
                break
            gevent.sleep(PAUSE_SECONDS)
        note("autosave", started, is_right=reply.status == 200)
        if reply.status != 200:
            LEDGER.refused.append(str(reply))
            return
        version = int(reply.json()["version"])
        response = self.respondent.public_id.replace("-", "")
        LEDGER.acknowledged.append(SavedVersion(response, item, version, number))
        self.versions[item], self.numbers[item] = version, number


class Reading(User):
    """One analyst, who signs in and visits one page after the other."""

    fixed_count = PLAN["analysts"]
    wait_time = think

    def on_start(self) -> None:
        self.browser = Browser()
        self.browser.sign_in()

    @task
    def read(self) -> None:
        page, started = RANDOM.choice(PLAN["pages"]), time.time()
        note("page", started, is_right=self.browser.status_of(page) == 200)


class Exporting(User):
    """One API client, which exports until it has the requested number of rows."""

    fixed_count = 1
    wait_time = think

    @task
    def export(self) -> None:
        if EXPORT["rows"] >= ROWS_WANTED:
            return
        started = time.time()
        browser = Browser({"Authorization": f"Bearer {PLAN['api_token']}", "Accept": "text/csv"})
        status = browser.status_of(PLAN["export"])
        note("export", started, is_right=status == 200)
        if status == 200:
            EXPORT["rows"] += browser.body.count(b"\n") - 1
            EXPORT["files"] += 1
            EXPORT["seconds"] += time.time() - started


class Browser(Respondent):
    """A client that keeps its connection and cookies, without an invitation."""

    def __init__(self, headers: dict[str, str] | None = None) -> None:
        self.port, self.host = port, PLAN["host"]
        self.cookies: dict[str, str] = {}
        self.csrf, self.body = "", b""
        self.connection = None
        self.headers = headers or {}

    def status_of(self, address: str) -> int:
        """Returns the status; 0 without a response."""
        try:
            reply = self.send("GET", address, headers=self.headers)
        except NoAnswer:
            return 0
        self.body = reply.body
        return reply.status

    def sign_in(self) -> None:
        self.open("/account/login/")
        fields = {"csrfmiddlewaretoken": self.csrf, "login": PLAN["email"], "password": PLAN["password"]}
        body = urlencode(fields).encode()
        reply = self.send(
            "POST", "/account/login/", body, {"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert reply.status == 302, (reply.status, re.sub(rb"\s+", b" ", reply.body)[:600])


@events.quitting.add_listener
def write(**_: Any) -> None:
    told = {
        "seen": SEEN,
        "acknowledged": [(one.response, one.item, one.version, one.number) for one in LEDGER.acknowledged],
        "refused": LEDGER.refused[:20],
        "unanswered": LEDGER.unanswered,
        "entered": ENTERED["respondents"],
        "export": EXPORT,
    }
    Path(PLAN["report"]).write_text(json.dumps(told))
