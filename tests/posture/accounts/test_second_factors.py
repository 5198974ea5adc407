"""Tests second factors: who must have one, what each accepts, and that no code works twice."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client

from posture.accounts.second_factors import activate_authenticator_app
from surveys.models import AuditEntry, Limit
from tests.posture.accounts.people import PASSWORD, is_in, sign_in, with_password
from tests.support.builders import code_now, make_organization, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SECOND = "/account/login/second-factor/"


@pytest.fixture
def owner() -> Any:
    person = with_password(make_user("owner", organization=make_organization("acme"), role="owner"))
    person.authenticator_set.all().delete()
    return person


def half_way(person: Any) -> Client:
    """A client after the password and before the second factor."""
    client = Client()
    client.post("/account/login/", {"login": person.email, "password": PASSWORD})
    return client


def test_who_must_have_one_and_has_none_reaches_only_what_sets_it_up(owner: Any) -> None:
    client = sign_in(owner)
    for path in ("/account/", "/organizations/acme/people/", "/", "/account/tokens/", "/account/address/"):
        assert client.get(path)["Location"] == "/account/security/", path
    assert client.post("/organizations/acme/people/", {"address": "x@people.example"}).status_code == 302
    for path in ("/account/security/", "/account/app/", "/account/passkeys/add/", "/account/password/"):
        assert client.get(path).status_code == 200, path
    page = client.get("/account/app/")
    secret = page.context["form"].secret
    shown = client.post("/account/app/", {"code": code_now(secret)}, follow=True)
    codes = shown.context["unused_codes"]
    assert len(set(codes)) == 10
    assert codes[0] in shown.content.decode()
    assert client.get("/organizations/acme/people/").status_code == 200
    assert codes[0] not in client.get("/account/recovery-codes/").content.decode(), "shown once"


def test_members_and_analysts_may_do_without_unless_everybody_must(settings: Any) -> None:
    viewer = with_password(make_user("viewer", organization=make_organization("acme")))
    analyst = with_password(make_user("analyst", is_staff=True))
    for person in (viewer, analyst):
        assert is_in(sign_in(person))
    settings.REQUIRE_SECOND_FACTOR = "everybody"
    Limit.objects.all().delete()
    for person in (viewer, analyst):
        assert sign_in(person).get("/account/")["Location"] == "/account/security/"


def test_a_password_alone_does_not_let_in(owner: Any) -> None:
    activate_authenticator_app(owner)
    client = half_way(owner)
    assert not is_in(client)
    assert client.get("/organizations/acme/people/").status_code == 302
    assert client.post(SECOND, {"code": "000000"}).status_code == 200
    assert not is_in(client)
    assert "gave a wrong second factor" in AuditEntry.objects.values_list("action", flat=True)


def test_a_code_of_the_app_works_once(owner: Any) -> None:
    secret = activate_authenticator_app(owner)
    code = code_now(secret)
    first = half_way(owner)
    first.post(SECOND, {"code": code})
    assert is_in(first)
    second = half_way(owner)
    second.post(SECOND, {"code": f" {code[:3]} {code[3:]} "})
    assert not is_in(second)


def test_a_recovery_code_works_once(owner: Any) -> None:
    activate_authenticator_app(owner)
    codes = RecoveryCodes.activate(owner).get_unused_codes()
    for tried, expected in ((codes[0], True), (codes[0], False), (codes[1], True)):
        Limit.objects.filter(name="second factor used").delete()
        client = half_way(owner)
        client.post(SECOND, {"code": tried})
        assert is_in(client) is expected


def test_codes_cannot_be_guessed(owner: Any) -> None:
    secret = activate_authenticator_app(owner)
    client = half_way(owner)
    for number in range(5):
        client.post(SECOND, {"code": f"{number:06}"})
    page = client.post(SECOND, {"code": code_now(secret)})
    assert "Too many attempts" in page.content.decode()
    assert not is_in(client)
    Limit.objects.update(free_at=0)
    client.post(SECOND, {"code": code_now(secret)})
    assert is_in(client)


def test_secrets_do_not_stand_in_the_database(owner: Any) -> None:
    secret = activate_authenticator_app(owner)
    codes = RecoveryCodes.activate(owner)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert not [code for code in codes.get_unused_codes() if code in kept]
    assert len(Authenticator.objects.get(type="totp").data["secret"]) > 60


def test_sensitive_acts_ask_again_after_five_minutes(owner: Any) -> None:
    secret = activate_authenticator_app(owner)
    client = sign_in(owner, secret=secret)
    session = client.session
    session["signed_in_at"] -= 301
    session.save()
    invited = {"address": "x@people.example", "role": "viewer"}
    for path, given in (
        ("/organizations/acme/people/", invited),
        ("/account/tokens/", {"name": "x", "days": "9"}),
        ("/account/app/remove/", {}),
        ("/account/recovery-codes/new/", {}),
        ("/account/passkeys/add/", {}),
    ):
        assert client.post(path, given)["Location"].startswith("/account/confirm/?next="), path
    asked = client.post("/organizations/acme/people/", invited)["Location"]
    assert client.post(asked, {"password": "wrong"}).status_code == 200
    next_ = "/organizations/acme/people/"
    done = client.post("/account/confirm/", {"password": PASSWORD, "next": next_})
    assert done.status_code == 302
    assert "x@people.example" in client.get(next_).content.decode(), "what was begun is carried out"


def test_the_last_factor_of_who_must_have_one_cannot_be_removed(owner: Any) -> None:
    secret = activate_authenticator_app(owner)
    client = sign_in(owner, secret=secret)
    answer = client.post("/account/app/remove/", {})
    assert "must have a second factor" in answer.content.decode()
    assert Authenticator.objects.filter(user=owner, type="totp").exists()
