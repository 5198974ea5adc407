"""Tests the autosave contract through HTTP: `PUT /respond/<public_id>/answers/<item>/`."""

from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, transaction
from django.test import Client
from django.utils import timezone

from surveys.fieldwork import invitations
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.responses import submit_response
from surveys.fieldwork.waves import close_wave
from surveys.models import Answer, AnswerVersion, AppendOnlyViolation, AuditEntry, Response
from tests.support.answers import given_by_item
from tests.support.builders import NOW, admit, chose, make_organization, make_response, percent
from tests.surveys.fieldwork.autosave.autosave_client import history, put, response_json

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_save_is_acknowledged_with_its_version(client: Client, response: Response) -> None:
    first = put(client, response, "A-R", {"number": 40, "basis": "exported"})
    second = put(client, response, "A-R", {"number": 50, "basis": "exported"}, version=1)
    assert (first.status_code, second.status_code) == (200, 200)
    assert set(response_json(first)) == {"version", "saved_at"}
    assert (response_json(first)["version"], response_json(second)["version"]) == (1, 2)
    assert history(response, "A-R") == [(1, 40, "", False), (2, 50, "", False)]
    assert given_by_item(response.answers.all())["A-R"] == percent(50, "exported")


def test_an_unchanged_answer_is_no_new_version(client: Client, response: Response) -> None:
    put(client, response, "A-R", {"number": 40})
    again = put(client, response, "A-R", {"number": 40}, version=1)
    assert (again.status_code, response_json(again)["version"]) == (200, 1)
    assert history(response, "A-R") == [(1, 40, "", False)]


def test_an_answer_that_decides_others_returns_the_asked_items(client: Client, response: Response) -> None:
    opened = response_json(put(client, response, "I-R", {"options": ["yes"]}))
    assert opened["asked"] == ["I-R", "KEYS"]
    assert opened["progress"] == {"answered": 2, "asked": 4, "percent": 50}
    closed = response_json(put(client, response, "I-R", {"options": ["no"]}, version=1))
    assert closed["asked"] == ["I-R"]


def test_clearing_an_answer_has_a_version(client: Client, response: Response) -> None:
    cleared = put(client, response, "COUNT", {"number": None}, version=1)
    assert (cleared.status_code, response_json(cleared)["version"]) == (200, 2)
    assert not Answer.objects.filter(response=response).exists()
    written = put(client, response, "COUNT", {"number": 9}, version=2)
    assert response_json(written)["version"] == 3


def test_texts_beside_several_options(client: Client, response: Response) -> None:
    put(client, response, "I-R", {"options": ["yes"]})
    text = 'a "vault"\nwith \\n two lines: yes'
    put(client, response, "KEYS", {"options": ["other", "own"], "texts": {"other": text}})
    put(client, response, "KEYS", {"options": ["own"]}, version=1)
    stale = response_json(put(client, response, "KEYS", {"options": ["shared"]}, version=1))
    assert stale["value"]["options"] == ["own"]
    back = put(client, response, "KEYS", {"options": ["own", "other"], "texts": {"other": text}}, version=2)
    assert response_json(back)["version"] == 3
    stale = response_json(put(client, response, "KEYS", {"options": ["shared"]}, version=0))
    assert stale["value"]["options"] == ["own", "other"]
    assert stale["value"]["texts"] == {"other": text}


def test_a_stale_save_gets_the_stored_answer_and_both_are_stored(client: Client, response: Response) -> None:
    for version in (0, 2, 999_999_999):
        stale = put(client, response, "COUNT", {"number": 7}, version=version)
        assert stale.status_code == 409
        value = {"options": [], "number": 4, "text": "", "basis": "", "texts": {}}
        assert response_json(stale) == {"version": 1, "saved_at": mock.ANY, "value": value}
    assert history(response, "COUNT") == [
        (1, 4, "", False),
        (0, 7, "", True),
        (2, 7, "", True),
        (999_999_999, 7, "", True),
    ]
    assert given_by_item(response.answers.all())["COUNT"] == percent(4)


@pytest.mark.parametrize(
    "version", ["", "*", "1", 'W/"1"', '"-1"', '"1.0"', '"one"', '"9999999999"', '"1", "2"']
)
def test_without_a_proper_version_nothing_is_saved(client: Client, response: Response, version: str) -> None:
    answer = put(client, response, "COUNT", {"number": 7}, **{"if-match": version})
    assert answer.status_code == 412
    assert len(history(response, "COUNT")) == 1


