"""Checks the file of means, contrasts between roles and waves, and gaps of organisations."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from posture.methods.intervals import mean_t
from posture.methods.survey import Contrast, Design, SurveyEstimate, contrast, mean, t_quantile
from posture.validation.coding import by_organization
from posture.validation.report import Compared, number, rows
from posture.validation.samples import Respondents, design_of

Found = dict[str, float | None]
CLUSTERED = "weighted_clustered"


def expected_survey_means_and_contrasts(path: Path) -> Iterator[Compared]:
    respondents = Respondents(path)
    for row in rows(path):
        found = _find(respondents, row["design"], row["statistic"])
        for name, value in found.items():
            yield Compared(f"{row['design']} {row['statistic']} {name}", value, number(row[name]))


def _find(respondents: Respondents, design: str, statistic: str) -> Found:
    if design == "two_wave_clustered":
        return _change(respondents, statistic.removeprefix("change_"))
    if design == "matched_panel_org_equal_weight":
        return _of_organizations(_panel(respondents))
    if design.startswith("org_"):
        return _organizations(respondents, design, statistic)
    if statistic.startswith("mean_"):
        answers, indicators, weights = respondents.of_wave("1")
        values = indicators[statistic.removeprefix("mean_")].to_numpy()
        return _of_estimate(mean(values, design_of(design, answers, weights)))
    return _roles(respondents, statistic)


def _roles(respondents: Respondents, statistic: str) -> Found:
    answers, indicators, weights = respondents.of_wave("1")
    design = design_of(CLUSTERED, answers, weights)
    executives = (answers["role"] == "executive").to_numpy()

    def of(indicator: str, members: np.ndarray) -> SurveyEstimate:
        return mean(indicators[indicator].to_numpy(), design, members)

    if statistic == "exec_confidence_minus_other_reality":
        found = contrast(of("conf_score", executives), of("reality_index", ~executives), design)
        return _of_contrast(found, base=len(answers), df=design.size - 1)
    indicator = "reality_index" if statistic.startswith("svyttest") else statistic.split("_other_")[1]
    found = contrast(of(indicator, executives), of(indicator, ~executives), design)
    if statistic.startswith("cov_"):
        return {"base_n": found.base, "estimate": found.covariance, "df": found.df}
    return _of_contrast(found, df=found.df - (1 if statistic.startswith("svyttest") else 0))


def _change(respondents: Respondents, statistic: str) -> Found:
    """Second wave minus first, clustered by organisation over both."""
    answers, indicators, weights = respondents.of_wave(None)
    design = design_of(CLUSTERED, answers, weights)
    indicator = statistic.removesuffix("_se_if_independent").removesuffix("_covariance")
    values, second = indicators[indicator].to_numpy(), (answers["wave"] == "2").to_numpy()
    found = contrast(mean(values, design, second), mean(values, design, ~second), design)
    if statistic.endswith("_covariance"):
        return {"base_n": found.base, "estimate": found.covariance, "df": found.df}
    if statistic.endswith("_se_if_independent"):
        return {"base_n": found.base, "se": found.independent_se, "df": found.df}
    return _of_contrast(found)


def _scores(respondents: Respondents, wave: str) -> pd.DataFrame:
    answers, indicators, weights = respondents.of_wave(wave)
    scores = by_organization(answers, indicators)
    scores["w"] = pd.Series(weights, answers["org_id"]).groupby(level=0).first()
    return scores


def _organizations(respondents: Respondents, design: str, statistic: str) -> Found:
    scores = _scores(respondents, "1")
    if statistic.startswith("paired_"):
        both = scores.dropna(subset=["confident", "controlled"])
        wanted = {"a": (1, 1), "b": (1, 0), "c": (0, 1), "d": (0, 0)}[statistic.split("_")[1]]
        held = (both["confident"] == wanted[0]) & (both["controlled"] == wanted[1])
        return {"base_n": len(both), "estimate": int(held.sum())}
    if design == "org_equal_weight":
        return _of_organizations(scores[statistic].dropna())
    alone = Design.of(scores["w"].to_numpy(), np.arange(len(scores)))
    return _of_estimate(mean(scores[statistic].to_numpy(), alone))


def _panel(respondents: Respondents) -> pd.Series:
    """Mean gap of the respondents of each organisation that took part in both waves, second minus first."""
    before, after = (
        indicators["gap"].groupby(answers["org_id"]).mean()
        for answers, indicators, _ in (respondents.of_wave(wave) for wave in ("1", "2"))
    )
    return (after - before).dropna()


def _of_organizations(values: pd.Series) -> Found:
    found = mean_t(values)
    return {
        "base_n": found.base,
        "estimate": found.mean,
        "se": found.se,
        "df": found.base - 1,
        "lower": found.interval.low if found.interval else None,
        "upper": found.interval.high if found.interval else None,
    }


def _of_estimate(found: SurveyEstimate) -> Found:
    interval = found.interval()
    return {
        "base_n": found.base,
        "estimate": found.value,
        "se": found.se,
        "df": found.df,
        "lower": interval.low,
        "upper": interval.high,
    }


def _of_contrast(found: Contrast, *, base: int | None = None, df: int | None = None) -> Found:
    freedom = found.df if df is None else df
    reach = t_quantile(0.95, freedom) * found.se
    return {
        "base_n": base or found.base,
        "estimate": found.value,
        "se": found.se,
        "df": freedom,
        "lower": found.value - reach,
        "upper": found.value + reach,
    }
