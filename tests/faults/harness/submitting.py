"""Submits one response from many devices at the same moment, in many rounds."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.harness.installation import Installation, Template
from tests.faults.harness.respondent import Respondent

TAKE_BACK = (
    "UPDATE surveys_response SET submitted_at = NULL, receipt = ''",
    "DELETE FROM surveys_job WHERE key LIKE 'receipt:%'",
    "DELETE FROM surveys_limit",
)
# Reads first and writes without the lock, which a submission must not do.
UNLOCKED = "tests.faults.controls.unlocked_settings"


@dataclass
class Rounds:
    """Counts the rounds that ended in anything but one submission, receipt, mail and entry in the audit trail."""

    rounds: int = 0
    odd_answers: int = 0
    wrong_receipts: int = 0
    wrong_mails: int = 0
    wrong_entries: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def faults(self) -> int:
        return self.odd_answers + self.wrong_receipts + self.wrong_mails + self.wrong_entries


def race(template: Template, *, rounds: int, devices: int, settings: str = "") -> Rounds:
    chosen = {"DJANGO_SETTINGS_MODULE": settings} if settings else {}
    found = Rounds()
    with template.copy(**chosen) as installation:
        installation.web().start()
        respondent = Respondent(
            template.tokens[0], lambda: installation.port, host=f"localhost:{installation.port}"
        )
        for _ in range(rounds):
            _round(installation, respondent, devices, found)
    return found


def _round(installation: Installation, respondent: Respondent, devices: int, found: Rounds) -> None:
    before = _entries(installation)
    statuses: list[int] = []
    receipts: set[str] = set()
    start = threading.Barrier(devices)

    def submit() -> None:
        device = respondent.another_window()
        start.wait()
        reply = device.form(f"{device.place}submit/", {})
        page = device.send("GET", reply.location or device.place)
        statuses.append(reply.status)
        receipts.add(page.body.partition(b'class="big">')[2].partition(b"<")[0].decode())
        device.hang_up()

    threads = [threading.Thread(target=submit) for _ in range(devices)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    stored = {
        str(receipt)
        for (receipt,) in installation.rows("SELECT receipt FROM surveys_response WHERE receipt <> ''")
    }
    found.rounds += 1
    found.statuses.update(statuses)
    found.odd_answers += statuses != [302] * devices
    found.wrong_receipts += not (len(stored) == 1 and receipts == stored)
    found.wrong_mails += _mails(installation) != 1
    found.wrong_entries += _entries(installation) - before != 1
    for statement in TAKE_BACK:
        installation.write(statement)


def _mails(installation: Installation) -> int:
    return int(installation.rows("SELECT count(*) FROM surveys_job WHERE key LIKE 'receipt:%'")[0][0])


def _entries(installation: Installation) -> int:
    statement = "SELECT count(*) FROM surveys_auditentry WHERE action = 'submitted the answers'"
    return int(installation.rows(statement)[0][0])
