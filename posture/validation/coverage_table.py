"""Formats the results of a simulation of coverage as a Markdown page."""

from collections.abc import Sequence
from itertools import groupby

from posture.methods.intervals import LEVEL
from posture.validation.coverage import AT_LEAST, Coverage

INTRODUCTION = """# Coverage of the published intervals

`manage.py simulate_coverage --write docs/coverage.md` writes this page. It draws {draws:,} samples of each size
from populations with known true values and computes the interval of each sample. A cell is the percentage of
intervals that contain the true value; the nominal coverage is {level:.0%}. If the number is shown with an
interval in only some of the samples, their share is in brackets. A letter marks cells below {least:.0%} by more
than chance (three standard errors of the simulation), with the reason at the end. Groups are compared with 110
other organisations, or with a published base of 300. In changes, half of the organisations are in both waves, and
half of these repeat their answer.
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
    parts.append("## Reasons for low coverage\n")
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
