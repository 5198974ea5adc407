"""Tests that every published number is true on the base of its name, on generated waves."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posture.analysis.disclosure import bounds
from posture.analysis.estimates.quantities import Quantity
from posture.analysis.estimates.rows import Row
from posture.analysis.estimates.weights import Scheme, Weighting, weigh
from posture.analysis.release_rows.estimates import estimates
from posture.definitions.indicators import Indicator
from posture.methods.survey import EstimationRefused
from tests.posture.analysis.generated_waves import five_pairs, generated_wave
from tests.posture.analysis.release_rows.named_bases import Answers, untrue

pytestmark = pytest.mark.long

K = 5
POSSIBLE = ({"dont_know": "out_of_base"}, {"dont_know": "in_base"})


def indicators() -> tuple[Indicator, ...]:
    """Returns indicators of each kind, and with each way to count "don't know", for the items of the generated
    waves."""
    all_indicators = []
    for item in five_pairs().core_items:
        substantive = [option.code for option in item.options if option.is_substantive]
        for number, treatment in enumerate(POSSIBLE):
            code = f"{item.code.lower()}-{number}"
            common: dict[str, Any] = {"item": item.code, "label": item.code, **treatment}
            if item.type == "percent":
                all_indicators.append(Indicator(code=code, statistic="share_below", threshold=50, **common))
                all_indicators.append(
                    Indicator(code=f"{code}-at", statistic="share_at", threshold=100, **common)
                )
                all_indicators.append(Indicator(code=f"{code}-mean", statistic="mean", **common))
            elif substantive:
                counts = tuple(substantive[: 1 + number])
                all_indicators.append(Indicator(code=code, statistic="share", counts=counts, **common))
    return tuple(all_indicators)


WITH_FEW_SILENT = {"seed": 2, "organizations": 22, "silence": 0.4, "agreement": 0.0}
WITH_MANY_BLANK = {"seed": 9, "organizations": 33, "silence": 0.2, "agreement": 0.6}
waves = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10**6),
        "organizations": st.integers(8, 45),
        "silence": st.sampled_from([0.0, 0.1, 0.4, 0.9]),
        "agreement": st.sampled_from([0.0, 0.6, 0.95, 1.0]),
    }
)


def contradictions_of(drawn: dict[str, Any], *, is_weighted: bool = False) -> list[str]:
    data = generated_wave(**drawn)
    weighting: Weighting | None = None
    if is_weighted:
        try:
            weighting = weigh(data.categories(), {"region": {"europe": 60, "north-america": 40}}, Scheme())
        except EstimationRefused:
            return []
    rows = estimates(data, five_pairs(), indicators(), k=K, weighting=weighting)
    return list(untrue(rows, Answers(data, five_pairs(), indicators()), weighting))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=waves)
def test_every_number_is_true_on_the_base_of_its_name(drawn: dict[str, Any]) -> None:
    assert contradictions_of(drawn) == []


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=waves)
def test_every_weighted_number_is_true_on_the_base_of_its_name(drawn: dict[str, Any]) -> None:
    assert contradictions_of(drawn, is_weighted=True) == []


@pytest.mark.parametrize("name", ["_share_beside_others", "_band_beside_others"])
def test_a_number_of_a_smaller_base_than_its_name_says_is_seen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative controls: the share on the base without the unpublished organisations, and its band."""

    def share_of_the_others(row: Row, *_: Any) -> Row:
        return row

    def band_of_the_others(
        row: Row, quantity: Quantity, base: np.ndarray, counted: np.ndarray, *_: Any
    ) -> Row:
        return quantity.row(row, counted)

    assert contradictions_of(WITH_FEW_SILENT) == []
    monkeypatch.setattr(bounds, name, share_of_the_others if "share" in name else band_of_the_others)
    assert contradictions_of(WITH_FEW_SILENT if "share" in name else WITH_MANY_BLANK)
