"""Tests jobs that misbehave, forged messages and kills, against a real broker, relay and workers."""

import os
import re
import signal
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.faults.harness import options
from tests.faults.harness.forged_messages import WELCOME, forged
from tests.faults.harness.installation import Template
from tests.faults.harness.job_processes import Backstage, backstage, wait
from tests.faults.harness.killing import Victim
from tests.support.processes import children_of
from tests.support.smtp_server import Sink, hook_sink, smtp_sink

pytestmark = pytest.mark.long

KILLS, JOBS = 15, 200
MANY = 2000


def test_a_forged_message_does_nothing_and_the_worker_goes_on(one_template: Template, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    with backstage(one_template) as stage:
        stage.put("probe.raise", prefix="parked")
        stage.put("probe.quick", prefix="early")
        stage.wait_for("parked", "parked", seconds=60)
        stage.wait_for("early", "done", seconds=60)
        later = "state = 'waiting', attempts = 1, done_at = NULL, next_at = '2100-01-01', published_at = NULL"
        stage.installation.write(f"UPDATE surveys_job SET {later} WHERE key = 'early-0'")
        known = dict(stage.installation.rows("SELECT key, id FROM surveys_job"))
        messages = forged(mark, parked=known["parked-0"], waiting=known["early-0"])
        worker = stage.workers[0].pid
        for one in messages.values():
            stage.queue.lpush("celery", one)
        stage.put("probe.quick", prefix="after", count=5)
        stage.wait_for("after", "done", seconds=60)

        assert not mark.exists()
        assert [job[:2] for job in stage.jobs("parked")] == [("parked", 5)]
        assert [job[:2] for job in stage.jobs("early")] == [("waiting", 1)]
        assert stage.workers[0].is_running()
        assert stage.workers[0].pid == worker
        counted = re.findall(r"Refused messages so far: (\d+)", stage.workers[0].log.read_text())
        assert int(counted[-1]) == len(messages) - len(WELCOME), stage.workers[0].log.read_text()


def test_a_job_that_misbehaves_harms_no_other(one_template: Template) -> None:
    """Each is parked with its reason after five attempts. Meanwhile 2,000 jobs of one organisation delay no other
    organisation."""
    expected = {
        "probe.raise": ("ArithmeticError",),
        "probe.loop": ("It took longer than 1 s.",),
        "probe.stubborn": ("It took longer than 2 s, and its process was stopped.",),
        "probe.exit": ("Its process ended in the middle",),
        "probe.allocate": ("It needed more memory than a job may have.", "or needed too much memory."),
    }
    with backstage(one_template, workers=2) as stage:
        for kind in expected:
            stage.put(kind)
        stage.put("probe.huge")
        stage.put("probe.quick", count=options.number("MANY", MANY), prefix="many", organization="faults-0")
        stage.put("probe.quick", prefix="other", organization="faults-1")
        stage.wait_for("other", "done", seconds=30)
        delay = stage.took("other")
        waiting = sum(job[0] == "waiting" for job in stage.jobs("many"))
        print(f"delay of the other organisation {delay:.1f} s while {waiting} waited", flush=True)
        assert waiting, "the other did not come last"
        assert delay <= 30
        for kind, reasons in expected.items():
            stage.wait_for(kind, "parked", seconds=120)
            ((_, tries, told),) = stage.jobs(kind)
            assert tries == 5
            assert any(reason in told for reason in reasons), (kind, told)
        assert stage.jobs("probe.huge")[0][0] in ("done", "waiting", "parked")
        assert all(worker.is_running() for worker in stage.workers)
        stage.put("probe.quick", prefix="after")
        stage.wait_for("after", "done", seconds=60)


def test_without_an_end_to_tries_a_bad_job_is_never_parked(one_template: Template) -> None:
    """The negative control of the test above."""
    with backstage(one_template, PLANTED="endless tries") as stage:
        stage.put("probe.raise")
        wait(lambda: stage.jobs("probe.raise")[0][1] > 6, seconds=60)
        assert stage.jobs("probe.raise")[0][0] != "parked"


@pytest.fixture
def sinks() -> Any:
    with smtp_sink() as mails, hook_sink() as calls:
        for sink in (mails, calls):
            sink.behaves = misbehaves
        yield mails, calls


def misbehaves(identity: str, times: int) -> str:
    """One in three fails the first time; every fifth of the others is late."""
    number = sum(identity.encode())
    if times == 1 and number % 3 == 0:
        return "drop" if number % 2 else "refuse"
    return "delay" if number % 5 == 0 else "accept"


def test_kills_neither_lose_a_job_nor_do_it_twice(template: Template, sinks: tuple[Sink, Sink]) -> None:
    kills, jobs = (
        options.on(template.name, name, default) for name, default in (("KILLS", KILLS), ("JOBS", JOBS))
    )
    random = options.seeded(f"kills of workers and relay on {template.name}")
    mails, calls = sinks
    ports = {"SINK_PORT": str(mails.port), "HOOK_PORT": str(calls.port)}
    with backstage(template, workers=2, **ports) as stage:
        counted = kill_again_and_again(stage, random, kills=kills, jobs=jobs)
        for prefix in ("mail", "call"):
            stage.wait_for(prefix, "done", seconds=120)
        outside = repeats(mails) + repeats(calls)
        print(f"kills {counted}, jobs {jobs}, repeats outside {outside}", flush=True)
        assert counted >= kills
        sent, called = len(stage.jobs("mail")), len(stage.jobs("call"))
        assert sent + called == jobs
        assert len({one.identity for one in mails.accepted}) == sent
        assert len(stage.effects("call")) == called
        assert set(stage.effects("call").values()) == {1}
        assert {one.identity for one in calls.accepted} == set(stage.effects("call"))
        assert outside <= counted


def test_without_a_key_a_repeated_cause_has_two_effects(one_template: Template) -> None:
    """The negative control: the same cause twice, as after a lost acknowledgement."""
    with backstage(one_template, PLANTED="no key") as stage:
        for _ in range(2):
            stage.put("probe.quick", prefix="once")
        stage.wait_for("once", "done", seconds=60)
        assert sum(stage.effects("once").values()) == 2


def kill_again_and_again(stage: Backstage, random: Random, *, kills: int, jobs: int) -> int:
    """Kills workers, their processes and the relay while jobs are queued. Returns the kills that were seen."""
    victims = [Victim(child) for child in (*stage.workers, stage.relay)]
    for victim in victims:
        victim.is_up = True
    counted = put = 0
    while counted < kills or put < jobs:
        if put < jobs:
            share = min(jobs - put, -(-jobs // max(1, kills // 2)))
            stage.put("mail", count=-(-share // 2), prefix=f"mail-{put}")
            stage.put("probe.call", count=share // 2, prefix=f"call-{put}")
            put += share
        for victim in victims:
            victim.look()
        up = [victim for victim in victims if victim.is_up]
        if counted < kills and up:
            victim = random.choice(up)
            below = children_of(victim.child.pid)
            if below and random.random() < 0.5:
                counted += kill_one(random.choice(below))
            else:
                victim.kill()
                counted += 1
        time.sleep(random.uniform(0.1, 0.5))
    wait(lambda: all_up(victims), seconds=90)
    return counted


def all_up(victims: list[Victim]) -> bool:
    for victim in victims:
        victim.look()
    return all(victim.is_up for victim in victims)


def kill_one(pid: int) -> int:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def repeats(sink: Sink) -> int:
    return len(sink.accepted) - len({one.identity for one in sink.accepted})
