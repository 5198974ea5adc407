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
from posture.validation.report import Compared, document, rows

Array = np.ndarray


def rounding(path: Path) -> Iterator[Compared]:
    cases = document(path)
    for case in cases["percent"]:
        share = case["yes"] / case["base"] if case["base"] else None
        place = f"{case['yes']} of {case['base']}"
        yield Compared(place, number_text.share(share).replace(number_text.THIN, ""), case["display"])
        exact = number_text.share(share, decimals=1).replace(number_text.THIN, "")
        yield Compared(f"{place}, one decimal", exact, case["one_decimal"])
    for case in cases["stacked"]:
        counts, base = case["counts"], sum(case["counts"])
        separate = [int(number_text.rounded(number_text.percent_of(count / base))) for count in counts]
        yield Compared(f"{counts} separate", separate, case["independent_rounding"])
        yield Compared(f"{counts} sum", sum(separate), case["sum_of_independent"])
        yield Compared(f"{counts} together", number_text.adding_to_100(counts), case["largest_remainder"])
        net = int(number_text.rounded(number_text.percent_of(sum(counts[-2:]) / base)))
        yield Compared(f"{counts} top two", net, case["top_two_from_counts"])
        yield Compared(f"{counts} top two, rounded first", sum(separate[-2:]), case["top_two_from_rounded"])
    for case in cases["differences"]:
        (x1, n1), (x2, n2) = case["a"], case["b"]
        text = (
            number_text.points(100 * (x1 / n1 - x2 / n2))
            .removesuffix(" points")
            .replace(number_text.MINUS, "-")
        )
        yield Compared(f"{case['a']} - {case['b']}", text, case["difference_points_from_counts"])


def possible_percent(path: Path) -> Iterator[Compared]:
    for case in document(path):
        place = f"{case['published_percent']} % of {case['base']}"
        found = possible_counts(Decimal(case["published_percent"]), case["base"])
        yield Compared(place, bool(found), case["possible"])
        yield Compared(f"{place} counts", found, case["counts"])


def percentiles(path: Path) -> Iterator[Compared]:
    for case in document(path):
        peers, own = case["peers"], case["own_score"]
        rank = ranks.midrank(own, peers)
        place = f"{own} among {len(peers)}"
        if rank is None:
            yield Compared(place, None, case["percentile_midrank"])
            continue
        yield Compared(f"{place} below", rank.below, case["peers_below"])
        yield Compared(f"{place} equal", rank.equal, case["peers_equal"])
        yield Compared(f"{place} percentile", rank.percentile, case["percentile_midrank"])
        low, high = case["percentile_wilson95"]
        yield Compared(f"{place} low", rank.interval.low, low)
        yield Compared(f"{place} high", rank.interval.high, high)
        for name, found in (("7", ranks.quartiles(peers)), ("6", ranks.quartiles_exclusive(peers))):
            for quarter, expected in zip(found, case[f"quartiles_type{name}"], strict=True):
                yield Compared(f"{place} quartile type {name}", quarter, expected)


def expected_calibration(path: Path) -> Iterator[Compared]:
    forecasts = rows(path.with_name("calibration.csv"))
    expected = document(path)
    stated = [float(row["stated"]) for row in forecasts]
    outcomes = [int(row["outcome"]) for row in forecasts]
    found = calibrate(stated, outcomes, [row["org_id"] for row in forecasts])
    interval = found.over_confidence.interval()
    alone = np.asarray(stated) - np.asarray(outcomes)
    pairs: dict[str, tuple[Any, Any]] = {
        "n": (len(forecasts), expected["n"]),
        "organisations": (found.over_confidence.df + 1, expected["organisations"]),
        **{name: (getattr(found, name), expected[name])
           for name in ("mean_stated", "hit_rate", "brier", "reliability", "resolution", "uncertainty")},
        "estimate": (found.over_confidence.value, expected["over_confidence"]["estimate"]),
        "se": (found.over_confidence.se, expected["over_confidence"]["se_clustered"]),
        "df": (found.over_confidence.df, expected["over_confidence"]["df"]),
        "lower": (interval.low, expected["over_confidence"]["lower"]),
        "upper": (interval.high, expected["over_confidence"]["upper"]),
        "se ignoring": (float(alone.std(ddof=1) / len(alone) ** 0.5),
                        expected["over_confidence"]["se_ignoring_clusters"]),
        "ece": (found.absolute_error, expected["expected_calibration_error_by_distinct_value"]),
        "mcb": (found.miscalibration, expected["corp"]["miscalibration"]),
        "dsc": (found.discrimination, expected["corp"]["discrimination"]),
        "unc": (found.uncertainty, expected["corp"]["uncertainty"]),
        "skill": (1 - found.brier / found.uncertainty, expected["brier_skill_score"]),
    }  # fmt: skip
    yield from (Compared(name, *pair) for name, pair in pairs.items())
    for point in expected["corp"]["recalibrated"]:
        yield Compared(f"curve {point['stated']}", found.curve[point["stated"]], point["recalibrated"])
    yield from _by_value(stated, outcomes, expected["by_value"])


