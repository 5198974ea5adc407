"""Tests a broker that is dead, frozen, slow, out of memory, emptied and back, while respondents save and an analyst
works."""

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from posture.launch import commands
from tests.faults.harness import options
from tests.faults.harness.installation import Template
from tests.faults.harness.job_processes import Backstage, wait
from tests.faults.harness.ledger import Ledger
from tests.faults.harness.respondent import NoAnswer, Reply, Respondent
from tests.faults.harness.slow_broker import SlowWay
from tests.faults.harness.storm import Session, running

pytestmark = pytest.mark.alone

FAULTS = ("dead", "frozen", "slow", "full", "emptied")
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.faults.controls.planted_settings"}
CALM_SECONDS, DRAIN_SECONDS = 1.5, 60
FAULT_SECONDS = options.number("FAULT_SECONDS", 3)
SLOW_SECONDS = 5
SAVERS = 6
WAVE = "/studio/waves/faults/"


@dataclass
class Seen:
    """Durations of saves with a healthy and with a faulty broker, and every response that was an error."""

    calm: list[float] = field(default_factory=list)
    faulty: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    slowest_page: float = 0
    drained: dict[str, float] = field(default_factory=dict)
    is_faulty: bool = False

    @property
    def ratio(self) -> float:
        return late(self.faulty) / late(self.calm)


def late(times: list[float]) -> float:
    """Returns the 95th percentile."""
    return sorted(times)[int(len(times) * 0.95)]


class Watched(Respondent):
    seen: Seen

    def send(self, method: str, address: str, *arguments: Any) -> Reply:
        started, was_faulty = time.monotonic(), self.seen.is_faulty
        try:
            reply = super().send(method, address, *arguments)
        except NoAnswer as error:
            self.seen.errors.append(f"{method} {address}: {error}")
            raise
        took = time.monotonic() - started
        if reply.status >= 500:
            self.seen.errors.append(f"{method} {address}: {reply.status}")
        self._note(method, reply.status, took, was_faulty)
        return reply

    def _note(self, method: str, status: int, took: float, was_faulty: bool) -> None:
        """Counts successful saves that were wholly before, or wholly during, the fault."""
        if (method, status) == ("PUT", 200) and was_faulty is self.seen.is_faulty:
            (self.seen.faulty if was_faulty else self.seen.calm).append(took)


class Analyst(Watched):
    """Opens the explorer, which requests a count, and invites a new person, which sends a mail."""

    def __init__(self, cookie: str, name: str, port: Callable[[], int], *, host: str) -> None:
        self.port, self.host, self.csrf, self.connection = port, host, "", None
        self.cookies, self.numbers = {name: cookie}, itertools.count(1)

    def work(self, organization: int) -> None:
        self.open("/studio/explorer/ai-agent-security/")
        self.open("/studio/jobs/")
        self.open(WAVE)
        fields = {
            "organization": str(organization),
            "role": "executive",
            "address": f"a{next(self.numbers)}@b.example",
        }
        reply = self.form(f"{WAVE}invitations/", fields)
        if reply.status != 302:
            self.seen.errors.append(f"inviting: {reply.status}")

    def _note(self, method: str, status: int, took: float, was_faulty: bool) -> None:
        self.seen.slowest_page = max(self.seen.slowest_page, took)


def worsen(stage: Backstage, way: SlowWay, fault: str) -> Callable[[], None]:
    """Causes the fault, and returns the function that ends it."""
    match fault:
        case "dead":
            stage.broker.kill()
            return stage.broker.start
        case "frozen":
            os.kill(stage.broker.pid, signal.SIGSTOP)
            return lambda: os.kill(stage.broker.pid, signal.SIGCONT)
        case "slow":
            way.delay = SLOW_SECONDS
            return lambda: setattr(way, "delay", 0.0)
        case "full":
            stage.queue.config_set("maxmemory", 1)
            return lambda: stage.queue.config_set("maxmemory", 0)
    stage.queue.flushall()
    return lambda: None


