"""Prepares rows for writing as far as possible without the database and outside of transactions, to keep these
short."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from surveys.fieldwork.answer_history import AnswerColumns, columns_of
from surveys.imports.answer_router import AnswerRouter
from surveys.imports.mapping import Mapping as FileMapping
from surveys.imports.mapping import Respondent
from surveys.imports.organizations import slug_of
from surveys.imports.stored_answers import ItemRow
from surveys.instrument.routing import AnswerValue
from surveys.models import Wave

MAX_CACHED_ANSWERS = 20_000


class PreparedAnswer(NamedTuple):
    """An answer to be written.

    `option` is the key of the option of a single choice. `selected` holds code and key of each option of a multiple
    choice.
    """

    item: ItemRow
    value: AnswerValue
    columns: AnswerColumns
    option: int | None
    selected: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class PreparedRow:
    """A row to be written. `not_asked` holds the codes of answered items that are not taken."""

    line: int
    respondent: Respondent
    slug: str
    answers: Mapping[str, PreparedAnswer]
    not_asked: Collection[str]


def prepared_answer(item: ItemRow, value: AnswerValue) -> PreparedAnswer:
    columns = columns_of(value)
    option_keys = [(code, item.options[code]) for code in value.options]
    if item.is_multiple:
        return PreparedAnswer(item, value, columns, None, tuple(option_keys))
    return PreparedAnswer(item, value, columns, option_keys[0][1] if option_keys else None, ())


class RowPreparer:
    """Prepares rows, and caches prepared answers by the identity of the `AnswerValue` object.

    Most rows repeat few answers, and the reader of an item returns one object for all cells with the same texts. A
    cached answer holds its object, so that no other object gets the same id. Answers with free text are not cached.
    """

    def __init__(
        self, mapping: FileMapping, wave: Wave, items: Mapping[str, ItemRow], router: AnswerRouter
    ) -> None:
        self.mapping, self.wave, self.items, self.router = mapping, wave, items, router
        self._cache: dict[str, dict[int, PreparedAnswer]] = {code: {} for code in items}
        self._free_entries = MAX_CACHED_ANSWERS

    def row(
        self, line: int, respondent: Respondent, *, answered_by_others: Collection[str] = ()
    ) -> PreparedRow:
        answers, not_asked = self.router.route(
            respondent.role, respondent.answers, answered_by_others=answered_by_others
        )
        prepared = {
            code: self._cache[code].get(id(value)) or self._answer(code, value)
            for code, value in answers.items()
        }
        return PreparedRow(
            line, respondent, slug_of(self.mapping, self.wave, respondent), prepared, not_asked
        )

    def _answer(self, code: str, value: AnswerValue) -> PreparedAnswer:
        answer = prepared_answer(self.items[code], value)
        if not answer.columns.text and self._free_entries:
            self._free_entries -= 1
            self._cache[code][id(value)] = answer
        return answer
