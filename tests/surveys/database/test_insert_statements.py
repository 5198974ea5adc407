"""Tests that rows inserted by a prepared statement equal the rows that the model manager would add."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from pytest_django import DjangoAssertNumQueries

from surveys.database.insert_statements import Insertion
from surveys.models import Answer, AnsweredRequest, AnswerVersion, Item, Option, Response, Selection
from surveys.tenancy.organization_scope import ForeignOrganization, organization_scope
from tests.support.builders import NOW, make_organization, make_response, make_wave

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ONE_ITEM = ("response", "item")
LATER = {"number": 4, "version": 2}


@pytest.fixture
def response() -> Response:
    return make_response(make_wave(), make_organization(), "engineer")


def item(response: Response, code: str = "COUNT") -> Item:
    return Item.objects.get(questionnaire=response.invitation.wave.questionnaire, code=code)


def answer(response: Response, code: str = "COUNT", **values: Any) -> Answer:
    return Answer(
        **{"response": response, "item": item(response, code), "version": 1, "saved_at": NOW} | values
    )


def version(response: Response) -> AnswerVersion:
    return AnswerVersion(response=response, item=item(response), version=1, options="a b", saved_at=NOW)


def request(response: Response) -> AnsweredRequest:
    told: dict[str, Any] = {"digest": "d", "item": "COUNT", "status": 200, "outcome": "{}"}
    return AnsweredRequest(response=response, key="k", answered_at=NOW, **told)


def selection(response: Response) -> Selection:
    stored_answer, _ = Answer.objects.get_or_create(
        response=response, item=item(response, "KEYS"), defaults={"saved_at": NOW}
    )
    return Selection(
        answer=stored_answer, option=Option.objects.filter(item=stored_answer.item)[0], text="own words"
    )


def stored(row: models.Model) -> dict[str, Any]:
    """Returns all columns but the key. A sealed text is sealed anew each time, so its plain text is returned."""
    stored_row = type(row).objects.get(pk=row.pk)  # type: ignore[attr-defined]
    columns = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return {column: getattr(stored_row, column) for column in columns}


@pytest.mark.parametrize("make", [answer, version, request, selection])
def test_a_row_is_the_one_that_the_manager_adds(response: Response, make: Callable[..., Any]) -> None:
    by_manager, by_statement = make(response), make(response)
    with transaction.atomic():
        by_manager.save()
        expected = stored(by_manager)
        transaction.set_rollback(True)
    Insertion(type(by_statement)).add([by_statement])
    assert stored(by_statement) == expected


def test_words_are_sealed(response: Response) -> None:
    (row,) = Insertion(Answer).add([answer(response, "KEYS", text="our weak spot")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM surveys_answer WHERE id = %s", [row.pk])
        (text,) = cursor.fetchone()
    assert text.startswith("sealed")
    assert Answer.objects.get(pk=row.pk).text == "our weak spot"


def test_many_rows_take_one_statement(
    response: Response, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [answer(response), answer(response, "KEYS")]
    with django_assert_num_queries(1):
        Insertion(Answer).add(rows)
    assert {row.pk: row.item.code for row in rows} == {row.pk: row.item.code for row in Answer.objects.all()}
    with django_assert_num_queries(0):
        assert Insertion(Answer).add([]) == []


def test_an_existing_row_is_updated(response: Response) -> None:
    answers = Insertion(Answer, unique_columns=ONE_ITEM)
    (first,) = answers.add([answer(response, number=3)])
    (second,) = answers.add([answer(response, **LATER)])
    assert second.pk == first.pk
    assert Answer.objects.values_list("number", "version").get() == (4, 2)


def test_without_unique_columns_no_row_is_updated(response: Response) -> None:
    Insertion(Answer).add([answer(response, number=3)])
    with pytest.raises(IntegrityError), transaction.atomic():
        Insertion(Answer).add([answer(response, **LATER)])
    assert Answer.objects.get().number == 3


def test_a_row_of_another_organisation_is_refused(response: Response) -> None:
    row, other = answer(response), make_organization("initech")
    with organization_scope(other.pk), pytest.raises(ForeignOrganization):
        Insertion(Answer).add([row])
    assert not Answer.objects.exists()
