"""The forecasts of a release, all organisations: stated probabilities compared with observed shares."""

from dataclasses import dataclass
from typing import Literal

from posture.analysis.estimates.difference_verdicts import DifferenceVerdict
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
from posture.charts.calibration import Span, calibration
from posture.charts.layout import Spec
from posture.definitions.forecasts import Forecast
from posture.models import Comparison
from posture.releases.queries import ComparisonTable, EstimateTable
from posture.reports.change import NOT_COMPARED
from posture.reports.forecast_receipt import step_words
from posture.reports.values import Value
from posture.stored_definitions import catalogue
from surveys.instrument.questionnaire_definition import Questionnaire

WORDS: dict[DifferenceVerdict, str] = {
    "withheld": "Withheld.",
    "break": "Not comparable.",
    "small_base": "Too few forecasts for a verdict.",
    "spread_unknown": "No verdict: the spread is unknown.",
    "higher": "Over-confident: it was expected more often than it happened.",
    "lower": "Under-confident: it happened more often than it was expected.",
    "not_clear_together": "Not clear once all forecasts of this page are taken together.",
    "about_the_same": "Expected about as often as it happened (within 10 points).",
    "no_clear_difference": "Not clear.",
}
SCORE_WORDS = {
    "brier": "Brier score: 0 is perfect, 0.25 is what always saying 50 % gets",
    "reliability": "of it, stated rates that are not those that happened (less is better)",
    "resolution": "taken off, telling apart what happens from what does not (more is better)",
    "uncertainty": "of it, how hard to foresee it was (nobody's merit or fault)",
}
WHEN: dict[Literal["next_wave", "same_wave"], str] = {
    "next_wave": "stated in the earlier wave, answered in this one",
    "same_wave": "stated and answered in this wave",
}


@dataclass(frozen=True)
class Step:
    words: str
    value: Value


@dataclass(frozen=True)
class ForecastView:
    """spec: None if there are too few forecasts for a curve, or if it is withheld."""

    code: str
    label: str
    asked: str
    outcome: str
    when: str
    stated: Value
    hit_rate: Value
    over_confidence: Value
    reading: str
    no_probability: Value
    no_outcome: Value
    scores: list[Step]
    steps: list[Step]
    bars: list[Step]
    spec: Spec | None

    @property
    def is_small(self) -> bool:
        return self.over_confidence.base is not None and self.over_confidence.base < FEWEST


def forecast_views(
    questionnaire: Questionnaire, table: EstimateTable, comparisons: ComparisonTable, *, section: str
) -> list[ForecastView]:
    """Returns the forecasts in the table. All of them are one family, whichever section is shown."""
    return [
        _view(one, questionnaire, table, _reading(comparisons.of("outcome", FORECAST, one.code)))
        for one in catalogue.forecasts_of(questionnaire.slug)
        if table.row(FORECAST, one.code, OVER_CONFIDENCE) is not None
        and section in ("", questionnaire.item(one.item).section)
    ]


def _reading(comparisons: list[Comparison]) -> str:
    return WORDS[comparisons[0].outcome] if comparisons else NOT_COMPARED


def _view(one: Forecast, questionnaire: Questionnaire, table: EstimateTable, reading: str) -> ForecastView:
    def value(statistic: str) -> Value:
        return Value.of(table.row(FORECAST, one.code, statistic))

    steps, bars = (_steps(one, table, name) for name in (HIT_RATE_BETWEEN, STATED_BETWEEN))
    return ForecastView(
        code=one.code,
        label=one.label,
        asked=questionnaire.item(one.item).wording,
        outcome=questionnaire.item(one.outcome).wording,
        when=WHEN[one.answered],
        stated=value(STATED),
        hit_rate=value(HIT_RATE),
        over_confidence=value(OVER_CONFIDENCE),
        reading=reading,
        no_probability=value(NO_PROBABILITY),
        no_outcome=value(NO_OUTCOME),
        scores=[Step(SCORE_WORDS[name], value(name)) for name in SCORES if value(name).base],
        steps=[Step(step_words(option), found) for option, found in steps],
        bars=[Step(step_words(option), found) for option, found in bars],
        spec=calibration(_spans(steps), _spans(bars)) if steps else None,
    )


def _steps(one: Forecast, table: EstimateTable, statistic: str) -> list[tuple[str, Value]]:
    """Returns the values in the order of the stated probabilities."""
    options = [
        option
        for kind, subject, name, option in table.rows
        if (kind, subject, name) == (FORECAST, one.code, statistic)
    ]
    options.sort(key=_limits)
    return [
        (
            option,
            Value.of(table.row(FORECAST, one.code, statistic, option), name=f"Stated {step_words(option)}"),
        )
        for option in options
    ]


def _limits(option: str) -> tuple[int, int]:
    low, high = map(int, option.split("-"))
    return low, high


def _spans(steps: list[tuple[str, Value]]) -> list[Span]:
    return [Span(*_limits(option), value.dot) for option, value in steps if value.dot is not None]
