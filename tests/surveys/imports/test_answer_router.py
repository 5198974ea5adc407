"""Tests that an import takes the answers of a row by the rules of routing, item by item."""

from pathlib import Path

from hypothesis import given as of
from hypothesis import settings
from hypothesis import strategies as some

from surveys.fieldwork import questionnaire_loader
from surveys.imports.answer_router import AnswerRouter
from surveys.instrument.questionnaire_definition import Questionnaire, parse
from surveys.instrument.routing import AnswerValue, is_asked

FILES: list[Path] = sorted(questionnaire_loader.DEFINITIONS.glob("*.toml"))
QUESTIONNAIRES = [parse(path.read_text("utf-8"), name=path.name) for path in FILES]


def by_the_rules(
    questionnaire: Questionnaire, role: str, given: dict[str, AnswerValue], by_colleagues: set[str]
) -> dict[str, AnswerValue]:
    """Takes an item if it is asked of a respondent who gave the answers to the items before it."""
    taken: dict[str, AnswerValue] = {}
    for item in questionnaire.items:
        if item.code not in given or item.code in by_colleagues:
            continue
        own = {**taken, item.code: given[item.code]}
        if is_asked(questionnaire, item, role=role, own_answers=own, organization_answers=own):
            taken[item.code] = given[item.code]
    return taken


@some.composite
def rows(draw: some.DrawFn) -> tuple[Questionnaire, str, dict[str, AnswerValue], set[str]]:
    questionnaire = draw(some.sampled_from(QUESTIONNAIRES))
    role = draw(some.sampled_from(questionnaire.roles)).code
    chosen = draw(some.sets(some.sampled_from(questionnaire.items)))
    given = {}
    for item in sorted(chosen, key=lambda item: item.code):
        values = [AnswerValue(number=draw(some.sampled_from([0, 7])))]
        values += [AnswerValue((option.code,)) for option in item.options]
        given[item.code] = draw(some.sampled_from(values))
    for_any_role = [code for code in given if questionnaire.item(code).role == "any"]
    by_colleagues = draw(some.sets(some.sampled_from(for_any_role))) if for_any_role else set()
    return questionnaire, role, given, by_colleagues


@settings(max_examples=300, deadline=None)
@of(rows())
def test_answers_are_taken_by_the_rules_of_routing(
    row: tuple[Questionnaire, str, dict[str, AnswerValue], set[str]],
) -> None:
    questionnaire, role, given, by_colleagues = row
    taken, not_asked = AnswerRouter(questionnaire).route(role, given, answered_by_others=by_colleagues)
    assert taken == by_the_rules(questionnaire, role, given, by_colleagues)
    assert not_asked == [code for code in given if code not in taken]