@contextmanager
def saving(template: Template, stage: Backstage, seen: Seen, random: Random) -> Iterator[None]:
    installation = stage.installation
    host, ledger, savers = f"localhost:{installation.port}", Ledger(), []
    Watched.seen = seen
    for token in template.tokens[:SAVERS]:
        respondent = Watched(token, lambda: installation.port, host=host)
        savers.append(Session(respondent, ledger, Random(random.random())))
    seen.calm.clear()
    with running(savers):
        yield
    assert [saver.failure for saver in savers] == [None] * SAVERS
    assert (ledger.conflicts, ledger.refused, ledger.lost(installation)) == ([], [], [])


def watch(template: Template, random: Random, faults: tuple[str, ...], **settings: str) -> Seen:
    seen = Seen()
    with template.copy(**SETTINGS | settings) as installation:
        path = installation.var / "way.sock"
        installation.settings = {**installation.settings, "REDIS_URL": f"redis+socket://{path}"}
        stage = Backstage(installation)
        stage.broker.start()
        with SlowWay(path, commands.broker_socket(installation.var)) as way:
            for child in (stage.relay, *stage.workers, installation.web()):
                child.start()
            cookie = installation.shell(
                "from tests.faults.harness.probes import *; print_analyst_cookie()"
            ).split()
            with saving(template, stage, seen, random):
                analyst = Analyst(
                    cookie[1], cookie[0], lambda: installation.port, host=f"localhost:{installation.port}"
                )
                for number, fault in enumerate(faults):
                    seen.drained[fault] = strike(stage, way, fault, seen, analyst, number + 1)
    return seen


def strike(stage: Backstage, way: SlowWay, fault: str, seen: Seen, analyst: Analyst, number: int) -> float:
    """Causes the fault for a while with the analyst at work, and measures how long the waiting jobs then take."""
    analyst.work(number)
    time.sleep(CALM_SECONDS)
    put_right, until = worsen(stage, way, fault), time.monotonic() + FAULT_SECONDS
    seen.is_faulty = True
    while time.monotonic() < until:
        with_threads(analyst, number)
    seen.is_faulty = False
    put_right()
    started = time.monotonic()
    unfinished = "SELECT count(*) FROM surveys_job WHERE kind IN ('mail', 'frame') AND state != 'done'"
    wait(
        lambda: stage.installation.rows(unfinished) == [(0,)],
        seconds=DRAIN_SECONDS,
        what=lambda: (fault, stage.workers[0].log.read_text()[-3000:], stage.relay.log.read_text()[-2000:]),
    )
    return time.monotonic() - started


def with_threads(analyst: Analyst, number: int) -> None:
    """Runs the analyst in a thread, so that a page that hangs does not keep the fault from ending."""
    thread = threading.Thread(target=_work, args=(analyst, number))
    thread.start()
    thread.join(15)
    time.sleep(0.2)


def _work(analyst: Analyst, number: int) -> None:
    try:
        analyst.work(number)
    except (NoAnswer, AssertionError) as error:
        analyst.seen.errors.append(f"analyst: {error}")


def test_nobody_notices_what_befalls_the_broker(one_template: Template) -> None:
    seen = watch(one_template, options.seeded("a broker in trouble"), FAULTS)
    drained = ", ".join(f"{fault} {seconds:.0f} s" for fault, seconds in seen.drained.items())
    print(
        f"saves {len(seen.calm)} calm p95 {late(seen.calm) * 1000:.0f} ms, {len(seen.faulty)} in trouble p95 "
        f"{late(seen.faulty) * 1000:.0f} ms, ratio {seen.ratio:.2f}, slowest page {seen.slowest_page:.1f} s, "
        f"drained: {drained}",
        flush=True,
    )
    assert seen.errors == []
    assert seen.ratio <= 2
    assert max(seen.drained.values()) <= DRAIN_SECONDS


def test_a_request_that_publishes_is_noticed(one_template: Template) -> None:
    """The negative control."""
    seen = watch(one_template, options.seeded("publishing"), ("dead",), PLANTED="publish in the request")
    assert seen.errors
