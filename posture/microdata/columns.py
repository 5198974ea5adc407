"""Converts raw answers, read in any order, to columns. If two respondents of an organisation answered the same item,
the answer that was saved first counts. Such organisations are few, and their answers are read again in order."""

from dataclasses import dataclass

import numpy as np
from django.db.models import QuerySet

from posture.analysis.answers.wave_data import ANSWERED, NO_RESPONDENT, NOBODY, STATES, Column
from posture.microdata.answer_rows import NOTHING, Keys, Said, answers_in_order, answers_of, selections_of
from posture.microdata.raw_rows import COLUMNS, blocks, in_blocks, tuples
from posture.microdata.respondents import Respondents
from surveys.instrument.questionnaire_definition import Item, Questionnaire
from surveys.models import Response

GIVEN, NOT_GIVEN = STATES.index(ANSWERED), STATES.index(NO_RESPONDENT)
EXACT_IN_FLOAT32 = 2**24
ORGANIZATIONS_AT_A_TIME = 500


def given_columns(
    responses: QuerySet[Response], people: Respondents, keys: Keys, questionnaire: Questionnaire
) -> dict[str, Column]:
    """The answers to each item, before any routing: the state says only whether there is an answer."""
    filling = Filling(people, keys, [_empty(item, questionnaire, len(people.units)) for item in keys.items])
    answers, selections = answers_of(responses, questionnaire), selections_of(responses)
    contested = [
        filling.answers(block) for block in blocks(answers, key="response_id", keys=people.responses)
    ]
    for block in blocks(selections, key="answer__response_id", keys=people.responses):
        filling.selections(block)
    twice = np.unique(np.concatenate([np.empty(0, dtype=np.int32), *contested]))
    for start in range(0, len(twice), ORGANIZATIONS_AT_A_TIME):
        units = twice[start : start + ORGANIZATIONS_AT_A_TIME]
        organizations = people.units[units].tolist()
        of_them = responses.filter(invitation__organization_id__in=organizations)
        filling.clear(units)
        rows = in_blocks(tuples(answers_in_order(of_them, questionnaire)), 1 + COLUMNS)
        firsts = filling.first_of_each(rows)
        filling.answers(firsts[1:])
        chosen = in_blocks(tuples(selections_of(of_them)), COLUMNS)
        filling.selections(chosen[:, np.isin(chosen[0], firsts[0])])
    return {item.code: column for item, column in zip(keys.items, filling.columns, strict=True)}


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
class Filling:
    people: Respondents
    keys: Keys
    columns: list[Column]

    def answers(self, block: np.ndarray) -> np.ndarray:
        """Adds rows of `answers_of`. Returns the organisations that had answered one of the items before."""
        response, item, packed = block
        said = Said.of(packed)
        place, known = self.people.places(response)
        item = self.keys.item_of(item)
        _, option = self.keys.option_of(said.option)
        contested = []
        for column, rows in self._by_item(item, known):
            units = self.people.unit[place[rows]]
            contested.append(_repeated(column, units))
            column.state[units] = GIVEN
            column.informant[units] = self.people.person[place[rows]]
            column.basis[units] = said.basis[rows]
            number = said.number[rows]
            if (number != NOTHING).any():
                column.number[units[number != NOTHING]] = number[number != NOTHING]
            _mark(column, units, option[rows])
        return np.concatenate(contested) if contested else np.empty(0, dtype=np.int32)

    def selections(self, block: np.ndarray) -> None:
        """Adds rows of `selections_of`."""
        _, response, option = block
        place, known = self.people.places(response)
        item, option = self.keys.option_of(option)
        for column, rows in self._by_item(item, known):
            _mark(column, self.people.unit[place[rows]], option[rows])

    def clear(self, units: np.ndarray) -> None:
        for column in self.columns:
            column.state[units], column.informant[units] = NOT_GIVEN, NOBODY
            column.chosen[:, units], column.basis[units] = 0, 0
            if column.has_numbers:
                column.number[units] = np.nan

    def first_of_each(self, block: np.ndarray) -> np.ndarray:
        """Adds rows of `answers_in_order`. Returns the first of each organisation and item."""
        place, known = self.people.places(block[1])
        cell = self.people.unit[place].astype(np.int64) * len(self.keys.items) + self.keys.item_of(block[2])
        _, first = np.unique(cell[known], return_index=True)
        return block[:, np.flatnonzero(known)[first]]

    def _by_item(self, item: np.ndarray, known: np.ndarray) -> "list[tuple[Column, np.ndarray]]":
        """Each column and its rows, without rows of unknown items and respondents."""
        item = np.where(known, item, NOTHING)
        order = np.argsort(item, kind="stable")
        bounds = np.searchsorted(item[order], np.arange(len(self.columns) + 1))
        pieces = zip(self.columns, bounds[:-1], bounds[1:], strict=True)
        return [(column, order[low:high]) for column, low, high in pieces if low < high]


def _repeated(column: Column, units: np.ndarray) -> np.ndarray:
    """Organisations that already have an answer, or have two among these."""
    before = units[column.state[units] == GIVEN]
    distinct, counts = np.unique(units, return_counts=True)
    return np.concatenate([before, distinct[counts > 1]])


def _mark(column: Column, units: np.ndarray, option: np.ndarray) -> None:
    """Sets the bit of each option, one option at a time, so that no organisation occurs twice in one step."""
    for place in np.unique(option[option != NOTHING]):
        column.chosen[place // 8, units[option == place]] |= np.uint8(1 << place % 8)
