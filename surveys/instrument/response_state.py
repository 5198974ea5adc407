"""The state of one response: its answers, the items asked, and the progress."""

from collections.abc import Iterable
from dataclasses import dataclass

from surveys.instrument.questionnaire_definition import Item, Questionnaire
from surveys.instrument.routing import AnswerValue, asked_items, may_be_asked


@dataclass(frozen=True)
class Progress:
    asked: int
    answered: int

    @property
    def percent(self) -> int:
        return 100 * self.answered // self.asked if self.asked else 0

    @property
    def open(self) -> int:
        return self.asked - self.answered


@dataclass(frozen=True)
class ResponseState:
    """The own answers of a response, those of its organisation, and the items that are asked."""

    questionnaire: Questionnaire
    role: str
    own_answers: dict[str, AnswerValue]
    organization_answers: dict[str, AnswerValue]

    @property
    def items(self) -> tuple[Item, ...]:
        return asked_items(
            self.questionnaire,
            role=self.role,
            own_answers=self.own_answers,
            organization_answers=self.organization_answers,
        )

    @property
    def progress(self) -> Progress:
        return self._progress(self.items)

    def progress_of(self, section: str) -> Progress:
        return self._progress(self.items_of(section))

    def _progress(self, items: Iterable[Item]) -> Progress:
        answered = [item.code in self.own_answers for item in items]
        return Progress(len(answered), sum(answered))

    def items_of(self, section: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.section == section)

    def possible_items_of(self, section: str) -> tuple[Item, ...]:
        """Returns the items of a section that are asked, or may be asked after other answers."""
        items = (item for item in self.questionnaire.items if item.section == section)
        return tuple(item for item in items if may_be_asked(item, self.role))

    @property
    def sections(self) -> list[str]:
        asked = {item.section for item in self.items}
        return [section.code for section in self.questionnaire.sections if section.code in asked]