def _by_value(stated: list[float], outcomes: list[int], expected: list[dict[str, Any]]) -> Iterator[Compared]:
    for point in expected:
        here = [outcome for value, outcome in zip(stated, outcomes, strict=True) if value == point["stated"]]
        interval = wilson(sum(here), len(here))
        place = f"stated {point['stated']}"
        yield Compared(f"{place} n", len(here), point["n"])
        yield Compared(f"{place} hits", sum(here), point["hits"])
        yield Compared(f"{place} freq", sum(here) / len(here), point["freq"])
        yield Compared(f"{place} lower", interval and interval.low, point["wilson_lower"])
        yield Compared(f"{place} upper", interval and interval.high, point["wilson_upper"])


def expected_regression_artefact(path: Path) -> Iterator[Compared]:
    table = rows(path.with_name("regression_artefact.csv"))

    def column(name: str) -> Array:
        return np.array([float(row[name]) for row in table])

    half1, half2 = column("reality_half_1"), column("reality_half_2")
    for world, expected in document(path).items():
        if world != "note":
            confidence = column(f"confidence_{'_'.join(world.split('_')[:2])}")
            yield from _world(world, confidence, half1, half2, expected)


def _world(
    world: str, confidence: Array, half1: Array, half2: Array, expected: dict[str, Any]
) -> Iterator[Compared]:
    reality = (half1 + half2) / 2
    gap = confidence - reality
    half = tracking.reliability_of_half(half1, half2)
    on_reality = tracking.instrumental_slope(confidence, half1, half2)
    found: dict[str, object] = {
        "mean_gap": float(gap.mean()),
        "mean_gap_se": float(gap.std(ddof=1) / len(gap) ** 0.5),
        "correlation_confidence_reality": float(np.corrcoef(confidence, reality)[0, 1]),
        "iv_slope_confidence_on_reality": on_reality,
        "iv_slope_gap_on_reality": on_reality - 1,
        "ols_slope_confidence_on_reality": tracking.slope(confidence, reality).value,
        "reliability_of_one_half": half,
        "spearman_brown": tracking.spearman_brown(half),
    }
    for name, value in found.items():
        yield Compared(f"{world} {name}", value, expected[name])
    slopes = {
        "naive_gap_on_reality": tracking.slope(gap, reality),
        "gap_half1_on_half1": tracking.slope(confidence - half1, half1),
        "split_half_gap1_on_half2": tracking.slope(confidence - half1, half2),
        "bland_altman_gap_on_mean": tracking.slope(gap, (confidence + reality) / 2),
    }
    for name, one in slopes.items():
        yield Compared(f"{world} {name}", one.value, expected[name]["slope"])
        yield Compared(f"{world} {name} se", one.se, expected[name]["se"])
    quartiles = {
        "gap_by_quartile_of_reality": tracking.mean_by_quartile(gap, reality),
        "gap1_by_quartile_of_half2": tracking.mean_by_quartile(confidence - half1, half2),
    }
    for name, means in quartiles.items():
        for quarter, pair in enumerate(zip(means, expected[name], strict=True), 1):
            yield Compared(f"{world} {name} {quarter}", *pair)
