"""The forecasts of a release, all organisations: stated probabilities compared with observed shares."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as lazy

from posture.analysis.waves.forecast_rows import (
    FEWEST,
    FORECAST,
    HIT_RATE,
    HIT_RATE_BETWEEN,
    NO_OUTCOME,
    NO_PROBABILITY,
    OVER_CONFIDENCE,
    SCORES,
    STATED,
    STATED_BETWEEN,
)
from posture.charts.calibration import ProbabilityRange, calibration
from posture.charts.layout import Spec
from posture.definitions.forecasts import Forecast
from posture.models import Comparison
from posture.releases.queries import ComparisonTable, EstimateTable
from posture.reports.change import NOT_STORED
from posture.reports.forecast_receipt import probability_range_text
from posture.reports.values import Value
from posture.stored_definitions import catalogue
from surveys.instrument.questionnaire_definition import Questionnaire

VERDICT_TEXTS = {
    "withheld": lazy("Withheld."),
    "break": lazy("Not comparable."),
    "small_base": lazy("Too few forecasts for a verdict."),
    "spread_unknown": lazy("No verdict: the spread is unknown."),
    "higher": lazy("Over-confident: it was expected more often than it happened."),
    "lower": lazy("Under-confident: it happened more often than it was expected."),
    "not_clear_together": lazy("Not clear once all forecasts of this page are taken together."),
    "about_the_same": lazy("Expected about as often as it happened (within 10 points)."),
    "no_clear_difference": lazy("Not clear."),
}
SCORE_LABELS = {
    "brier": lazy("Brier score: 0 is perfect, 0.25 is what always saying 50 % gets"),
    "reliability": lazy("of it, stated rates that are not those that happened (less is better)"),
    "resolution": lazy("taken off, telling apart what happens from what does not (more is better)"),
    "uncertainty": lazy("of it, how hard to foresee it was (nobody's merit or fault)"),
}
TIMING_LABELS = {
    "next_wave": lazy("stated in the earlier wave, answered in this one"),
    "same_wave": lazy("stated and answered in this wave"),
}


@dataclass(frozen=True)
class ForecastRow:
    label: str
    value: Value


@dataclass(frozen=True)
class ForecastView:
    """spec: None if there are too few forecasts for a curve, or if it is withheld."""

    code: str
    label: str
    question: str
    outcome: str
    timing: str
    stated: Value
    hit_rate: Value
    over_confidence: Value
    verdict_text: str
    no_probability: Value
    no_outcome: Value
    scores: list[ForecastRow]
    hit_rates: list[ForecastRow]
    stated_shares: list[ForecastRow]
    spec: Spec | None

    @property
    def is_small(self) -> bool:
        return self.over_confidence.base is not None and self.over_confidence.base < FEWEST


def forecast_views(
    questionnaire: Questionnaire, table: EstimateTable, comparisons: ComparisonTable, *, section: str
) -> list[ForecastView]:
    """Returns the forecasts in the table. All of them are one family, whichever section is shown."""
    return [
        _view(
            forecast, questionnaire, table, _verdict_text(comparisons.of("outcome", FORECAST, forecast.code))
        )
        for forecast in catalogue.forecasts_of(questionnaire.slug)
        if table.row(FORECAST, forecast.code, OVER_CONFIDENCE) is not None
        and section in ("", questionnaire.item(forecast.item).section)
    ]


def _verdict_text(comparisons: list[Comparison]) -> str:
    return str(VERDICT_TEXTS[comparisons[0].outcome] if comparisons else NOT_STORED)


def _view(
    forecast: Forecast, questionnaire: Questionnaire, table: EstimateTable, verdict_text: str
) -> ForecastView:
    def value(statistic: str) -> Value:
        return Value.of(table.row(FORECAST, forecast.code, statistic))

    steps, bars = (_values_by_range(forecast, table, name) for name in (HIT_RATE_BETWEEN, STATED_BETWEEN))
    return ForecastView(
        code=forecast.code,
        label=forecast.label,
        question=questionnaire.item(forecast.item).wording,
        outcome=questionnaire.item(forecast.outcome).wording,
        timing=str(TIMING_LABELS[forecast.answered]),
        stated=value(STATED),
        hit_rate=value(HIT_RATE),
        over_confidence=value(OVER_CONFIDENCE),
        verdict_text=verdict_text,
        no_probability=value(NO_PROBABILITY),
        no_outcome=value(NO_OUTCOME),
        scores=[ForecastRow(str(SCORE_LABELS[name]), value(name)) for name in SCORES if value(name).base],
        hit_rates=[
            ForecastRow(probability_range_text(option), stored_value) for option, stored_value in steps
        ],
        stated_shares=[
            ForecastRow(probability_range_text(option), stored_value) for option, stored_value in bars
        ],
        spec=calibration(_probability_ranges(steps), _probability_ranges(bars)) if steps else None,
    )


def _values_by_range(forecast: Forecast, table: EstimateTable, statistic: str) -> list[tuple[str, Value]]:
    """Returns the values in the order of the stated probabilities."""
    options = [
        option
        for kind, subject, name, option in table.rows
        if (kind, subject, name) == (FORECAST, forecast.code, statistic)
    ]
    options.sort(key=_limits)
    return [
        (
            option,
            Value.of(
                table.row(FORECAST, forecast.code, statistic, option),
                name=f"Stated {probability_range_text(option)}",
            ),
        )
        for option in options
    ]


def _limits(option: str) -> tuple[int, int]:
    low, high = map(int, option.split("-"))
    return low, high


def _probability_ranges(steps: list[tuple[str, Value]]) -> list[ProbabilityRange]:
    return [ProbabilityRange(*_limits(option), value.dot) for option, value in steps if value.dot is not None]