@pytest.mark.parametrize("key", ["", "x" * 101, "a b", "schlüssel"])
def test_without_a_proper_key_nothing_is_saved(client: Client, response: Response, key: str) -> None:
    answer = put(client, response, "COUNT", {"number": 7}, version=1, **{"idempotency-key": key})
    assert (answer.status_code, response_json(answer)["field"]) == (422, "Idempotency-Key")
    assert len(history(response, "COUNT")) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (" ", "body"),
        ("{", "body"),
        ("[]", "body"),
        ("null", "body"),
        ("{}", "body"),
        ('{"basis": "exported"}', "body"),
        ("[" * 100_000, "body"),
        (b'{"number": \xff}', "body"),
        ('{"number": 1, "number": 2}', "body"),
        ('{"number": 1, "version": 2}', "version"),
        ('{"number": NaN}', "number"),
        ('{"number": Infinity}', "number"),
        ('{"number": 1.0}', "number"),
        ('{"number": 1e3}', "number"),
        ('{"number": "7"}', "number"),
        ('{"number": true}', "number"),
        ('{"number": -1}', "COUNT"),
        ('{"number": 3000000000}', "COUNT"),
        ('{"number": ' + "9" * 5000 + "}", "number"),
        ('{"options": "dont-know"}', "options"),
        ('{"options": [1]}', "options"),
        ('{"options": [["dont-know"]]}', "options"),
        ('{"options": ["maybe"]}', "COUNT"),
        ('{"options": ["dont-know", "dont-know"]}', "COUNT"),
        ('{"options": ["dont-know"], "number": 3}', "COUNT"),
        ('{"number": 3, "text": "three"}', "COUNT"),
        ('{"number": 3, "basis": "a guess"}', "COUNT"),
        ('{"number": 3, "basis": "\\u0000"}', "COUNT"),
        ('{"number": null, "basis": "\\u0000"}', "COUNT"),
        ('{"number": 3, "texts": {"other": "words"}}', "COUNT"),
        ('{"number": null, "texts": {"other": "words"}}', "COUNT"),
        ('{"number": 3, "texts": ["other"]}', "texts"),
        ('{"number": 3, "texts": {"other": 1}}', "texts"),
        ('{"number": 3, "text": null}', "text"),
        ('{"\\ud800": 3}', "\ud800"),
    ],
)
def test_an_invalid_body_is_refused_with_the_expected_value(
    client: Client, response: Response, body: str | bytes, field: str
) -> None:
    answer = put(client, response, "COUNT", body, version=1)
    assert answer.status_code == 422
    assert response_json(answer)["field"] == field
    assert response_json(answer)["expected"]
    assert history(response, "COUNT") == [(1, 4, "", False)]


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "bell\x07", "x" * 20_000])
def test_texts_that_cannot_be_stored_are_refused(client: Client, response: Response, text: str) -> None:
    put(client, response, "I-R", {"options": ["yes"]})
    answer = put(client, response, "KEYS", {"options": ["other"], "texts": {"other": text}})
    assert (answer.status_code, response_json(answer)["field"]) == (422, "KEYS")
    assert history(response, "KEYS") == []


def test_unusual_texts_are_stored_unchanged(client: Client, response: Response) -> None:
    put(client, response, "I-R", {"options": ["yes"]})
    text = "=1+1 'two' \"three\" <b>four</b>\t{{ five }}\n\u202esix 🤦🏽 ﷽"
    put(client, response, "KEYS", {"options": ["other"], "texts": {"other": text}})
    assert given_by_item(response.answers.all())["KEYS"].texts == (("other", text),)


def test_only_items_that_are_asked_are_accepted(client: Client, response: Response) -> None:
    closed = put(client, response, "KEYS", {"options": ["own"]}, key="closed")
    assert (closed.status_code, response_json(closed)["field"]) == (422, "KEYS")
    put(client, response, "I-R", {"options": ["yes"]})
    assert put(client, response, "KEYS", {"options": ["own"]}, key="closed").content == closed.content
    assert put(client, response, "KEYS", {"options": ["own"]}).status_code == 200
    assert put(client, response, "A-C", {"number": 1}).status_code == 422, "asked of another role"
    assert put(client, response, "NOPE", {"number": 1}).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
        ({"content_type": ""}, 415),
        ({"content-encoding": "gzip"}, 415),
        ({"transfer-encoding": "chunked"}, 411),
        ({"content-length": "many"}, 411),
        ({"content-length": "-1"}, 411),
        ({"content-length": "1000001"}, 413),
        ({"content-length": "9" * 40}, 413),
    ],
)
def test_a_body_with_invalid_headers_is_not_read(
    client: Client, response: Response, headers: dict[str, str], status: int
) -> None:
    answer = put(client, response, "COUNT", {"number": 7}, version=1, **headers)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert len(history(response, "COUNT")) == 1


