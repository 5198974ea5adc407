"""Selects the answers of a row that are taken: those to items that the respondent is asked."""

from collections.abc import Collection, Mapping
from functools import cached_property

from surveys.instrument.questionnaire_definition import ANY_ROLE, Questionnaire
from surveys.instrument.routing import AnswerValue, may_be_asked, route


class AnswerRouter:
    """Routes the answers of a row by the row itself, so that the order of rows does not matter.

    A second run therefore decides as the first did. An item for any role takes the answer of the first row of an
    organisation that answers it.
    """

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire

    @cached_property
    def shared_items(self) -> frozenset[str]:
        return frozenset(item.code for item in self.questionnaire.items if item.role == ANY_ROLE)

    @cached_property
    def _always_asked(self) -> dict[str, frozenset[str]]:
        return {
            role.code: frozenset(
                item.code
                for item in self.questionnaire.items
                if may_be_asked(item, role.code) and item.ask_if is None and item.role != ANY_ROLE
            )
            for role in self.questionnaire.roles
        }

    def route(
        self, role: str, answers: Mapping[str, AnswerValue], *, answered_by_others: Collection[str] = ()
    ) -> tuple[dict[str, AnswerValue], list[str]]:
        """Returns the answers taken, and the codes of answered items that are not asked.

        `answered_by_others` holds the items for any role that another respondent of the organisation has answered.
        """
        always_asked = self._always_asked[role]
        accepted = {code: value for code, value in answers.items() if code in always_asked}
        if len(accepted) == len(answers):
            return accepted, []
        conditional = {
            code: answers[code] for code in answers.keys() - accepted.keys() - set(answered_by_others)
        }
        accepted |= route(
            self.questionnaire, conditional, role=role, own_answers=accepted, organization_answers=accepted
        )
        return accepted, [code for code in answers if code not in accepted]
