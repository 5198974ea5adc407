"""Queries for the columns: answers and selections as rows of numbers."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from django.db.models import BigIntegerField, Case, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce

from surveys.instrument.questionnaire_definition import Item as ItemDefinition
from surveys.instrument.questionnaire_definition import Questionnaire
from surveys.models import Answer, Item, Option, Response, Selection

NO_KEY = -1
BASES = 256
UNKNOWN_BASIS = BASES - 1


def answers_of(responses: QuerySet[Response], questionnaire: Questionnaire) -> QuerySet[Any, Any]:
    """Rows of response, item, and the answer as one number, because drivers need time for each value of a row."""
    return _answers(responses, questionnaire).order_by().values_list("response_id", "item_id", "said")


def answers_in_order(responses: QuerySet[Response], questionnaire: Questionnaire) -> QuerySet[Any, Any]:
    """The rows of `answers_of` with the key of the answer in front, in the order in which the answers were saved."""
    rows = _answers(responses, questionnaire).order_by("saved_at", "pk")
    return rows.values_list("pk", "response_id", "item_id", "said")


def _answers(responses: QuerySet[Response], questionnaire: Questionnaire) -> QuerySet[Any, Any]:
    bases = [
        When(basis=basis.code, then=Value(1 + n)) for n, basis in enumerate(questionnaire.evidence_bases)
    ]
    basis = Case(
        When(basis="", then=Value(0)), *bases, default=Value(UNKNOWN_BASIS), output_field=BigIntegerField()
    )
    number, option = Cast("number", BigIntegerField()), Cast("option_id", BigIntegerField())
    packed_value = Coalesce(
        number * Value(2) + Value(1), option * Value(2), Value(0), output_field=BigIntegerField()
    )
    rows = Answer.objects.filter(response__in=responses.order_by().values("pk"))
    return rows.annotate(said=packed_value * Value(BASES) + basis)


@dataclass(frozen=True)
class UnpackedAnswers:
    """Unpacked answers. option and number: NO_KEY where there is none. basis: 0 for none, else 1 + its position."""

    option: np.ndarray
    number: np.ndarray
    basis: np.ndarray

    @classmethod
    def of(cls, packed: np.ndarray) -> Self:
        """Unpacks answers. Raises ValueError for a basis that the questionnaire does not have."""
        value, basis = packed // BASES, packed % BASES
        if (basis == UNKNOWN_BASIS).any():
            raise ValueError("an answer has a basis of evidence that the questionnaire does not know")
        is_number = value % 2 == 1
        option = np.where(is_number | (value == 0), NO_KEY, value // 2)
        return cls(option, np.where(is_number, value // 2, NO_KEY), basis.astype(np.uint8))


def selections_of(responses: QuerySet[Response]) -> QuerySet[Selection, tuple[int, ...]]:
    """Rows of answer, response, option: one row for each chosen option of an item that takes several."""
    rows = Selection.objects.filter(answer__response__in=responses.order_by().values("pk"))
    return rows.order_by().values_list("answer_id", "answer__response_id", "option_id")


@dataclass(frozen=True)
class DefinitionKeys:
    """Maps keys of the database to items and options. `items` are the definitions in use; keys of others are unknown.
    The keys are sorted, with the position of item and option beside each."""

    items: tuple[ItemDefinition, ...]
    item_keys: np.ndarray
    item_positions: np.ndarray
    option_keys: np.ndarray
    option_items: np.ndarray
    option_positions: np.ndarray

    def item_of(self, keys: np.ndarray) -> np.ndarray:
        return _look_up(self.item_keys, self.item_positions, keys)

    def option_of(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Position of the item, and of the option within it."""
        items = _look_up(self.option_keys, self.option_items, keys)
        return items, _look_up(self.option_keys, self.option_positions, keys)


def _look_up(keys: np.ndarray, values: np.ndarray, requested: np.ndarray) -> np.ndarray:
    """The value of each key: int16, NO_KEY for unknown keys."""
    if not len(keys):
        return np.full(len(requested), NO_KEY, dtype=np.int16)
    positions = np.minimum(np.searchsorted(keys, requested), len(keys) - 1)
    return np.where(keys[positions] == requested, values[positions], NO_KEY).astype(np.int16)


def definition_keys(questionnaire_id: int, items: tuple[ItemDefinition, ...]) -> DefinitionKeys:
    positions = {item.code: position for position, item in enumerate(items)}
    codes = [[option.code for option in item.options] for item in items]
    item_rows = [
        (pk, positions[code])
        for pk, code in Item.objects.filter(questionnaire=questionnaire_id)
        .values_list("pk", "code")
        .order_by("pk")
        if code in positions
    ]
    option_rows = [
        (pk, positions[item], codes[positions[item]].index(code))
        for pk, item, code in Option.objects.filter(item__questionnaire=questionnaire_id)
        .order_by("pk")
        .values_list("pk", "item__code", "code")
        if item in positions
    ]
    item_table = np.array(item_rows, dtype=np.int64).reshape(-1, 2).T
    option_table = np.array(option_rows, dtype=np.int64).reshape(-1, 3).T
    return DefinitionKeys(items, *item_table, *option_table)
