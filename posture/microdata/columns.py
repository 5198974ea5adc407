"""Converts raw answers, read in any order, to columns. If two respondents of an organisation answered the same item,
the answer that was saved first counts. Such organisations are few, and their answers are read again in order."""

from dataclasses import dataclass

import numpy as np
from django.db.models import QuerySet

from posture.analysis.answers.wave_data import ANSWERED, NO_RESPONDENT, NOBODY, STATES, Column
from posture.microdata.answer_rows import (
    NO_KEY,
    DefinitionKeys,
    UnpackedAnswers,
    answers_in_order,
    answers_of,
    selections_of,
)
from posture.microdata.raw_rows import COLUMNS, raw_tuples, read_in_blocks, row_blocks
from posture.microdata.respondents import Respondents
from surveys.instrument.questionnaire_definition import Item, Questionnaire
from surveys.models import Response

ANSWERED_STATE, UNANSWERED_STATE = STATES.index(ANSWERED), STATES.index(NO_RESPONDENT)
EXACT_IN_FLOAT32 = 2**24
ORGANIZATIONS_AT_A_TIME = 500


def answered_columns(
    responses: QuerySet[Response], people: Respondents, keys: DefinitionKeys, questionnaire: Questionnaire
) -> dict[str, Column]:
    """The answers to each item, before any routing: the state says only whether there is an answer."""
    builder = ColumnBuilder(
        people, keys, [_empty(item, questionnaire, len(people.units)) for item in keys.items]
    )
    answers, selections = answers_of(responses, questionnaire), selections_of(responses)
    contested = [
        builder.add_answers(block) for block in row_blocks(answers, key="response_id", keys=people.responses)
    ]
    for block in row_blocks(selections, key="answer__response_id", keys=people.responses):
        builder.add_selections(block)
    answered_twice = np.unique(np.concatenate([np.empty(0, dtype=np.int32), *contested]))
    for start in range(0, len(answered_twice), ORGANIZATIONS_AT_A_TIME):
        units = answered_twice[start : start + ORGANIZATIONS_AT_A_TIME]
        organizations = people.units[units].tolist()
        unit_responses = responses.filter(invitation__organization_id__in=organizations)
        builder.clear(units)
        rows = read_in_blocks(raw_tuples(answers_in_order(unit_responses, questionnaire)), 1 + COLUMNS)
        first_answers = builder.first_of_each(rows)
        builder.add_answers(first_answers[1:])
        selection_rows = read_in_blocks(raw_tuples(selections_of(unit_responses)), COLUMNS)
        builder.add_selections(selection_rows[:, np.isin(selection_rows[0], first_answers[0])])
    return {item.code: column for item, column in zip(keys.items, builder.columns, strict=True)}


def _empty(item: Item, questionnaire: Questionnaire, organizations: int) -> Column:
    number: type[np.floating] | None = None
    if item.is_numeric:
        is_small = item.maximum is not None and item.maximum <= EXACT_IN_FLOAT32
        number = np.float32 if is_small else np.float64
    return Column.empty(
        organizations,
        options=tuple(option.code for option in item.options),
        bases=tuple(basis.code for basis in questionnaire.evidence_bases),
        number=number,
    )


@dataclass(frozen=True)
class ColumnBuilder:
    people: Respondents
    keys: DefinitionKeys
    columns: list[Column]

    def add_answers(self, block: np.ndarray) -> np.ndarray:
        """Adds rows of `answers_of`. Returns the organisations that had answered one of the items before."""
        response, item, packed = block
        unpacked = UnpackedAnswers.of(packed)
        position, is_known = self.people.positions(response)
        item = self.keys.item_of(item)
        _, option = self.keys.option_of(unpacked.option)
        contested = []
        for column, rows in self._by_item(item, is_known):
            units = self.people.unit[position[rows]]
            contested.append(_answered_twice(column, units))
            column.state[units] = ANSWERED_STATE
            column.informant[units] = self.people.person[position[rows]]
            column.basis[units] = unpacked.basis[rows]
            number = unpacked.number[rows]
            if (number != NO_KEY).any():
                column.number[units[number != NO_KEY]] = number[number != NO_KEY]
            _set_option_bits(column, units, option[rows])
        return np.concatenate(contested) if contested else np.empty(0, dtype=np.int32)

    def add_selections(self, block: np.ndarray) -> None:
        """Adds rows of `selections_of`."""
        _, response, option = block
        position, is_known = self.people.positions(response)
        item, option = self.keys.option_of(option)
        for column, rows in self._by_item(item, is_known):
            _set_option_bits(column, self.people.unit[position[rows]], option[rows])

    def clear(self, units: np.ndarray) -> None:
        for column in self.columns:
            column.state[units], column.informant[units] = UNANSWERED_STATE, NOBODY
            column.chosen[:, units], column.basis[units] = 0, 0
            if column.has_numbers:
                column.number[units] = np.nan

    def first_of_each(self, block: np.ndarray) -> np.ndarray:
        """Adds rows of `answers_in_order`. Returns the first of each organisation and item."""
        position, is_known = self.people.positions(block[1])
        cell = self.people.unit[position].astype(np.int64) * len(self.keys.items) + self.keys.item_of(
            block[2]
        )
        _, first = np.unique(cell[is_known], return_index=True)
        return block[:, np.flatnonzero(is_known)[first]]

    def _by_item(self, item: np.ndarray, is_known: np.ndarray) -> "list[tuple[Column, np.ndarray]]":
        """Each column and its rows, without rows of unknown items and respondents."""
        item = np.where(is_known, item, NO_KEY)
        order = np.argsort(item, kind="stable")
        bounds = np.searchsorted(item[order], np.arange(len(self.columns) + 1))
        ranges = zip(self.columns, bounds[:-1], bounds[1:], strict=True)
        return [(column, order[start:stop]) for column, start, stop in ranges if start < stop]


def _answered_twice(column: Column, units: np.ndarray) -> np.ndarray:
    """Organisations that already have an answer, or have two among these."""
    already_answered = units[column.state[units] == ANSWERED_STATE]
    distinct, counts = np.unique(units, return_counts=True)
    return np.concatenate([already_answered, distinct[counts > 1]])


def _set_option_bits(column: Column, units: np.ndarray, option: np.ndarray) -> None:
    """Sets the bit of each option, one option at a time, so that no organisation occurs twice in one step."""
    for position in np.unique(option[option != NO_KEY]):
        column.chosen[position // 8, units[option == position]] |= np.uint8(1 << position % 8)
