"""Tests that requests that change something, or that cause a mail, are rate-limited. The routes come from the
project, so a new one is tested as well."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from posture.web.routes import Route
from surveys.mail.emails import MAIL, RATE_PER_ADDRESS
from surveys.models import Job, Limit, Membership, RespondentSession
from surveys.people.user_accounts import create_user, user_with_address
from surveys.rate_limits import change_limits
from surveys.rate_limits.limits import Rate
from tests.access.bodies import body_of, send
from tests.access.callers import CALLER, changing_routes
from tests.access.world import World, rolled_back

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LOW_RATE, ATTEMPTS = Rate(2, 3600), 12
TOO_MANY = 429
MAIL_ATTEMPTS = 60
NOT_REPEATABLE = {"account_logout", "surveys:withdraw"}
# Routes of which one request may cause a mail. Each has its scene below, or the reason why it cannot be repeated.
MAILS = {
    "/organizations/<slug:slug>/people/": "invites and removes the same address",
    "/organizations/<slug:slug>/people/<int:pk>/": "sends a link again",
    "/studio/waves/<slug:slug>/invitations/": "invites to answer",
    "/studio/waves/<slug:slug>/invitations/<int:pk>/resend/": "sends an invitation again",
    "/studio/people/": "invites to the installation; a second time nobody is written to",
    "/studio/people/<int:pk>/": "sends a link again",
    "/respond/<uuid:public_id>/submit/": "sends a receipt, once for a response",
}


@pytest.mark.parametrize(
    ("route", "method"),
    list(changing_routes()),
    ids=lambda value: value if isinstance(value, str) else value.pattern,
)
def test_each_change_has_a_limit(
    route: Route, method: str, world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(change_limits, "RATES", dict.fromkeys(change_limits.RATES, LOW_RATE))
    settings.SAVES_PER_SECOND = 1
    with rolled_back():
        client, side = world.client(CALLER[str(route.access)], world.sides[0]), world.sides[0]
        statuses = [
            send(client, method, world.address(route, side), route, body_of(route, world, side)).status_code
            for _ in range(ATTEMPTS)
        ]
    assert TOO_MANY in statuses or route.name in NOT_REPEATABLE, statuses


def test_a_refusal_states_when_to_retry(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_limits, "RATES", {**change_limits.RATES, "respondent": LOW_RATE})
    side = world.sides[0]
    with rolled_back():
        client = world.client("respondent", side)
        address = f"/respond/{side.ids['public_id']}/sections/profile/"
        responses = [client.post(address, {"PRO-04.shown": "1", "PRO-04.number": "words"}) for _ in range(3)]
    assert [response.status_code for response in responses] == [422, 422, TOO_MANY]
    assert int(responses[-1]["Retry-After"]) > 0
    assert b"Too many requests" in responses[-1].content


def count_mails() -> int:
    return Job.objects.filter(kind=MAIL).count()


def test_which_routes_mail(world: World, settings: Any) -> None:
    settings.BASE_URL = "https://posture.example"
    patterns = set()
    for route, method in changing_routes():
        with rolled_back():
            side, before = world.sides[0], count_mails()
            client = world.client(CALLER[str(route.access)], side)
            send(client, method, world.address(route, side), route, body_of(route, world, side))
            if count_mails() > before:
                patterns.add(route.pattern)
    assert patterns <= set(MAILS), patterns - set(MAILS)


def invite_and_remove(client: Client, world: World) -> Any:
    slug = world.sides[0].slug
    response = client.post(
        f"/organizations/{slug}/people/", {"address": "else@other.example", "role": "viewer"}
    )
    membership = Membership.objects.filter(user__email="else@other.example").first()
    if membership is not None:
        client.post(f"/organizations/{slug}/people/{membership.pk}/", {"action": "remove"})
    return response


def resend_to_member(client: Client, world: World) -> Any:
    side = world.sides[0]
    pending = Membership.objects.get(organization_id=side.number, user_id=side.people["pending"])
    return client.post(f"/organizations/{side.slug}/people/{pending.pk}/", {"action": "resend"})


def resend_invitation(client: Client, world: World) -> Any:
    wave, pk = world.document["waves"]["open"], world.sides[0].rows["invitations"]
    return client.post(f"/studio/waves/{wave}/invitations/{pk}/resend/")


def invite_to_answer(client: Client, world: World) -> Any:
    wave, body = world.document["waves"]["open"], {"role": "engineer", "address": "else@other.example"}
    body["organization"] = str(world.sides[0].number)
    return client.post(f"/studio/waves/{wave}/invitations/", body)


def resend_to_person(client: Client, world: World) -> Any:
    person = user_with_address("else@other.example") or create_user("else@other.example", is_verified=False)
    return client.post(f"/studio/people/{person.pk}/", {"action": "resend"})


def confirm_address(client: Client, world: World) -> Any:
    return client.post("/account/address/", {"action_add": "", "email": "else@other.example"})


def send_code(client: Client, world: World) -> Any:
    public_id = world.sides[0].ids["public_id"]
    RespondentSession.objects.filter(response__public_id=public_id).update(confirmed_at=None)
    return client.post(f"/respond/{public_id}/code/send/")


MAILING_REQUESTS: list[tuple[str, Callable[[Client, World], Any]]] = [
    ("owner", invite_and_remove),
    ("owner", resend_to_member),
    ("analyst", resend_invitation),
    ("analyst", invite_to_answer),
    ("admin", resend_to_person),
    ("viewer", confirm_address),
    ("respondent", send_code),
]


@pytest.mark.parametrize(
    ("principal", "send_request"), MAILING_REQUESTS, ids=lambda value: getattr(value, "__name__", value)
)
def test_mails_to_one_address_are_limited(
    principal: str, send_request: Callable[[Client, World], Any], world: World, settings: Any
) -> None:
    settings.BASE_URL = "https://posture.example"
    with rolled_back():
        client = world.client(principal, world.sides[0])
        before, statuses = count_mails(), []
        for _ in range(MAIL_ATTEMPTS):
            statuses.append(send_request(client, world).status_code)
            Limit.objects.filter(name="change").delete()
        mails_sent = count_mails() - before
    assert 0 < mails_sent <= RATE_PER_ADDRESS.count, (mails_sent, statuses)
    assert set(statuses) <= {200, 302, 409, 422, TOO_MANY}, statuses
