"""Tests that old cookies and tokens fail at the next request after a right or a secret ends."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from posture.accounts import people as accounts
from posture.accounts import sessions
from posture.accounts.second_factors import activate_authenticator_app
from posture.accounts.tokens import create_token
from surveys.database.row_locks import ConcurrentChange
from surveys.models import Membership
from surveys.people import memberships
from tests.posture.accounts.people import PASSWORD, is_in, link_of, sent, sign_in, with_password
from tests.support.builders import NOW, make_organization, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NEW = "another horse another battery"
REPORT = "/organizations/acme/people/"


@pytest.fixture
def world() -> Any:
    """One person is an owner of Acme and an analyst, signed in and with a token; another one is admin and owner."""
    acme = make_organization("acme")
    person = with_password(make_user("jo", organization=acme, role="owner", is_staff=True))
    person.authenticator_set.all().delete()
    secret = activate_authenticator_app(person)
    boss = make_user("boss", organization=acme, role="owner", is_staff=True, is_superuser=True)
    _, token = create_token(person, name="x", expires_at=NOW + timedelta(days=1), at=NOW)
    return SimpleNamespace(
        person=person,
        membership=Membership.objects.get(user=person),
        boss=boss,
        secret=secret,
        token=token,
        browser=sign_in(person, secret=secret),
    )


def token_opens(world: Any) -> bool:
    client = Client(headers={"authorization": f"Bearer {world.token}"})
    return client.get("/api/v1/releases/").status_code == 200


def opens(world: Any, path: str) -> bool:
    return world.browser.get(path).status_code == 200


def change_password(world: Any) -> None:
    given = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    other = sign_in(world.person, secret=world.secret, periods=1)
    assert other.post("/account/password/", given).status_code == 302
    assert is_in(other), "the browser that changed it stays in"


def reset_password(world: Any) -> None:
    visitor = Client()
    visitor.post("/account/password/reset/", {"email": world.person.email})
    (message,) = sent()
    page = visitor.get(link_of(message), follow=True)
    path = page.redirect_chain[-1][0]
    assert visitor.post(path, {"password1": NEW, "password2": NEW}).status_code == 302
    assert Client().get(link_of(message), follow=True).context["token_fail"], "a link works once"


def as_boss(verb: Callable[..., None]) -> Callable[[Any], None]:
    return lambda world: verb(world.person, by=world.boss, at=NOW)


def with_membership(verb: Callable[..., None], **options: Any) -> Callable[[Any], None]:
    return lambda world: verb(world.membership, **options, by=world.boss, at=NOW)


def no_rights(world: Any) -> None:
    accounts.change_rights(world.person, is_staff=False, is_superuser=False, by=world.boss, at=NOW)


def nothing_left(world: Any) -> None:
    no_rights(world)
    memberships.remove_member(world.membership, by=world.boss, at=NOW)


def delete(world: Any) -> None:
    world.person.delete()


EVERYTHING = ("/account/", "/studio/waves/", REPORT, "token")
ENDS = {
    "password changed": (change_password, EVERYTHING),
    "password reset": (reset_password, EVERYTHING),
    "second factor reset": (as_boss(accounts.reset_second_factors), EVERYTHING),
    "person suspended": (as_boss(accounts.suspend_person), EVERYTHING),
    "person deleted": (delete, EVERYTHING),
    "analyst no more": (no_rights, ("/studio/waves/",)),
    "role lowered": (with_membership(memberships.change_role, role="viewer"), (REPORT,)),
    "membership suspended": (with_membership(memberships.suspend_member), (REPORT,)),
    "membership removed": (with_membership(memberships.remove_member), (REPORT,)),
    "no role left": (nothing_left, ("/studio/waves/", REPORT, "token")),
}


def alive(world: Any) -> set[str]:
    reached = {path for path in EVERYTHING if path != "token" and opens(world, path)}
    return reached | ({"token"} if token_opens(world) else set())


@pytest.mark.parametrize("name", ENDS)
def test_rights_end_at_once(world: Any, name: str) -> None:
    end, dead = ENDS[name]
    assert alive(world) == set(EVERYTHING)
    end(world)
    assert alive(world) == set(EVERYTHING) - set(dead)


def test_the_check_finds_sessions_that_were_left_alive(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: without the ending of sessions, the reset of a second factor leaves one behind."""
    monkeypatch.setattr(accounts, "end_sessions", lambda *_: None)
    end, dead = ENDS["second factor reset"]
    end(world)
    world.person.refresh_from_db()
    activate_authenticator_app(world.person)
    assert alive(world) != set(EVERYTHING) - set(dead)


