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
from tests.faults.harness.forged_messages import ACCEPTED_MESSAGES, forged_messages
from tests.faults.harness.installation import Template
from tests.faults.harness.job_processes import JobProcesses, job_processes, wait
from tests.faults.harness.killing import KillTarget
from tests.support.processes import children_of
from tests.support.smtp_server import Receiver, smtp_server, webhook_server

pytestmark = pytest.mark.long

KILLS, JOBS = 15, 200
MANY = 2000


def test_a_forged_message_has_no_effect_and_the_worker_continues(
    one_template: Template, tmp_path: Path
) -> None:
    marker_file = tmp_path / "executed"
    with job_processes(one_template) as processes:
        processes.queue_jobs("probe.raise", prefix="parked")
        processes.queue_jobs("probe.quick", prefix="early")
        processes.wait_for("parked", "parked", seconds=60)
        processes.wait_for("early", "done", seconds=60)
        changes = (
            "state = 'waiting', attempts = 1, done_at = NULL, next_at = '2100-01-01', published_at = NULL"
        )
        processes.installation.write(f"UPDATE surveys_job SET {changes} WHERE key = 'early-0'")
        job_ids = dict(processes.installation.rows("SELECT key, id FROM surveys_job"))
        messages = forged_messages(marker_file, parked=job_ids["parked-0"], waiting=job_ids["early-0"])
        worker = processes.workers[0].pid
        for content in messages.values():
            processes.queue.lpush("celery", content)
        processes.queue_jobs("probe.quick", prefix="after", count=5)
        processes.wait_for("after", "done", seconds=60)

        assert not marker_file.exists()
        assert [job[:2] for job in processes.jobs("parked")] == [("parked", 5)]
        assert [job[:2] for job in processes.jobs("early")] == [("waiting", 1)]
        assert processes.workers[0].is_running()
        assert processes.workers[0].pid == worker
        refused_counts = re.findall(r"Refused messages so far: (\d+)", processes.workers[0].log.read_text())
        assert int(refused_counts[-1]) == len(messages) - len(ACCEPTED_MESSAGES), processes.workers[
            0
        ].log.read_text()


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
    with job_processes(one_template, workers=2) as processes:
        for kind in expected:
            processes.queue_jobs(kind)
        processes.queue_jobs("probe.huge")
        processes.queue_jobs(
            "probe.quick", count=options.number("MANY", MANY), prefix="many", organization="faults-0"
        )
        processes.queue_jobs("probe.quick", prefix="other", organization="faults-1")
        processes.wait_for("other", "done", seconds=30)
        delay = processes.slowest_seconds("other")
        waiting = sum(job[0] == "waiting" for job in processes.jobs("many"))
        print(f"delay of the other organisation {delay:.1f} s while {waiting} waited", flush=True)
        assert waiting, "the other did not come last"
        assert delay <= 30
        for kind, reasons in expected.items():
            processes.wait_for(kind, "parked", seconds=120)
            ((_, attempts, recorded_reason),) = processes.jobs(kind)
            assert attempts == 5
            assert any(reason in recorded_reason for reason in reasons), (kind, recorded_reason)
        assert processes.jobs("probe.huge")[0][0] in ("done", "waiting", "parked")
        assert all(worker.is_running() for worker in processes.workers)
        processes.queue_jobs("probe.quick", prefix="after")
        processes.wait_for("after", "done", seconds=60)


def test_without_an_end_to_tries_a_bad_job_is_never_parked(one_template: Template) -> None:
    """The negative control of the test above."""
    with job_processes(one_template, PLANTED="endless tries") as processes:
        processes.queue_jobs("probe.raise")
        wait(lambda: processes.jobs("probe.raise")[0][1] > 6, seconds=60)
        assert processes.jobs("probe.raise")[0][0] != "parked"


@pytest.fixture
def receivers() -> Any:
    with smtp_server() as mails, webhook_server() as calls:
        for receiver in (mails, calls):
            receiver.behaviour_of = misbehaviour
        yield mails, calls


def misbehaviour(identity: str, attempt: int) -> str:
    """One in three fails the first time; every fifth of the others is late."""
    number = sum(identity.encode())
    if attempt == 1 and number % 3 == 0:
        return "drop" if number % 2 else "refuse"
    return "delay" if number % 5 == 0 else "accept"


def test_kills_neither_lose_a_job_nor_do_it_twice(
    template: Template, receivers: tuple[Receiver, Receiver]
) -> None:
    kills, jobs = (
        options.number_for(template.name, name, default)
        for name, default in (("KILLS", KILLS), ("JOBS", JOBS))
    )
    random = options.seeded_random(f"kills of workers and relay on {template.name}")
    mails, calls = receivers
    ports = {"SINK_PORT": str(mails.port), "HOOK_PORT": str(calls.port)}
    with job_processes(template, workers=2, **ports) as processes:
        kill_count = kill_repeatedly(processes, random, kills=kills, jobs=jobs)
        for prefix in ("mail", "call"):
            processes.wait_for(prefix, "done", seconds=120)
        repeats_outside = repeated_deliveries(mails) + repeated_deliveries(calls)
        print(f"kills {kill_count}, jobs {jobs}, repeats outside {repeats_outside}", flush=True)
        assert kill_count >= kills
        mail_count, call_count = len(processes.jobs("mail")), len(processes.jobs("call"))
        assert mail_count + call_count == jobs
        assert len({accepted.identity for accepted in mails.accepted}) == mail_count
        assert len(processes.effects("call")) == call_count
        assert set(processes.effects("call").values()) == {1}
        assert {accepted.identity for accepted in calls.accepted} == set(processes.effects("call"))
        assert repeats_outside <= kill_count


def test_without_a_key_a_repeated_cause_has_two_effects(one_template: Template) -> None:
    """The negative control: the same cause twice, as after a lost acknowledgement."""
    with job_processes(one_template, PLANTED="no key") as processes:
        for _ in range(2):
            processes.queue_jobs("probe.quick", prefix="once")
        processes.wait_for("once", "done", seconds=60)
        assert sum(processes.effects("once").values()) == 2


def kill_repeatedly(processes: JobProcesses, random: Random, *, kills: int, jobs: int) -> int:
    """Kills workers, their processes and the relay while jobs are queued. Returns the kills that were seen."""
    targets = [KillTarget(child) for child in (*processes.workers, processes.relay)]
    for target in targets:
        target.is_up = True
    kill_count = queued = 0
    while kill_count < kills or queued < jobs:
        if queued < jobs:
            batch = min(jobs - queued, -(-jobs // max(1, kills // 2)))
            processes.queue_jobs("mail", count=-(-batch // 2), prefix=f"mail-{queued}")
            processes.queue_jobs("probe.call", count=batch // 2, prefix=f"call-{queued}")
            queued += batch
        for target in targets:
            target.update()
        running = [target for target in targets if target.is_up]
        if kill_count < kills and running:
            target = random.choice(running)
            descendants = children_of(target.child.pid)
            if descendants and random.random() < 0.5:
                kill_count += kill_process(random.choice(descendants))
            else:
                target.kill()
                kill_count += 1
        time.sleep(random.uniform(0.1, 0.5))
    wait(lambda: are_all_up(targets), seconds=90)
    return kill_count


def are_all_up(targets: list[KillTarget]) -> bool:
    for target in targets:
        target.update()
    return all(target.is_up for target in targets)


def kill_process(pid: int) -> int:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def repeated_deliveries(receiver: Receiver) -> int:
    return len(receiver.accepted) - len({accepted.identity for accepted in receiver.accepted})
