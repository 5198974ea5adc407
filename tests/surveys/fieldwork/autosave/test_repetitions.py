"""Tests that a repeated save has no second effect and gets the same response."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from surveys.fieldwork import autosave
from surveys.fieldwork.responses import submit_response
from surveys.models import AnsweredRequest, Response
from tests.support.builders import admit, make_organization, make_response
from tests.surveys.fieldwork.autosave.autosave_client import history, put, response_json

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_the_same_request_is_answered_the_same_and_has_no_second_effect(
    client: Client, response: Response
) -> None:
    first = put(client, response, "A-R", {"number": 40}, key="one")
    put(client, response, "A-R", {"number": 50}, version=1, key="two")
    again = put(client, response, "A-R", {"number": 40}, key="one")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert len(history(response, "A-R")) == 2


def test_a_refusal_is_repeated_as_well(client: Client, response: Response) -> None:
    refused = put(client, response, "COUNT", {"number": 7}, version=0, key="stale")
    put(client, response, "COUNT", {"number": 8}, version=1)
    again = put(client, response, "COUNT", {"number": 7}, version=0, key="stale")
    assert (refused.status_code, again.status_code) == (409, 409)
    assert again.content == refused.content
    assert [row for row in history(response, "COUNT") if row[3]] == [(0, 7, "", True)]


@pytest.mark.parametrize(("item", "body"), [("A-R", {"number": 41}), ("I-R", {"number": 40})])
def test_a_key_belongs_to_one_answer(
    client: Client, response: Response, item: str, body: dict[str, int]
) -> None:
    put(client, response, "A-R", {"number": 40}, key="one")
    other = put(client, response, item, body, version=1, key="one")
    assert (other.status_code, response_json(other)["field"]) == (422, "Idempotency-Key")
    assert len(history(response, "A-R")) == 1


def test_an_acknowledged_answer_is_acknowledged_again_after_submission(
    client: Client, response: Response
) -> None:
    first = put(client, response, "A-R", {"number": 40}, key="one")
    submit_response(response, at=timezone.now())
    again = put(client, response, "A-R", {"number": 40}, key="one")
    assert (again.status_code, again.content) == (200, first.content)


def test_requests_are_stored_for_a_week(client: Client, response: Response) -> None:
    put(client, response, "A-R", {"number": 40}, key="one")
    now = timezone.now()
    autosave.delete_old_requests(at=now + timedelta(days=6, hours=23))
    assert AnsweredRequest.objects.exists()
    autosave.delete_old_requests(at=now + timedelta(days=7, minutes=1))
    assert not AnsweredRequest.objects.exists()


def test_two_respondents_may_use_the_same_key(client: Client, response: Response) -> None:
    other = make_response(response.invitation.wave, make_organization("other"), "engineer")
    admit(client, other)
    for one in (response, other):
        assert put(client, one, "I-R", {"options": ["no"]}, key="one").status_code == 200


def test_no_text_is_stored_with_an_idempotency_key(client: Client, response: Response) -> None:
    put(client, response, "I-R", {"options": ["yes"]})
    put(client, response, "KEYS", {"options": ["other"], "texts": {"other": "a canary"}})
    put(client, response, "KEYS", {"options": ["other"], "texts": {"other": "another canary"}})
    assert AnsweredRequest.objects.count() == 3
    assert not [row for row in AnsweredRequest.objects.values() if "canary" in str(row)]