def test_a_person_who_comes_back_comes_back_without_the_old_sessions_and_tokens(world: Any) -> None:
    accounts.suspend_person(world.person, by=world.boss, at=NOW)
    accounts.resume_person(world.person, by=world.boss, at=NOW)
    assert alive(world) == set()


def test_signing_out_ends_the_session_and_clears_the_browser(world: Any) -> None:
    cookie = world.browser.cookies["sessionid"].value
    answer = world.browser.post("/account/logout/")
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    thief = Client()
    thief.cookies["sessionid"] = cookie
    assert not is_in(thief)


def test_a_planted_session_key_is_worth_nothing(world: Any) -> None:
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    key, planted = session.session_key, client.cookies["sessionid"].value
    sign_in(world.person, secret=world.secret, client=client, periods=1)
    assert is_in(client)
    assert client.cookies["sessionid"].value != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert not is_in(thief)
    assert not Session.objects.filter(session_key=key).exists()


def test_the_table_of_sessions_signs_nobody_in(world: Any) -> None:
    cookie = world.browser.cookies["sessionid"].value
    for model in (Session, UserSession):
        (key,) = model.objects.values_list("session_key", flat=True)
        assert key != cookie
        thief = Client()
        thief.cookies["sessionid"] = key
        assert not is_in(thief)
    assert is_in(world.browser)


@pytest.mark.parametrize(
    ("since", "seen", "expected"),
    [
        (timedelta(hours=11), timedelta(minutes=29), True),
        (timedelta(hours=11), timedelta(minutes=31), False),
        (timedelta(hours=12, minutes=1), timedelta(minutes=1), False),
    ],
)
def test_sessions_end_by_themselves(world: Any, since: timedelta, seen: timedelta, expected: bool) -> None:
    session = world.browser.session
    now = timezone.now()
    session["signed_in_at"], session["seen_at"] = (now - since).timestamp(), (now - seen).timestamp()
    session.save()
    assert is_in(world.browser) is expected


def test_a_session_can_be_ended_from_another_one(world: Any) -> None:
    other = sign_in(world.person, secret=world.secret, periods=1)
    listed = other.get("/account/sessions/").context["sessions"]
    assert len(listed) == 2
    (victim,) = [one.pk for one in listed if one.session_key == world.browser.session.session_key]
    stranger = sign_in(with_password(make_user("stranger")))
    stranger.post("/account/sessions/", {"session": victim})
    assert is_in(world.browser), "only the own sessions"
    other.post("/account/sessions/", {"session": victim})
    assert (is_in(world.browser), is_in(other)) == (False, True)
    third = sign_in(world.person, secret=world.secret, periods=-1)
    other.post("/account/sessions/", {"session": "others"})
    assert (is_in(third), is_in(other)) == (False, True)


def test_limits_of_sessions_are_those_that_are_promised() -> None:
    assert (timedelta(minutes=30), timedelta(hours=12)) == (sessions.IDLE, sessions.ABSOLUTE)


def test_a_token_that_waited_for_a_suspension_is_not_made(world: Any) -> None:
    accounts.suspend_person(get_user_model().objects.get(pk=world.person.pk), by=world.boss, at=NOW)
    assert world.person.is_active, "read before"
    with pytest.raises(ConcurrentChange):
        create_token(world.person, name="late", expires_at=NOW + timedelta(days=1), at=NOW)


def test_a_session_that_began_beside_a_suspension_does_not_come_back(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulates a sign-in that was checked before the suspension, with its session stored after it."""
    with monkeypatch.context() as changed:
        changed.setattr(accounts, "end_sessions", lambda person: None)
        accounts.suspend_person(world.person, by=world.boss, at=NOW)
    assert not is_in(world.browser)
    accounts.resume_person(world.person, by=world.boss, at=NOW)
    assert not is_in(world.browser)
