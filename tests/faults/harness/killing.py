"""Kills processes while respondents save. A kill counts once the process is seen dead and its successor answers."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.faults.harness.child import Child
from tests.faults.harness.installation import Installation, Template
from tests.faults.harness.ledger import Ledger
from tests.faults.harness.storm import Session, storm
from tests.support.processes import free_port

SERVES_SECONDS = (0.15, 0.6)
WORKER_EVERY = 10
RUN_SECONDS = 1800


@dataclass(frozen=True)
class Verdict:
    kills: int
    acknowledged: int
    lost: int
    conflicts: int
    refused: int
    unanswered: int
    integrity: str

    def __str__(self) -> str:
        return (
            f"kills {self.kills}, acknowledged {self.acknowledged}, lost {self.lost}, conflicts {self.conflicts}, "
            f"refused {self.refused}, unanswered and retried {self.unanswered}, integrity {self.integrity}"
        )


class Victim:
    """One process that is killed and started again repeatedly."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.is_up = False
        self.before = 0
        self.kills = 0

    def start(self) -> None:
        self.child.start()
        self.is_up = True

    def kill(self) -> None:
        self.before, self.is_up = self.child.pid, False
        if not self.child.kill():
            raise RuntimeError(f"{self.child.log.name} {self.before} would not die")
        self.child.launch()

    def look(self) -> None:
        if self.is_up:
            return
        if not self.child.is_running():
            raise RuntimeError(f"{self.child.log.name}: {self.child.log.read_text()[-3000:]}")
        if self.child.answers() and self.child.pid != self.before:
            self.is_up = True
            self.kills += 1


class Webs:
    """Two web processes on one database, as behind a load balancer. Respondents use whichever process is up."""

    def __init__(self, installation: Installation, random: Random) -> None:
        self.ports = (installation.port, free_port())
        self.victims = [Victim(installation.web(port)) for port in self.ports]
        self.random = random

    def port(self) -> int:
        up = [port for port, victim in zip(self.ports, self.victims, strict=True) if victim.is_up]
        return self.random.choice(up or self.ports)


def kill_webs_and_worker(
    template: Template, random: Random, *, kills: int, saves: int, **settings: str
) -> Verdict:
    with template.copy(**settings) as installation:
        webs, ledger = Webs(installation, random), Ledger()
        worker = Victim(installation.worker())
        installation.broker().start()
        for victim in (*webs.victims, worker):
            victim.start()
        host = f"localhost:{installation.port}"
        with storm(template.tokens, webs.port, host=host, ledger=ledger, random=random) as sessions:
            counted = _strike([*webs.victims, worker], sessions, ledger, random, kills=kills, saves=saves)
        return verdict(installation, ledger, kills=counted)


def kill_postgresql(
    template: Template, random: Random, *, kills: int, saves: int, **settings: str
) -> Verdict:
    """Kills the postmaster and all its children at once. The kill counts when it is seen dead and another postmaster
    answers."""
    cluster = template.cluster
    assert cluster is not None
    with template.copy(**settings) as installation:
        installation.web().start()
        ledger, counted, deadline = Ledger(), 0, time.monotonic() + RUN_SECONDS
        host = f"localhost:{installation.port}"
        with storm(
            template.tokens, lambda: installation.port, host=host, ledger=ledger, random=random
        ) as sessions:
            while counted < kills or len(ledger.acknowledged) < saves:
                if time.monotonic() > deadline or not any(session.is_alive() for session in sessions):
                    break
                before = len(ledger.acknowledged)
                wait_until(lambda before=before: len(ledger.acknowledged) > before)
                time.sleep(random.uniform(*SERVES_SECONDS))
                if counted < kills:
                    postmaster = cluster.postmaster()
                    died = cluster.kill()
                    cluster.start()
                    counted += postmaster in died and cluster.postmaster() != postmaster
        return verdict(installation, ledger, kills=counted)


def _strike(
    victims: list[Victim],
    sessions: list[Session],
    ledger: Ledger,
    random: Random,
    *,
    kills: int,
    saves: int,
) -> int:
    """Kills once a save was acknowledged since the last kill. Without this wait, a server on a slow machine would
    never start to work."""
    *webs, worker = victims
    struck, saved, deadline = 0, 0, time.monotonic() + RUN_SECONDS

    def counted() -> int:
        return sum(victim.kills for victim in victims)

    while counted() < kills or len(ledger.acknowledged) < saves:
        if time.monotonic() > deadline or not any(session.is_alive() for session in sessions):
            break
        time.sleep(random.uniform(*SERVES_SECONDS))
        for victim in victims:
            victim.look()
        if struck < kills and len(ledger.acknowledged) > saved:
            chosen = [worker] if struck % WORKER_EVERY == WORKER_EVERY - 1 else webs
            up = [victim for victim in chosen if victim.is_up]
            if up:
                random.choice(up).kill()
                struck, saved = struck + 1, len(ledger.acknowledged)
    wait_until(lambda: _all_up(victims))
    return counted()


def _all_up(victims: list[Victim]) -> bool:
    for victim in victims:
        victim.look()
    return all(victim.is_up for victim in victims)


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for {seconds} s")
        time.sleep(0.05)


def verdict(installation: Installation, ledger: Ledger, *, kills: int) -> Verdict:
    lost = {*ledger.lost(installation), *ledger.twice()}
    return Verdict(
        kills=kills,
        acknowledged=len(ledger.acknowledged),
        lost=len(lost),
        conflicts=len(ledger.conflicts),
        refused=len(ledger.refused),
        unanswered=ledger.unanswered,
        integrity=installation.integrity(),
    )
