"""The autosave contract, as a client meets it: `PUT /respond/<public_id>/answers/<item>/`."""

import json
from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.db import OperationalError, transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone

from surveys import fieldwork, saving
from surveys.models import Answer, AnsweredRequest, AnswerVersion, AuditEntry, HistoryStays, Response
from surveys.queries import given_by_item
from tests.builders import NOW, admit, chose, make_organization, make_response, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def response() -> Response:
    return make_response(make_wave(), make_organization(), "engineer", {"COUNT": percent(4)})


@pytest.fixture
def client(response: Response) -> Client:
    client = Client()
    admit(client, response)
    return client


def put(
    client: Client,
    response: Response,
    item: str,
    body: Any,
    *,
    version: int | str = 0,
    key: str | None = None,
    content_type: str = "application/json",
    **headers: str,
) -> Any:
    sent = body if isinstance(body, str | bytes) else json.dumps(body)
    given = {"idempotency-key": key or str(uuid4()), "if-match": f'"{version}"', **headers}
    return client.put(
        f"/respond/{response.public_id}/answers/{item}/",
        sent,
        content_type=content_type,
        headers={name: value for name, value in given.items() if value},
    )


def told(answer: HttpResponseBase) -> Any:
    return json.loads(answer.content)  # type: ignore[attr-defined]


def history(response: Response, item: str) -> list[tuple[Any, ...]]:
    rows = AnswerVersion.objects.filter(response=response, item__code=item).order_by("pk")
    return [(row.version, row.number, row.options, row.is_refused) for row in rows]


def test_a_save_is_acknowledged_with_its_version(client: Client, response: Response) -> None:
    first = put(client, response, "A-R", {"number": 40, "basis": "exported"})
    second = put(client, response, "A-R", {"number": 50, "basis": "exported"}, version=1)
    assert (first.status_code, second.status_code) == (200, 200)
    assert set(told(first)) == {"version", "saved_at"}
    assert (told(first)["version"], told(second)["version"]) == (1, 2)
    assert history(response, "A-R") == [(1, 40, "", False), (2, 50, "", False)]
    assert given_by_item(response.answers.all())["A-R"] == percent(50, "exported")


def test_the_same_words_again_are_no_new_version(client: Client, response: Response) -> None:
    put(client, response, "A-R", {"number": 40})
    again = put(client, response, "A-R", {"number": 40}, version=1)
    assert (again.status_code, told(again)["version"]) == (200, 1)
    assert history(response, "A-R") == [(1, 40, "", False)]


def test_an_answer_that_opens_others_says_which_are_asked_now(client: Client, response: Response) -> None:
    opened = told(put(client, response, "I-R", {"options": ["yes"]}))
    assert opened["asked"] == ["I-R", "KEYS"]
    assert opened["progress"] == {"answered": 2, "asked": 4, "percent": 50}
    closed = told(put(client, response, "I-R", {"options": ["no"]}, version=1))
    assert closed["asked"] == ["I-R"]


def test_clearing_is_said_and_has_a_version(client: Client, response: Response) -> None:
    cleared = put(client, response, "COUNT", {"number": None}, version=1)
    assert (cleared.status_code, told(cleared)["version"]) == (200, 2)
    assert not Answer.objects.filter(response=response).exists()
    written = put(client, response, "COUNT", {"number": 9}, version=2)
    assert told(written)["version"] == 3


def test_words_beside_several_options(client: Client, response: Response) -> None:
    put(client, response, "I-R", {"options": ["yes"]})
    words = 'a "vault"\nwith \\n two lines: yes'
    put(client, response, "KEYS", {"options": ["other", "own"], "texts": {"other": words}})
    put(client, response, "KEYS", {"options": ["own"]}, version=1)
    stale = told(put(client, response, "KEYS", {"options": ["shared"]}, version=1))
    assert stale["value"]["options"] == ["own"]
    back = put(client, response, "KEYS", {"options": ["own", "other"], "texts": {"other": words}}, version=2)
    assert told(back)["version"] == 3
    stale = told(put(client, response, "KEYS", {"options": ["shared"]}, version=0))
    assert stale["value"]["options"] == ["own", "other"]
    assert stale["value"]["texts"] == {"other": words}


