"""Fixtures for walks: a real Chromium, and visitors that report faults of each page."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from posture.explorer.frames import refresh_all
from tests.support.builders import code_now
from tests.support.demo_database import demonstration
from tests.support.prepared_database import fill_database

PATIENCE_MILLISECONDS = 20_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)


@dataclass
class Visitor:
    """One person with a browser window. Collects errors of the page and violations of its content security policy."""

    page: Page
    home: str
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._collect_message)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _collect_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{self.page.url}: {message.text}")

    def visit(self, address: str) -> None:
        path = address.removeprefix(settings.BASE_URL)
        self.page.goto(path if path.startswith("http") else self.home + path, wait_until="networkidle")

    def sign_in(self, login: dict[str, str]) -> None:
        self.visit("/account/login/")
        self.page.get_by_label("E-mail").fill(login["email"])
        self.page.get_by_label("Password").fill(login["password"])
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        if "totp_secret" in login:
            self.page.get_by_label("Code").fill(code_now(login["totp_secret"]))
            self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url("**/account/")

    def enter_as(self, user: Any) -> None:
        """Gives the visitor the session of this person."""
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        self.page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.home}])

    def examine(self) -> None:
        """Checks for violated accessibility rules, content wider than the window, errors and policy violations."""
        violations = Axe().run(self.page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in violations] == [], self.page.url
        excess = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert excess <= 0, f"{self.page.url} is {excess} px wider than the window"
        assert self.errors == []


@pytest.fixture
def visitor(browser: Browser, live_server: Any) -> Iterator[Any]:
    """Makes visitors: `visitor(width=390, color_scheme="dark")`."""
    contexts = []

    def new_visitor(width: int = 1440, **options: Any) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        return Visitor(context.new_page(), live_server.url)

    yield new_visitor
    for context in contexts:
        context.close()


@pytest.fixture
def demo(transactional_db: None) -> dict[str, Any]:
    """The demonstration as `make run` creates it, with fewer organisations."""
    document = fill_database(*demonstration(organizations=30))
    shutil.rmtree(settings.VAR / "frames", ignore_errors=True)
    refresh_all(at=timezone.now())
    return document
