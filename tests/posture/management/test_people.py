"""Tests the commands that create people and API tokens."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from surveys.models import AuditEntry
from tests.support.builders import make_organization, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def test_an_analyst_signs_in_with_the_password_that_is_printed_once() -> None:
    password = run("add_person", "Jo@people.example", analyst=True).splitlines()[0].rpartition(" ")[2]
    client = Client()
    assert client.login(username="jo@people.example", password=password)
    assert client.get("/studio/waves/").status_code == 200
    assert "password" not in run("add_person", "jo@people.example", analyst=True)


def test_a_member_reads_the_organisations_named_and_no_other() -> None:
    acme = make_organization("acme")
    make_organization("initech")
    run("add_person", "jo@people.example", member_of=["acme"])
    assert [membership.user.email for membership in acme.memberships.all()] == ["jo@people.example"]


@pytest.mark.parametrize(
    ("email", "options", "expected"),
    [
        ("nobody", {}, "e-mail address"),
        ("jo@people.example", {"member_of": ["nowhere"]}, "no organisation nowhere"),
    ],
)
def test_what_cannot_be_is_refused_and_nobody_is_added(
    email: str, options: dict[str, Any], expected: str
) -> None:
    with pytest.raises(CommandError, match=expected):
        run("add_person", email, **options)
    assert not Client().login(username=email, password="")


def test_a_token_opens_the_api_until_it_is_revoked() -> None:
    run("add_person", "jo@people.example", analyst=True)
    text = run("create_token", "jo@people.example", name="dashboard").splitlines()[0]
    machine = Client(headers={"authorization": f"Bearer {text}"})
    assert machine.get("/api/v1/releases/").status_code == 200
    prefix = text.split("_")[1]
    run("revoke_token", prefix)
    assert machine.get("/api/v1/releases/").status_code == 401
    with pytest.raises(CommandError, match="no usable token"):
        run("revoke_token", prefix)


def test_a_token_needs_somebody_who_answers_for_it() -> None:
    with pytest.raises(CommandError, match="Nobody has the address"):
        run("create_token", "nobody@people.example", name="x")


def test_a_person_makes_and_revokes_own_tokens_on_a_page() -> None:
    person, other = make_user("jo", is_staff=True), make_user("other", is_staff=True)
    client, stranger = Client(), Client()
    client.force_login(person)
    stranger.force_login(other)
    shown = client.post("/account/tokens/", {"name": "dashboard", "days": "90"}).context["text"]
    machine = Client(headers={"authorization": f"Bearer {shown}"})
    assert machine.get("/api/v1/releases/").status_code == 200
    again = client.get("/account/tokens/").content.decode()
    secret = shown.rpartition("_")[2]
    assert len(secret) == 64
    assert secret not in again
    assert "last used" in again
    token = person.api_tokens.get()
    assert (token.expires_at - token.created_at).days == 90
    stranger.post(f"/account/tokens/{token.pk}/revoke/")
    assert machine.get("/api/v1/releases/").status_code == 200
    client.post(f"/account/tokens/{token.pk}/revoke/")
    assert machine.get("/api/v1/releases/").status_code == 401
    noted = list(AuditEntry.objects.filter(about__startswith="token ").values_list("action", "about"))
    assert noted == [
        ("made an API token", f"token {token.prefix}"),
        ("revoked an API token", f"token {token.prefix}"),
    ]


def test_a_token_in_an_address_is_refused_even_beside_a_good_header() -> None:
    run("add_person", "jo@people.example", analyst=True)
    text = run("create_token", "jo@people.example", name="x").splitlines()[0]
    machine = Client(headers={"authorization": f"Bearer {text}"})
    for name in ("token", "access_token", "api_key", "anything"):
        assert Client().get("/api/v1/releases/", {name: text}).status_code == 401
        assert machine.get("/api/v1/releases/", {name: text}).status_code == 401


def test_who_has_no_role_gets_no_token() -> None:
    client = Client()
    client.force_login(make_user("nobody"))
    page = client.post("/account/tokens/", {"name": "x", "days": "9"})
    assert page.context["text"] == ""
    client.force_login(make_user("member", organization=make_organization("acme")))
    assert client.post("/account/tokens/", {"name": "x", "days": "9"}).context["text"]
    assert not client.post("/account/tokens/", {"name": "x", "days": "400"}).context["text"]


def test_nobody_suspended_gets_a_token() -> None:
    make_user("jo", is_staff=True, is_active=False)
    with pytest.raises(CommandError, match="is suspended"):
        run("create_token", "jo@people.example", name="dashboard")
