"""The results of a simulation of coverage as a Markdown page."""

from collections.abc import Sequence
from itertools import groupby

from posture.methods.intervals import LEVEL
from posture.validation.coverage import AT_LEAST, Coverage

INTRODUCTION = """# Coverage of the published intervals

Made by `manage.py simulate_coverage --write docs/coverage.md`: {draws:,} samples of each size are drawn from
populations whose truth is known, and the interval is computed from each. A cell is the share of the intervals, in
percent, that hold the truth; nominal are {level:.0%}. In brackets stands the share of samples in which the number is
shown with an interval at all, where that is not always so. Cells below {least:.0%} by more than chance (three standard
errors of the simulation) carry a letter, and the reason stands at the end. Groups are set against 110 other
organisations, or a published base of 300. In changes half of the organisations are in both waves, and half of these
say what they said before.
"""


def page(results: Sequence[Coverage]) -> str:
    reasons: dict[str, str] = {}
    sizes = tuple(dict.fromkeys(one.size for one in results))
    parts = [INTRODUCTION.format(draws=results[0].draws, level=LEVEL, least=AT_LEAST)]
    for kind, of_kind in groupby(results, key=lambda one: one.kind):
        parts.append(f"## {kind}\n")
        parts.append("| population | " + " | ".join(f"n = {size}" for size in sizes) + " |")
        parts.append("|---|" + "---:|" * len(sizes))
        for population, cells in groupby(of_kind, key=lambda one: one.population):
            parts.append(f"| {population} | " + " | ".join(_cell(one, reasons) for one in cells) + " |")
        parts.append("")
    parts.append("## Why some are below\n")
    parts += [f"- {letter}: {reason}" for reason, letter in reasons.items()]
    return "\n".join(parts) + "\n"


def _cell(one: Coverage, reasons: dict[str, str]) -> str:
    told = "" if one.told > 0.995 else f" ({one.told:.0%})"
    if not one.told:
        return "none"
    if one.is_enough:
        return f"{100 * one.covered:.1f}{told}"
    reason = one.shortfall.reason if one.shortfall else "Not explained."
    letter = reasons.setdefault(reason, "abcdefghij"[len(reasons)])
    return f"{100 * one.covered:.1f} {letter}{told}"
