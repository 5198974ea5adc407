"""Tests mails of a survey: their text, their links, and that no name can add to their headers."""

import email
import socket
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend
from django.test import Client

from surveys.jobs import job_queue
from surveys.jobs.outbox import JobOutcome
from surveys.mail import emails
from surveys.models import Invitation, Job, Organization, Wave
from tests.support.builders import NOW, make_organization, make_user, make_wave

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HOSTS = {
    "Host": {"HTTP_HOST": "evil.example"},
    "Host with port": {"HTTP_HOST": "testserver:8443"},
    "Host with user": {"HTTP_HOST": "testserver@evil.example"},
    "Host with two names": {"HTTP_HOST": "testserver, evil.example"},
    "Host with a path": {"HTTP_HOST": "evil.example/testserver"},
    "no Host": {"HTTP_HOST": ""},
    "X-Forwarded-Host": {"HTTP_X_FORWARDED_HOST": "evil.example"},
    "X-Forwarded-Host and Proto": {
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_X_FORWARDED_PROTO": "https",
    },
    "X-Forwarded-Port": {"HTTP_X_FORWARDED_PORT": "8443"},
    "X-Forwarded-Server": {"HTTP_X_FORWARDED_SERVER": "evil.example"},
    "Forwarded": {"HTTP_FORWARDED": "host=evil.example;proto=https"},
    "X-Host": {"HTTP_X_HOST": "evil.example"},
    "X-Original-URL": {"HTTP_X_ORIGINAL_URL": "http://evil.example/s/x/"},
    "SERVER_NAME": {"SERVER_NAME": "evil.example", "SERVER_PORT": "8443"},
}


@pytest.fixture(autouse=True)
def mail_folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def mails_in(folder: Path) -> list[Message]:
    return [
        email.message_from_bytes(part.strip() + b"\n")
        for path in sorted(folder.glob("*.log"))
        for part in path.read_bytes().split(b"-" * 79)
        if part.strip()
    ]


def analyst() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(make_user("analyst", is_staff=True))
    return client


def invite(client: Client, organization: Any, **headers: str) -> int:
    fields = {"organization": organization.pk, "role": "executive", "address": "a@b.example"}
    return client.post("/studio/waves/wave/invitations/", fields, **headers).status_code


@pytest.mark.parametrize("name", HOSTS)
def test_links_start_with_the_configured_address_whatever_a_request_says(
    mail_folder: Path, name: str
) -> None:
    make_wave(slug="wave")
    assert invite(analyst(), make_organization(), **HOSTS[name]) in (302, 400)
    for job in Job.objects.filter(kind=emails.MAIL):
        assert job_queue.carry_out_now(job.key, at=NOW) == JobOutcome.DONE
    for message in mails_in(mail_folder):
        assert "http://testserver/s/" in message.get_payload()
        assert message["Message-ID"].endswith("@testserver>")
        assert "evil" not in message.as_string()
        assert "8443" not in message.as_string()


