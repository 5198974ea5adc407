"""Tests that people join by invitation, and that owners change their rights."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from surveys.models import AccountInvitation, AuditEntry, Membership
from surveys.people import memberships
from surveys.people.memberships import LastOwner
from tests.posture.accounts.people import PASSWORD, is_in, link_of, sent, sign_in, with_password
from tests.support.builders import NOW, make_organization, make_user
from tests.support.response_comparison import content_without_random_values

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def acme() -> Any:
    return make_organization("acme")


@pytest.fixture
def owner(acme: Any) -> Client:
    client = Client()
    client.force_login(make_user("owner", organization=acme, role="owner"))
    return client


def invite(owner: Client, address: str = "New@People.example", role: str = "viewer") -> str:
    assert owner.post("/organizations/acme/people/", {"address": address, "role": role}).status_code == 302
    (message,) = sent()
    return link_of(message)


def test_a_colleague_comes_in_by_the_mailed_link_and_by_nothing_else(acme: Any, owner: Client) -> None:
    link = invite(owner)
    membership = Membership.objects.get(organization=acme, user__email="new@people.example")
    assert membership.status == "pending"
    visitor = Client()
    for _ in range(20):
        assert visitor.get(link).status_code == 200
        assert visitor.head(link).status_code == 200
    membership.refresh_from_db()
    assert membership.status == "pending"
    assert visitor.get(link)["Referrer-Policy"] == "no-referrer"
    given = {"password": PASSWORD, "again": PASSWORD}
    assert visitor.post(link, given)["Location"] == "/account/login/"
    membership.refresh_from_db()
    assert (membership.status, membership.role) == ("active", "viewer")
    assert Client().post(link, {"password": "another one is too late", "again": "x"}).status_code == 410
    assert is_in(sign_in(membership.user))


@pytest.mark.parametrize("password", ["short", "password12345678"[:12], "x" * 14])
def test_a_weak_first_password_is_refused_and_the_link_stays_good(owner: Client, password: str) -> None:
    link = invite(owner)
    answer = Client().post(link, {"password": password, "again": password})
    assert answer.status_code == 200
    assert "at least 15 characters" in answer.content.decode()
    assert Client().get(link).status_code == 200


def test_twelve_characters_are_enough_for_an_owner_who_must_have_a_second_factor(owner: Client) -> None:
    link = invite(owner, role="owner")
    assert Client().post(link, {"password": "kqzvwhpmxrty", "again": "kqzvwhpmxrty"}).status_code == 302


def test_links_expire_and_are_replaced(owner: Client) -> None:
    first = invite(owner)
    second = invite(owner)
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200
    AccountInvitation.objects.update(created_at=NOW - timedelta(days=8), expires_at=NOW - timedelta(days=1))
    assert Client().get(second).status_code == 410


def test_an_invitation_does_not_tell_who_has_an_account(owner: Client) -> None:
    make_user("known")
    answers = []
    for address in ("known@people.example", "nobody@people.example"):
        answers.append(owner.post("/organizations/acme/people/", {"address": address, "role": "viewer"}))
    known, unknown = answers
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    page = owner.get("/organizations/acme/people/").content.decode()
    assert page.count(">pending<") == 2


def test_who_has_an_account_accepts_without_a_password_and_keeps_the_own(acme: Any, owner: Client) -> None:
    known = with_password(make_user("known"))
    link = invite(owner, known.email)
    page = Client().get(link).content.decode()
    assert "password" not in page.lower().partition("<main")[2].partition("sign")[0]
    assert Client().post(link).status_code == 302
    assert Membership.objects.get(user=known).status == "active"
    assert is_in(sign_in(known))


def test_an_owner_changes_suspends_and_removes_but_never_the_last_owner(acme: Any, owner: Client) -> None:
    viewer = make_user("viewer", organization=acme)
    membership = Membership.objects.get(user=viewer)
    change = f"/organizations/acme/people/{membership.pk}/"

    def now() -> tuple[str, str]:
        membership.refresh_from_db()
        return membership.role, membership.status

    owner.post(change, {"action": "role", "role": "coordinator"})
    assert now() == ("coordinator", "active")
    owner.post(change, {"action": "suspend"})
    assert now() == ("coordinator", "suspended")
    owner.post(change, {"action": "resume"})
    assert now() == ("coordinator", "active")
    owner.post(change, {"action": "role", "role": "king"})
    assert owner.post(change, {"action": "explode"}).status_code == 422
    assert now() == ("coordinator", "active")
    own = Membership.objects.get(role="owner")
    for action in ({"action": "remove"}, {"action": "suspend"}, {"action": "role", "role": "viewer"}):
        answer = owner.post(f"/organizations/acme/people/{own.pk}/", action, follow=True)
        assert "needs an owner" in answer.content.decode()
    owner.post(change, {"action": "remove"})
    assert not Membership.objects.filter(user=viewer).exists()
    noted = list(AuditEntry.objects.filter(organization=acme).values_list("action", flat=True))
    assert noted == ["changed a role", "suspended a member", "let a member in again", "removed a member"]


def test_a_suspended_owner_does_not_count_as_one(acme: Any, owner: Client) -> None:
    make_user("second", organization=acme, role="owner", is_active=False)
    own = Membership.objects.get(user__email="owner@people.example")
    with pytest.raises(LastOwner):
        memberships.remove_member(own, by=own.user, at=NOW)


def test_members_of_others_are_as_absent_as_those_who_do_not_exist(acme: Any, owner: Client) -> None:
    other = make_user("other", organization=make_organization("initech"))
    foreign = Membership.objects.get(user=other).pk
    answers = [
        owner.post(f"/organizations/acme/people/{pk}/", {"action": "remove"}) for pk in (foreign, 999_999)
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert content_without_random_values(answers[0]) == content_without_random_values(answers[1])
    assert Membership.objects.filter(pk=foreign).exists()


def test_only_owners_reach_the_people_of_an_organisation(acme: Any) -> None:
    for role in ("viewer", "coordinator"):
        client = Client()
        client.force_login(make_user(role, organization=acme, role=role))
        assert client.get("/organizations/acme/people/").status_code == 404
        sent_in = {"address": "x@people.example", "role": "owner"}
        assert client.post("/organizations/acme/people/", sent_in).status_code == 404
    assert not AccountInvitation.objects.exists()


def test_there_is_no_sign_up(client: Client) -> None:
    for path in ("/account/signup/", "/accounts/signup/", "/signup/"):
        assert client.get(path).status_code == 404


def test_admins_invite_analysts_and_manage_everybody() -> None:
    admin = make_user("admin", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(admin)
    client.post("/studio/people/", {"address": "analyst@people.example"})
    (message,) = sent()
    assert Client().post(link_of(message), {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    analyst = get_user_model().objects.get(email="analyst@people.example")
    assert (analyst.is_staff, analyst.is_superuser) == (True, False)
    in_session = sign_in(analyst)
    assert in_session.get("/studio/waves/").status_code == 200
    client.post(f"/studio/people/{analyst.pk}/", {"action": "none"})
    assert in_session.get("/studio/waves/").status_code == 404
    answer = client.post(f"/studio/people/{admin.pk}/", {"action": "suspend"}, follow=True)
    assert "needs an admin" in answer.content.decode()
    assert in_session.get("/studio/people/").status_code == 404
