"""Tests two actions at the same moment: neither is answered by a server error, and each is done completely or not at
all."""

import secrets
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from surveys.database.row_locks import LockedResponse
from surveys.fieldwork import autosave, respondent_sessions
from surveys.fieldwork.errors import InvitationUnusable
from surveys.fieldwork.invitations import invite, resend, revoke
from surveys.models import (
    Answer,
    AuditEntry,
    Erasure,
    Invitation,
    Organization,
    RespondentSession,
    Response,
    Wave,
)
from surveys.web.access import cookie_name
from tests.faults.harness import options
from tests.faults.harness.simultaneous import send_at_once
from tests.support.builders import admit, make_organization, make_response, make_user, make_wave, percent
from tests.surveys.fieldwork.autosave.autosave_client import put

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.long]

ROUNDS, SAVERS, GUESSES = 4, 3, 12
LATE = {403, 404, 409, 410}


@pytest.fixture
def rounds() -> int:
    return options.number("ROUNDS", ROUNDS)


def browser_of(response: Response) -> Client:
    client = Client(raise_request_exception=False)
    admit(client, response)
    return client


def analyst_browser() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(make_user(f"analyst-{secrets.token_hex(4)}", is_staff=True))
    return client


def begun_response(wave: Wave) -> Response:
    slug = f"acme-{secrets.token_hex(4)}"
    return make_response(wave, make_organization(slug), "engineer", {"COUNT": percent(4)})


def save_request(client: Client, response: Response, number: int) -> Any:
    return partial(put, client, response, "COUNT", {"number": number}, version=1, key=str(uuid4()))


def test_a_withdrawal_beside_saves_leaves_nothing(rounds: int) -> None:
    wave = make_wave()
    for number in range(rounds):
        response = begun_response(wave)
        client = browser_of(response)
        statuses = send_at_once(
            [
                partial(client.post, f"/respond/{response.public_id}/withdraw/", {"sure": "on"}),
                *(save_request(client, response, 10 + saver) for saver in range(SAVERS)),
            ]
        )
        assert statuses[0] == 200, statuses
        assert set(statuses[1:]) <= {200, *LATE}, statuses
        assert not Response.objects.filter(pk=response.pk).exists()
        assert not Answer.objects.filter(response_id=response.pk).exists()
        assert Erasure.objects.count() == number + 1


def test_a_link_that_two_windows_exchange_begins_one_response(rounds: int) -> None:
    wave = make_wave()
    for _ in range(rounds):
        organization = make_organization(f"acme-{secrets.token_hex(4)}")
        invitation, token = invite(
            organization, wave=wave, role="engineer", address="one@acme.example", at=timezone.now()
        )
        windows = [Client(raise_request_exception=False) for _ in range(4)]
        statuses = send_at_once([partial(window.post, f"/s/{token}/") for window in windows])
        assert set(statuses) == {302}, statuses
        assert Response.objects.filter(invitation=invitation).count() == 1
        assert RespondentSession.objects.filter(response__invitation=invitation).count() == len(windows)


def test_a_link_is_exchanged_beside_saves(rounds: int) -> None:
    wave = make_wave()
    for _ in range(rounds):
        response = begun_response(wave)
        token = resend(response.invitation, at=timezone.now())
        client, *other_windows = browser_of(response), Client(), Client()
        statuses = send_at_once(
            [
                *(partial(window.post, f"/s/{token}/") for window in (client, *other_windows)),
                *(save_request(client, response, 10 + saver) for saver in range(SAVERS)),
            ]
        )
        assert set(statuses[:3]) == {302}, statuses
        assert set(statuses[3:]) <= {200, *LATE}, statuses


