"""An answer that was acknowledged is there after the server was killed in the middle of its work."""

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from posture.launch.places import ROOT
from posture.launch.processes import web_answers
from tests.on_postgresql import free_port

pytestmark = pytest.mark.alone

KILLS = 5
ITEM = "INV-C1"


class Server:
    """The real web server on a database of its own."""

    def __init__(self, var: Path) -> None:
        self.port = free_port()
        self.home = f"http://localhost:{self.port}"
        kept = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL",)}
        self.environment = kept | {"POSTURE_VAR": str(var), "BASE_URL": self.home, "POSTURE_EMBEDDED": "1"}
        self.manage("migrate", "-v0")
        self.manage("load_definitions")
        self.manage("seed_demo", "--organizations", "1")
        self.link = json.loads((var / "demo.json").read_text())["invitations"][0]["url"]
        self.process: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "waitress", f"--listen=127.0.0.1:{self.port}", "posture.wsgi:application"],
            cwd=ROOT,
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        while not web_answers(f"{self.home}/readyz"):
            time.sleep(0.05)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Respondent:
    """Saves one number after the other, and remembers the last that was acknowledged."""

    def __init__(self, server: Server) -> None:
        self.jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.token = self._csrf(server.link)
        overview = self._post(server.link, {})
        self.section = f"{overview}sections/inventory-visibility/"
        self.token = self._csrf(self.section)
        self.acknowledged = -1
        self.sent = -1

    def _csrf(self, address: str) -> str:
        with self.jar.open(address) as page:
            found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
        assert found is not None
        return found[1]

    def _post(self, address: str, fields: dict[str, str], **headers: str) -> str:
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": self.token, **fields}).encode()
        with self.jar.open(urllib.request.Request(address, body, headers), timeout=10) as answer:
            assert answer.status == 200
            return str(answer.url)

    def save_until_the_server_is_gone(self) -> None:
        number = self.acknowledged
        while True:
            number = (number + 1) % 101
            self.sent = number
            try:
                self._post(
                    self.section,
                    {f"{ITEM}.shown": "1", f"{ITEM}.number": str(number)},
                    Accept="application/json",
                )
            except (urllib.error.URLError, OSError):
                return
            self.acknowledged = number

    def stored(self) -> int:
        with self.jar.open(self.section) as page:
            found = re.search(rf'name="{ITEM}.number" value="(\d+)"', page.read().decode())
        assert found is not None, "the answer is gone"
        return int(found[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    running.start()
    yield running
    running.kill()


def test_what_was_acknowledged_survives_a_kill(server: Server) -> None:
    respondent = Respondent(server)
    for attempt in range(KILLS):
        saving = threading.Thread(target=respondent.save_until_the_server_is_gone)
        saving.start()
        time.sleep(0.4 + 0.13 * attempt)
        server.kill()
        saving.join(timeout=20)
        assert respondent.acknowledged >= 0
        server.start()
        assert respondent.stored() in (respondent.acknowledged, respondent.sent)
        respondent.acknowledged = respondent.stored()
