"""Receipt of a number of a forecast: its statistic and data as text."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.waves.forecast_rows import (
    HIT_RATE,
    HIT_RATE_BETWEEN,
    NO_OUTCOME,
    NO_PROBABILITY,
    OVER_CONFIDENCE,
    STATED,
    STATED_BETWEEN,
)
from posture.models import Estimate
from posture.stored_definitions import catalogue
from surveys.instrument.questionnaire_definition import Item, Questionnaire

ReceiptParts = tuple[str, str, list[Item], list[str], str]
COUNTED = lazy(
    "Organisations that stated a probability and know what became of it. Without a probability, don't know, not"
    " applicable, left open, only estimated or not in the later wave are not counted."
)
IN_RANGE = lazy("Those of them that stated a probability between these limits.")
STATEMENTS = {
    STATED: lazy("Mean of the stated probabilities"),
    HIT_RATE: lazy("Share of organisations where it happened"),
    OVER_CONFIDENCE: lazy("Mean stated probability minus the share where it happened"),
    NO_PROBABILITY: lazy("Share of those who were asked that gave no probability; shown as a band only"),
    NO_OUTCOME: lazy(
        "Share of those with a probability for whom it is not known what happened; shown as a band only"
    ),
    "brier": lazy("Brier score: mean squared distance of stated probabilities from 1 (happened) or 0"),
    "reliability": lazy("Part of the Brier score: how far the stated are from the actual rates"),
    "resolution": lazy("Part of the Brier score, taken off: how well forecasts tell the cases apart"),
    "uncertainty": lazy("Part of the Brier score: how hard it is to foresee"),
}


def probability_range_text(option: str) -> str:
    low, high = option.split("-")
    return f"{low} %" if low == high else f"{low} to {high} %"


def forecast_parts(questionnaire: Questionnaire, estimate: Estimate, statistic: str) -> ReceiptParts:
    """Returns title, statement, items, counted answers, and the base as text."""
    forecast = next(
        candidate
        for candidate in catalogue.forecasts_of(questionnaire.slug)
        if candidate.code == estimate.subject
    )
    items = [questionnaire.item(forecast.item), questionnaire.item(forecast.outcome)]
    counted = [f"Happened: {items[1].option(code).label}" for code in forecast.happened]
    base = str(COUNTED)
    if statistic == HIT_RATE_BETWEEN:
        statement = _("Share where it happened, of those who stated {step_words}").format(
            step_words=probability_range_text(estimate.option)
        )
        base = f"{COUNTED} {IN_RANGE}"
    elif statistic == STATED_BETWEEN:
        statement = _("Share that stated {step_words}").format(
            step_words=probability_range_text(estimate.option)
        )
    else:
        statement = str(STATEMENTS[statistic])
    return forecast.label, statement, items, counted, base
