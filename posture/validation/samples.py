"""Checks files about the synthetic respondents: coding, bases, and estimates from three designs."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from posture.methods import shares, survey
from posture.methods.intervals import Interval
from posture.methods.multiplicity import adjusted
from posture.methods.possible import lowest_and_highest
from posture.methods.shares import share
from posture.methods.survey import Design, SurveyEstimate, contrast, mean
from posture.validation.coding import HIGH, by_organization, coded
from posture.validation.report import ComparedValue, document, number, rows

QUESTIONS = {
    "q_policy": ("yes",),
    "q_visibility": ("full",),
    "q_incident": ("confirmed", "suspected"),
    "q_expect": ("yes",),
    "q_conf": HIGH,
    "q_monitoring": ("yes",),
}
# R interpolates these limits with a spline through a few points of the likelihood; our implementation solves for
# them.
INTERPOLATION_TOLERANCE = 2e-4
ALWAYS_ASKED = ("q_policy", "q_conf")


class Respondents:
    """All respondents with a weight, with the coded indicators; `wave(1)` is one wave of them."""

    def __init__(self, path: Path) -> None:
        answers = pd.read_csv(path.with_name("respondents.csv"), dtype=str, keep_default_na=False)
        self.all = answers
        self.indicators = coded(answers)
        self.weights = answers["weight"].astype(float)

    def of_wave(self, wave: str | None) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
        is_selected = (self.weights > 0) & (True if wave is None else self.all["wave"] == wave)
        return self.all[is_selected], self.indicators[is_selected], self.weights[is_selected].to_numpy()


def design_of(name: str, answers: pd.DataFrame, weights: np.ndarray) -> Design:
    row_numbers = np.arange(len(answers))
    if name == "unweighted":
        return Design.of(np.ones(len(answers)), row_numbers)
    return Design.of(weights, row_numbers if name == "weighted" else answers["org_id"].to_numpy())


def expected_indicators(path: Path) -> Iterator[ComparedValue]:
    respondents = Respondents(path)
    indicators = respondents.indicators.set_index(respondents.all["resp_id"])
    for row in rows(path):
        for name, text in row.items():
            if name != "resp_id":
                value = float(indicators[name][row["resp_id"]])
                expected = number(text)
                yield ComparedValue(f"{row['resp_id']} {name}", None if np.isnan(value) else value, expected)


def expected_bases(path: Path) -> Iterator[ComparedValue]:
    answers, _, _ = Respondents(path).of_wave("1")
    for row in rows(path):
        for name, value in _bases(answers, row["question"]).items():
            yield ComparedValue(f"{row['question']} {name}", value, number(row[name]))


def _bases(answers: pd.DataFrame, question: str) -> dict[str, float]:
    answer_codes = answers[question]
    was_asked = pd.Series(True, answers.index) if question in ALWAYS_ASKED else answers["q_agents"] == "yes"
    respondent_count, eligible = len(answers), int(was_asked.sum())
    not_applicable = int((was_asked & (answer_codes == "na")).sum())
    blank, unknown = (
        int((was_asked & (answer_codes == "")).sum()),
        int((was_asked & (answer_codes == "dk")).sum()),
    )
    yes_count = int((was_asked & answer_codes.isin(QUESTIONS[question])).sum())
    no_count = eligible - not_applicable - blank - unknown - yes_count
    applicable, with_unknown = eligible - not_applicable, yes_count + no_count + unknown
    lowest, highest = lowest_and_highest(yes_count, unknown + blank, applicable)
    return {
        "all_respondents": respondent_count,
        "skipped_by_routing": respondent_count - eligible,
        "eligible": eligible,
        "not_applicable_by_answer": not_applicable,
        "no_answer": blank,
        "dont_know": unknown,
        "yes": yes_count,
        "no": no_count,
        "base_dk_in": with_unknown,
        "pct_dk_in": 100 * yes_count / with_unknown,
        "pct_dk": 100 * unknown / with_unknown,
        "base_dk_out": yes_count + no_count,
        "pct_dk_out": 100 * yes_count / (yes_count + no_count),
        "lowest_possible_pct_of_applicable": 100 * lowest,
        "highest_possible_pct_of_applicable": 100 * highest,
        "item_nonresponse_rate": 100 * blank / applicable,
        "wrong_pct_if_all_respondents_were_the_base": 100 * yes_count / respondent_count,
    }


def expected_survey_proportions(path: Path) -> Iterator[ComparedValue]:
    answers, indicators, weights = Respondents(path).of_wave("1")
    for row in rows(path):
        members = _domain(answers, row["domain"])
        design = design_of(row["design"], answers, weights)
        estimated = share(indicators[row["indicator"]].to_numpy(), design, members)
        label = " ".join(row[name] for name in ("design", "domain", "indicator", "method"))
        values = {
            "base_n": estimated.estimate.base,
            "n_psu": estimated.estimate.df + 1,
            "estimate": estimated.value,
            "se": estimated.estimate.se,
            "df": estimated.estimate.df,
            "deff": estimated.deff,
            "neff_design": estimated.effective_base,
            "neff_kish": estimated.estimate.kish_base,
            "deff_kish": estimated.estimate.kish_deff,
        }
        yield from (
            ComparedValue(f"{label} {name}", value, number(row[name])) for name, value in values.items()
        )
        interval = shares.INTERVALS[row["method"]](estimated, 0.95)
        tolerance = INTERPOLATION_TOLERANCE if row["method"] == "rao_scott_likelihood" else None
        yield ComparedValue(f"{label} lower", interval and interval.low, number(row["lower"]), tolerance)
        yield ComparedValue(f"{label} upper", interval and interval.high, number(row["upper"]), tolerance)


def _domain(answers: pd.DataFrame, name: str) -> np.ndarray:
    if name == "all":
        return np.ones(len(answers), dtype=bool)
    column, _, value = name.partition("_")
    return (answers[column] == value).to_numpy()


def expected_org_scores(path: Path) -> Iterator[ComparedValue]:
    answers, indicators, _ = Respondents(path).of_wave("1")
    scores = by_organization(answers, indicators)
    for row in rows(path):
        for name, text in row.items():
            if name not in ("org_id", "industry", "size_band", "w"):
                value = float(scores[name][row["org_id"]])
                yield ComparedValue(
                    f"{row['org_id']} {name}", None if np.isnan(value) else value, number(text)
                )


def expected_group_vs_rest(path: Path) -> Iterator[ComparedValue]:
    """One industry minus the others, on the weighted and clustered design, corrected over the family."""
    answers, indicators, weights = Respondents(path).of_wave("1")
    design = design_of("weighted_clustered", answers, weights)
    table = rows(path)
    contrasts = []
    for row in table:
        values, group = (
            indicators[row["indicator"]].to_numpy(),
            (answers["industry"] == row["group"]).to_numpy(),
        )
        contrasts.append(contrast(mean(values, design, group), mean(values, design, ~group), design))
    p_values: list[float | None] = [group_contrast.p_value() for group_contrast in contrasts]
    corrected = {"p": p_values, "p_BH": adjusted(p_values, "BH"), "p_holm": adjusted(p_values, "holm")}
    for position, (row, group_contrast) in enumerate(zip(table, contrasts, strict=True)):
        yield ComparedValue(f"{row['group']} estimate", group_contrast.value, number(row["estimate"]))
        yield ComparedValue(f"{row['group']} se", group_contrast.se, number(row["se"]))
        yield ComparedValue(f"{row['group']} df", group_contrast.df, number(row["df"]))
        for name, p in corrected.items():
            yield ComparedValue(f"{row['group']} {name}", p[position], number(row[name]))


def edge_cases(path: Path) -> Iterator[ComparedValue]:
    for case in document(path):
        answered = [row for row in case["rows"] if row["y"] is not None]
        expected, label = case["expected"], f"{case['id']} {case['title']}"
        computed = _recommended(answered)
        for name, value in computed.items():
            expected_value = expected.get(name)
            if name in ("error", "reason") or name in expected:
                yield ComparedValue(f"{label}: {name}", value, expected_value)


def _recommended(answered: list[dict[str, object]]) -> dict[str, object]:
    empty = dict.fromkeys(("estimate", "se", "df", "n_eff", "lower", "upper"))
    try:
        design = Design.of(
            np.array([np.nan if row["w"] is None else row["w"] for row in answered], dtype=float),
            np.array([row["org"] for row in answered]),
        )
        estimated = share(np.array([row["y"] for row in answered], dtype=float), design)
    except survey.EstimationRefused as error:
        is_empty = str(error) == "no answered case with a positive weight"
        return empty | {"reason": str(error)} if is_empty else {"error": f"refused: {error}"}
    interval: Interval | None = shares.recommended(estimated)
    if interval is None:
        return empty | {"estimate": estimated.value, "reason": "one organisation: no interval"}
    estimate: SurveyEstimate = estimated.estimate
    return {
        "estimate": estimated.value,
        "se": estimate.se,
        "df": estimate.df,
        "n_eff": estimated.capped_base,
        "lower": interval.low,
        "upper": interval.high,
    }
