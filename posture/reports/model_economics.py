"""Texts and tables of the model economics page: two options compared in compute."""

from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from posture.charts.cost_lines import NARROW, WIDE, CostChart, cost_chart
from posture.charts.large_numbers import in_powers, in_words
from posture.charts.number_text import THIN, rounded
from posture.methods.model_cost import BreakEven, ModelOption, break_even

PAPERS = {
    "train_to_test": "https://arxiv.org/abs/2604.01411",
    "inference_demand": "https://arxiv.org/abs/2401.00448",
}
Options = tuple[ModelOption, ModelOption]


@dataclass(frozen=True)
class CostRow:
    label: str
    formula: str
    texts: tuple[str, str]


@dataclass(frozen=True)
class CostComparison:
    """finding: at the given number of queries; meeting: where both options need the same compute."""

    finding: str
    meeting: str
    rows: tuple[CostRow, ...]
    charts: tuple[CostChart, ...]


def compare_costs(options: Options, queries: int) -> CostComparison:
    meeting = break_even(*options)
    return CostComparison(
        finding=_finding(options, queries),
        meeting=_meeting(meeting),
        rows=_rows(options, queries),
        charts=tuple(cost_chart(options, meeting, queries, size) for size in (WIDE, NARROW)),
    )


def _name(option: int | None) -> str:
    return _("option B") if option else _("option A")


def _finding(options: Options, queries: int) -> str:
    totals = [option.total(queries) for option in options]
    asked = _queries(Fraction(queries))
    if totals[0] == totals[1]:
        return _("With {queries}, both options need the same compute.").format(queries=asked)
    less = 0 if totals[0] < totals[1] else 1
    return _("With {queries}, {less} needs {percent} less compute than {more}.").format(
        queries=asked,
        less=_name(less),
        more=_name(1 - less),
        percent=_percent(1 - totals[less] / totals[1 - less]),
    )


def _meeting(meeting: BreakEven) -> str:
    if meeting.queries:
        return _("Break-even: {queries}. Below it {before} needs less compute, above it {after}.").format(
            queries=_queries(meeting.queries), before=_name(meeting.before), after=_name(meeting.after)
        )
    if meeting.queries == 0:
        return _(
            "Both options cost the same to train, so {after} needs less compute from the first query."
        ).format(after=_name(meeting.after))
    if meeting.after is None:
        return _("There is no break-even: both options need the same compute for every number of queries.")
    return _(
        "There is no break-even: {less} needs less compute for every number of queries, because neither its training"
        " nor its queries cost more."
    ).format(less=_name(meeting.after))


def _queries(number: Fraction) -> str:
    if number == 1:
        return _("1 query")
    return _("{number} queries").format(number=in_words(number))


def _percent(share: Fraction) -> str:
    """Formats a share between 0 and 1. Only a share of all is 100 %, and none is shown as 0 %."""
    percent = 100 * share
    if percent < Fraction(1, 2):
        return _("less than 1{space}%").format(space=THIN)
    if Fraction(199, 2) <= percent < 100:
        return _("more than 99{space}%").format(space=THIN)
    return f"{rounded(float(percent))}{THIN}%"


def _rows(options: Options, queries: int) -> tuple[CostRow, ...]:
    def row(label: str, formula: str, numbers: list[int | Fraction]) -> CostRow:
        first, second = (in_powers(number) for number in numbers)
        return CostRow(label, formula, (first, second))

    inference = [option.total(queries) - option.training for option in options]
    shares = [part / option.total(queries) for part, option in zip(inference, options, strict=True)]
    first, second = (f"{rounded(float(100 * share))}{THIN}%" for share in shares)
    ratios = [in_words(option.tokens_per_parameter) for option in options]
    return (
        row(_("Training"), "6ND", [option.training for option in options]),
        row(_("One query"), "2Nkt", [option.per_query for option in options]),
        row(_("All queries"), "q · 2Nkt", [*inference]),
        row(_("Total"), "6ND + q · 2Nkt", [option.total(queries) for option in options]),
        CostRow(_("Share of the queries in the total"), "", (first, second)),
        CostRow(_("Training tokens per parameter"), "D / N", (ratios[0], ratios[1])),
    )
