"""Tests that a form without script carries the versions that its reader has seen, and overwrites nothing silently."""

from typing import Any

import pytest
from django.test import Client

from surveys.models import Response
from tests.support.answers import given_by_item
from tests.support.builders import percent
from tests.surveys.fieldwork.autosave.autosave_client import history, put

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def post_form(client: Client, response: Response, version: int, number: int) -> Any:
    form = {"COUNT.shown": "1", "COUNT.version": str(version), "COUNT.number": str(number)}
    return client.post(f"/respond/{response.public_id}/sections/agents/", form)


def test_a_form_with_the_newest_version_is_saved(client: Client, response: Response) -> None:
    assert post_form(client, response, 1, 5).status_code == 302
    assert history(response, "COUNT")[-1] == (2, 5, "", False)


def test_a_stale_form_overwrites_nothing_and_shows_both(client: Client, response: Response) -> None:
    put(client, response, "COUNT", {"number": 123}, version=1)
    answer = post_form(client, response, 1, 77)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "123</dd>" in page
    assert 'value="77"' in page, "what was typed stays in the field"
    assert 'name="COUNT.version" value="2"' in page
    assert history(response, "COUNT")[-1] == (1, 77, "", True)
    assert given_by_item(response.answers.all())["COUNT"] == percent(123)
    post_form(client, response, 2, 77)
    assert given_by_item(response.answers.all())["COUNT"] == percent(77)


def test_an_untouched_field_is_no_conflict(client: Client, response: Response) -> None:
    put(client, response, "COUNT", {"number": 123}, version=1)
    assert post_form(client, response, 1, 4).status_code == 302
    assert given_by_item(response.answers.all())["COUNT"] == percent(123)
    assert [row for row in history(response, "COUNT") if row[3]] == []


def test_a_form_without_versions_overwrites_nothing(client: Client, response: Response) -> None:
    form = {"COUNT.shown": "1", "COUNT.number": "77"}
    answer = client.post(f"/respond/{response.public_id}/sections/agents/", form)
    assert answer.status_code == 409
    assert given_by_item(response.answers.all())["COUNT"] == percent(4)
