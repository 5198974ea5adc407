"""The content that a release of a wave can publish, before suppression."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from posture.analysis.answers.scoring import Score
from posture.analysis.answers.wave_data import Cohort, WaveData
from posture.analysis.disclosure.linear_constraints import cells_of, relations_of
from posture.analysis.disclosure.linear_constraints.counts import Relations
from posture.analysis.disclosure.tallies import Tallies, tallies_of
from posture.analysis.estimates.cells import Series
from posture.definitions.indicators import Indicator
from surveys.instrument.questionnaire_definition import Questionnaire


@dataclass(frozen=True)
class Content:
    """The cells of a release, its cohorts, and the relations between its numbers."""

    relations: Relations
    series: list[Series]
    cohorts: list[Cohort]

    @cached_property
    def tallies(self) -> Tallies:
        return tallies_of(self.relations.counts, self.series, self.cohorts)


def content_of(
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    scores: Sequence[Score] = (),
) -> Content:
    relations = relations_of(data, questionnaire, indicators, scores)
    series = cells_of(relations, data, questionnaire, indicators, scores)
    return Content(relations, series, list(data.cohorts()))
