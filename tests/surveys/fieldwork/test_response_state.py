"""Tests that the state of a response is the same with and without its words."""

from dataclasses import replace
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from surveys.fieldwork import invitations
from surveys.fieldwork.queries import response_state, response_state_without_texts
from surveys.instrument.response_state import ResponseState
from surveys.instrument.routing import AnswerValue
from surveys.models import Response
from tests.support.builders import NOW, chose, make_organization, make_response, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KEYS = AnswerValue(options=("own", "other"), texts=(("other", "a vault of our own"),))
COLLEAGUES: list[dict[str, Any]] = [
    {},
    {"COUNT": percent(0)},
    {"COUNT": percent(7, "exported"), "A-R": percent(40, "estimated"), "I-R": chose("yes", basis="exported")},
    {"COUNT": chose("dont-know"), "A-R": chose("none"), "I-R": chose("yes"), "KEYS": KEYS},
]


def without_words(given: AnswerValue) -> AnswerValue:
    return replace(given, text="", texts=())


def respondents(colleague: dict[str, AnswerValue]) -> tuple[Response, Response]:
    wave, acme = make_wave(), make_organization()
    make_response(wave, make_organization("initech"), "engineer", {"COUNT": percent(1)})
    engineer = make_response(wave, acme, "engineer", colleague)
    return engineer, make_response(wave, acme, "executive", {"I-C": chose("no")})


@pytest.mark.parametrize("colleague", COLLEAGUES)
def test_leaving_out_the_words_changes_nothing_else(colleague: dict[str, AnswerValue]) -> None:
    for response in respondents(colleague):
        full, lean = response_state(response), response_state_without_texts(response)
        assert lean.items == full.items
        assert lean.progress == full.progress
        for own, said in (
            (full.own_answers, lean.own_answers),
            (full.organization_answers, lean.organization_answers),
        ):
            assert {code: without_words(given) for code, given in own.items()} == said


def test_it_takes_one_statement_or_none(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    _, response = respondents(COLLEAGUES[-1])
    asked: list[tuple[int, set[str] | None, set[str]]] = [
        (0, set(), set()),
        (1, {"KEYS", "COUNT"}, {"KEYS", "COUNT"}),
        (1, None, {"COUNT", "A-R", "I-R", "KEYS", "I-C"}),
    ]
    for statements, about, found in asked:
        with django_assert_num_queries(statements):
            standing: ResponseState = response_state_without_texts(response, about=about)
        assert set(standing.organization_answers) == found


def test_a_revoked_invitation_says_nothing() -> None:
    engineer, executive = respondents(COLLEAGUES[-1])
    invitations.revoke(engineer.invitation, by="analyst", at=NOW)
    assert set(response_state_without_texts(executive).organization_answers) == {"I-C"}
