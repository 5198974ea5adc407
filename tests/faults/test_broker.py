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
from tests.faults.harness.job_processes import JobProcesses, wait
from tests.faults.harness.ledger import Ledger
from tests.faults.harness.respondent import NoAnswer, Reply, Respondent
from tests.faults.harness.slow_broker import SlowRelay
from tests.faults.harness.storm import Session, running

pytestmark = pytest.mark.alone

FAULTS = ("dead", "frozen", "slow", "full", "emptied")
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.faults.controls.planted_settings"}
HEALTHY_SECONDS, DRAIN_SECONDS = 1.5, 60
FAULT_SECONDS = options.number("FAULT_SECONDS", 3)
SLOW_SECONDS = 5
SAVERS = 6
WAVE = "/studio/waves/faults/"


@dataclass
class Measurements:
    """Durations of saves with a healthy and with a faulty broker, and every response that was an error."""

    healthy: list[float] = field(default_factory=list)
    faulty: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    slowest_page: float = 0
    drained: dict[str, float] = field(default_factory=dict)
    is_faulty: bool = False

    @property
    def ratio(self) -> float:
        return p95(self.faulty) / p95(self.healthy)


def p95(times: list[float]) -> float:
    """Returns the 95th percentile."""
    return sorted(times)[int(len(times) * 0.95)]


class MeasuredRespondent(Respondent):
    measurements: Measurements

    def send(self, method: str, address: str, *arguments: Any) -> Reply:
        started, was_faulty = time.monotonic(), self.measurements.is_faulty
        try:
            reply = super().send(method, address, *arguments)
        except NoAnswer as error:
            self.measurements.errors.append(f"{method} {address}: {error}")
            raise
        seconds = time.monotonic() - started
        if reply.status >= 500:
            self.measurements.errors.append(f"{method} {address}: {reply.status}")
        self._note(method, reply.status, seconds, was_faulty)
        return reply

    def _note(self, method: str, status: int, seconds: float, was_faulty: bool) -> None:
        """Counts successful saves that were wholly before, or wholly during, the fault."""
        if (method, status) == ("PUT", 200) and was_faulty is self.measurements.is_faulty:
            (self.measurements.faulty if was_faulty else self.measurements.healthy).append(seconds)


class Analyst(MeasuredRespondent):
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
            self.measurements.errors.append(f"inviting: {reply.status}")

    def _note(self, method: str, status: int, seconds: float, was_faulty: bool) -> None:
        self.measurements.slowest_page = max(self.measurements.slowest_page, seconds)


def cause_fault(processes: JobProcesses, relay: SlowRelay, fault: str) -> Callable[[], None]:
    """Causes the fault, and returns the function that ends it."""
    match fault:
        case "dead":
            processes.broker.kill()
            return processes.broker.start
        case "frozen":
            os.kill(processes.broker.pid, signal.SIGSTOP)
            return lambda: os.kill(processes.broker.pid, signal.SIGCONT)
        case "slow":
            relay.delay = SLOW_SECONDS
            return lambda: setattr(relay, "delay", 0.0)
        case "full":
            processes.queue.config_set("maxmemory", 1)
            return lambda: processes.queue.config_set("maxmemory", 0)
    processes.queue.flushall()
    return lambda: None


@contextmanager
def saving_respondents(
    template: Template, processes: JobProcesses, measurements: Measurements, random: Random
) -> Iterator[None]:
    installation = processes.installation
    host, ledger, savers = f"localhost:{installation.port}", Ledger(), []
    MeasuredRespondent.measurements = measurements
    for token in template.tokens[:SAVERS]:
        respondent = MeasuredRespondent(token, lambda: installation.port, host=host)
        savers.append(Session(respondent, ledger, Random(random.random())))
    measurements.healthy.clear()
    with running(savers):
        yield
    assert [saver.failure for saver in savers] == [None] * SAVERS
    assert (ledger.conflicts, ledger.refused, ledger.lost(installation)) == ([], [], [])


def measure_faults(
    template: Template, random: Random, faults: tuple[str, ...], **settings: str
) -> Measurements:
    measurements = Measurements()
    with template.copy(**SETTINGS | settings) as installation:
        path = installation.var / "way.sock"
        installation.settings = {**installation.settings, "REDIS_URL": f"redis+socket://{path}"}
        processes = JobProcesses(installation)
        processes.broker.start()
        with SlowRelay(path, commands.broker_socket(installation.var)) as relay:
            for child in (processes.relay, *processes.workers, installation.web()):
                child.start()
            cookie = installation.shell(
                "from tests.faults.harness.probes import *; print_analyst_cookie()"
            ).split()
            with saving_respondents(template, processes, measurements, random):
                analyst = Analyst(
                    cookie[1], cookie[0], lambda: installation.port, host=f"localhost:{installation.port}"
                )
                for number, fault in enumerate(faults):
                    measurements.drained[fault] = measure_fault(
                        processes, relay, fault, measurements, analyst, number + 1
                    )
    return measurements


def measure_fault(
    processes: JobProcesses,
    relay: SlowRelay,
    fault: str,
    measurements: Measurements,
    analyst: Analyst,
    number: int,
) -> float:
    """Causes the fault for a while with the analyst at work, and measures how long the waiting jobs then take."""
    analyst.work(number)
    time.sleep(HEALTHY_SECONDS)
    end_fault, fault_ends = cause_fault(processes, relay, fault), time.monotonic() + FAULT_SECONDS
    measurements.is_faulty = True
    while time.monotonic() < fault_ends:
        work_in_thread(analyst, number)
    measurements.is_faulty = False
    end_fault()
    started = time.monotonic()
    unfinished = "SELECT count(*) FROM surveys_job WHERE kind IN ('mail', 'frame') AND state != 'done'"
    wait(
        lambda: processes.installation.rows(unfinished) == [(0,)],
        seconds=DRAIN_SECONDS,
        detail=lambda: (
            fault,
            processes.workers[0].log.read_text()[-3000:],
            processes.relay.log.read_text()[-2000:],
        ),
    )
    return time.monotonic() - started


def work_in_thread(analyst: Analyst, number: int) -> None:
    """Runs the analyst in a thread, so that a page that hangs does not keep the fault from ending."""
    thread = threading.Thread(target=_work, args=(analyst, number))
    thread.start()
    thread.join(15)
    time.sleep(0.2)


def _work(analyst: Analyst, number: int) -> None:
    try:
        analyst.work(number)
    except (NoAnswer, AssertionError) as error:
        analyst.measurements.errors.append(f"analyst: {error}")


def test_faults_of_the_broker_delay_no_request(one_template: Template) -> None:
    measurements = measure_faults(one_template, options.seeded_random("a broker in trouble"), FAULTS)
    drained = ", ".join(f"{fault} {seconds:.0f} s" for fault, seconds in measurements.drained.items())
    print(
        f"saves {len(measurements.healthy)} calm p95 {p95(measurements.healthy) * 1000:.0f} ms, "
        f"{len(measurements.faulty)} in trouble p95 {p95(measurements.faulty) * 1000:.0f} ms, "
        f"ratio {measurements.ratio:.2f}, slowest page {measurements.slowest_page:.1f} s, drained: {drained}",
        flush=True,
    )
    assert measurements.errors == []
    assert measurements.ratio <= 2
    assert max(measurements.drained.values()) <= DRAIN_SECONDS


def test_a_request_that_publishes_is_found(one_template: Template) -> None:
    """The negative control."""
    measurements = measure_faults(
        one_template, options.seeded_random("publishing"), ("dead",), PLANTED="publish in the request"
    )
    assert measurements.errors
