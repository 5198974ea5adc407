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

SECONDS_BETWEEN_KILLS = (0.15, 0.6)
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


class KillTarget:
    """One process that is killed and started again repeatedly."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.is_up = False
        self.killed_pid = 0
        self.kills = 0

    def start(self) -> None:
        self.child.start()
        self.is_up = True

    def kill(self) -> None:
        self.killed_pid, self.is_up = self.child.pid, False
        if not self.child.kill():
            raise RuntimeError(f"{self.child.log.name} {self.killed_pid} would not die")
        self.child.launch()

    def update(self) -> None:
        if self.is_up:
            return
        if not self.child.is_running():
            raise RuntimeError(f"{self.child.log.name}: {self.child.log.read_text()[-3000:]}")
        if self.child.answers() and self.child.pid != self.killed_pid:
            self.is_up = True
            self.kills += 1


class WebServers:
    """Two web processes on one database, as behind a load balancer. Respondents use whichever process is up."""

    def __init__(self, installation: Installation, random: Random) -> None:
        self.ports = (installation.port, free_port())
        self.targets = [KillTarget(installation.web(port)) for port in self.ports]
        self.random = random

    def port(self) -> int:
        running_ports = [port for port, victim in zip(self.ports, self.targets, strict=True) if victim.is_up]
        return self.random.choice(running_ports or self.ports)


def kill_webs_and_worker(
    template: Template, random: Random, *, kills: int, saves: int, **settings: str
) -> Verdict:
    with template.copy(**settings) as installation:
        webs, ledger = WebServers(installation, random), Ledger()
        worker = KillTarget(installation.worker())
        installation.broker().start()
        for target in (*webs.targets, worker):
            target.start()
        host = f"localhost:{installation.port}"
        with storm(template.tokens, webs.port, host=host, ledger=ledger, random=random) as sessions:
            kill_count = _kill_repeatedly(
                [*webs.targets, worker], sessions, ledger, random, kills=kills, saves=saves
            )
        return verdict_of(installation, ledger, kills=kill_count)


def kill_postgresql(
    template: Template, random: Random, *, kills: int, saves: int, **settings: str
) -> Verdict:
    """Kills the postmaster and all its children at once. The kill counts when it is seen dead and another postmaster
    answers."""
    cluster = template.cluster
    assert cluster is not None
    with template.copy(**settings) as installation:
        installation.web().start()
        ledger, kill_count, deadline = Ledger(), 0, time.monotonic() + RUN_SECONDS
        host = f"localhost:{installation.port}"
        with storm(
            template.tokens, lambda: installation.port, host=host, ledger=ledger, random=random
        ) as sessions:
            while kill_count < kills or len(ledger.acknowledged) < saves:
                if time.monotonic() > deadline or not any(session.is_alive() for session in sessions):
                    break
                saves_before = len(ledger.acknowledged)
                wait_until(lambda saves_before=saves_before: len(ledger.acknowledged) > saves_before)
                time.sleep(random.uniform(*SECONDS_BETWEEN_KILLS))
                if kill_count < kills:
                    postmaster = cluster.postmaster()
                    killed_processes = cluster.kill()
                    cluster.start()
                    kill_count += postmaster in killed_processes and cluster.postmaster() != postmaster
        return verdict_of(installation, ledger, kills=kill_count)


def _kill_repeatedly(
    targets: list[KillTarget],
    sessions: list[Session],
    ledger: Ledger,
    random: Random,
    *,
    kills: int,
    saves: int,
) -> int:
    """Kills once a save was acknowledged since the last kill. Without this wait, a server on a slow machine would
    never start to work."""
    *webs, worker = targets
    kills_sent, saves_at_last_kill, deadline = 0, 0, time.monotonic() + RUN_SECONDS

    def counted() -> int:
        return sum(target.kills for target in targets)

    while counted() < kills or len(ledger.acknowledged) < saves:
        if time.monotonic() > deadline or not any(session.is_alive() for session in sessions):
            break
        time.sleep(random.uniform(*SECONDS_BETWEEN_KILLS))
        for target in targets:
            target.update()
        if kills_sent < kills and len(ledger.acknowledged) > saves_at_last_kill:
            candidates = [worker] if kills_sent % WORKER_EVERY == WORKER_EVERY - 1 else webs
            running = [target for target in candidates if target.is_up]
            if running:
                random.choice(running).kill()
                kills_sent, saves_at_last_kill = kills_sent + 1, len(ledger.acknowledged)
    wait_until(lambda: _are_all_up(targets))
    return counted()


def _are_all_up(targets: list[KillTarget]) -> bool:
    for target in targets:
        target.update()
    return all(target.is_up for target in targets)


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for {seconds} s")
        time.sleep(0.05)


def verdict_of(installation: Installation, ledger: Ledger, *, kills: int) -> Verdict:
    lost = {*ledger.lost(installation), *ledger.acknowledged_twice()}
    return Verdict(
        kills=kills,
        acknowledged=len(ledger.acknowledged),
        lost=len(lost),
        conflicts=len(ledger.conflicts),
        refused=len(ledger.refused),
        unanswered=ledger.unanswered,
        integrity=installation.integrity(),
    )
