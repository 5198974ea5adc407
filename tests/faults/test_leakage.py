"""Searches everything that an installation stores for secrets in clear after a day's work: links, passwords, codes,
tokens, sessions and written words. Logs, the database and its log, the broker's file and the data folder are
searched. Mails are left out, because their recipient reads them."""

import json
import re
import secrets
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.harness.installation import Installation, Template
from tests.faults.harness.respondent import Respondent
from tests.faults.harness.stored_bytes import found

pytestmark = pytest.mark.long

PATIENCE_SECONDS = 60
CODE = re.compile(r"^\s*(\d{8})\s*$", re.MULTILINE)
NO_MAILS = ("mail",)
RUN = "from tests.faults.harness.leakable import *; "


def test_nothing_that_opens_or_was_written_stands_in_clear(one_template: Template) -> None:
    with one_template.copy() as installation:
        world = json.loads(installation.shell(f"{RUN}print_world()"))
        for process in (installation.broker, installation.worker, installation.relay, installation.web):
            process().start()
        secret = _a_days_work(installation, world)
        assert len(secret) >= 10
        assert found(installation, secret, without=NO_MAILS) == {}
        _the_search_would_find_them(installation, world, secret)


def _a_days_work(installation: Installation, world: dict[str, Any]) -> list[str]:
    """Simulates respondents with and without a code, a sign-in, a mistyped password, and a machine with a token.
    Returns the words that must not be found."""
    word, mistyped = f"cnry{secrets.token_hex(8)}", f"cnry{secrets.token_hex(8)}"
    host = f"localhost:{installation.port}"
    respondent = Respondent(world["link"], lambda: installation.port, host=host)
    for item, said in (
        ("I-R", {"options": ["yes"]}),
        ("KEYS", {"options": ["other"], "texts": {"other": word}}),
    ):
        assert _say(respondent, item, said) == 200
    assert _say(respondent, "KEYS", {"options": ["other"], "texts": {"other": mistyped}}) == 409
    second = Respondent.__new__(Respondent)
    second.port, second.host, second.cookies, second.csrf, second.connection = (
        respondent.port, host, {}, "", None,
    )  # fmt: skip
    second.open(f"/s/{world['link']}/")
    at_code = second.form(f"/s/{world['link']}/", {}).location
    code = _mailed_code(installation.var / "mail")
    second.open(at_code)
    assert second.form(at_code, {"code": "00000000"}).status != 302
    assert second.form(at_code, {"code": code}).status == 302
    person = _signed_in(installation, world)
    machine = respondent.send(
        "GET", "/api/v1/releases/", headers={"Authorization": f"Bearer {world['token']}"}
    )
    assert machine.status == 200, machine
    respondent.send("GET", f"/s/{'x' * 43}/?token={world['link']}")
    secret = [world["link"], world["password"], world["token"], world["address"], code, word, mistyped]
    for cookies in (respondent.cookies, second.cookies, person):
        secret += [value for name, value in cookies.items() if "answers-" in name or "session" in name]
    return secret


def _say(respondent: Respondent, item: str, said: dict[str, Any]) -> int:
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": secrets.token_hex(8),
        "If-Match": '"0"',
        "X-CSRFToken": respondent.csrf,
    }
    body = json.dumps(said).encode()
    return respondent.send("PUT", f"{respondent.place}answers/{item}/", body, headers).status


def _signed_in(installation: Installation, world: dict[str, Any]) -> dict[str, str]:
    browser = Respondent.__new__(Respondent)
    browser.port, browser.host = (lambda: installation.port), f"localhost:{installation.port}"
    browser.cookies, browser.csrf, browser.connection = {}, "", None
    browser.open("/account/login/")
    wrong = browser.form("/account/login/", {"login": world["account"], "password": world["password"] + "x"})
    assert wrong.status in (200, 422), wrong.status
    browser.open("/account/login/")
    assert (
        browser.form("/account/login/", {"login": world["account"], "password": world["password"]}).status
        == 302
    )
    return browser.cookies


def _mailed_code(folder: Path) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for mail in folder.glob("*.log"):
            if code := CODE.search(mail.read_text()):
                return code[1]
        time.sleep(0.1)
    raise AssertionError("no code was mailed")


def _the_search_would_find_them(installation: Installation, world: dict[str, Any], secret: list[str]) -> None:
    """Negative control: a version that does not seal, and a line in a log."""
    installation.shell(f"{RUN}write_in_clear()")
    with (installation.var / "log" / "careless.log").open("w") as log:
        log.write(f"GET /s/{world['link']}/\n")
    hits = found(installation, [*secret, "written in clear"], without=NO_MAILS)
    assert set(hits) == {world["link"], "written in clear"}
