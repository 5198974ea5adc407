"""Rows as they will be written, as far as that is known without the database: outside of any transaction, so that
nobody waits for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from surveys.history import words_of
from surveys.imports.answers_taken import AnswersTaken
from surveys.imports.organizations import slug_of
from surveys.imports.stored_answers import ItemRow, WrittenAnswer
from surveys.mapping import Mapping as FileMapping
from surveys.mapping import Respondent
from surveys.models import Wave
from surveys.routing import Given

REMEMBERED = 20_000


class PreparedAnswer(NamedTuple):
    item: ItemRow
    given: Given
    written: WrittenAnswer


@dataclass(frozen=True)
class PreparedRow:
    """`not_asked`: codes of items that were answered and are not taken."""

    line: int
    respondent: Respondent
    slug: str
    answers: Mapping[str, PreparedAnswer]
    not_asked: Collection[str]


def written(given: Given) -> WrittenAnswer:
    """Texts of people are not kept in memory beyond their row."""
    if given.text or given.texts:
        return WrittenAnswer(" ".join(given.options), given.number, given.basis, words_of(given))
    return _written_without_words(given)


@lru_cache(maxsize=REMEMBERED)
def _written_without_words(given: Given) -> WrittenAnswer:
    return WrittenAnswer(" ".join(given.options), given.number, given.basis, "")


class Preparation:
    def __init__(
        self, mapping: FileMapping, wave: Wave, items: Mapping[str, ItemRow], taken: AnswersTaken
    ) -> None:
        self.mapping, self.wave, self.items, self.taken = mapping, wave, items, taken

    def row(self, line: int, respondent: Respondent, *, by_colleagues: Collection[str] = ()) -> PreparedRow:
        given, not_asked = self.taken.of(respondent.role, respondent.given, by_colleagues=by_colleagues)
        answers = {
            code: PreparedAnswer(self.items[code], value, written(value)) for code, value in given.items()
        }
        return PreparedRow(line, respondent, slug_of(self.mapping, self.wave, respondent), answers, not_asked)
