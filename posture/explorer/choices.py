"""The choices of the explorer: subjects, breaks, filters. They follow only from the questionnaire, its indicators,
the cohort dimensions and the waves, not from answers."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from posture.analysis.cubes.frame import WAVE
from posture.analysis.estimates.cells import INDICATOR, ITEM, PAIR
from posture.definitions.indicators import Indicator
from surveys.instrument.cohorts import DIMENSIONS, NOT_STATED
from surveys.instrument.questionnaire_definition import Item, Questionnaire


@dataclass(frozen=True)
class Subject:
    """A pair, an indicator or an item. key: kind and code, as in the query string."""

    kind: str
    code: str
    label: str
    wording: str
    section: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.code}"


@dataclass(frozen=True)
class Break:
    """A dimension that groups organisations, with a label for each of its codes; "" means not stated."""

    code: str
    title: str
    labels: dict[str, str]


@dataclass(frozen=True)
class ExplorerChoices:
    """All choices. targets: population targets that can be weighted to, code -> title."""

    questionnaire: Questionnaire
    subjects: tuple[Subject, ...]
    breaks: tuple[Break, ...]
    targets: dict[str, str]

    def subject(self, key: str) -> Subject | None:
        return next((subject for subject in self.subjects if subject.key == key), None)

    def break_by(self, code: str) -> Break:
        return next(grouping for grouping in self.breaks if grouping.code == code)

    @property
    def waves(self) -> tuple[str, ...]:
        return tuple(self.break_by(WAVE).labels)

    @property
    def answerable(self) -> tuple[Item, ...]:
        """Returns the items whose answers can be filters."""
        return tuple(item for item in self.questionnaire.core_items if item.options and not item.is_numeric)


def choices_of(
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    waves: dict[str, str],
    targets: dict[str, str],
) -> ExplorerChoices:
    """Returns the choices. waves: slug -> title, the oldest first. targets: code -> title."""
    dimensions = [
        Break(
            dimension.code,
            dimension.title,
            {**dimension.labels, "": _("{title} not stated").format(title=dimension.title)},
        )
        for dimension in DIMENSIONS
    ]
    return ExplorerChoices(
        questionnaire,
        (
            *_pairs(questionnaire),
            *(_indicator(dimension, questionnaire) for dimension in indicators),
            *_items(questionnaire),
        ),
        (*dimensions, Break(WAVE, "Wave", waves)),
        targets,
    )


def _pairs(questionnaire: Questionnaire) -> list[Subject]:
    return [
        Subject(PAIR, pair.code, pair.label, pair.object, questionnaire.item(pair.belief).section)
        for pair in questionnaire.core_pairs
    ]


def _indicator(indicator: Indicator, questionnaire: Questionnaire) -> Subject:
    item = questionnaire.item(indicator.item)
    return Subject(INDICATOR, indicator.code, indicator.label, item.wording, item.section)


def _items(questionnaire: Questionnaire) -> list[Subject]:
    return [
        Subject(ITEM, item.code, item.code, item.wording, item.section)
        for item in questionnaire.core_items
        if item.type != "text"
    ]


def code_in_address(code: str) -> str:
    """Returns the code for a query string, where an empty code needs a placeholder."""
    return code or NOT_STATED


def code_from_address(text: str) -> str:
    return "" if text == NOT_STATED else text
