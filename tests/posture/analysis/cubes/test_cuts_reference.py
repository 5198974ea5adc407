"""Tests weighted cuts against the numbers of R's survey package, with each respondent as an organisation. R
multiplies the variance of a domain by N/(N - 1) of its whole design, a cut by n/(n - 1) of the domain; the tests
account for that."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.cuts import cut
from posture.analysis.cubes.frame import Dimension, Frame, Measure
from posture.analysis.cubes.selection import Group, Query
from posture.methods.intervals import wilson_at
from posture.methods.survey import t_quantile
from posture.validation.samples import Respondents

FOLDER = Path(__file__).resolve().parents[3] / "reference" / "methods"
COLUMNS = ("industry", "role")
AMOUNTS = ("conf_score", "reality_index", "gap")


@pytest.fixture(scope="module")
def frame() -> Frame:
    answers, indicators, weights = Respondents(FOLDER / "respondents.csv").of_wave("1")
    expected = pd.read_csv(FOLDER / "expected_survey_proportions.csv")
    yes_no = sorted(set(expected["indicator"]))
    codes = {column: sorted(set(answers[column])) for column in COLUMNS}
    return Frame(
        dimensions=tuple(Dimension(column, tuple(codes[column])) for column in COLUMNS),
        segments=np.stack([answers[column].map(codes[column].index) for column in COLUMNS], axis=1).astype(
            np.uint8
        ),
        yes_no=tuple(Measure("indicator", name, "share", "", "share", "wilson") for name in yes_no),
        binary=indicators[yes_no].fillna(-1).to_numpy(dtype=np.int8),
        amounts=tuple(Measure("item", name, "mean", "", "bands", "t") for name in AMOUNTS),
        numeric=indicators[list(AMOUNTS)].to_numpy(dtype=np.float32),
        weights=weights,
        organizations=np.arange(len(answers)),
    )


def test_weighted_shares(frame: Frame) -> None:
    result = cut(Cube.build(frame), Query(breaks=((), *((column,) for column in COLUMNS))), k=10)
    expected = pd.read_csv(FOLDER / "expected_survey_proportions.csv")
    wanted = expected[(expected["design"] == "weighted") & (expected["method"] == "wilson_neff_t_capped")]
    assert len(wanted) > 40
    names = [measure.subject for measure in result.measures]
    for row in wanted.itertuples():
        column, _, code = str(row.domain).partition("_")
        group = Group((), ()) if column == "all" else Group((column,), (code,))
        place = result.groups.index(group), names.index(str(row.indicator))
        assert result.base[place] == row.base_n
        assert result.kish_base[place] == pytest.approx(row.neff_kish, abs=1e-9)
        factor = of_the_domain(row.base_n, len(frame))
        se, effective = row.se * factor, min(row.neff_design / factor**2, row.base_n)
        ends = wilson_at(row.estimate * effective, effective, t_quantile(0.95, row.base_n - 1))
        assert ends is not None
        for figure, number in (
            (result.weighted.value, row.estimate),
            (result.weighted.se, se),
            (result.weighted.low, ends.low),
            (result.weighted.high, ends.high),
            (result.weighted.effective_base, effective),
        ):
            assert figure[place] == pytest.approx(number, abs=1e-9)


def of_the_domain(base: int, everybody: int) -> float:
    """Returns the factor from a standard error of R to that of the domain."""
    return float((base / (base - 1) * (everybody - 1) / everybody) ** 0.5)


def test_weighted_means(frame: Frame) -> None:
    result = cut(Cube.build(frame), Query(), k=10)
    expected = pd.read_csv(FOLDER / "expected_survey_means_and_contrasts.csv").set_index(
        ["design", "statistic"]
    )
    for place, name in enumerate(AMOUNTS, start=len(frame.yes_no)):
        row = expected.loc["weighted", f"mean_{name}"]
        numbers = [array[0, place] for array in result.weighted[:4]]
        # The amounts are stored with 24 bits.
        se = row["se"] * of_the_domain(row["base_n"], len(frame))
        reach = t_quantile(0.95, row["base_n"] - 1) * se
        ends = (row["estimate"] - reach, row["estimate"] + reach)
        assert numbers == pytest.approx([row["estimate"], se, *ends], rel=1e-6)
        assert result.base[0, place] == row["base_n"]
