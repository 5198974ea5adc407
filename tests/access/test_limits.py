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
from tests.access.bodies import body_of, sent
from tests.access.callers import CALLER, changing_routes
from tests.access.world import World, taken_back

pytestmark = [pytest.mark.django_db, pytest.mark.database]

FEW, TRIES = Rate(2, 3600), 12
TOO_MANY = 429
TRIES_OF_MAIL = 60
LAST_OF_A_CALLER = {"account_logout", "surveys:withdraw"}
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
    ("route", "method"), list(changing_routes()), ids=lambda one: one if isinstance(one, str) else one.pattern
)
def test_each_change_has_a_limit(
    route: Route, method: str, world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(change_limits, "RATES", dict.fromkeys(change_limits.RATES, FEW))
    settings.SAVES_PER_SECOND = 1
    with taken_back():
        client, side = world.client(CALLER[str(route.access)], world.sides[0]), world.sides[0]
        statuses = [
            sent(client, method, world.address(route, side), route, body_of(route, world, side)).status_code
            for _ in range(TRIES)
        ]
    assert TOO_MANY in statuses or route.name in LAST_OF_A_CALLER, statuses


def test_a_refusal_says_when_to_come_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_limits, "RATES", {**change_limits.RATES, "respondent": FEW})
    side = world.sides[0]
    with taken_back():
        client = world.client("respondent", side)
        address = f"/respond/{side.ids['public_id']}/sections/profile/"
        answers = [client.post(address, {"PRO-04.shown": "1", "PRO-04.number": "words"}) for _ in range(3)]
    assert [one.status_code for one in answers] == [422, 422, TOO_MANY]
    assert int(answers[-1]["Retry-After"]) > 0
    assert b"Too many requests" in answers[-1].content


def mails() -> int:
    return Job.objects.filter(kind=MAIL).count()


def test_which_routes_mail(world: World, settings: Any) -> None:
    settings.BASE_URL = "https://posture.example"
    found = set()
    for route, method in changing_routes():
        with taken_back():
            side, before = world.sides[0], mails()
            client = world.client(CALLER[str(route.access)], side)
            sent(client, method, world.address(route, side), route, body_of(route, world, side))
            if mails() > before:
                found.add(route.pattern)
    assert found <= set(MAILS), found - set(MAILS)


def invite_and_remove(client: Client, world: World) -> Any:
    slug = world.sides[0].slug
    answer = client.post(
        f"/organizations/{slug}/people/", {"address": "else@other.example", "role": "viewer"}
    )
    found = Membership.objects.filter(user__email="else@other.example").first()
    if found is not None:
        client.post(f"/organizations/{slug}/people/{found.pk}/", {"action": "remove"})
    return answer


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


SCENES: list[tuple[str, Callable[[Client, World], Any]]] = [
    ("owner", invite_and_remove),
    ("owner", resend_to_member),
    ("analyst", resend_invitation),
    ("analyst", invite_to_answer),
    ("admin", resend_to_person),
    ("viewer", confirm_address),
    ("respondent", send_code),
]


@pytest.mark.parametrize(("principal", "scene"), SCENES, ids=lambda one: getattr(one, "__name__", one))
def test_nobody_is_mailed_often(
    principal: str, scene: Callable[[Client, World], Any], world: World, settings: Any
) -> None:
    settings.BASE_URL = "https://posture.example"
    with taken_back():
        client = world.client(principal, world.sides[0])
        before, statuses = mails(), []
        for _ in range(TRIES_OF_MAIL):
            statuses.append(scene(client, world).status_code)
            Limit.objects.filter(name="change").delete()
        sent_out = mails() - before
    assert 0 < sent_out <= RATE_PER_ADDRESS.count, (sent_out, statuses)
    assert set(statuses) <= {200, 302, 409, 422, TOO_MANY}, statuses
