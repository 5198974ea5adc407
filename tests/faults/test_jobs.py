"""Jobs that misbehave, forged messages and kills, against a real broker, relay and workers."""

import re
from pathlib import Path

import pytest

from tests.faults import options
from tests.faults.backstage import backstage, wait
from tests.faults.forged import WELCOME, forged
from tests.faults.installation import Template

pytestmark = pytest.mark.alone


MANY = 2000


def test_a_forged_message_does_nothing_and_the_worker_goes_on(template: Template, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    with backstage(template) as stage:
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


def test_a_job_that_misbehaves_harms_no_other(template: Template) -> None:
    """Each is parked with its reason after five tries, and meanwhile 2,000 jobs of one organisation keep nobody's."""
    expected = {
        "probe.raise": ("ArithmeticError",),
        "probe.loop": ("It took longer than 2 s.",),
        "probe.stubborn": ("It took longer than 4 s, and its process was stopped.",),
        "probe.exit": ("Its process ended in the middle",),
        "probe.allocate": ("It needed more memory than a job may have.", "or needed too much memory."),
    }
    with backstage(template, workers=2) as stage:
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


def test_without_an_end_to_tries_a_bad_job_is_never_parked(sqlite_template: Template) -> None:
    """The negative control of the one above."""
    with backstage(sqlite_template, PLANTED="endless tries") as stage:
        stage.put("probe.raise")
        wait(lambda: stage.jobs("probe.raise")[0][1] > 6, seconds=60)
        assert stage.jobs("probe.raise")[0][0] != "parked"


def test_without_a_key_a_repeated_cause_has_two_effects(sqlite_template: Template) -> None:
    """The negative control: the same cause twice, as after a lost acknowledgement."""
    for planted, effects in (("", 1), ("no key", 2)):
        with backstage(sqlite_template, PLANTED=planted) as stage:
            for _ in range(2):
                stage.put("probe.quick", prefix="once")
            stage.wait_for("once", "done", seconds=60)
            assert sum(stage.effects("once").values()) == effects