RAW_REQUESTS = {
    "as it should be": ("{path}", ["Host: {host}"]),
    "two hosts": ("{path}", ["Host: {host}", "Host: evil.example"]),
    "two hosts, the other first": ("{path}", ["Host: evil.example", "Host: {host}"]),
    "an absolute address": ("http://evil.example{path}", ["Host: {host}"]),
    "an absolute address and its host": ("http://evil.example{path}", ["Host: evil.example"]),
    "a user before the host": ("{path}", ["Host: evil.example@{host}"]),
    "forwarded in every way": (
        "{path}",
        [
            "Host: {host}",
            "X-Forwarded-Host: evil.example",
            "Forwarded: host=evil.example",
            "X-Forwarded-Port: 8443",
        ],
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", RAW_REQUESTS)
def test_raw_requests_cannot_change_the_host_of_links(mail_folder: Path, live_server: Any, name: str) -> None:
    """Sends the request over a socket to a running server."""
    make_wave(slug="wave")
    client, organization = analyst(), make_organization()
    cookie, path = client.cookies[settings.SESSION_COOKIE_NAME], "/studio/waves/wave/invitations/"
    host = live_server.url.removeprefix("http://")
    token = "t" * 32
    fields = {"organization": organization.pk, "role": "executive", "address": "a@b.example"}
    body = urlencode({**fields, "csrfmiddlewaretoken": token})
    target, header_lines = RAW_REQUESTS[name]
    lines = [
        f"POST {target.format(path=path)} HTTP/1.1",
        *(head.format(host=host) for head in header_lines),
        f"Cookie: {settings.SESSION_COOKIE_NAME}={cookie.value}; {settings.CSRF_COOKIE_NAME}={token}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    with socket.create_connection((live_server.thread.host, live_server.thread.port)) as connection:
        connection.sendall("\r\n".join([*lines, "", body]).encode())
        status = int(connection.makefile("rb").readline().split()[1])
    assert status in (302, 400, 403, 404), status
    keys = [job.key for job in Job.objects.filter(kind=emails.MAIL)]
    assert keys or name != "as it should be", status
    for key in keys:
        assert job_queue.carry_out_now(key, at=NOW) == JobOutcome.DONE
    for message in mails_in(mail_folder):
        assert "http://testserver/s/" in message.get_payload()
        assert "evil" not in message.as_string()


def test_without_a_configured_address_the_analyst_is_told_and_nothing_is_sent(settings: Any) -> None:
    settings.BASE_URL = ""
    make_wave(slug="wave")
    client = analyst()
    fields = {"organization": make_organization().pk, "role": "executive", "address": "a@b.example"}
    page = client.post("/studio/waves/wave/invitations/", fields)
    assert page.status_code == 422
    assert b"BASE_URL is not set" in page.content
    assert not Invitation.objects.exists()
    assert not Job.objects.exists()


def test_a_mail_that_waits_when_the_address_is_taken_away_waits_with_the_reason(settings: Any) -> None:
    job = emails.queue_mail(to="a@b.example", subject="S", text="T", key="one", at=NOW)
    settings.BASE_URL = ""
    assert job_queue.carry_out_now("one", at=NOW) == JobOutcome.FAILED
    job.refresh_from_db()
    assert "BASE_URL is not set" in job.reason


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"])
def test_a_name_adds_nothing_to_the_head(mail_folder: Path, break_: str) -> None:
    title = f"Spring{break_}Bcc: everybody@evil.example{break_}{break_}Click here"
    Wave.objects.filter(pk=make_wave(slug="wave").pk).update(title=title)
    organization = make_organization()
    Organization.objects.filter(pk=organization.pk).update(name=f"Acme{break_}Bcc: evil@evil.example")
    assert invite(analyst(), organization) == 302
    job = Job.objects.get(kind=emails.MAIL)
    assert job_queue.carry_out_now(job.key, at=NOW) == JobOutcome.DONE
    (message,) = mails_in(mail_folder)
    assert message["Bcc"] is None
    assert set(message.keys()) == {
        "Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Date", "Message-ID",
    }  # fmt: skip


@pytest.mark.parametrize(
    "address", ["a@b.example\nBcc: c@d.example", "a@b.example, c@d.example", "a@b.example\r\n"]
)
def test_an_address_is_one_address(address: str) -> None:
    make_wave(slug="wave")
    fields = {"organization": make_organization().pk, "role": "executive", "address": address}
    analyst().post("/studio/waves/wave/invitations/", fields)
    for invitation in Invitation.objects.all():
        assert invitation.address == "a@b.example"


def test_a_server_without_encryption_gets_no_mail(settings: Any, mail_server: Any) -> None:
    """The server does not offer STARTTLS, so no mail is sent, and it is retried."""
    settings.EMAIL_BACKEND = f"{EmailBackend.__module__}.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", mail_server.port, True
    job = emails.queue_mail(to="a@b.example", subject="S", text="T", key="one", at=NOW)
    assert job_queue.carry_out_now("one", at=NOW) == JobOutcome.FAILED
    job.refresh_from_db()
    assert "The mail server could not be used" in job.reason
    assert mail_server.accepted == []

    settings.EMAIL_USE_TLS = False
    assert job_queue.carry_out_now("one", at=job.next_at) == JobOutcome.DONE
    assert [mail.identity for mail in mail_server.accepted] == [emails.message_id("one")]


def test_the_page_of_the_wave_says_what_became_of_the_mail(settings: Any) -> None:
    make_wave(slug="wave")
    client = analyst()
    invite(client, make_organization())
    job = Job.objects.get(kind=emails.MAIL)

    def page() -> str:
        return client.get("/studio/waves/wave/").content.decode()

    assert "invited, mail will be sent" in page()
    settings.BASE_URL = ""
    job_queue.carry_out_now(job.key, at=NOW)
    assert "mail not sent yet: BASE_URL is not set" in page()
    settings.BASE_URL = "http://testserver"
    job_queue.carry_out_now(job.key, at=Job.objects.get().next_at)
    assert "invited, mail sent" in page()
