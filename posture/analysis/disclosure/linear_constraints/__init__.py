"""Describes which published numbers follow from which others, for the rules of suppression and for the audit.

Every share is a count of organisations, and every mean of a scale is a sum over them. From the definitions the
package builds the counts behind the rows of a release, and the bases that the rows show. It also builds the sums
between them that hold for any answers. The options of an item add up to its base. An indicator is a sum of options, a
gap is belief minus evidence, and a score is a mean of items. An item that is asked after an answer has the base of
that answer. All items of a role have the same organisations.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from posture.analysis.answers.pair_values import pair_values_of
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
    """Builds the counts and sums of a release.

    Source   METHODS.md, "What is withheld"."""
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
        add_pair(relations, pair_values_of(pair, questionnaire, data), questionnaire, indicators, data)
    add_routing(relations, questionnaire, indicators, data)
    return relations


def cells_of(
    relations: Relations,
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    scores: Sequence[Score] = (),
) -> list[Series]:
    """The cells of a release, each with the organisations that it exposes beside the other cells."""
    return [
        _beside_others(series, relations) for series in series_of(data, questionnaire, indicators, scores)
    ]


def _beside_others(series: Series, relations: Relations) -> Series:
    keys = dict.fromkeys((*series.key, quantity.statistic) for quantity in series.quantities)
    others = (exposure for key in keys for exposure in relations.exposed.get(key, ()))
    return replace(series, exposes=(*series.exposes, *_distinct(others)))


def _distinct(exposures: Iterable[Exposure]) -> Iterable[Exposure]:
    return {exposure.variable: exposure for exposure in exposures}.values()
