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
from posture.validation.report import Compared, number, rows

PAIRED = {"tango_score": tango, "newcombe_paired": differences.newcombe_paired}
VERDICTS = {"equivalent": "about_the_same"}


def ends(place: str, found: Interval | None, row: dict[str, str]) -> Iterator[Compared]:
    yield Compared(f"{place} lower", found and found.low, number(row["lower"]))
    yield Compared(f"{place} upper", found and found.high, number(row["upper"]))


def proportion_intervals(path: Path) -> Iterator[Compared]:
    for row in rows(path):
        x, n, method = int(row["x"]), int(row["n"]), row["method"]
        place = f"{method} {x}/{n} at {row['level']}"
        yield Compared(f"{place} estimate", x / n if n else None, number(row["estimate"]))
        yield from ends(place, proportions.INTERVALS[method](x, n, level=float(row["level"])), row)


def wilson_effective_n(path: Path) -> Iterator[Compared]:
    for row in rows(path):
        share, base = float(row["p"]), float(row["n_eff"])
        yield from ends(f"{share} of {base}", wilson(share * base, base, level=float(row["level"])), row)


def difference_independent(path: Path) -> Iterator[Compared]:
    for row in rows(path):
        x1, n1, x2, n2 = (int(row[name]) for name in ("x1", "n1", "x2", "n2"))
        place = f"{row['method']} {x1}/{n1} - {x2}/{n2} at {row['level']}"
        yield Compared(f"{place} diff", x1 / n1 - x2 / n2, number(row["diff"]))
        found = differences.INDEPENDENT[row["method"]](x1, n1, x2, n2, level=float(row["level"]))
        yield from ends(place, found, row)


def difference_paired(path: Path) -> Iterator[Compared]:
    for row in rows(path):
        cells = [int(row[name]) for name in "abcd"]
        place = f"{row['method']} {cells} at {row['level']}"
        yield Compared(f"{place} diff", (cells[1] - cells[2]) / sum(cells), number(row["diff"]))
        yield from ends(place, PAIRED[row["method"]](*cells, level=float(row["level"])), row)


def mcnemar(path: Path) -> Iterator[Compared]:
    for row in rows(path):
        b, c = int(row["b"]), int(row["c"])
        found = {
            "p_exact": differences.mcnemar_exact(b, c),
            "p_midp": mcnemar_midp(b, c),
            "p_asymptotic": differences.mcnemar_asymptotic(b, c),
            "p_asymptotic_cc": differences.mcnemar_asymptotic(b, c, corrected=True),
        }
        for name, value in found.items():
            yield Compared(f"{b}, {c} {name}", value, number(row[name]))


def multiplicity(path: Path) -> Iterator[Compared]:
    families = defaultdict(list)
    for row in rows(path):
        families[row["family"], row["method"]].append(row)
    for (family, method), members in families.items():
        found = adjusted([number(row["p"]) for row in members], method)
        for row, value in zip(members, found, strict=True):
            yield Compared(f"{family} {method} {row['index']}", value, number(row["p_adjusted"]))


def minimum_detectable_difference(path: Path) -> Iterator[Compared]:
    for row in rows(path):
        direction = "below" if row["direction"] == "below" else "above"
        found = detectable_difference(
            float(row["benchmark_p"]),
            float(row["n"]),
            number(row["benchmark_n"]),
            alpha=float(row["alpha"]),
            power=float(row["power"]),
            direction=direction,  # type: ignore[arg-type]
        )
        yield Compared(f"{row['n']} against {row['benchmark_p']} {direction}", found, number(row["mdd"]))


def benchmark_verdicts(path: Path) -> Iterator[Compared]:
    for row in rows(path):
        x, n, base = int(row["x"]), int(row["n"]), number(row["benchmark_n"])
        published = PublishedShare(
            float(row["benchmark_p"]), int(base) if base else None, float(row["rounding_halfwidth"])
        )
        found = verdict(x, n, published)
        place = f"{x}/{n} against {row['benchmark_p']}"
        yield Compared(f"{place} margin", MARGIN, number(row["margin"]))
        yield Compared(f"{place} diff", found.difference, number(row["diff"]))
        yield Compared(f"{place} verdict", found.outcome, VERDICTS.get(row["verdict"], row["verdict"]))
        yield Compared(f"{place} by less", found.by_less_than_margin, row["smaller_than_margin"] == "TRUE")
        for level, end in ((0.95, "95"), (0.9, "90")):
            widened = difference_interval(x, n, published, published.base, level)
            plain = difference_interval(x, n, replace(published, rounding=0.0), published.base, level)
            if end == "95":
                yield Compared(f"{place} lower95", plain.low, number(row["lower95"]))
                yield Compared(f"{place} upper95", plain.high, number(row["upper95"]))
            yield Compared(f"{place} lower{end}_widened", widened.low, number(row[f"lower{end}_widened"]))
            yield Compared(f"{place} upper{end}_widened", widened.high, number(row[f"upper{end}_widened"]))
        wanted = number(row["tipping_benchmark_n"])
        if wanted is not None:
            yield Compared(f"{place} tipping", tipping_base(x, n, published), int(wanted))


def published_anchors(path: Path) -> Iterator[Compared]:
    """Values rounded to the decimals that the paper printed."""
    for row in rows(path):
        numbers = [int(one) for one in re.findall(r"\d+", row["input"])]
        level, decimals = float(row["level"]), int(row["decimals"])
        known = proportions.INTERVALS | differences.INDEPENDENT | PAIRED
        found = known[row["method"]](*numbers, level=level)
        place = f"{row['method']} {row['input']}"
        yield Compared(f"{place} lower", round(found.low, decimals) if found else None, number(row["lower"]))
        yield Compared(f"{place} upper", round(found.high, decimals) if found else None, number(row["upper"]))
