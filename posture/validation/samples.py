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
from posture.validation.report import Compared, document, number, rows

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
INTERPOLATED = 2e-4
ALWAYS_ASKED = ("q_policy", "q_conf")


class Respondents:
    """All respondents with a weight, with the coded indicators; `wave(1)` is one wave of them."""

    def __init__(self, path: Path) -> None:
        answers = pd.read_csv(path.with_name("respondents.csv"), dtype=str, keep_default_na=False)
        self.all = answers
        self.indicators = coded(answers)
        self.weights = answers["weight"].astype(float)

    def of_wave(self, wave: str | None) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
        kept = (self.weights > 0) & (True if wave is None else self.all["wave"] == wave)
        return self.all[kept], self.indicators[kept], self.weights[kept].to_numpy()


def design_of(name: str, answers: pd.DataFrame, weights: np.ndarray) -> Design:
    alone = np.arange(len(answers))
    if name == "unweighted":
        return Design.of(np.ones(len(answers)), alone)
    return Design.of(weights, alone if name == "weighted" else answers["org_id"].to_numpy())


def expected_indicators(path: Path) -> Iterator[Compared]:
    respondents = Respondents(path)
    found = respondents.indicators.set_index(respondents.all["resp_id"])
    for row in rows(path):
        for name, text in row.items():
            if name != "resp_id":
                value = float(found[name][row["resp_id"]])
                expected = number(text)
                yield Compared(f"{row['resp_id']} {name}", None if np.isnan(value) else value, expected)


def expected_bases(path: Path) -> Iterator[Compared]:
    answers, _, _ = Respondents(path).of_wave("1")
    for row in rows(path):
        for name, value in _bases(answers, row["question"]).items():
            yield Compared(f"{row['question']} {name}", value, number(row[name]))


def _bases(answers: pd.DataFrame, question: str) -> dict[str, float]:
    given = answers[question]
    asked = pd.Series(True, answers.index) if question in ALWAYS_ASKED else answers["q_agents"] == "yes"
    everybody, eligible = len(answers), int(asked.sum())
    not_applicable = int((asked & (given == "na")).sum())
    blank, unknown = int((asked & (given == "")).sum()), int((asked & (given == "dk")).sum())
    yes = int((asked & given.isin(QUESTIONS[question])).sum())
    no = eligible - not_applicable - blank - unknown - yes
    applicable, with_unknown = eligible - not_applicable, yes + no + unknown
    lowest, highest = lowest_and_highest(yes, unknown + blank, applicable)
    return {
        "all_respondents": everybody,
        "skipped_by_routing": everybody - eligible,
        "eligible": eligible,
        "not_applicable_by_answer": not_applicable,
        "no_answer": blank,
        "dont_know": unknown,
        "yes": yes,
        "no": no,
        "base_dk_in": with_unknown,
        "pct_dk_in": 100 * yes / with_unknown,
        "pct_dk": 100 * unknown / with_unknown,
        "base_dk_out": yes + no,
        "pct_dk_out": 100 * yes / (yes + no),
        "lowest_possible_pct_of_applicable": 100 * lowest,
        "highest_possible_pct_of_applicable": 100 * highest,
        "item_nonresponse_rate": 100 * blank / applicable,
        "wrong_pct_if_all_respondents_were_the_base": 100 * yes / everybody,
    }


