"""The commands that let people and machines in."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tests.builders import make_organization

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
    run("add_person", "jo@people.example")
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
