"""Tests links, sessions and mailed codes of respondents: who gets access, who does not, and that a mail scanner
changes nothing."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from surveys.fieldwork import respondent_sessions
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.invitations import invite, resend, revoke
from surveys.fieldwork.waves import close_wave
from surveys.models import AuditEntry, Invitation, Job, MailedCode, RespondentSession, Response, Wave
from tests.support.builders import make_organization, make_user, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ENTERED, CODE_WANTED, NOTHING = "entered", "code wanted", "nothing there"


@pytest.fixture
def wave() -> Wave:
    return make_wave()


@pytest.fixture
def invitation_and_token(wave: Wave) -> tuple[Invitation, str]:
    return invite(
        make_organization("acme"), wave=wave, role="engineer", address="jo@acme.example", at=timezone.now()
    )


@pytest.fixture
def link(invitation_and_token: tuple[Invitation, str]) -> str:
    return f"/s/{invitation_and_token[1]}/"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the clock that views read."""

    class Clock:
        ahead = timedelta()

        def __call__(self) -> datetime:
            return datetime.now(tz=timezone.get_default_timezone()) + self.ahead

    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


def response_path() -> str:
    return f"/respond/{Response.objects.get().public_id}/"


def open_link(client: Client, link: str) -> str:
    """Follows the link, presses the button, and returns the result."""
    response = client.post(link)
    if response.status_code in (404, 410):
        return NOTHING
    assert response.status_code == 302
    return CODE_WANTED if response["Location"] == f"{response_path()}code/" else ENTERED


def save_answer(client: Client, number: int = 4) -> int:
    headers = {"idempotency-key": f"key-{number}", "if-match": '"0"'}
    address = f"{response_path()}answers/COUNT/"
    body = json.dumps({"number": number})
    return client.put(address, body, content_type="application/json", headers=headers).status_code


def mailed_code() -> str:
    job = Job.objects.filter(key__startswith="code:").order_by("-pk")[0]
    match = re.search(r"\b\d{8}\b", json.loads(job.sealed)["text"])
    assert match is not None
    return match[0]


def enter_code(client: Client, code: str) -> int:
    return client.post(f"{response_path()}code/", {"code": code}).status_code


def test_the_token_has_256_bits_and_is_stored_as_a_hash(invitation_and_token: tuple[Invitation, str]) -> None:
    invitation, token = invitation_and_token
    assert len(token) == 43
    assert token not in str(Invitation.objects.filter(pk=invitation.pk).values())


def test_mail_scanners_change_nothing_and_see_no_names(link: str) -> None:
    def rows() -> list[Any]:
        return [
            list(model.objects.values()) for model in (Invitation, Response, RespondentSession, AuditEntry)
        ]

    before = rows()
    for number in range(20):
        response = getattr(Client(), "head" if number % 2 else "get")(link)
        assert response.status_code == 200
        assert response["Referrer-Policy"] == "no-referrer"
        assert not response.cookies.get("answers")
        for word in (b"Acme", b"Engineer", b"acme"):
            assert word not in response.content
        assert not re.search(rb'(?:src|href|action)="(?:https?:)?//', response.content), (
            "nothing from elsewhere"
        )
    assert rows() == before
    assert open_link(Client(), link) == ENTERED