def expected_survey_proportions(path: Path) -> Iterator[Compared]:
    answers, indicators, weights = Respondents(path).of_wave("1")
    for row in rows(path):
        members = _domain(answers, row["domain"])
        design = design_of(row["design"], answers, weights)
        found = share(indicators[row["indicator"]].to_numpy(), design, members)
        place = " ".join(row[name] for name in ("design", "domain", "indicator", "method"))
        values = {
            "base_n": found.estimate.base,
            "n_psu": found.estimate.df + 1,
            "estimate": found.value,
            "se": found.estimate.se,
            "df": found.estimate.df,
            "deff": found.deff,
            "neff_design": found.effective_base,
            "neff_kish": found.estimate.kish_base,
            "deff_kish": found.estimate.kish_deff,
        }
        yield from (Compared(f"{place} {name}", value, number(row[name])) for name, value in values.items())
        interval = shares.INTERVALS[row["method"]](found, 0.95)
        held_to = INTERPOLATED if row["method"] == "rao_scott_likelihood" else None
        yield Compared(f"{place} lower", interval and interval.low, number(row["lower"]), held_to)
        yield Compared(f"{place} upper", interval and interval.high, number(row["upper"]), held_to)


def _domain(answers: pd.DataFrame, name: str) -> np.ndarray:
    if name == "all":
        return np.ones(len(answers), dtype=bool)
    column, _, value = name.partition("_")
    return (answers[column] == value).to_numpy()


def expected_org_scores(path: Path) -> Iterator[Compared]:
    answers, indicators, _ = Respondents(path).of_wave("1")
    found = by_organization(answers, indicators)
    for row in rows(path):
        for name, text in row.items():
            if name not in ("org_id", "industry", "size_band", "w"):
                value = float(found[name][row["org_id"]])
                yield Compared(f"{row['org_id']} {name}", None if np.isnan(value) else value, number(text))


def expected_group_vs_rest(path: Path) -> Iterator[Compared]:
    """One industry minus the others, on the weighted and clustered design, corrected over the family."""
    answers, indicators, weights = Respondents(path).of_wave("1")
    design = design_of("weighted_clustered", answers, weights)
    table = rows(path)
    found = []
    for row in table:
        values, group = (
            indicators[row["indicator"]].to_numpy(),
            (answers["industry"] == row["group"]).to_numpy(),
        )
        found.append(contrast(mean(values, design, group), mean(values, design, ~group), design))
    p_values: list[float | None] = [one.p_value() for one in found]
    corrected = {"p": p_values, "p_BH": adjusted(p_values, "BH"), "p_holm": adjusted(p_values, "holm")}
    for place, (row, one) in enumerate(zip(table, found, strict=True)):
        yield Compared(f"{row['group']} estimate", one.value, number(row["estimate"]))
        yield Compared(f"{row['group']} se", one.se, number(row["se"]))
        yield Compared(f"{row['group']} df", one.df, number(row["df"]))
        for name, p in corrected.items():
            yield Compared(f"{row['group']} {name}", p[place], number(row[name]))


def edge_cases(path: Path) -> Iterator[Compared]:
    for case in document(path):
        answered = [row for row in case["rows"] if row["y"] is not None]
        expected, place = case["expected"], f"{case['id']} {case['title']}"
        found = _recommended(answered)
        for name, value in found.items():
            wanted = expected.get(name)
            if name in ("error", "reason") or name in expected:
                yield Compared(f"{place}: {name}", value, wanted)


def _recommended(answered: list[dict[str, object]]) -> dict[str, object]:
    empty = dict.fromkeys(("estimate", "se", "df", "n_eff", "lower", "upper"))
    try:
        design = Design.of(
            np.array([np.nan if row["w"] is None else row["w"] for row in answered], dtype=float),
            np.array([row["org"] for row in answered]),
        )
        found = share(np.array([row["y"] for row in answered], dtype=float), design)
    except survey.EstimationRefused as error:
        is_empty = str(error) == "no answered case with a positive weight"
        return empty | {"reason": str(error)} if is_empty else {"error": f"refused: {error}"}
    interval: Interval | None = shares.recommended(found)
    if interval is None:
        return empty | {"estimate": found.value, "reason": "one organisation: no interval"}
    estimate: SurveyEstimate = found.estimate
    return {
        "estimate": found.value,
        "se": estimate.se,
        "df": estimate.df,
        "n_eff": found.capped_base,
        "lower": interval.low,
        "upper": interval.high,
    }
