"""Lists the rows that show how many organisations answered an item."""

from collections.abc import Iterator

from posture.analysis.estimates.cells import INDICATOR, ITEM, PAIR
from posture.analysis.estimates.item_bases import (
    HIGHEST,
    LOWEST,
    NONRESPONSE,
    WITH_DONT_KNOW,
    WITHOUT_DONT_KNOW,
)
from posture.definitions.indicators import Indicator
from surveys.instrument.questionnaire_definition import Questionnaire

OF_ITEMS = ("share", "mean", NONRESPONSE)
OF_INDICATORS = ("share", "mean", WITH_DONT_KNOW, WITHOUT_DONT_KNOW, LOWEST, HIGHEST)


def rows_showing_base(
    questionnaire: Questionnaire, item: str, indicators: tuple[Indicator, ...]
) -> Iterator[tuple[str, str, str]]:
    """The rows that show the base of an item: kind, subject and statistic."""
    yield from ((ITEM, item, statistic) for statistic in OF_ITEMS)
    for indicator in indicators:
        if indicator.item == item:
            yield from ((INDICATOR, indicator.code, statistic) for statistic in OF_INDICATORS)
    for pair in questionnaire.core_pairs:
        if item == pair.belief:
            yield PAIR, pair.code, "belief_dont_know"
        if item == pair.evidence:
            yield PAIR, pair.code, "evidence_dont_know"