class TestTransitions:
    """The result of opening the link, after different events."""

    def test_first_visit(self, link: str) -> None:
        assert open_link(Client(), link) == ENTERED

    def test_second_device_before_the_first_answer(self, link: str) -> None:
        open_link(Client(), link)
        assert open_link(Client(), link) == ENTERED

    def test_second_device_after_the_first_answer(self, link: str) -> None:
        first, second = Client(), Client()
        open_link(first, link)
        assert save_answer(first) == 200
        assert open_link(second, link) == CODE_WANTED
        assert save_answer(second, 9) == 403
        for page in ("", "review/", "sections/agents/", "receipt/"):
            response = second.get(response_path() + page)
            assert (response.status_code, response["Location"]) == (302, f"{response_path()}code/")

    def test_a_device_that_was_there_before_the_first_answer(self, link: str) -> None:
        """A person who opened the link before its respondent sees nothing that is saved later."""
        early, own = Client(), Client()
        open_link(early, link)
        open_link(own, link)
        save_answer(own)
        assert save_answer(early, 9) == 403
        assert early.get(f"{response_path()}sections/agents/").status_code == 302
        assert own.get(f"{response_path()}sections/agents/").status_code == 200

    def test_the_same_device_again_after_the_first_answer(self, link: str) -> None:
        client = Client()
        open_link(client, link)
        save_answer(client)
        assert open_link(client, link) == ENTERED

    def test_the_code_lets_a_second_device_in(self, link: str) -> None:
        first, second = Client(), Client()
        open_link(first, link)
        save_answer(first)
        open_link(second, link)
        before = {cookie.value for cookie in second.cookies.values()}
        code = mailed_code()
        assert enter_code(second, f" {code[:4]} {code[4:]} ") == 302
        assert before.isdisjoint({cookie.value for cookie in second.cookies.values() if cookie.value})
        assert 'value="4"' in second.get(f"{response_path()}sections/agents/").content.decode()

    def test_a_wave_that_always_asks(self, wave: Wave, link: str) -> None:
        wave.asks_code = True
        wave.save()
        client = Client()
        assert open_link(client, link) == CODE_WANTED
        assert enter_code(client, mailed_code()) == 302
        assert client.get(response_path()).status_code == 200

    def test_a_new_link_ends_the_old_one(
        self, invitation_and_token: tuple[Invitation, str], link: str
    ) -> None:
        at_work = Client()
        open_link(at_work, link)
        token = resend(invitation_and_token[0], at=timezone.now())
        assert open_link(Client(), link) == NOTHING
        assert open_link(Client(), f"/s/{token}/") == ENTERED
        assert save_answer(at_work) == 200, "who is at work goes on"

    def test_revocation_ends_the_link_and_every_session(
        self, invitation_and_token: tuple[Invitation, str], link: str
    ) -> None:
        client = Client()
        open_link(client, link)
        address = response_path()
        revoke(invitation_and_token[0], at=timezone.now())
        assert open_link(Client(), link) == NOTHING
        assert client.get(address).status_code == 404
        assert save_answer(client) == 404
        assert not RespondentSession.objects.exists()

    def test_expiry(self, wave: Wave, link: str, clock: Any) -> None:
        clock.ahead = wave.closes_at - timezone.now()
        assert open_link(Client(), link) == NOTHING

    def test_a_closed_wave_takes_no_beginner(self, wave: Wave, link: str) -> None:
        close_wave(wave, at=timezone.now())
        assert open_link(Client(), link) == NOTHING

    def test_after_submission_there_is_the_receipt_only(self, link: str) -> None:
        first, second = Client(), Client()
        open_link(first, link)
        save_answer(first)
        first.post(f"{response_path()}submit/")
        assert open_link(second, link) == CODE_WANTED
        assert enter_code(second, mailed_code()) == 302
        receipt = Response.objects.get().receipt
        for client in (first, second):
            assert receipt in client.get(f"{response_path()}receipt/").content.decode()
            for page in ("sections/agents/", "review/"):
                assert client.get(response_path() + page)["Location"] == f"{response_path()}receipt/"
            assert 'value="4"' not in client.get(response_path()).content.decode()


class TestCodes:
    @pytest.fixture
    def second(self, link: str) -> Client:
        """A second device on the page that asks for the code."""
        first, second = Client(), Client()
        open_link(first, link)
        save_answer(first)
        open_link(second, link)
        return second

    @staticmethod
    def wrong(code: str) -> str:
        return f"{(int(code) + 1) % 10**8:08}"

    def test_a_code_is_stored_as_a_keyed_hash(self, second: Client) -> None:
        assert mailed_code() not in str(list(MailedCode.objects.values()))
        assert mailed_code() not in str(list(Job.objects.values("key", "payload_json")))

    def test_five_tries(self, second: Client) -> None:
        code = mailed_code()
        for _ in range(5):
            assert enter_code(second, self.wrong(code)) == 422
        assert enter_code(second, code) == 422, "it was right, and came too late"
        assert second.get(response_path()).status_code == 302

    def test_four_wrong_ones_are_forgiven(self, second: Client) -> None:
        code = mailed_code()
        for _ in range(4):
            enter_code(second, self.wrong(code))
        assert enter_code(second, code) == 302

    def test_ten_minutes(self, second: Client, clock: Any) -> None:
        code = mailed_code()
        clock.ahead = timedelta(minutes=10, seconds=1)
        assert enter_code(second, code) == 422

    def test_almost_ten_minutes(self, second: Client, clock: Any) -> None:
        code = mailed_code()
        clock.ahead = timedelta(minutes=9, seconds=50)
        assert enter_code(second, code) == 302

    def test_only_the_newest_works_and_once(self, second: Client) -> None:
        old = mailed_code()
        second.post(f"{response_path()}code/send/")
        new = mailed_code()
        assert enter_code(second, old) == 422
        assert enter_code(second, new) == 302
        session = RespondentSession.objects.latest("pk")
        with pytest.raises(respondent_sessions.CodeUnusable):
            respondent_sessions.confirm_session(session, new, at=timezone.now())

    def test_three_in_a_quarter_of_an_hour(self, second: Client, clock: Any) -> None:
        answers = [second.post(f"{response_path()}code/send/").status_code for _ in range(3)]
        assert answers == [302, 302, 429]
        assert Job.objects.filter(key__startswith="code:").count() == 3
        clock.ahead = timedelta(minutes=15, seconds=1)
        assert second.post(f"{response_path()}code/send/").status_code == 302

    def test_a_code_is_for_the_device_that_asked(self, second: Client, link: str) -> None:
        third = Client()
        code = mailed_code()
        open_link(third, link)
        assert enter_code(third, code) == 422

    def test_concurrent_attempts_are_all_counted(self, second: Client) -> None:
        session = RespondentSession.objects.filter(confirmed_at=None).get()
        code = mailed_code()
        for _ in range(5):
            with pytest.raises(respondent_sessions.WrongCode):
                respondent_sessions.confirm_session(session, self.wrong(code), at=timezone.now())
        assert MailedCode.objects.get().tries == 5
        with pytest.raises(respondent_sessions.CodeUnusable):
            respondent_sessions.confirm_session(session, code, at=timezone.now())

    def test_the_audit_trail_has_entries_about_codes(self, second: Client) -> None:
        enter_code(second, self.wrong(mailed_code()))
        actions = set(AuditEntry.objects.values_list("action", flat=True))
        assert {"exchanged a link", "was sent a code", "gave a wrong code"} <= actions


