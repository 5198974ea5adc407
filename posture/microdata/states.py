"""Settles the state of every item; answers behind a closed gate do not count."""

from collections.abc import Mapping

import numpy as np

from posture.analysis.answers.wave_data import (
    BLANK,
    DECLINED,
    DONT_KNOW,
    NO_EVIDENCE,
    NO_RESPONDENT,
    NOT_APPLICABLE,
    ROUTED_OUT,
    STATES,
    Column,
    Mask,
)
from posture.microdata.respondents import Respondents
from surveys.instrument.questionnaire_definition import Item, Questionnaire

MEANINGS = {
    "declined": DECLINED,
    "dont_know": DONT_KNOW,
    "no_evidence": NO_EVIDENCE,
    "not_applicable": NOT_APPLICABLE,
}


def used_items(questionnaire: Questionnaire) -> tuple[Item, ...]:
    """The core items and the gates before them, in the order of the questionnaire."""
    gates = {item.ask_if.item for item in questionnaire.core_items if item.ask_if is not None}
    return tuple(item for item in questionnaire.items if item.status == "core" or item.code in gates)


def settle_states(columns: Mapping[str, Column], questionnaire: Questionnaire, people: Respondents) -> None:
    """Settles the columns in place, from the last item to the first. A gate precedes the items that it routes, and is
    read as it was answered, even if the gate itself is routed out."""
    for item in reversed(used_items(questionnaire)):
        column = columns[item.code]
        is_closed = closed_gate(item, columns)
        is_answered = column.answered
        unanswered_state = np.where(
            people.has_respondent(item), STATES.index(BLANK), STATES.index(NO_RESPONDENT)
        )
        column.state[:] = np.where(is_answered, column.state, unanswered_state)
        for meaning in reversed(MEANINGS):
            codes = [option.code for option in item.options if option.meaning == meaning]
            column.state[column.chose(*codes)] = STATES.index(MEANINGS[meaning])
        column.state[is_closed] = STATES.index(ROUTED_OUT)
        column.chosen[:, is_closed], column.basis[is_closed] = 0, 0
        if column.has_numbers:
            column.number[is_closed] = np.nan


def closed_gate(item: Item, columns: Mapping[str, Column]) -> Mask:
    """Organisations for which `surveys.instrument.routing.gate_is_open` is False: an answer that was given before the
    gate closed does not count. A gate whose own item is open, or unanswered, closes nothing."""
    if item.ask_if is None:
        return np.zeros(len(columns[item.code].state), dtype=bool)
    gate = columns[item.ask_if.item]
    if item.ask_if.not_equal is not None:
        return gate.number == item.ask_if.not_equal
    is_answered = gate.chosen.any(axis=0) | ~np.isnan(gate.number)
    return is_answered & ~gate.chose(*item.ask_if.any_of)
