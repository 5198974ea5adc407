"""Tests the other intervals of a released share, against the figures of the statistics literature."""

from posture.charts.number_text import THIN
from posture.models import Estimate
from posture.reports.intervals import other_intervals


def shown(**columns: object) -> dict[str, str]:
    estimate = Estimate(**{"unit": "share", "level": 0.95, "bound": "", "method": "wilson"} | columns)
    return {name.split(",")[0]: text.replace(THIN, " ") for name, text in other_intervals(estimate)}


def test_of_a_count() -> None:
    """9 of 10: Clopper and Pearson .55498 to .9975, Agresti and Coull .5740 to 1, Jeffreys .6187 to .9890."""
    assert shown(value=0.9, base=10) == {
        "Clopper and Pearson": "55 to 100 %",
        "Agresti and Coull": "57 to 100 %",
        "Jeffreys": "62 to 99 %",
    }


def test_of_a_weighted_share() -> None:
    """t(99, .975) = 1.98422; logit .4 is -.405465, its reach 1.98422 x .05 / .24 = .413379: .306 to .502.
    Clopper and Pearson of 36 in 90 are .2981 to .5088."""
    found = shown(value=0.4, base=100, effective_base=90.0, weighted_base=100.0, se=0.05)
    assert found == {"Korn and Graubard": "30 to 51 %", "Logit": "31 to 50 %"}


def test_nothing_of_what_is_withheld_capped_or_no_share() -> None:
    assert shown(value=None, base=None) == {}
    assert shown(value=0.2, base=10, bound="at_most") == {}
    assert shown(value=20.0, base=10, unit="percent") == {}


def test_nothing_of_a_limit_whose_base_is_not_that_of_its_value() -> None:
    assert shown(value=0.45, base=102, method="possible") == {}