class TestRepetitions:
    def test_the_same_request_is_answered_the_same_and_has_no_second_effect(
        self, client: Client, response: Response
    ) -> None:
        first = put(client, response, "A-R", {"number": 40}, key="one")
        put(client, response, "A-R", {"number": 50}, version=1, key="two")
        again = put(client, response, "A-R", {"number": 40}, key="one")
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert len(history(response, "A-R")) == 2

    def test_a_refusal_is_repeated_as_well(self, client: Client, response: Response) -> None:
        refused = put(client, response, "COUNT", {"number": 7}, version=0, key="stale")
        put(client, response, "COUNT", {"number": 8}, version=1)
        again = put(client, response, "COUNT", {"number": 7}, version=0, key="stale")
        assert (refused.status_code, again.status_code) == (409, 409)
        assert again.content == refused.content
        assert [row for row in history(response, "COUNT") if row[3]] == [(0, 7, "", True)]

    @pytest.mark.parametrize(("item", "body"), [("A-R", {"number": 41}), ("I-R", {"number": 40})])
    def test_a_key_belongs_to_one_answer(
        self, client: Client, response: Response, item: str, body: dict[str, int]
    ) -> None:
        put(client, response, "A-R", {"number": 40}, key="one")
        other = put(client, response, item, body, version=1, key="one")
        assert (other.status_code, told(other)["field"]) == (422, "Idempotency-Key")
        assert len(history(response, "A-R")) == 1

    def test_an_acknowledged_answer_is_acknowledged_again_after_submission(
        self, client: Client, response: Response
    ) -> None:
        first = put(client, response, "A-R", {"number": 40}, key="one")
        fieldwork.submit_response(response, at=timezone.now())
        again = put(client, response, "A-R", {"number": 40}, key="one")
        assert (again.status_code, again.content) == (200, first.content)

    def test_keys_are_kept_for_a_week(self, client: Client, response: Response) -> None:
        put(client, response, "A-R", {"number": 40}, key="one")
        now = timezone.now()
        saving.forget_requests(at=now + timedelta(days=6, hours=23))
        assert AnsweredRequest.objects.exists()
        saving.forget_requests(at=now + timedelta(days=7, minutes=1))
        assert not AnsweredRequest.objects.exists()

    def test_two_respondents_may_use_the_same_key(self, client: Client, response: Response) -> None:
        other = make_response(response.invitation.wave, make_organization("other"), "engineer")
        admit(client, other)
        for one in (response, other):
            assert put(client, one, "I-R", {"options": ["no"]}, key="one").status_code == 200

    def test_no_words_are_kept_with_a_key(self, client: Client, response: Response) -> None:
        put(client, response, "I-R", {"options": ["yes"]})
        put(client, response, "KEYS", {"options": ["other"], "texts": {"other": "a canary"}})
        put(client, response, "KEYS", {"options": ["other"], "texts": {"other": "another canary"}})
        assert AnsweredRequest.objects.count() == 3
        assert not [row for row in AnsweredRequest.objects.values() if "canary" in str(row)]


def test_a_stale_version_is_told_what_is_held_and_both_are_kept(client: Client, response: Response) -> None:
    for version in (0, 2, 999_999_999):
        stale = put(client, response, "COUNT", {"number": 7}, version=version)
        assert stale.status_code == 409
        value = {"options": [], "number": 4, "text": "", "basis": "", "texts": {}}
        assert told(stale) == {"version": 1, "saved_at": mock.ANY, "value": value}
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
    assert (answer.status_code, told(answer)["field"]) == (422, "Idempotency-Key")
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
def test_what_is_no_answer_is_refused_with_what_was_expected(
    client: Client, response: Response, body: str | bytes, field: str
) -> None:
    answer = put(client, response, "COUNT", body, version=1)
    assert answer.status_code == 422
    assert told(answer)["field"] == field
    assert told(answer)["expected"]
    assert history(response, "COUNT") == [(1, 4, "", False)]


@pytest.mark.parametrize("words", ["a\x00b", "\ud800", "bell\x07", "x" * 20_000])
def test_words_that_no_database_or_reader_can_take(client: Client, response: Response, words: str) -> None:
    put(client, response, "I-R", {"options": ["yes"]})
    answer = put(client, response, "KEYS", {"options": ["other"], "texts": {"other": words}})
    assert (answer.status_code, told(answer)["field"]) == (422, "KEYS")
    assert history(response, "KEYS") == []


def test_odd_words_come_back_as_they_were(client: Client, response: Response) -> None:
    put(client, response, "I-R", {"options": ["yes"]})
    words = "=1+1 'two' \"three\" <b>four</b>\t{{ five }}\n\u202esix 🤦🏽 ﷽"
    put(client, response, "KEYS", {"options": ["other"], "texts": {"other": words}})
    assert given_by_item(response.answers.all())["KEYS"].texts == (("other", words),)


def test_only_what_is_asked_is_taken(client: Client, response: Response) -> None:
    closed = put(client, response, "KEYS", {"options": ["own"]}, key="closed")
    assert (closed.status_code, told(closed)["field"]) == (422, "KEYS")
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
def test_a_body_that_cannot_be_trusted_is_not_read(
    client: Client, response: Response, headers: dict[str, str], status: int
) -> None:
    answer = put(client, response, "COUNT", {"number": 7}, version=1, **headers)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert len(history(response, "COUNT")) == 1


def test_without_a_length_nothing_is_blanked(client: Client, response: Response) -> None:
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


def test_what_has_ended_says_how(client: Client, response: Response) -> None:
    fieldwork.submit_response(response, at=timezone.now())
    ended = put(client, response, "COUNT", {"number": 7}, version=1)
    assert (ended.status_code, told(ended)) == (410, {"error": "submitted"})


