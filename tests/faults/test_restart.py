"""Tests a rolling restart of all processes while respondents save and jobs run: no save and no job is lost."""

import signal
import time

import pytest

from tests.faults.harness import options
from tests.faults.harness.child import Child
from tests.faults.harness.installation import Template
from tests.faults.harness.job_processes import job_processes
from tests.faults.harness.killing import KillTarget, WebServers, wait_until
from tests.faults.harness.ledger import Ledger
from tests.faults.harness.storm import Session, storm

pytestmark = pytest.mark.alone

RESTARTS, GRACEFUL_SECONDS = 1, 60
RETRY_SECONDS, SLACK = 2, 2


class TimedSession(Session):
    """Records the longest time until a save was acknowledged, with all its attempts."""

    longest = 0.0

    def _save_one(self) -> int:
        started = time.monotonic()
        saved = super()._save_one()
        TimedSession.longest = max(TimedSession.longest, time.monotonic() - started)
        return saved


def end_gracefully(child: Child) -> int:
    """Sends SIGTERM and returns the exit code of the process."""
    assert child.process is not None
    child.process.send_signal(signal.SIGTERM)
    return child.process.wait(GRACEFUL_SECONDS)


def restart_gracefully(target: KillTarget) -> int:
    target.is_up = False
    code = end_gracefully(target.child)
    target.child.start()
    target.is_up = True
    return code


def test_a_rolling_restart_loses_nothing(one_template: Template) -> None:
    random, ledger = options.seeded_random(f"rolling restarts on {one_template.name}"), Ledger()
    with job_processes(one_template) as processes:
        webs = WebServers(processes.installation, random)
        for target in webs.targets:
            target.start()
        job_targets = [KillTarget(processes.workers[0]), KillTarget(processes.relay)]
        tokens = one_template.tokens
        host = f"localhost:{processes.installation.port}"
        with storm(tokens, webs.port, host=host, ledger=ledger, random=random, kind=TimedSession):
            for number in range(options.number("RESTARTS", RESTARTS)):
                processes.queue_jobs("probe.slow", count=4, prefix=f"slow-{number}")
                saves_before = len(ledger.acknowledged)
                codes = [restart_gracefully(target) for target in (*webs.targets, *job_targets)]
                assert codes[2:] == [0, 0], "worker and relay end by themselves"
                wait_until(lambda saves_before=saves_before: len(ledger.acknowledged) > saves_before)  # type: ignore[misc]
        processes.wait_for("slow", "done", seconds=90)
        print(
            f"acknowledged {len(ledger.acknowledged)}, tried again {ledger.unanswered}, "
            f"longest until acknowledged {TimedSession.longest:.1f} s",
            flush=True,
        )
        assert TimedSession.longest <= RETRY_SECONDS * SLACK
        assert (ledger.lost(processes.installation), ledger.acknowledged_twice()) == ([], [])
        assert (ledger.conflicts, ledger.refused) == ([], [])
        assert set(processes.effects("slow").values()) == {1}
        assert max(attempts for _, attempts, _ in processes.jobs("slow")) == 1, "what was begun was finished"
