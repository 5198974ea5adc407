"""Tests that an import takes the answers of a row by the rules of routing, item by item."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.fieldwork import questionnaire_loader
from surveys.imports.answer_router import AnswerRouter
from surveys.instrument.questionnaire_definition import Questionnaire, parse
from surveys.instrument.routing import AnswerValue, is_asked

FILES: list[Path] = sorted(questionnaire_loader.DEFINITIONS.glob("*.toml"))
QUESTIONNAIRES = [parse(path.read_text("utf-8"), name=path.name) for path in FILES]


def route_item_by_item(
    questionnaire: Questionnaire, role: str, answers: dict[str, AnswerValue], answered_by_others: set[str]
) -> dict[str, AnswerValue]:
    """Takes an item if it is asked of a respondent who gave the answers to the items before it."""
    accepted: dict[str, AnswerValue] = {}
    for item in questionnaire.items:
        if item.code not in answers or item.code in answered_by_others:
            continue
        answered = {**accepted, item.code: answers[item.code]}
        if is_asked(questionnaire, item, role=role, own_answers=answered, organization_answers=answered):
            accepted[item.code] = answers[item.code]
    return accepted


@st.composite
def rows(draw: st.DrawFn) -> tuple[Questionnaire, str, dict[str, AnswerValue], set[str]]:
    questionnaire = draw(st.sampled_from(QUESTIONNAIRES))
    role = draw(st.sampled_from(questionnaire.roles)).code
    chosen = draw(st.sets(st.sampled_from(questionnaire.items)))
    answers = {}
    for item in sorted(chosen, key=lambda item: item.code):
        values = [AnswerValue(number=draw(st.sampled_from([0, 7])))]
        values += [AnswerValue((option.code,)) for option in item.options]
        answers[item.code] = draw(st.sampled_from(values))
    shared_codes = [code for code in answers if questionnaire.item(code).role == "any"]
    answered_by_others = draw(st.sets(st.sampled_from(shared_codes))) if shared_codes else set()
    return questionnaire, role, answers, answered_by_others


@settings(max_examples=300, deadline=None)
@given(rows())
def test_answers_are_taken_by_the_rules_of_routing(
    row: tuple[Questionnaire, str, dict[str, AnswerValue], set[str]],
) -> None:
    questionnaire, role, answers, answered_by_others = row
    accepted, not_asked = AnswerRouter(questionnaire).route(
        role, answers, answered_by_others=answered_by_others
    )
    assert accepted == route_item_by_item(questionnaire, role, answers, answered_by_others)
    assert not_asked == [code for code in answers if code not in accepted]