def test_guesses_at_the_same_moment_are_counted_all(rounds: int, settings: Any) -> None:
    """Each guess is counted before it is compared, so no more are compared than in sequence."""
    settings.BASE_URL = "https://posture.example"
    wave = make_wave()
    for number in range(rounds):
        response = begun_response(wave)
        windows = [Client(raise_request_exception=False) for _ in range(GUESSES)]
        session, secret = respondent_sessions.create_session(
            response, earlier_session=None, at=timezone.now()
        )
        RespondentSession.objects.filter(pk=session.pk).update(confirmed_at=None)
        respondent_sessions.send_code(session, at=timezone.now())
        for window in windows:
            window.cookies[cookie_name(response.public_id)] = secret
        path = f"/respond/{response.public_id}/code/"
        statuses = send_at_once([partial(window.post, path, {"code": "no code"}) for window in windows])
        assert set(statuses) == {422}, statuses
        compared = AuditEntry.objects.filter(action="gave a wrong code").count()
        assert compared == (number + 1) * respondent_sessions.MAX_CODE_ATTEMPTS


@pytest.mark.parametrize("ending", ["close", "revoke"])
def test_what_waited_while_it_was_ended_is_not_saved(ending: str, rounds: int) -> None:
    """The save before the end is stored and the one after it is refused; there is no state in between."""
    for _ in range(rounds):
        wave = make_wave(slug=f"wave-{secrets.token_hex(4)}")
        response = begun_response(wave)
        pk = response.invitation_id
        path = f"/studio/waves/{wave.slug}/"
        path += "close/" if ending == "close" else f"invitations/{pk}/revoke/"
        client, analyst_client = browser_of(response), analyst_browser()
        statuses = send_at_once([partial(analyst_client.post, path), save_request(client, response, 50)])
        assert statuses[0] == 302, statuses
        assert statuses[1] in {200, *LATE}, statuses
        number = Answer.objects.get(response=response, item__code="COUNT").number
        assert number == (50 if statuses[1] == 200 else 4)
        assert put(client, response, "COUNT", {"number": 60}, version=2).status_code in LATE


def test_a_save_that_waited_for_the_lock_sees_that_the_wave_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Simulates the wait: the wave closes after the session was read, and before the answer is checked."""
    response = begun_response(make_wave())
    client, lock = browser_of(response), autosave.lock_response

    def close_meanwhile(pk: int) -> LockedResponse | None:
        Wave.objects.filter(pk=response.invitation.wave_id).update(closed_at=timezone.now())
        return lock(pk)

    monkeypatch.setattr(autosave, "lock_response", close_meanwhile)
    assert put(client, response, "COUNT", {"number": 50}, version=1).status_code in LATE
    assert Answer.objects.get(response=response).number == 4


def test_a_link_that_was_revoked_while_it_waited_begins_nothing() -> None:
    """Simulates the wait: the invitation was read before it was revoked."""
    organization, now = make_organization("acme"), timezone.now()
    address = "one@acme.example"
    invitation, _ = invite(organization, wave=make_wave(), role="engineer", address=address, at=now)
    revoke(Invitation.objects.get(pk=invitation.pk), at=now)
    assert invitation.revoked_at is None
    with pytest.raises(InvitationUnusable):
        respondent_sessions.exchange_link(invitation, find_earlier_session=lambda public_id: None, at=now)
    assert not Response.objects.filter(invitation=invitation).exists()
    assert not RespondentSession.objects.exists()


def test_the_same_form_twice_is_done_once(rounds: int) -> None:
    """The second request gets a message, by the form or because another request was faster."""
    wave = make_wave()
    for _ in range(rounds):
        slug = f"acme-{secrets.token_hex(4)}"
        clients = [analyst_browser() for _ in range(3)]
        fields = {"name": "Acme", "slug": slug}
        path = f"/studio/waves/{wave.slug}/organizations/"
        statuses = send_at_once([partial(client.post, path, fields) for client in clients])
        assert sorted(statuses)[0] == 302, statuses
        assert set(statuses[1:]) <= {302, 409, 422}, statuses
        assert statuses.count(302) == 1
        assert Organization.objects.filter(slug=slug).count() == 1
        organization = Organization.objects.get(slug=slug)
        invitation_fields = {
            "organization": organization.pk,
            "role": "engineer",
            "address": "one@acme.example",
        }
        path = f"/studio/waves/{wave.slug}/invitations/"
        statuses = send_at_once([partial(client.post, path, invitation_fields) for client in clients])
        assert set(statuses) <= {302, 409, 422}, statuses
        assert Invitation.objects.filter(organization=organization).count() == statuses.count(302)
