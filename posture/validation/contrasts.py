"""Checks the file of means, contrasts between roles and waves, and gaps of organisations."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from posture.methods.intervals import mean_t
from posture.methods.survey import Contrast, Design, SurveyEstimate, contrast, mean, t_quantile
from posture.validation.coding import by_organization
from posture.validation.report import ComparedValue, number, rows
from posture.validation.samples import Respondents, design_of

ContrastValues = dict[str, float | None]
CLUSTERED = "weighted_clustered"


def expected_survey_means_and_contrasts(path: Path) -> Iterator[ComparedValue]:
    respondents = Respondents(path)
    for row in rows(path):
        computed = _computed_values(respondents, row["design"], row["statistic"])
        for name, value in computed.items():
            yield ComparedValue(f"{row['design']} {row['statistic']} {name}", value, number(row[name]))


def _computed_values(respondents: Respondents, design: str, statistic: str) -> ContrastValues:
    if design == "two_wave_clustered":
        return _change(respondents, statistic.removeprefix("change_"))
    if design == "matched_panel_org_equal_weight":
        return _organization_values(_panel(respondents))
    if design.startswith("org_"):
        return _organizations(respondents, design, statistic)
    if statistic.startswith("mean_"):
        answers, indicators, weights = respondents.of_wave("1")
        values = indicators[statistic.removeprefix("mean_")].to_numpy()
        return _estimate_values(mean(values, design_of(design, answers, weights)))
    return _roles(respondents, statistic)


def _roles(respondents: Respondents, statistic: str) -> ContrastValues:
    answers, indicators, weights = respondents.of_wave("1")
    design = design_of(CLUSTERED, answers, weights)
    executives = (answers["role"] == "executive").to_numpy()

    def estimate_of(indicator: str, members: np.ndarray) -> SurveyEstimate:
        return mean(indicators[indicator].to_numpy(), design, members)

    if statistic == "exec_confidence_minus_other_reality":
        estimated = contrast(
            estimate_of("conf_score", executives), estimate_of("reality_index", ~executives), design
        )
        return _contrast_values(estimated, base=len(answers), df=design.size - 1)
    indicator = "reality_index" if statistic.startswith("svyttest") else statistic.split("_other_")[1]
    estimated = contrast(estimate_of(indicator, executives), estimate_of(indicator, ~executives), design)
    if statistic.startswith("cov_"):
        return {"base_n": estimated.base, "estimate": estimated.covariance, "df": estimated.df}
    return _contrast_values(estimated, df=estimated.df - (1 if statistic.startswith("svyttest") else 0))


def _change(respondents: Respondents, statistic: str) -> ContrastValues:
    """Second wave minus first, clustered by organisation over both."""
    answers, indicators, weights = respondents.of_wave(None)
    design = design_of(CLUSTERED, answers, weights)
    indicator = statistic.removesuffix("_se_if_independent").removesuffix("_covariance")
    values, second = indicators[indicator].to_numpy(), (answers["wave"] == "2").to_numpy()
    estimated = contrast(mean(values, design, second), mean(values, design, ~second), design)
    if statistic.endswith("_covariance"):
        return {"base_n": estimated.base, "estimate": estimated.covariance, "df": estimated.df}
    if statistic.endswith("_se_if_independent"):
        return {"base_n": estimated.base, "se": estimated.independent_se, "df": estimated.df}
    return _contrast_values(estimated)


def _scores(respondents: Respondents, wave: str) -> pd.DataFrame:
    answers, indicators, weights = respondents.of_wave(wave)
    scores = by_organization(answers, indicators)
    scores["w"] = pd.Series(weights, answers["org_id"]).groupby(level=0).first()
    return scores


def _organizations(respondents: Respondents, design: str, statistic: str) -> ContrastValues:
    scores = _scores(respondents, "1")
    if statistic.startswith("paired_"):
        both = scores.dropna(subset=["confident", "controlled"])
        pattern = {"a": (1, 1), "b": (1, 0), "c": (0, 1), "d": (0, 0)}[statistic.split("_")[1]]
        has_pattern = (both["confident"] == pattern[0]) & (both["controlled"] == pattern[1])
        return {"base_n": len(both), "estimate": int(has_pattern.sum())}
    if design == "org_equal_weight":
        return _organization_values(scores[statistic].dropna())
    alone = Design.of(scores["w"].to_numpy(), np.arange(len(scores)))
    return _estimate_values(mean(scores[statistic].to_numpy(), alone))


def _panel(respondents: Respondents) -> pd.Series:
    """Mean gap of the respondents of each organisation that took part in both waves, second minus first."""
    first_wave, second_wave = (
        indicators["gap"].groupby(answers["org_id"]).mean()
        for answers, indicators, _ in (respondents.of_wave(wave) for wave in ("1", "2"))
    )
    return (second_wave - first_wave).dropna()


def _organization_values(values: pd.Series) -> ContrastValues:
    estimated = mean_t(values)
    return {
        "base_n": estimated.base,
        "estimate": estimated.mean,
        "se": estimated.se,
        "df": estimated.base - 1,
        "lower": estimated.interval.low if estimated.interval else None,
        "upper": estimated.interval.high if estimated.interval else None,
    }


def _estimate_values(estimate: SurveyEstimate) -> ContrastValues:
    interval = estimate.interval()
    return {
        "base_n": estimate.base,
        "estimate": estimate.value,
        "se": estimate.se,
        "df": estimate.df,
        "lower": interval.low,
        "upper": interval.high,
    }


def _contrast_values(
    estimated: Contrast, *, base: int | None = None, df: int | None = None
) -> ContrastValues:
    freedom = estimated.df if df is None else df
    reach = t_quantile(0.95, freedom) * estimated.se
    return {
        "base_n": base or estimated.base,
        "estimate": estimated.value,
        "se": estimated.se,
        "df": freedom,
        "lower": estimated.value - reach,
        "upper": estimated.value + reach,
    }
