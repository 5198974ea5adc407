"""Tests that respondents read their own answers again after submission, and nobody else's."""

import pytest
from django.test import Client

from surveys.models import Response
from tests.support.builders import admit, chose, make_organization, make_response, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def respond(*, submit: bool) -> tuple[Client, Response]:
    """Returns the client of an engineer whose executive answered too."""
    wave, acme = make_wave(), make_organization()
    make_response(wave, acme, "executive", {"A-C": percent(91)}, submit=True)
    answers = {"COUNT": percent(9), "A-R": percent(37, "estimated")}
    response = make_response(wave, acme, "engineer", answers, submit=submit)
    client = Client()
    admit(client, response)
    return client, response


def test_after_submission_the_own_answers_can_be_read_but_not_those_of_colleagues() -> None:
    client, response = respond(submit=True)
    page = client.get(f"/respond/{response.public_id}/own-answers/").content.decode()
    text = page.split("<main")[1].split("</main")[0]
    assert "37\u202f%" in text
    assert "91\u202f%" not in text
    assert (
        f"/respond/{response.public_id}/own-answers/"
        in client.get(f"/respond/{response.public_id}/receipt/").content.decode()
    )


def test_before_submission_the_questions_are_the_place_of_the_answers() -> None:
    client, response = respond(submit=False)
    answer = client.get(f"/respond/{response.public_id}/own-answers/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/respond/{response.public_id}/")


def test_a_question_left_open_says_so() -> None:
    wave = make_wave()
    response = make_response(wave, make_organization(), "engineer", {"I-R": chose("yes")}, submit=True)
    client = Client()
    admit(client, response)
    assert "Left open" in client.get(f"/respond/{response.public_id}/own-answers/").content.decode()