def test_a_closed_wave_and_a_revoked_invitation(client: Client, response: Response) -> None:
    fieldwork.close_wave(response.invitation.wave, at=timezone.now())
    ended = put(client, response, "COUNT", {"number": 7}, version=1)
    assert (ended.status_code, told(ended)) == (410, {"error": "closed"})
    fieldwork.revoke(response.invitation, at=timezone.now())
    assert put(client, response, "COUNT", {"number": 7}, version=1).status_code == 404


@pytest.mark.parametrize(
    "why", ["database is locked", "database or disk is full", "attempt to write a readonly database"]
)
def test_a_database_that_cannot_take_it_is_said_so(client: Client, response: Response, why: str) -> None:
    with mock.patch("surveys.recording.write", side_effect=OperationalError(why)):
        answer = put(client, response, "A-R", {"number": 40}, key="one")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert put(client, response, "A-R", {"number": 40}, key="one").status_code == 200


def test_a_stranger_finds_nothing(response: Response) -> None:
    assert put(Client(), response, "COUNT", {"number": 7}, version=1).status_code == 404
    stranger = Client()
    admit(stranger, make_response(response.invitation.wave, make_organization("other"), "engineer"))
    assert put(stranger, response, "COUNT", {"number": 7}, version=1).status_code == 404


def test_forgery_is_refused(response: Response) -> None:
    client = Client(enforce_csrf_checks=True)
    admit(client, response)
    assert put(client, response, "COUNT", {"number": 7}, version=1).status_code == 403


def test_the_history_is_only_ever_added_to(response: Response) -> None:
    rows = AnswerVersion.objects.filter(response=response)
    row = rows.get()
    row.number = 5
    for change in (row.save, row.delete, rows.delete, lambda: rows.update(number=5)):
        with pytest.raises(HistoryStays):
            change()
    with pytest.raises(HistoryStays), transaction.atomic():
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


class TestWithoutScript:
    def posted(self, client: Client, response: Response, version: int, number: int) -> Any:
        form = {"COUNT.shown": "1", "COUNT.version": str(version), "COUNT.number": str(number)}
        return client.post(f"/respond/{response.public_id}/sections/agents/", form)

    def test_a_form_that_knows_the_newest_version_is_saved(self, client: Client, response: Response) -> None:
        assert self.posted(client, response, 1, 5).status_code == 302
        assert history(response, "COUNT")[-1] == (2, 5, "", False)

    def test_a_stale_form_overwrites_nothing_and_shows_both(self, client: Client, response: Response) -> None:
        put(client, response, "COUNT", {"number": 123}, version=1)
        answer = self.posted(client, response, 1, 77)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "123</dd>" in page
        assert 'value="77"' in page, "what was typed stays in the field"
        assert 'name="COUNT.version" value="2"' in page
        assert history(response, "COUNT")[-1] == (1, 77, "", True)
        assert given_by_item(response.answers.all())["COUNT"] == percent(123)
        self.posted(client, response, 2, 77)
        assert given_by_item(response.answers.all())["COUNT"] == percent(77)

    def test_a_field_that_nobody_touched_is_no_conflict(self, client: Client, response: Response) -> None:
        put(client, response, "COUNT", {"number": 123}, version=1)
        assert self.posted(client, response, 1, 4).status_code == 302
        assert given_by_item(response.answers.all())["COUNT"] == percent(123)
        assert [row for row in history(response, "COUNT") if row[3]] == []

    def test_a_form_without_versions_overwrites_nothing(self, client: Client, response: Response) -> None:
        form = {"COUNT.shown": "1", "COUNT.number": "77"}
        answer = client.post(f"/respond/{response.public_id}/sections/agents/", form)
        assert answer.status_code == 409
        assert given_by_item(response.answers.all())["COUNT"] == percent(4)


def test_imports_and_demonstrations_need_no_versions(response: Response) -> None:
    recorded = fieldwork.record_answers(response, {"COUNT": percent(5), "I-R": chose("no")}, at=NOW)
    assert (recorded.saved, recorded.conflicts) == ({"COUNT": 2, "I-R": 1}, {})


def test_one_respondent_saves_only_so_often(client: Client, response: Response, settings: Any) -> None:
    settings.SAVES_PER_SECOND = 1
    answers = [put(client, response, "I-R", {"options": ["no"]}) for _ in range(20)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 5 <= len(refused) <= 16
    assert int(refused[0]["Retry-After"]) >= 1
    assert answers[0].status_code == 200


def test_the_trail_tells_of_a_sitting_and_never_what_was_said(client: Client, response: Response) -> None:
    for version in range(3):
        put(client, response, "A-R", {"number": 40 + version}, version=version)
    entries = list(AuditEntry.objects.filter(action="saved answers").values_list("about", "actor"))
    assert entries == [("wave, engineer, A-R", "respondent")]
    assert len(history(response, "A-R")) == 3
