"""Medians of time bands: belief and evidence as labels of the answers, the gap in whole bands."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from posture.analysis.estimates.quantities import MEDIAN
from posture.charts import number_text
from posture.models import Estimate
from posture.releases.queries import EstimateTable
from posture.reports.values import Value
from surveys.instrument.questionnaire_definition import Item, Pair, Questionnaire


@dataclass(frozen=True)
class Medians:
    """Median of belief, evidence and gap. gap: with its test."""

    belief: Value
    evidence: Value
    gap: Value


def medians_of(questionnaire: Questionnaire, pair: Pair, table: EstimateTable) -> Medians | None:
    """Returns the medians; None for a release from before medians existed."""
    belief, evidence, gap = (
        table.row("pair", pair.code, f"{name}{MEDIAN}") for name in ("belief", "evidence", "gap")
    )
    if belief is None or evidence is None or gap is None:
        return None
    gap_value = median_value(gap, questionnaire)
    if gap.value is not None and gap.p_value is not None:
        gap_value = replace(
            gap_value,
            text=_("{text}, {p_value} by the signed-rank test").format(
                text=gap_value.text, p_value=number_text.p_value(gap.p_value)
            ),
        )
    return Medians(median_value(belief, questionnaire), median_value(evidence, questionnaire), gap_value)


def median_value(row: Estimate, questionnaire: Questionnaire) -> Value:
    """Returns the median as a value; a withheld one as [c]."""
    value = Value.of(row)
    if row.value is None:
        return value
    side = row.statistic.removesuffix(MEDIAN)
    if side == "gap":
        return replace(value, text=number_text.whole_bands(row.value))
    pair = questionnaire.pair(row.subject)
    item = questionnaire.item(pair.belief if side == "belief" else pair.evidence)
    return replace(value, text=_answer(item, row.value))


def _answer(item: Item, band: float) -> str:
    return next(option.label for option in item.options if option.band == band)
