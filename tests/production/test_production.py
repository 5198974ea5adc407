"""Tests an installation in production from an invitation to a release over https, and restarts without errors for
users."""

import http.client
import json
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.production.running import Production, production
from tests.walks.conftest import PATIENCE_MILLISECONDS, Visitor
from tests.walks.test_main_walk import answer_questionnaire, close_and_publish, submit

pytestmark = [pytest.mark.alone, pytest.mark.browser]

ASKING, RESTARTS = 4, 2


@pytest.fixture(scope="module")
def running(caddy: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    with production(tmp_path_factory.mktemp("production")) as found:
        found.prepare()
        found.manage("seed_demo", "--organizations", "30")
        found.start()
        yield found


@pytest.fixture(scope="module")
def demo(running: Production) -> dict[str, Any]:
    return dict(json.loads((Path(running.env["POSTURE_VAR"]) / "demo.json").read_text()))


def get(running: Production, path: str, *, token: str = "") -> Any:
    """Gets a page, and trusts only the certificate of this installation."""
    context = ssl.create_default_context(cafile=str(running.certificate))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(running.address + path, headers=headers)
    return urllib.request.urlopen(request, context=context, timeout=60)


@pytest.mark.parametrize("path", ["/", "/methods/", "/account/login/", "/api/v1/releases/"])
def test_pages_and_api_are_served_over_https(running: Production, demo: dict[str, Any], path: str) -> None:
    with get(running, path, token=demo["api_token"] if path.startswith("/api/") else "") as answer:
        assert (answer.status, answer.url) == (200, running.address + path)
        assert "Server" not in answer.headers
        assert answer.headers["Strict-Transport-Security"]


def test_plain_http_leads_to_https(running: Production) -> None:
    connection = http.client.HTTPConnection("localhost", running.http, timeout=60)
    connection.request("GET", "/methods/")
    answer = connection.getresponse()
    assert answer.status == 308
    assert answer.headers["Location"].startswith("https://localhost")


def test_from_invitation_to_release(running: Production, demo: dict[str, Any], browser: Browser) -> None:
    assert demo["invitations"][0]["url"].startswith(running.address)
    with visitor(running, browser) as person:
        person.visit(demo["invitations"][0]["url"])
        answer_questionnaire(person.page, 60)
        submit(person)
    with visitor(running, browser) as analyst:
        analyst.sign_in(demo["logins"][0])
        close_and_publish(analyst)
    with get(running, "/releases/ai-agent-security-2026-autumn-r1/") as answer:
        assert answer.status == 200


@contextmanager
def visitor(running: Production, browser: Browser) -> Iterator[Visitor]:
    with browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 900}) as context:
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        yield Visitor(context.new_page(), running.address)


def test_nobody_notices_that_everything_is_restarted(running: Production) -> None:
    asked: list[int] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                with get(running, "/methods/") as answer:
                    asked.append(answer.status if answer.read().endswith(b"</html>\n") else 0)
            except OSError as error:
                asked.append(getattr(error, "code", 0))

    threads = [threading.Thread(target=ask) for _ in range(ASKING)]
    for thread in threads:
        thread.start()
    codes = []
    for _ in range(RESTARTS):
        for port in running.ports:
            codes.append(running.end(f"web@{port}"))
            running.start_web(port)
            time.sleep(0.5)
    for part in ("relay", "worker"):
        codes.append(running.end(f"{part}@1"))
        running.start_unit(part, "1")
    over.set()
    for thread in threads:
        thread.join()
    print(f"{len(asked)} requests while everything was restarted", flush=True)
    assert len(asked) > ASKING * RESTARTS
    assert set(asked) == {200}
    assert set(codes) == {0}
