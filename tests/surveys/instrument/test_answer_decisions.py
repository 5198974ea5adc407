"""Tests which answers of a set are taken. COUNT opens A-R unless it is 0."""

from surveys.instrument.answer_decisions import AnswerDecisions, decide
from surveys.instrument.questionnaire_definition import parse
from surveys.instrument.response_state import ResponseState
from surveys.instrument.routing import AnswerValue
from tests.support.builders import SMALL, chose, percent

DEFINITION = parse(SMALL, name="small")


def response_state(role: str = "engineer", **own: AnswerValue) -> ResponseState:
    return ResponseState(DEFINITION, role, own, own)


def test_each_answer_is_accepted_refused_or_not_asked() -> None:
    answers = {"A-R": percent(101), "A-C": percent(1), "COUNT": percent(3), "NOPE": percent(1)}
    assert decide(response_state(), answers) == AnswerDecisions(
        accepted={"COUNT": percent(3)},
        refused={"A-R": "a whole number from 0 to 100"},
        not_asked=["A-C", "NOPE"],
    )


def test_an_answer_of_the_set_takes_precedence_over_the_stored_one() -> None:
    stored = response_state(COUNT=percent(3))
    assert decide(stored, {"A-R": percent(10)}).accepted == {"A-R": percent(10)}
    assert decide(stored, {"COUNT": percent(0), "A-R": percent(10)}).not_asked == ["A-R"]
    assert decide(stored, {"COUNT": AnswerValue(), "A-R": percent(10)}).not_asked == ["A-R"]
    assert stored.own_answers == {"COUNT": percent(3)}


def test_an_invalid_answer_routes_nothing() -> None:
    decisions = decide(
        response_state(COUNT=percent(3)), {"COUNT": AnswerValue(number=-1), "A-R": percent(10)}
    )
    assert list(decisions.refused) == ["COUNT"]
    assert decisions.accepted == {"A-R": percent(10)}


def test_answers_are_accepted_in_normal_form() -> None:
    """Options are in the order of the item."""
    stored = response_state(**{"I-R": chose("yes")})
    taken = decide(stored, {"KEYS": chose("own", "shared")}).accepted
    assert taken == {"KEYS": chose("shared", "own")}
