"""Formats the results of a simulation of coverage as a Markdown page."""

from collections.abc import Sequence
from itertools import groupby

from posture.methods.intervals import LEVEL
from posture.validation.coverage import MIN_COVERAGE, Coverage

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
    sizes = tuple(dict.fromkeys(result.size for result in results))
    lines = [INTRODUCTION.format(draws=results[0].draws, level=LEVEL, least=MIN_COVERAGE)]
    for kind, kind_results in groupby(results, key=lambda result: result.kind):
        lines.append(f"## {kind}\n")
        lines.append("| population | " + " | ".join(f"n = {size}" for size in sizes) + " |")
        lines.append("|---|" + "---:|" * len(sizes))
        for population, cells in groupby(kind_results, key=lambda result: result.population):
            lines.append(f"| {population} | " + " | ".join(_cell(result, reasons) for result in cells) + " |")
        lines.append("")
    lines.append("## Reasons for low coverage\n")
    lines += [f"- {letter}: {reason}" for reason, letter in reasons.items()]
    return "\n".join(lines) + "\n"


def _cell(result: Coverage, reasons: dict[str, str]) -> str:
    interval_share = "" if result.share_with_interval > 0.995 else f" ({result.share_with_interval:.0%})"
    if not result.share_with_interval:
        return "none"
    if result.is_sufficient:
        return f"{100 * result.covered:.1f}{interval_share}"
    reason = result.shortfall.reason if result.shortfall else "Not explained."
    letter = reasons.setdefault(reason, "abcdefghij"[len(reasons)])
    return f"{100 * result.covered:.1f} {letter}{interval_share}"
