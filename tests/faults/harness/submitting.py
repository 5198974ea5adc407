"""Submits one response from many devices at the same moment, in many rounds."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.harness.installation import Installation, Template
from tests.faults.harness.respondent import Respondent

UNDO_STATEMENTS = (
    "UPDATE surveys_response SET submitted_at = NULL, receipt = ''",
    "DELETE FROM surveys_job WHERE key LIKE 'receipt:%'",
    "DELETE FROM surveys_limit",
)
# Reads first and writes without the lock, which a submission must not do.
UNLOCKED = "tests.faults.controls.unlocked_settings"


@dataclass
class RoundCounts:
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


def race(template: Template, *, rounds: int, devices: int, settings: str = "") -> RoundCounts:
    environment = {"DJANGO_SETTINGS_MODULE": settings} if settings else {}
    counts = RoundCounts()
    with template.copy(**environment) as installation:
        installation.web().start()
        respondent = Respondent(
            template.tokens[0], lambda: installation.port, host=f"localhost:{installation.port}"
        )
        for _ in range(rounds):
            _round(installation, respondent, devices, counts)
    return counts


def _round(installation: Installation, respondent: Respondent, devices: int, counts: RoundCounts) -> None:
    entries_before = _entries(installation)
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
        device.disconnect()

    threads = [threading.Thread(target=submit) for _ in range(devices)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    stored_receipts = {
        str(receipt)
        for (receipt,) in installation.rows("SELECT receipt FROM surveys_response WHERE receipt <> ''")
    }
    counts.rounds += 1
    counts.statuses.update(statuses)
    counts.odd_answers += statuses != [302] * devices
    counts.wrong_receipts += not (len(stored_receipts) == 1 and receipts == stored_receipts)
    counts.wrong_mails += _mails(installation) != 1
    counts.wrong_entries += _entries(installation) - entries_before != 1
    for statement in UNDO_STATEMENTS:
        installation.write(statement)


def _mails(installation: Installation) -> int:
    return int(installation.rows("SELECT count(*) FROM surveys_job WHERE key LIKE 'receipt:%'")[0][0])


def _entries(installation: Installation) -> int:
    statement = "SELECT count(*) FROM surveys_auditentry WHERE action = 'submitted the answers'"
    return int(installation.rows(statement)[0][0])
