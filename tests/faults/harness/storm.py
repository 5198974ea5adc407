"""Runs respondents who save as fast as they are answered, and repeat each save until it is acknowledged."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random

from tests.faults.harness.ledger import Ledger, SavedVersion
from tests.faults.harness.respondent import NoAnswer, Reply, Respondent

# The first question opens the others.
ITEMS = {"PRO-04": 1_000_000, "INV-R1": 100, "INV-R2": 100}
# A save may need several servers: on a busy machine each is killed soon after its first response.
PATIENCE_SECONDS = 180
PAUSE_SECONDS = 0.1
RETRY_STATUSES = (429, 503)


class Session(threading.Thread):
    """One respondent. It stops after `saves` acknowledged saves, or on request."""

    def __init__(self, respondent: Respondent, ledger: Ledger, random: Random, *, saves: int = 0) -> None:
        super().__init__(daemon=True)
        self.respondent, self.ledger, self.random, self.saves = respondent, ledger, random, saves
        self.versions = dict.fromkeys(ITEMS, 0)
        self.numbers = dict.fromkeys(ITEMS, 0)
        self.stop_requested = threading.Event()
        self.failure: Exception | None = None

    def run(self) -> None:
        saved = 0
        try:
            while not self.stop_requested.is_set() and (not self.saves or saved < self.saves):
                saved += self._save_one()
        except Exception as error:
            self.failure = error

    def _save_one(self) -> int:
        item = self.random.choice(list(ITEMS)) if self.versions["PRO-04"] else "PRO-04"
        number = self._other_number(item)
        key = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                reply = self.respondent.save(item, number, version=self.versions[item], key=key)
            except NoAnswer:
                self.ledger.unanswered += 1
                time.sleep(PAUSE_SECONDS)
                continue
            if reply.status in RETRY_STATUSES:
                time.sleep(PAUSE_SECONDS)
                continue
            return self._note(item, number, reply)
        raise TimeoutError(f"{item} was not acknowledged in {PATIENCE_SECONDS} s")

    def _other_number(self, item: str) -> int:
        """Returns another number than the present one, because an unchanged answer gets no version."""
        number = self.random.randint(1, ITEMS[item])
        return number if number != self.numbers[item] else 1 + number % ITEMS[item]

    def _note(self, item: str, number: int, reply: Reply) -> int:
        description = f"{item} on {self.versions[item]}: {reply}"
        with self.ledger.lock:
            if reply.status != 200:
                (self.ledger.conflicts if reply.status == 409 else self.ledger.refused).append(description)
                return 0
            version = int(reply.json()["version"])
            response = self.respondent.public_id.replace("-", "")
            self.ledger.acknowledged.append(SavedVersion(response, item, version, number))
        self.versions[item], self.numbers[item] = version, number
        return 1


@contextmanager
def storm(
    tokens: list[str],
    port: Callable[[], int],
    *,
    host: str,
    ledger: Ledger,
    random: Random,
    saves: int = 0,
    kind: type[Session] = Session,
) -> Iterator[list[Session]]:
    """Runs one session per token during the block. A session that failed makes the block fail."""
    sessions = [
        kind(Respondent(token, port, host=host), ledger, Random(random.random()), saves=saves)
        for token in tokens
    ]
    with running(sessions):
        yield sessions


@contextmanager
def running(sessions: Sequence[Session]) -> Iterator[None]:
    """Runs the sessions during the block. A session that failed makes the block fail."""
    for session in sessions:
        session.start()
    try:
        yield
    finally:
        for session in sessions:
            session.stop_requested.set()
        for session in sessions:
            session.join(PATIENCE_SECONDS + 30)
    failed = [session.failure for session in sessions if session.failure is not None]
    if failed:
        raise failed[0]
