"""Which published numbers follow from which others: the one description on which the rules and the audit stand.

Every share is a count of organisations and every mean of a scale a sum over them. The package makes from the
definitions the counts behind the rows of a release, the bases that the rows tell, and the sums that hold between them
whatever the answers are: options of an item add up to its base, an indicator is a sum of options, a gap is belief less
evidence, a score is a mean of items, an item that is asked after an answer has the base of that answer, and all items
of a role are for the same organisations.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from posture.analysis.answers.pair_values import halves_of
from posture.analysis.answers.scoring import Score
from posture.analysis.answers.wave_data import WaveData
from posture.analysis.disclosure.linear_constraints.counts import Relations
from posture.analysis.disclosure.linear_constraints.indicators import add_indicator
from posture.analysis.disclosure.linear_constraints.items import add_item, add_only_role
from posture.analysis.disclosure.linear_constraints.pairs import add_pair
from posture.analysis.disclosure.linear_constraints.routing import add_routing
from posture.analysis.disclosure.linear_constraints.scores import add_score
from posture.analysis.estimates.cells import Exposure, Series, series_of
from posture.definitions.indicators import Indicator
from surveys.instrument.questionnaire_definition import Questionnaire


def relations_of(
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    scores: Sequence[Score] = (),
) -> Relations:
    """Source   METHODS.md, "What is withheld"."""
    relations = Relations()
    for item in questionnaire.core_items:
        if item.type != "text":
            add_item(relations, item, data.item(item.code))
    add_only_role(relations, questionnaire)
    for indicator in indicators:
        add_indicator(relations, indicator, questionnaire.item(indicator.item), data.item(indicator.item))
    for score in scores:
        add_score(relations, score, questionnaire, data)
    for pair in questionnaire.core_pairs:
        add_pair(relations, halves_of(pair, questionnaire, data), questionnaire, indicators, data)
    add_routing(relations, questionnaire, indicators, data)
    return relations


def cells_of(
    relations: Relations,
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    scores: Sequence[Score] = (),
) -> list[Series]:
    """The cells of a release, each with what follows from it beside the others."""
    return [_beside_others(one, relations) for one in series_of(data, questionnaire, indicators, scores)]


def _beside_others(series: Series, relations: Relations) -> Series:
    keys = dict.fromkeys((*series.key, quantity.statistic) for quantity in series.quantities)
    others = (exposure for key in keys for exposure in relations.exposed.get(key, ()))
    return replace(series, exposes=(*series.exposes, *_distinct(others)))


def _distinct(exposures: Iterable[Exposure]) -> Iterable[Exposure]:
    return {one.variable: one for one in exposures}.values()
