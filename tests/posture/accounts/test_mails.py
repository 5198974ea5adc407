"""Tests that mails about accounts link to the configured address only, for any request, and contain no planted
text."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from surveys.models import Job
from tests.posture.accounts.people import sent, with_password
from tests.support.builders import make_organization, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

EVIL = "evil.example"
HEADERS: tuple[dict[str, str], ...] = (
    {"HTTP_HOST": EVIL},
    {"HTTP_HOST": f"{EVIL}:443"},
    {"HTTP_HOST": f"testserver:80@{EVIL}"},
    {"HTTP_HOST": f"testserver, {EVIL}"},
    {"HTTP_HOST": f"testserver.{EVIL}"},
    {"SERVER_NAME": EVIL},
    {"HTTP_X_FORWARDED_HOST": EVIL},
    {"HTTP_X_FORWARDED_HOST": f"testserver, {EVIL}", "HTTP_X_FORWARDED_PROTO": "https"},
    {"HTTP_X_FORWARDED_PROTO": "javascript", "HTTP_X_FORWARDED_PORT": "6666"},
    {"HTTP_X_FORWARDED_SERVER": EVIL, "HTTP_X_HOST": EVIL},
    {"HTTP_FORWARDED": f"for=1.2.3.4;host={EVIL};proto=https"},
    {"HTTP_X_ORIGINAL_URL": f"https://{EVIL}/", "HTTP_X_REWRITE_URL": f"//{EVIL}/"},
    {"HTTP_REFERER": f"https://{EVIL}/", "HTTP_ORIGIN": f"https://{EVIL}"},
    {"SCRIPT_NAME": f"//{EVIL}", "SERVER_PORT": "6666"},
)


def reset(client: Client, headers: Any) -> None:
    client.post("/account/password/reset/", {"email": "owner@people.example"}, **headers)


def invite(client: Client, headers: Any) -> None:
    client.post("/organizations/acme/people/", {"address": "x@people.example", "role": "viewer"}, **headers)


def new_address(client: Client, headers: Any) -> None:
    client.post("/account/address/", {"email": "x@people.example", "action_add": ""}, **headers)


def taken_address(client: Client, headers: Any) -> None:
    make_user("taken")
    client.post("/account/address/", {"email": "taken@people.example", "action_add": ""}, **headers)


@pytest.fixture
def owner() -> Client:
    person = with_password(make_user("owner", organization=make_organization("acme"), role="owner"))
    client = Client()
    client.force_login(person)
    return client


CAUSES = (reset, invite, new_address, taken_address)


@pytest.mark.parametrize("headers", HEADERS, ids=range(len(HEADERS)))
def test_no_header_gets_into_a_mail(owner: Client, headers: dict[str, str]) -> None:
    for cause in CAUSES:
        cause(owner, headers)
    for message in sent():
        assert EVIL not in message.message().as_string()
        assert "6666" not in message.body
        assert message.body.count("://") == message.body.count("http://testserver/")


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_sends_one_mail_to_one_person(owner: Client, cause: Callable[[Client, Any], None]) -> None:
    """Makes sure that the test above examines mails."""
    cause(owner, {})
    (message,) = sent()
    assert len(message.to) == 1
    assert "http://testserver/" in message.body
    assert message.subject.startswith("Posture: ")
    assert message.message().get_content_type() == "text/plain"


@pytest.mark.parametrize("cause", CAUSES)
def test_without_a_base_address_nothing_is_sent(
    owner: Client, cause: Callable[[Client, Any], None], settings: Any
) -> None:
    settings.BASE_URL = ""
    cause(owner, {})
    assert not Job.objects.exists()


def test_names_with_line_breaks_inject_nothing() -> None:
    organization = make_organization("acme")
    organization.name = "Acme\r\nBcc: victim@people.example\n\nhttps://evil.example"
    organization.save()
    client = Client()
    client.force_login(make_user("owner", organization=organization, role="owner"))
    for address in (
        "x@people.example",
        "x@people.example\nBcc: y@people.example",
        '"x\r\nBcc: y"@people.example',
    ):
        client.post("/organizations/acme/people/", {"address": address, "role": "viewer"})
    (message,) = sent()
    assert message.recipients() == ["x@people.example"]
    assert "Bcc" not in message.message()
    assert "\n" not in message.subject


def test_an_address_counts_from_the_moment_its_link_is_opened(owner: Client) -> None:
    new_address(owner, {})
    (message,) = sent()
    path = message.body.split("http://testserver")[1].split()[0]
    stranger = Client()
    assert stranger.get(path).status_code == 200
    person = owner.get("/account/security/").wsgi_request.user
    assert person.email == "owner@people.example"
    stranger.post(path)
    person.refresh_from_db()
    assert person.email == "x@people.example"
    told = [(message.to, message.subject) for message in sent()]
    assert told == [(["owner@people.example"], "Posture: your address was changed")]
