"""Tests servers whose clocks differ or jump: the order of versions stays, no session lasts longer than its limit plus
the jump, and a small difference refuses no request. libfaketime changes the clocks of the processes."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.harness import options
from tests.faults.harness.child import Child
from tests.faults.harness.installation import Installation, Template
from tests.faults.harness.ledger import Ledger, SavedVersion, answers_with_gaps, stored_entries
from tests.faults.harness.respondent import Respondent
from tests.support.processes import free_port

pytestmark = pytest.mark.long

ITEM = "PRO-04"
LIBRARY = "libfaketimeMT.so.1"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SESSION_LASTS, IDLE = timedelta(days=7), timedelta(hours=4)
OPEN_FOR_YEARS = (
    "from surveys.models import *; from datetime import datetime, UTC; "
    "start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC); "
    "Wave.objects.update(opens_at=start, closes_at=end); Invitation.objects.update(expires_at=end)"
)
# Unusual times of the calendar: a leap day, the end of a year, and an hour that Europe has twice and one that it
# skips.
CALENDAR_EDGES = (
    "2028-02-28 23:59:59",
    "2028-02-29 23:59:59",
    "2026-12-31 23:59:59",
    "2027-03-28 00:59:59",
    "2026-10-25 00:59:59",
)


@pytest.fixture(scope="module")
def library() -> Path:
    for folder in (Path("/usr/lib"), Path("/usr/local/lib"), Path("/opt")):
        for path in folder.rglob(LIBRARY):
            return path
    pytest.skip("libfaketime is not installed")


class ProcessClock:
    """Changes the clock of one process, also while it runs. The monotonic clock continues unchanged."""

    def __init__(self, library: Path, folder: Path) -> None:
        self.file = folder / f"clock-{uuid.uuid4().hex[:8]}"
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": "UTC",
        }
        self.shift(timedelta(0))

    def shift(self, difference: timedelta) -> None:
        """Replaces the file atomically, so that it is never half written."""
        new_file = self.file.with_suffix(".new")
        new_file.write_text(f"{difference.total_seconds():+.0f}\n")
        new_file.replace(self.file)

    def set(self, moment: datetime) -> None:
        self.shift(moment - datetime.now(tz=UTC))


class ShiftedServer:
    """A web server with its own clock, on the database of the installation."""

    def __init__(self, installation: Installation, library: Path) -> None:
        self.clock = ProcessClock(library, installation.var)
        self.port = free_port()
        self.child: Child = installation.web(self.port)
        self.child.environment = {**self.child.environment, **self.clock.environment}
        self.child.start()


class ServerHoppingRespondent:
    """A respondent who saves through the named server and records what was acknowledged."""

    def __init__(self, token: str, server: ShiftedServer, *, host: str) -> None:
        self.server = server
        self.respondent = Respondent(token, lambda: self.server.port, host=host)
        self.ledger, self.version = Ledger(), 0

    def go_to(self, server: ShiftedServer) -> None:
        self.server = server
        self.respondent.disconnect()

    def save(self) -> None:
        number = self.version + 10
        reply = self.respondent.save(ITEM, number, version=self.version, key=str(uuid.uuid4()))
        assert reply.status == 200, reply
        self.version = int(reply.json()["version"])
        public_id = self.respondent.public_id.replace("-", "")
        self.ledger.acknowledged.append(SavedVersion(public_id, ITEM, self.version, number))

    def has_access(self) -> bool:
        """Opens a new connection, because a server whose clock jumps closes connections that seem idle."""
        self.respondent.disconnect()
        return self.respondent.send("GET", self.respondent.place).status == 200


@pytest.fixture
def installation(one_template: Template) -> Iterator[Installation]:
    with one_template.copy() as copied:
        copied.shell(OPEN_FOR_YEARS)
        yield copied


def check_version_order(installation: Installation, saver: ServerHoppingRespondent) -> None:
    """Checks the versions as the database numbers them: without a gap, and each equal to the save acknowledged under
    it."""
    assert saver.ledger.lost(installation) == []
    assert answers_with_gaps(stored_entries(installation)) == []
    assert [entry.version for entry in saver.ledger.acknowledged] == list(range(1, saver.version + 1))


def test_versions_are_in_order_with_different_clocks(
    one_template: Template, installation: Installation, library: Path
) -> None:
    random = options.seeded_random(f"two servers with clocks of their own on {one_template.name}")
    host = f"localhost:{installation.port}"
    servers = [ShiftedServer(installation, library), ShiftedServer(installation, library)]
    saver = ServerHoppingRespondent(one_template.tokens[0], servers[0], host=host)
    steps = [
        (HOUR, -HOUR),
        (-HOUR, HOUR),
        (-DAY, timedelta(0)),
        (timedelta(seconds=60), timedelta(seconds=-60)),
    ]
    for shifts in steps:
        for server, shift in zip(servers, shifts, strict=True):
            server.clock.shift(shift)
        for _ in range(6):
            saver.go_to(random.choice(servers))
            saver.save()
    check_version_order(installation, saver)
    saved = installation.rows("SELECT saved_at FROM surveys_answerversion ORDER BY version")
    assert saved != sorted(saved), "the clocks did lie: the times of the versions are not in order"
    servers[0].clock.shift(-DAY)
    saver.go_to(servers[0])
    reply = saver.respondent.form(f"{saver.respondent.place}submit/", {})
    assert reply.status == 302, reply
    began_before_it_ended = "SELECT count(*) FROM surveys_response WHERE submitted_at >= started_at"
    assert installation.rows(began_before_it_ended) == [(1,)]


def test_calendar_edges_lose_no_save(
    one_template: Template, installation: Installation, library: Path
) -> None:
    server = ShiftedServer(installation, library)
    host = f"localhost:{installation.port}"
    for token, moment in zip(one_template.tokens[1:], CALENDAR_EDGES, strict=False):
        second_before = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        server.clock.set(second_before)
        saver = ServerHoppingRespondent(token, server, host=host)
        saver.save()
        server.clock.set(second_before + timedelta(seconds=2))
        saver.save()
        check_version_order(installation, saver)


def test_a_session_ends_at_its_limit_plus_the_jump(
    one_template: Template, installation: Installation, library: Path
) -> None:
    """The clock jumps back by a day after the session began. Then it runs, and the respondent is never idle."""
    server = ShiftedServer(installation, library)
    saver = ServerHoppingRespondent(one_template.tokens[0], server, host=f"localhost:{installation.port}")
    began, step = datetime.now(tz=UTC), IDLE - timedelta(minutes=10)
    saver.save()
    moment = began - DAY
    while moment < began + SESSION_LASTS - timedelta(minutes=5):
        server.clock.set(moment)
        assert saver.has_access(), moment - began
        moment += step
    server.clock.set(began + SESSION_LASTS - timedelta(minutes=3))
    assert saver.has_access()
    server.clock.set(began + SESSION_LASTS + timedelta(minutes=3))
    assert not saver.has_access(), "8 days after it began, and 7 by its clock"


def test_the_clock_is_shifted(installation: Installation, library: Path) -> None:
    """The negative control of libfaketime: if it did not work, every test above would pass without a fault."""
    clock = ProcessClock(library, installation.var)
    clock.shift(-DAY)
    environment = {**installation.environment, **clock.environment}
    shifted_installation = Installation(
        installation.var, 0, installation.cluster, installation.database, environment
    )
    reported = datetime.fromisoformat(
        shifted_installation.shell("from django.utils import timezone; print(timezone.now())").strip()
    )
    assert abs(datetime.now(tz=UTC) - DAY - reported) < HOUR
