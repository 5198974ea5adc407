"""Checks files about text, ranks, calibration and tracking."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from posture.charts import number_text
from posture.methods import ranks, tracking
from posture.methods.calibration import calibrate
from posture.methods.intervals import wilson
from posture.methods.possible import possible_counts
from posture.validation.report import ComparedValue, document, rows

Array = np.ndarray


def rounding(path: Path) -> Iterator[ComparedValue]:
    cases = document(path)
    for case in cases["percent"]:
        share = case["yes"] / case["base"] if case["base"] else None
        label = f"{case['yes']} of {case['base']}"
        yield ComparedValue(label, number_text.share(share).replace(number_text.THIN, ""), case["display"])
        exact = number_text.share(share, decimals=1).replace(number_text.THIN, "")
        yield ComparedValue(f"{label}, one decimal", exact, case["one_decimal"])
    for case in cases["stacked"]:
        counts, base = case["counts"], sum(case["counts"])
        separate = [int(number_text.rounded(number_text.percent_of(count / base))) for count in counts]
        yield ComparedValue(f"{counts} separate", separate, case["independent_rounding"])
        yield ComparedValue(f"{counts} sum", sum(separate), case["sum_of_independent"])
        yield ComparedValue(
            f"{counts} together", number_text.adding_to_100(counts), case["largest_remainder"]
        )
        net = int(number_text.rounded(number_text.percent_of(sum(counts[-2:]) / base)))
        yield ComparedValue(f"{counts} top two", net, case["top_two_from_counts"])
        yield ComparedValue(
            f"{counts} top two, rounded first", sum(separate[-2:]), case["top_two_from_rounded"]
        )
    for case in cases["differences"]:
        (x1, n1), (x2, n2) = case["a"], case["b"]
        text = (
            number_text.points(100 * (x1 / n1 - x2 / n2))
            .removesuffix(" points")
            .replace(number_text.MINUS, "-")
        )
        yield ComparedValue(f"{case['a']} - {case['b']}", text, case["difference_points_from_counts"])


def possible_percent(path: Path) -> Iterator[ComparedValue]:
    for case in document(path):
        label = f"{case['published_percent']} % of {case['base']}"
        counts = possible_counts(Decimal(case["published_percent"]), case["base"])
        yield ComparedValue(label, bool(counts), case["possible"])
        yield ComparedValue(f"{label} counts", counts, case["counts"])


def percentiles(path: Path) -> Iterator[ComparedValue]:
    for case in document(path):
        peers, own_score = case["peers"], case["own_score"]
        rank = ranks.midrank(own_score, peers)
        label = f"{own_score} among {len(peers)}"
        if rank is None:
            yield ComparedValue(label, None, case["percentile_midrank"])
            continue
        yield ComparedValue(f"{label} below", rank.below, case["peers_below"])
        yield ComparedValue(f"{label} equal", rank.equal, case["peers_equal"])
        yield ComparedValue(f"{label} percentile", rank.percentile, case["percentile_midrank"])
        low, high = case["percentile_wilson95"]
        yield ComparedValue(f"{label} low", rank.interval.low, low)
        yield ComparedValue(f"{label} high", rank.interval.high, high)
        for name, quartile_values in (("7", ranks.quartiles(peers)), ("6", ranks.quartiles_exclusive(peers))):
            for quarter, expected in zip(quartile_values, case[f"quartiles_type{name}"], strict=True):
                yield ComparedValue(f"{label} quartile type {name}", quarter, expected)


def expected_calibration(path: Path) -> Iterator[ComparedValue]:
    forecasts = rows(path.with_name("calibration.csv"))
    expected = document(path)
    stated = [float(row["stated"]) for row in forecasts]
    outcomes = [int(row["outcome"]) for row in forecasts]
    calibration = calibrate(stated, outcomes, [row["org_id"] for row in forecasts])
    interval = calibration.over_confidence.interval()
    alone = np.asarray(stated) - np.asarray(outcomes)
    pairs: dict[str, tuple[Any, Any]] = {
        "n": (len(forecasts), expected["n"]),
        "organisations": (calibration.over_confidence.df + 1, expected["organisations"]),
        **{name: (getattr(calibration, name), expected[name])
           for name in ("mean_stated", "hit_rate", "brier", "reliability", "resolution", "uncertainty")},
        "estimate": (calibration.over_confidence.value, expected["over_confidence"]["estimate"]),
        "se": (calibration.over_confidence.se, expected["over_confidence"]["se_clustered"]),
        "df": (calibration.over_confidence.df, expected["over_confidence"]["df"]),
        "lower": (interval.low, expected["over_confidence"]["lower"]),
        "upper": (interval.high, expected["over_confidence"]["upper"]),
        "se ignoring": (float(alone.std(ddof=1) / len(alone) ** 0.5),
                        expected["over_confidence"]["se_ignoring_clusters"]),
        "ece": (calibration.absolute_error, expected["expected_calibration_error_by_distinct_value"]),
        "mcb": (calibration.miscalibration, expected["corp"]["miscalibration"]),
        "dsc": (calibration.discrimination, expected["corp"]["discrimination"]),
        "unc": (calibration.uncertainty, expected["corp"]["uncertainty"]),
        "skill": (1 - calibration.brier / calibration.uncertainty, expected["brier_skill_score"]),
    }  # fmt: skip
    yield from (ComparedValue(name, *pair) for name, pair in pairs.items())
    for point in expected["corp"]["recalibrated"]:
        yield ComparedValue(
            f"curve {point['stated']}", calibration.curve[point["stated"]], point["recalibrated"]
        )
    yield from _by_value(stated, outcomes, expected["by_value"])


def _by_value(
    stated: list[float], outcomes: list[int], expected: list[dict[str, Any]]
) -> Iterator[ComparedValue]:
    for point in expected:
        hits = [outcome for value, outcome in zip(stated, outcomes, strict=True) if value == point["stated"]]
        interval = wilson(sum(hits), len(hits))
        label = f"stated {point['stated']}"
        yield ComparedValue(f"{label} n", len(hits), point["n"])
        yield ComparedValue(f"{label} hits", sum(hits), point["hits"])
        yield ComparedValue(f"{label} freq", sum(hits) / len(hits), point["freq"])
        yield ComparedValue(f"{label} lower", interval and interval.low, point["wilson_lower"])
        yield ComparedValue(f"{label} upper", interval and interval.high, point["wilson_upper"])


def expected_regression_artefact(path: Path) -> Iterator[ComparedValue]:
    table = rows(path.with_name("regression_artefact.csv"))

    def column(name: str) -> Array:
        return np.array([float(row[name]) for row in table])

    half1, half2 = column("reality_half_1"), column("reality_half_2")
    for scenario, expected in document(path).items():
        if scenario != "note":
            confidence = column(f"confidence_{'_'.join(scenario.split('_')[:2])}")
            yield from _regression_values(scenario, confidence, half1, half2, expected)


def _regression_values(
    scenario: str, confidence: Array, half1: Array, half2: Array, expected: dict[str, Any]
) -> Iterator[ComparedValue]:
    reality = (half1 + half2) / 2
    gap = confidence - reality
    half = tracking.reliability_of_half(half1, half2)
    on_reality = tracking.instrumental_slope(confidence, half1, half2)
    computed: dict[str, object] = {
        "mean_gap": float(gap.mean()),
        "mean_gap_se": float(gap.std(ddof=1) / len(gap) ** 0.5),
        "correlation_confidence_reality": float(np.corrcoef(confidence, reality)[0, 1]),
        "iv_slope_confidence_on_reality": on_reality,
        "iv_slope_gap_on_reality": on_reality - 1,
        "ols_slope_confidence_on_reality": tracking.slope(confidence, reality).value,
        "reliability_of_one_half": half,
        "spearman_brown": tracking.spearman_brown(half),
    }
    for name, value in computed.items():
        yield ComparedValue(f"{scenario} {name}", value, expected[name])
    slopes = {
        "naive_gap_on_reality": tracking.slope(gap, reality),
        "gap_half1_on_half1": tracking.slope(confidence - half1, half1),
        "split_half_gap1_on_half2": tracking.slope(confidence - half1, half2),
        "bland_altman_gap_on_mean": tracking.slope(gap, (confidence + reality) / 2),
    }
    for name, regression in slopes.items():
        yield ComparedValue(f"{scenario} {name}", regression.value, expected[name]["slope"])
        yield ComparedValue(f"{scenario} {name} se", regression.se, expected[name]["se"])
    quartiles = {
        "gap_by_quartile_of_reality": tracking.mean_by_quartile(gap, reality),
        "gap1_by_quartile_of_half2": tracking.mean_by_quartile(confidence - half1, half2),
    }
    for name, means in quartiles.items():
        for quarter, pair in enumerate(zip(means, expected[name], strict=True), 1):
            yield ComparedValue(f"{scenario} {name} {quarter}", *pair)
