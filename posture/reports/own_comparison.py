"""A respondent's own answers beside the released answers of others. Answers of colleagues are not read."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from posture.charts import number_text
from posture.models import Release
from posture.releases.queries import EstimateTable, estimate_table
from posture.reports.sentences import Sentence, sentence
from posture.reports.values import Value
from surveys.fieldwork.answer_text import AnsweredItem
from surveys.instrument.cohorts import ALL
from surveys.instrument.questionnaire_definition import Item
from surveys.instrument.response_state import ResponseState
from surveys.instrument.routing import AnswerValue


@dataclass(frozen=True)
class ComparedAnswer:
    """others: what the release says about the same item; None where it says nothing."""

    answered: AnsweredItem
    others: Sentence | None


def compared_answers(state: ResponseState, release: Release) -> list[ComparedAnswer]:
    """Returns the answered items that the release also has."""
    table = estimate_table(release, ALL, subject_kind="item")
    rows = [
        ComparedAnswer(AnsweredItem.of(item, state), _others(item, state.own_answers[item.code], table))
        for item in state.items
        if item.code in state.own_answers
    ]
    return [row for row in rows if row.others is not None]


def _others(item: Item, answer: AnswerValue, table: EstimateTable) -> Sentence | None:
    if answer.number is not None:
        mean = Value.of(table.row("item", item.code, "mean"))
        if mean.base is None:
            return None
        return sentence(
            _("The mean of others is {mean} ({interval}), base {base}."),
            mean=mean,
            interval=mean.interval or number_text.MISSING,
            base=str(mean.base),
        )
    if len(answer.options) != 1:
        return None
    share = Value.of(table.row("item", item.code, "share", answer.options[0]))
    if share.base is None:
        return None
    return sentence(
        _("{share} of others gave the same answer, base {base}."), share=share, base=str(share.base)
    )
