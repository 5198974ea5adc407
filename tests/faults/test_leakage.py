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
from tests.faults.harness.stored_bytes import files_holding

pytestmark = pytest.mark.long

PATIENCE_SECONDS = 60
CODE = re.compile(r"^\s*(\d{8})\s*$", re.MULTILINE)
NO_MAILS = ("mail",)
RUN = "from tests.faults.harness.leakable import *; "


def test_no_secret_and_no_written_word_is_stored_in_clear(one_template: Template) -> None:
    with one_template.copy() as installation:
        world = json.loads(installation.shell(f"{RUN}print_world()"))
        for process in (installation.broker, installation.worker, installation.relay, installation.web):
            process().start()
        secret_words = _use_the_product(installation, world)
        assert len(secret_words) >= 10
        assert files_holding(installation, secret_words, excluded_names=NO_MAILS) == {}
        _check_that_the_search_finds_planted_words(installation, world, secret_words)


def _use_the_product(installation: Installation, world: dict[str, Any]) -> list[str]:
    """Simulates respondents with and without a code, a sign-in, a mistyped password, and a machine with a token.
    Returns the words that must not be found."""
    word, mistyped = f"cnry{secrets.token_hex(8)}", f"cnry{secrets.token_hex(8)}"
    host = f"localhost:{installation.port}"
    respondent = Respondent(world["link"], lambda: installation.port, host=host)
    for item, body in (
        ("I-R", {"options": ["yes"]}),
        ("KEYS", {"options": ["other"], "texts": {"other": word}}),
    ):
        assert _save_answer(respondent, item, body) == 200
    assert _save_answer(respondent, "KEYS", {"options": ["other"], "texts": {"other": mistyped}}) == 409
    second_device = Respondent.__new__(Respondent)
    second_device.port, second_device.host, second_device.cookies, second_device.csrf, second_device.connection = (
        respondent.port, host, {}, "", None,
    )  # fmt: skip
    second_device.open(f"/s/{world['link']}/")
    code_page = second_device.form(f"/s/{world['link']}/", {}).location
    code = _mailed_code(installation.var / "mail")
    second_device.open(code_page)
    assert second_device.form(code_page, {"code": "00000000"}).status != 302
    assert second_device.form(code_page, {"code": code}).status == 302
    person_cookies = _signed_in(installation, world)
    api_reply = respondent.send(
        "GET", "/api/v1/releases/", headers={"Authorization": f"Bearer {world['token']}"}
    )
    assert api_reply.status == 200, api_reply
    respondent.send("GET", f"/s/{'x' * 43}/?token={world['link']}")
    secret_words = [world["link"], world["password"], world["token"], world["address"], code, word, mistyped]
    for cookies in (respondent.cookies, second_device.cookies, person_cookies):
        secret_words += [value for name, value in cookies.items() if "answers-" in name or "session" in name]
    return secret_words


def _save_answer(respondent: Respondent, item: str, body_fields: dict[str, Any]) -> int:
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": secrets.token_hex(8),
        "If-Match": '"0"',
        "X-CSRFToken": respondent.csrf,
    }
    content = json.dumps(body_fields).encode()
    return respondent.send("PUT", f"{respondent.place}answers/{item}/", content, headers).status


def _signed_in(installation: Installation, world: dict[str, Any]) -> dict[str, str]:
    browser = Respondent.__new__(Respondent)
    browser.port, browser.host = (lambda: installation.port), f"localhost:{installation.port}"
    browser.cookies, browser.csrf, browser.connection = {}, "", None
    browser.open("/account/login/")
    wrong_password = browser.form(
        "/account/login/", {"login": world["account"], "password": world["password"] + "x"}
    )
    assert wrong_password.status in (200, 422), wrong_password.status
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


def _check_that_the_search_finds_planted_words(
    installation: Installation, world: dict[str, Any], secret_words: list[str]
) -> None:
    """Negative control: a version that does not seal, and a line in a log."""
    installation.shell(f"{RUN}write_in_clear()")
    with (installation.var / "log" / "careless.log").open("w") as log:
        log.write(f"GET /s/{world['link']}/\n")
    hits = files_holding(installation, [*secret_words, "written in clear"], excluded_names=NO_MAILS)
    assert set(hits) == {world["link"], "written in clear"}
