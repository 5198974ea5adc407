"""Tests the respondent's pages over plain HTTP: without script, with wrong input, and at the wrong time."""

from datetime import timedelta

import pytest
from django.test import Client

from surveys.fieldwork import invitations
from surveys.fieldwork.answer_history import versions_of
from surveys.fieldwork.waves import close_wave
from surveys.models import Answer, Invitation, Response, Wave
from tests.support.answers import given_by_item
from tests.support.builders import NOW, make_organization, make_wave

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def wave() -> Wave:
    return make_wave()


@pytest.fixture
def invitation_and_token(wave: Wave) -> tuple[Invitation, str]:
    return invitations.invite(
        make_organization(), wave=wave, role="engineer", address="jo@acme.example", at=NOW
    )


@pytest.fixture
def client(invitation_and_token: tuple[Invitation, str]) -> Client:
    """A client of a respondent who has followed the link and begun."""
    client = Client()
    client.post(f"/s/{invitation_and_token[1]}/")
    return client


def response() -> Response:
    return Response.objects.get()


def section(code: str = "agents") -> str:
    return f"/respond/{response().public_id}/sections/{code}/"


def stored_answers() -> dict[str, object]:
    return dict(given_by_item(response().answers.all()))


def form_fields(*items: str, **fields: str) -> dict[str, str]:
    """Returns the form fields that a browser sends from a newly opened page."""
    versions = versions_of(response(), items)
    return (
        {f"{item}.shown": "1" for item in items}
        | {f"{item}.version": str(versions.get(item, 0)) for item in items}
        | {name.replace("__", "."): text for name, text in fields.items()}
    )


def test_following_the_link_only_explains(invitation_and_token: tuple[Invitation, str]) -> None:
    for method in ("get", "head"):
        assert getattr(Client(), method)(f"/s/{invitation_and_token[1]}/").status_code == 200
    assert not Response.objects.exists()
    assert Invitation.objects.get().opened_at is None


@pytest.mark.parametrize(
    ("token", "status"), [("wrong", 404), ("%00", 400), ("a" * 500, 404), ("..%2f..", 404)]
)
def test_a_wrong_link_says_so(client: Client, token: str, status: int) -> None:
    assert Client().get(f"/s/{token}/").status_code == status


def test_answers_open_items_and_the_same_section_comes_again(client: Client) -> None:
    page_response = client.post(section(), form_fields("COUNT", COUNT__number="4"))
    assert page_response["Location"] == section(), "the count has opened an item of this section"
    page_response = client.post(section(), form_fields("COUNT", "A-R", COUNT__number="4"))
    assert page_response["Location"] == section("incidents")


def test_a_respondent_sees_the_help_of_an_item_and_not_its_note(client: Client) -> None:
    page = client.get(section()).content.decode()
    assert "Count each agent once." in page
    assert "A remark for developers." not in page


def test_zero_agents_closes_their_items(client: Client) -> None:
    page_response = client.post(section(), form_fields("COUNT", COUNT__number="0"))
    assert page_response["Location"] == section("incidents")
    assert 'data-item="A-R" hidden disabled' in client.get(section()).content.decode()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("101", "a whole number from 0 to 100"),
        ("-1", "a whole number"),
        ("4.5", "a whole number"),
        ("many", "a whole number"),
        ("1e2", "a whole number"),
        ("999999", "a whole number from 0 to 100"),
        ("9" * 30, "a whole number"),
        ("9" * 5000, "a whole number"),
    ],
)
def test_wrong_input_is_named_kept_on_the_page_and_costs_nothing_else(
    client: Client, typed: str, expected: str
) -> None:
    client.post(section(), form_fields("COUNT", COUNT__number="4"))
    page_response = client.post(
        section(), form_fields("COUNT", "A-R", COUNT__number="5", **{"A-R__number": typed})
    )
    page = page_response.content.decode()
    assert page_response.status_code == 422
    assert expected in page.lower()
    assert f'value="{typed}"' in page, "nothing has to be typed twice"
    assert stored_answers()["COUNT"].number == 5, "the rest is saved"  # type: ignore[attr-defined]
    assert "A-R" not in stored_answers()


@pytest.mark.parametrize("typed", ["3000000000", "9" * 30])
def test_a_count_has_an_end_that_the_database_can_hold(client: Client, typed: str) -> None:
    page_response = client.post(section(), form_fields("COUNT", COUNT__number=typed))
    assert page_response.status_code == 422
    assert not Answer.objects.exists()


def test_dont_know_is_kept_as_such(client: Client) -> None:
    client.post(section(), form_fields("COUNT", COUNT="dont-know"))
    assert stored_answers()["COUNT"].options == ("dont-know",)  # type: ignore[attr-defined]
    assert stored_answers()["COUNT"].number is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "fields",
    [
        {"I-R": "maybe"},
        {"I-R": "yes", "KEYS.shown": "1", "KEYS": ["none", "shared"]},
        {"I-R": "yes", "KEYS.shown": "1", "KEYS": ["dont-know", "own"]},
    ],
)
def test_options_that_do_not_exist_or_exclude_each_other(client: Client, fields: dict[str, object]) -> None:
    page_response = client.post(section("incidents"), {"I-R.shown": "1", **fields})
    assert page_response.status_code == 422
    assert "KEYS" not in stored_answers()


def test_submitting_gives_a_receipt_and_closes_the_questionnaire(client: Client) -> None:
    client.post(section(), form_fields("COUNT", COUNT__number="4"))
    home = f"/respond/{response().public_id}/"
    assert b"Is an incident on record?" in client.get(home + "review/").content
    page_response = client.post(home + "submit/")
    assert page_response["Location"] == home + "receipt/"
    assert response().receipt in client.get(home + "receipt/").content.decode()
    again = client.post(section(), form_fields("COUNT", COUNT__number="7"))
    assert again["Location"] == home + "receipt/"
    assert stored_answers()["COUNT"].number == 4  # type: ignore[attr-defined]


def test_a_closed_wave_says_so_and_takes_nothing(client: Client, wave: Wave) -> None:
    address = section()
    close_wave(wave, at=NOW - timedelta(seconds=1))
    assert client.post(address, form_fields("COUNT", COUNT__number="4")).status_code == 410
    assert not Answer.objects.exists()


def test_a_revoked_invitation_ends_at_once(
    client: Client, invitation_and_token: tuple[Invitation, str]
) -> None:
    address = section()
    invitations.revoke(invitation_and_token[0], at=NOW)
    assert client.get(address).status_code == 404
    assert Client().get(f"/s/{invitation_and_token[1]}/").status_code == 404


def test_typed_markup_is_escaped(client: Client) -> None:
    words = "<script>alert(1)</script>"
    client.post(section("incidents"), form_fields("I-R", **{"I-R": "yes"}))
    client.post(section("incidents"), {"KEYS.shown": "1", "KEYS": "other", "KEYS.text.other": words})
    page = client.get(section("incidents")).content.decode()
    assert words not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