def test_a_body_without_a_length_changes_nothing(client: Client, response: Response) -> None:
    answer = client.generic(
        "PUT",
        f"/respond/{response.public_id}/answers/COUNT/",
        headers={"idempotency-key": "one", "if-match": '"1"'},
        CONTENT_TYPE="application/json",
    )
    assert answer.status_code == 411
    assert given_by_item(response.answers.all())["COUNT"] == percent(4)


@pytest.mark.parametrize("method", ["get", "head", "post", "patch", "delete", "options", "trace"])
def test_other_methods_are_refused(client: Client, response: Response, method: str) -> None:
    answer = getattr(client, method)(f"/respond/{response.public_id}/answers/COUNT/")
    assert answer.status_code == 405


def test_a_save_after_submission_gets_the_reason(client: Client, response: Response) -> None:
    submit_response(response, at=timezone.now())
    ended = put(client, response, "COUNT", {"number": 7}, version=1)
    assert (ended.status_code, response_json(ended)) == (410, {"error": "submitted"})


def test_a_closed_wave_and_a_revoked_invitation(client: Client, response: Response) -> None:
    close_wave(response.invitation.wave, at=timezone.now())
    ended = put(client, response, "COUNT", {"number": 7}, version=1)
    assert (ended.status_code, response_json(ended)) == (410, {"error": "closed"})
    invitations.revoke(response.invitation, at=timezone.now())
    assert put(client, response, "COUNT", {"number": 7}, version=1).status_code == 404


@pytest.mark.parametrize(
    "message", ["database is locked", "database or disk is full", "attempt to write a readonly database"]
)
def test_a_database_error_is_status_503(client: Client, response: Response, message: str) -> None:
    with mock.patch("surveys.fieldwork.answer_writer.write", side_effect=OperationalError(message)):
        answer = put(client, response, "A-R", {"number": 40}, key="one")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert put(client, response, "A-R", {"number": 40}, key="one").status_code == 200


def test_another_client_gets_404(response: Response) -> None:
    assert put(Client(), response, "COUNT", {"number": 7}, version=1).status_code == 404
    stranger = Client()
    admit(stranger, make_response(response.invitation.wave, make_organization("other"), "engineer"))
    assert put(stranger, response, "COUNT", {"number": 7}, version=1).status_code == 404


def test_forgery_is_refused(response: Response) -> None:
    client = Client(enforce_csrf_checks=True)
    admit(client, response)
    assert put(client, response, "COUNT", {"number": 7}, version=1).status_code == 403


def test_the_history_is_append_only(response: Response) -> None:
    rows = AnswerVersion.objects.filter(response=response)
    row = rows.get()
    row.number = 5
    for change in (row.save, row.delete, rows.delete, lambda: rows.update(number=5)):
        with pytest.raises(AppendOnlyViolation):
            change()
    with pytest.raises(AppendOnlyViolation), transaction.atomic():
        AnswerVersion.objects.bulk_update([row], ["number"])
    assert history(response, "COUNT") == [(1, 4, "", False)]
    assert rows.erase() == 1
    response.delete()


def test_one_save_takes_few_queries(
    client: Client, response: Response, django_assert_max_num_queries: Any
) -> None:
    put(client, response, "A-R", {"number": 40})
    with django_assert_max_num_queries(9):
        put(client, response, "A-R", {"number": 50}, version=1)


def test_imports_and_demonstrations_need_no_versions(response: Response) -> None:
    recorded = record_answers(response, {"COUNT": percent(5), "I-R": chose("no")}, at=NOW)
    assert (recorded.saved, recorded.conflicts) == ({"COUNT": 2, "I-R": 1}, {})


def test_one_respondent_saves_only_so_often(client: Client, response: Response, settings: Any) -> None:
    settings.SAVES_PER_SECOND = 1
    answers = [put(client, response, "I-R", {"options": ["no"]}) for _ in range(20)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 5 <= len(refused) <= 16
    assert int(refused[0]["Retry-After"]) >= 1
    assert answers[0].status_code == 200


def test_the_audit_trail_has_one_entry_for_a_sitting(client: Client, response: Response) -> None:
    for version in range(3):
        put(client, response, "A-R", {"number": 40 + version}, version=version)
    entries = list(AuditEntry.objects.filter(action="saved answers").values_list("about", "actor"))
    assert entries == [("wave, engineer, A-R", "respondent")]
    assert len(history(response, "A-R")) == 3
