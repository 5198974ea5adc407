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

from tests.production.installation import Production, production
from tests.walks.conftest import PATIENCE_MILLISECONDS, Visitor
from tests.walks.test_main_walk import answer_questionnaire, close_and_publish, submit

pytestmark = [pytest.mark.alone, pytest.mark.browser]

CLIENT_THREADS, RESTARTS = 4, 2


@pytest.fixture(scope="module")
def installation(caddy: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    with production(tmp_path_factory.mktemp("production")) as installation:
        installation.prepare()
        installation.manage("seed_demo", "--organizations", "30")
        installation.start()
        yield installation


@pytest.fixture(scope="module")
def demo(installation: Production) -> dict[str, Any]:
    return dict(json.loads((Path(installation.env["POSTURE_VAR"]) / "demo.json").read_text()))


def get(installation: Production, path: str, *, token: str = "") -> Any:
    """Gets a page, and trusts only the certificate of this installation."""
    context = ssl.create_default_context(cafile=str(installation.certificate))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(installation.address + path, headers=headers)
    return urllib.request.urlopen(request, context=context, timeout=60)


@pytest.mark.parametrize("path", ["/", "/methods/", "/account/login/", "/api/v1/releases/"])
def test_pages_and_api_are_served_over_https(
    installation: Production, demo: dict[str, Any], path: str
) -> None:
    with get(installation, path, token=demo["api_token"] if path.startswith("/api/") else "") as response:
        assert (response.status, response.url) == (200, installation.address + path)
        assert "Server" not in response.headers
        assert response.headers["Strict-Transport-Security"]


def test_plain_http_redirects_to_https(installation: Production) -> None:
    connection = http.client.HTTPConnection("localhost", installation.http, timeout=60)
    connection.request("GET", "/methods/")
    response = connection.getresponse()
    assert response.status == 308
    assert response.headers["Location"].startswith("https://localhost")


def test_from_invitation_to_release(installation: Production, demo: dict[str, Any], browser: Browser) -> None:
    assert demo["invitations"][0]["url"].startswith(installation.address)
    with visitor(installation, browser) as person:
        person.visit(demo["invitations"][0]["url"])
        answer_questionnaire(person.page, 60)
        submit(person)
    with visitor(installation, browser) as analyst:
        analyst.sign_in(demo["logins"][0])
        close_and_publish(analyst)
    with get(installation, "/releases/ai-agent-security-2026-autumn-r1/") as response:
        assert response.status == 200


@contextmanager
def visitor(installation: Production, browser: Browser) -> Iterator[Visitor]:
    with browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 900}) as context:
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        yield Visitor(context.new_page(), installation.address)


def test_a_restart_of_everything_fails_no_request(installation: Production) -> None:
    statuses: list[int] = []
    stop_requested = threading.Event()

    def ask() -> None:
        while not stop_requested.is_set():
            try:
                with get(installation, "/methods/") as response:
                    statuses.append(response.status if response.read().endswith(b"</html>\n") else 0)
            except OSError as error:
                statuses.append(getattr(error, "code", 0))

    threads = [threading.Thread(target=ask) for _ in range(CLIENT_THREADS)]
    for thread in threads:
        thread.start()
    codes = []
    for _ in range(RESTARTS):
        for port in installation.ports:
            codes.append(installation.end(f"web@{port}"))
            installation.start_web(port)
            time.sleep(0.5)
    for part in ("relay", "worker"):
        codes.append(installation.end(f"{part}@1"))
        installation.start_unit(part, "1")
    stop_requested.set()
    for thread in threads:
        thread.join()
    print(f"{len(statuses)} requests while everything was restarted", flush=True)
    assert len(statuses) > CLIENT_THREADS * RESTARTS
    assert set(statuses) == {200}
    assert set(codes) == {0}
