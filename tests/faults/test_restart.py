"""Tests a rolling restart of all processes while respondents save and jobs run: no save and no job is lost."""

import signal
import time

import pytest

from tests.faults.harness import options
from tests.faults.harness.child import Child
from tests.faults.harness.installation import Template
from tests.faults.harness.job_processes import backstage
from tests.faults.harness.killing import Victim, Webs, wait_until
from tests.faults.harness.ledger import Ledger
from tests.faults.harness.storm import Session, storm

pytestmark = pytest.mark.alone

RESTARTS, GRACEFUL_SECONDS = 1, 60
RETRY_SECONDS, SLACK = 2, 2


class Patient(Session):
    """Records the longest time until a save was acknowledged, with all its attempts."""

    longest = 0.0

    def _save_one(self) -> int:
        started = time.monotonic()
        done = super()._save_one()
        Patient.longest = max(Patient.longest, time.monotonic() - started)
        return done


def end_gracefully(child: Child) -> int:
    """Sends SIGTERM and returns the exit code of the process."""
    assert child.process is not None
    child.process.send_signal(signal.SIGTERM)
    return child.process.wait(GRACEFUL_SECONDS)


def renew(victim: Victim) -> int:
    victim.is_up = False
    code = end_gracefully(victim.child)
    victim.child.start()
    victim.is_up = True
    return code


def test_a_rolling_restart_loses_nothing(one_template: Template) -> None:
    random, ledger = options.seeded(f"rolling restarts on {one_template.name}"), Ledger()
    with backstage(one_template) as stage:
        webs = Webs(stage.installation, random)
        for victim in webs.victims:
            victim.start()
        others = [Victim(stage.workers[0]), Victim(stage.relay)]
        tokens = one_template.tokens
        host = f"localhost:{stage.installation.port}"
        with storm(tokens, webs.port, host=host, ledger=ledger, random=random, kind=Patient):
            for number in range(options.number("RESTARTS", RESTARTS)):
                stage.put("probe.slow", count=4, prefix=f"slow-{number}")
                before = len(ledger.acknowledged)
                codes = [renew(victim) for victim in (*webs.victims, *others)]
                assert codes[2:] == [0, 0], "worker and relay end by themselves"
                wait_until(lambda before=before: len(ledger.acknowledged) > before)  # type: ignore[misc]
        stage.wait_for("slow", "done", seconds=90)
        print(
            f"acknowledged {len(ledger.acknowledged)}, tried again {ledger.unanswered}, "
            f"longest until acknowledged {Patient.longest:.1f} s",
            flush=True,
        )
        assert Patient.longest <= RETRY_SECONDS * SLACK
        assert (ledger.lost(stage.installation), ledger.twice()) == ([], [])
        assert (ledger.conflicts, ledger.refused) == ([], [])
        assert set(stage.effects("slow").values()) == {1}
        assert max(tries for _, tries, _ in stage.jobs("slow")) == 1, "what was begun was finished"
