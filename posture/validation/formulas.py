"""Checks files with one formula per row: intervals, differences, tests, corrections, verdicts."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from posture.analysis.estimates.comparison import (
    MARGIN,
    PublishedShare,
    difference_interval,
    tipping_base,
    verdict,
)
from posture.methods import differences, proportions
from posture.methods.intervals import Interval, mcnemar_midp, tango, wilson
from posture.methods.multiplicity import adjusted
from posture.methods.power import detectable_difference
from posture.validation.report import ComparedValue, number, rows

PAIRED = {"tango_score": tango, "newcombe_paired": differences.newcombe_paired}
VERDICTS = {"equivalent": "about_the_same"}


def compared_ends(label: str, interval: Interval | None, row: dict[str, str]) -> Iterator[ComparedValue]:
    yield ComparedValue(f"{label} lower", interval and interval.low, number(row["lower"]))
    yield ComparedValue(f"{label} upper", interval and interval.high, number(row["upper"]))


def proportion_intervals(path: Path) -> Iterator[ComparedValue]:
    for row in rows(path):
        x, n, method = int(row["x"]), int(row["n"]), row["method"]
        label = f"{method} {x}/{n} at {row['level']}"
        yield ComparedValue(f"{label} estimate", x / n if n else None, number(row["estimate"]))
        yield from compared_ends(label, proportions.INTERVALS[method](x, n, level=float(row["level"])), row)


def wilson_effective_n(path: Path) -> Iterator[ComparedValue]:
    for row in rows(path):
        share, base = float(row["p"]), float(row["n_eff"])
        yield from compared_ends(
            f"{share} of {base}", wilson(share * base, base, level=float(row["level"])), row
        )


def difference_independent(path: Path) -> Iterator[ComparedValue]:
    for row in rows(path):
        x1, n1, x2, n2 = (int(row[name]) for name in ("x1", "n1", "x2", "n2"))
        label = f"{row['method']} {x1}/{n1} - {x2}/{n2} at {row['level']}"
        yield ComparedValue(f"{label} diff", x1 / n1 - x2 / n2, number(row["diff"]))
        interval = differences.INDEPENDENT[row["method"]](x1, n1, x2, n2, level=float(row["level"]))
        yield from compared_ends(label, interval, row)


def difference_paired(path: Path) -> Iterator[ComparedValue]:
    for row in rows(path):
        cells = [int(row[name]) for name in "abcd"]
        label = f"{row['method']} {cells} at {row['level']}"
        yield ComparedValue(f"{label} diff", (cells[1] - cells[2]) / sum(cells), number(row["diff"]))
        yield from compared_ends(label, PAIRED[row["method"]](*cells, level=float(row["level"])), row)


def mcnemar(path: Path) -> Iterator[ComparedValue]:
    for row in rows(path):
        b, c = int(row["b"]), int(row["c"])
        p_values = {
            "p_exact": differences.mcnemar_exact(b, c),
            "p_midp": mcnemar_midp(b, c),
            "p_asymptotic": differences.mcnemar_asymptotic(b, c),
            "p_asymptotic_cc": differences.mcnemar_asymptotic(b, c, corrected=True),
        }
        for name, value in p_values.items():
            yield ComparedValue(f"{b}, {c} {name}", value, number(row[name]))


def multiplicity(path: Path) -> Iterator[ComparedValue]:
    families = defaultdict(list)
    for row in rows(path):
        families[row["family"], row["method"]].append(row)
    for (family, method), members in families.items():
        adjusted_values = adjusted([number(row["p"]) for row in members], method)
        for row, value in zip(members, adjusted_values, strict=True):
            yield ComparedValue(f"{family} {method} {row['index']}", value, number(row["p_adjusted"]))


def minimum_detectable_difference(path: Path) -> Iterator[ComparedValue]:
    for row in rows(path):
        direction = "below" if row["direction"] == "below" else "above"
        difference = detectable_difference(
            float(row["benchmark_p"]),
            float(row["n"]),
            number(row["benchmark_n"]),
            alpha=float(row["alpha"]),
            power=float(row["power"]),
            direction=direction,  # type: ignore[arg-type]
        )
        yield ComparedValue(
            f"{row['n']} against {row['benchmark_p']} {direction}", difference, number(row["mdd"])
        )


def benchmark_verdicts(path: Path) -> Iterator[ComparedValue]:
    for row in rows(path):
        x, n, base = int(row["x"]), int(row["n"]), number(row["benchmark_n"])
        published = PublishedShare(
            float(row["benchmark_p"]), int(base) if base else None, float(row["rounding_halfwidth"])
        )
        comparison = verdict(x, n, published)
        label = f"{x}/{n} against {row['benchmark_p']}"
        yield ComparedValue(f"{label} margin", MARGIN, number(row["margin"]))
        yield ComparedValue(f"{label} diff", comparison.difference, number(row["diff"]))
        yield ComparedValue(
            f"{label} verdict", comparison.outcome, VERDICTS.get(row["verdict"], row["verdict"])
        )
        yield ComparedValue(
            f"{label} by less", comparison.by_less_than_margin, row["smaller_than_margin"] == "TRUE"
        )
        for level, end in ((0.95, "95"), (0.9, "90")):
            widened = difference_interval(x, n, published, published.base, level)
            unwidened = difference_interval(x, n, replace(published, rounding=0.0), published.base, level)
            if end == "95":
                yield ComparedValue(f"{label} lower95", unwidened.low, number(row["lower95"]))
                yield ComparedValue(f"{label} upper95", unwidened.high, number(row["upper95"]))
            yield ComparedValue(
                f"{label} lower{end}_widened", widened.low, number(row[f"lower{end}_widened"])
            )
            yield ComparedValue(
                f"{label} upper{end}_widened", widened.high, number(row[f"upper{end}_widened"])
            )
        tipping = number(row["tipping_benchmark_n"])
        if tipping is not None:
            yield ComparedValue(f"{label} tipping", tipping_base(x, n, published), int(tipping))


def published_anchors(path: Path) -> Iterator[ComparedValue]:
    """Values rounded to the decimals that the paper printed."""
    for row in rows(path):
        numbers = [int(digits) for digits in re.findall(r"\d+", row["input"])]
        level, decimals = float(row["level"]), int(row["decimals"])
        interval_functions = proportions.INTERVALS | differences.INDEPENDENT | PAIRED
        interval = interval_functions[row["method"]](*numbers, level=level)
        label = f"{row['method']} {row['input']}"
        yield ComparedValue(
            f"{label} lower", round(interval.low, decimals) if interval else None, number(row["lower"])
        )
        yield ComparedValue(
            f"{label} upper", round(interval.high, decimals) if interval else None, number(row["upper"])
        )
