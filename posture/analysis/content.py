"""What a release of a wave can publish, before anything of it is withheld."""

from collections.abc import Sequence
from dataclasses import dataclass

from posture.analysis.cells import Series
from posture.analysis.relations import cells_of, relations_of
from posture.analysis.relations.counts import Relations
from posture.analysis.scoring import Score
from posture.analysis.wave_data import Cohort, WaveData
from posture.indicators import Indicator
from surveys.instrument import Questionnaire


@dataclass(frozen=True)
class Content:
    """The cells of a release, its cohorts, and which numbers follow from which others."""

    relations: Relations
    series: list[Series]
    cohorts: list[Cohort]


def content_of(
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    scores: Sequence[Score] = (),
) -> Content:
    relations = relations_of(data, questionnaire, indicators, scores)
    series = cells_of(relations, data, questionnaire, indicators, scores)
    return Content(relations, series, list(data.cohorts()))
