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


def without_texts(answer: AnswerValue) -> AnswerValue:
    return replace(answer, text="", texts=())


def respondents(colleague: dict[str, AnswerValue]) -> tuple[Response, Response]:
    wave, acme = make_wave(), make_organization()
    make_response(wave, make_organization("initech"), "engineer", {"COUNT": percent(1)})
    engineer = make_response(wave, acme, "engineer", colleague)
    return engineer, make_response(wave, acme, "executive", {"I-C": chose("no")})


@pytest.mark.parametrize("colleague", COLLEAGUES)
def test_only_texts_differ_without_texts(colleague: dict[str, AnswerValue]) -> None:
    for response in respondents(colleague):
        full, lean = response_state(response), response_state_without_texts(response)
        assert lean.items == full.items
        assert lean.progress == full.progress
        for full_answers, lean_answers in (
            (full.own_answers, lean.own_answers),
            (full.organization_answers, lean.organization_answers),
        ):
            assert {code: without_texts(answer) for code, answer in full_answers.items()} == lean_answers


def test_it_takes_one_statement_or_none(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    _, response = respondents(COLLEAGUES[-1])
    cases: list[tuple[int, set[str] | None, set[str]]] = [
        (0, set(), set()),
        (1, {"KEYS", "COUNT"}, {"KEYS", "COUNT"}),
        (1, None, {"COUNT", "A-R", "I-R", "KEYS", "I-C"}),
    ]
    for statements, about, expected in cases:
        with django_assert_num_queries(statements):
            state: ResponseState = response_state_without_texts(response, about=about)
        assert set(state.organization_answers) == expected


def test_answers_of_a_revoked_invitation_do_not_count() -> None:
    engineer, executive = respondents(COLLEAGUES[-1])
    invitations.revoke(engineer.invitation, by="analyst", at=NOW)
    assert set(response_state_without_texts(executive).organization_answers) == {"I-C"}
