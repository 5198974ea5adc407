"""Measures saves per second without pauses, of the product and of the bare view in turns."""

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from posture.launch.places import ROOT
from posture.launch.processes import web_answers
from tests.faults.harness.installation import Installation, Template
from tests.faults.harness.ledger import Ledger
from tests.faults.harness.respondent import Respondent
from tests.faults.harness.storm import storm
from tests.support.processes import free_port

ROUNDS, SECONDS = 3, 5
CLIENTS = 8


def ratio(template: Template, installation: Installation, seed: int) -> tuple[float, float]:
    """Returns saves per second of the product and of the bare view: medians of alternating rounds."""
    ours, bare = [], []
    with bare_server(installation) as port:
        for number in range(ROUNDS):
            ours.append(_of_the_product(template, installation, Random(seed + number)))
            bare.append(_of_the_bare_view(port))
    return statistics.median(ours), statistics.median(bare)


def _of_the_product(template: Template, installation: Installation, random: Random) -> float:
    """Uses new respondents without answers in each round."""
    ledger = Ledger()
    tokens = [template.tokens.pop() for _ in range(CLIENTS)]
    with storm(
        tokens, lambda: installation.port, host=f"localhost:{installation.port}", ledger=ledger, random=random
    ):
        before, started = len(ledger.acknowledged), time.monotonic()
        time.sleep(SECONDS)
        return (len(ledger.acknowledged) - before) / (time.monotonic() - started)


def _of_the_bare_view(port: int) -> float:
    counts = [0] * CLIENTS
    ends = time.monotonic() + SECONDS
    threads = [
        threading.Thread(target=_save_bare, args=(port, ends, counts, place)) for place in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


class Client(Respondent):
    """An HTTP client without an invitation."""

    def __init__(self, port: Callable[[], int]) -> None:
        self.port, self.host = port, f"localhost:{port()}"
        self.cookies: dict[str, str] = {}
        self.connection = None


def _save_bare(port: int, ends: float, counts: list[int], place: int) -> None:
    client = Client(lambda: port)
    body = json.dumps({"number": 7}).encode()
    while time.monotonic() < ends:
        reply = client.send("PUT", "/save", body, {"Content-Type": "application/json"})
        assert reply.status == 200, reply
        counts[place] += 1


@contextmanager
def bare_server(installation: Installation) -> Iterator[int]:
    """Runs the bare view in the product's web server."""
    port = free_port()
    environment = {**installation.environment, "POSTURE_PROCESS": "web"}
    prepare = {**environment, "BARE_PREPARE": "1", "POSTURE_PROCESS": "owner"}
    subprocess.run([sys.executable, "-c", "import benchmarks.load.bare"], cwd=ROOT, env=prepare, check=True)
    if installation.cluster is not None:
        installation.cluster.execute("GRANT ALL ON bare_save TO PUBLIC", installation.database)
    command = [sys.executable, "-m", "benchmarks.load.bare", f"127.0.0.1:{port}"]
    with (installation.var / "log" / "bare.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not web_answers(f"http://localhost:{port}/healthz") and time.monotonic() < deadline:
            time.sleep(0.1)
        yield port
    finally:
        process.kill()
        process.wait()