class TestSessions:
    @pytest.fixture
    def client(self, link: str) -> Client:
        client = Client()
        open_link(client, link)
        return client

    def test_idle_for_four_hours(self, client: Client, clock: Any) -> None:
        clock.ahead = timedelta(hours=4)
        assert client.get(response_path()).status_code == 404

    def test_at_work_for_a_day(self, client: Client, clock: Any) -> None:
        for hour in range(1, 24):
            clock.ahead = timedelta(hours=hour)
            assert client.get(response_path()).status_code == 200

    def test_seven_days_at_most(self, client: Client, clock: Any) -> None:
        for hours in range(3, 7 * 24, 3):
            clock.ahead = timedelta(hours=hours)
            assert client.get(response_path()).status_code == 200
        clock.ahead = timedelta(days=7)
        assert client.get(response_path()).status_code == 404

    def test_the_cookie_is_host_only_and_http_only(self, link: str, settings: Any) -> None:
        settings.SESSION_COOKIE_SECURE = True
        client = Client()
        client.post(link, secure=True)
        (cookie,) = client.cookies.values()
        assert cookie.key.startswith("__Host-")
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")
        assert (cookie["path"], cookie["domain"]) == ("/", "")
        assert client.get(response_path(), secure=True).status_code == 200

    def test_a_planted_cookie_is_replaced(self, link: str) -> None:
        client = Client()
        open_link(client, link)
        (name,) = (name for name in client.cookies if name.startswith("answers-"))
        planted = Client()
        planted.cookies[name] = "planted"
        open_link(planted, link)
        assert planted.cookies[name].value != "planted"

    def test_two_invitations_side_by_side(self, client: Client, wave: Wave) -> None:
        other, token = invite(
            make_organization("other"),
            wave=wave,
            role="engineer",
            address="o@other.example",
            at=timezone.now(),
        )
        first = response_path()
        client.post(f"/s/{token}/")
        second = f"/respond/{Response.objects.get(invitation=other).public_id}/"
        assert client.get(first).status_code == client.get(second).status_code == 200

    def test_a_session_is_independent_of_accounts(self, client: Client) -> None:
        client.force_login(make_user("someone"))
        client.session.flush()
        assert client.get(response_path()).status_code == 200

    def test_pages_send_no_referrer(self, client: Client) -> None:
        for page in ("", "sections/agents/", "review/"):
            assert client.get(response_path() + page)["Referrer-Policy"] == "no-referrer"


def test_submitting_sends_one_receipt(link: str) -> None:
    client = Client()
    open_link(client, link)
    save_answer(client)
    for _ in range(3):
        client.post(f"{response_path()}submit/")
    (job,) = Job.objects.filter(key__startswith="receipt:")
    assert Response.objects.get().receipt in json.loads(job.sealed)["text"]
    assert AuditEntry.objects.filter(action="submitted the answers").count() == 1


def test_unknown_links_are_rate_limited(settings: Any) -> None:
    client = Client(REMOTE_ADDR="192.0.2.7")
    answers = [client.get(f"/s/{number}/").status_code for number in range(25)]
    assert answers[:20] == [404] * 20
    assert 429 in answers[20:]


def test_an_analyst_sends_a_new_link(
    invitation_and_token: tuple[Invitation, str], wave: Wave, link: str
) -> None:
    analyst = Client()
    analyst.force_login(make_user("analyst", is_staff=True))
    page = analyst.post(
        f"/studio/waves/{wave.slug}/invitations/{invitation_and_token[0].pk}/resend/", follow=True
    )
    token = re.search(r"/s/([\w-]{43})/", page.content.decode())
    assert token is not None
    assert open_link(Client(), link) == NOTHING
    assert open_link(Client(), f"/s/{token[1]}/") == ENTERED
    assert AuditEntry.objects.filter(action="sent a new link").count() == 1
    assert Job.objects.filter(key__startswith="invitation:").exists()


def test_an_import_withdraws_confirmations(link: str) -> None:
    client = Client()
    open_link(client, link)
    record_answers(Response.objects.get(), {"COUNT": percent(4)}, at=timezone.now())
    assert client.get(response_path()).status_code == 302
