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
    given: AnswerValue
    written: AnswerColumns
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


def prepared_answer(item: ItemRow, given: AnswerValue) -> PreparedAnswer:
    written = columns_of(given)
    keys = [(code, item.options[code]) for code in given.options]
    if item.is_multiple:
        return PreparedAnswer(item, given, written, None, tuple(keys))
    return PreparedAnswer(item, given, written, keys[0][1] if keys else None, ())


class RowPreparer:
    """Prepares rows, and caches prepared answers by the identity of the `AnswerValue` object.

    Most rows repeat few answers, and the reader of an item returns one object for all cells with the same texts. A
    cached answer holds its object, so that no other object gets the same id. Answers with free text are not cached.
    """

    def __init__(
        self, mapping: FileMapping, wave: Wave, items: Mapping[str, ItemRow], taken: AnswerRouter
    ) -> None:
        self.mapping, self.wave, self.items, self.taken = mapping, wave, items, taken
        self._remembered: dict[str, dict[int, PreparedAnswer]] = {code: {} for code in items}
        self._room = MAX_CACHED_ANSWERS

    def row(self, line: int, respondent: Respondent, *, by_colleagues: Collection[str] = ()) -> PreparedRow:
        given, not_asked = self.taken.of(respondent.role, respondent.given, by_colleagues=by_colleagues)
        answers = {
            code: self._remembered[code].get(id(value)) or self._answer(code, value)
            for code, value in given.items()
        }
        return PreparedRow(line, respondent, slug_of(self.mapping, self.wave, respondent), answers, not_asked)

    def _answer(self, code: str, given: AnswerValue) -> PreparedAnswer:
        answer = prepared_answer(self.items[code], given)
        if not answer.written.words and self._room:
            self._room -= 1
            self._remembered[code][id(given)] = answer
        return answer
