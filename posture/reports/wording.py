"""Texts of comparisons, types and states for readers."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from posture.charts import number_text
from posture.methods.possible import possible_counts
from posture.models import Comparison, PublishedFigure

TYPES = {
    "over": "Over-confident",
    "aligned": "Aligned",
    "under": "Under-confident",
    "no_evidence": "No evidence",
}
NO_DIRECTION_TYPES = TYPES | {"over": "Belief higher", "under": "Belief lower"}
SHORT_VERDICTS = {
    "higher": _("Higher than published"),
    "lower": _("Lower than published"),
    "about_the_same": _("About the same"),
    "no_clear_difference": _("No clear difference"),
    "not_clear_together": _("Not clear together"),
    "withheld": _("Ours is withheld"),
    "told_as_range": _("Ours is a range"),
    "not_like_for_like": _("Not like for like"),
    "reproduced": _("Reproduced from the answers"),
    "reproduced_cut": _("Reproduced, cut not rounded"),
    "not_reproduced": _("Not reproduced"),
    "much_nonresponse": _("Too many left open"),
    "small_base": _("Base too small"),
    "spread_unknown": _("Published spread unknown"),
}
CLOSENESS = {"same_data": "same answers", "close": "close", "loose": "loose"}


def verdict_text(comparison: Comparison) -> str:
    """Describes a comparison with a published figure."""
    match comparison.outcome:
        case "withheld":
            return "Our figure is withheld, so nothing is compared."
        case "told_as_range":
            return "Our figure is shown as a range, and the published one may lie on either side."
        case "not_like_for_like":
            return "Not like for like: no verdict."
        case "reproduced":
            return "The printed figure follows from the answers."
        case "reproduced_cut":
            return f"{_difference(comparison)}: the printed figure was cut, not rounded."
        case "not_reproduced":
            return f"{_difference(comparison)}: the printed figure does not follow from the answers."
        case "much_nonresponse":
            return "No verdict: more than 30 % of those who were asked left the item open."
        case "small_base":
            return "Our base is too small, or our interval too wide, for a verdict."
        case "not_clear_together":
            return "Not clear once all comparisons of this page are taken together."
        case "spread_unknown":
            return "No verdict: the spread behind the published mean is not known."
    flips = (
        " It would not stand if all who gave no substantive answer had answered one way."
        if comparison.flips
        else ""
    )
    return _difference_verdict_text(comparison) + flips


def _difference(comparison: Comparison) -> str:
    value = 100 * (comparison.difference or 0)
    return f"Difference {'+' if value > 0 else ''}{number_text.rounded(value, 1)} points"


def _difference_verdict_text(comparison: Comparison) -> str:
    text = {
        "higher": "Higher than published",
        "lower": "Lower than published",
        "about_the_same": "About the same (within 10 points)",
        "no_clear_difference": "No clear difference",
    }[comparison.outcome]
    if comparison.by_less_than_margin:
        text += ", by less than 10 points"
    if comparison.base_is_known:
        return f"{text}."
    if comparison.outcome in ("higher", "lower"):
        if comparison.tipping_base is None:
            return f"{text}, but no size of the publisher's base would make that certain."
        return f"{text}, if at least {comparison.tipping_base} were asked; how many is not published."
    return f"{text}, whatever the base, which is not published."


def detectable_difference_text(below: float | None, above: float | None) -> str:
    """Describes the smallest differences, as shares, that a base would probably show; None: no difference would."""
    differences = [
        f"{number_text.rounded(100 * abs(difference))} points {direction}"
        for difference, direction in ((below, "below"), (above, "above"))
        if difference is not None
    ]
    if not differences:
        return "With this base, no difference would be noticed."
    return f"With this base, a true difference is noticed four times out of five from {' or '.join(differences)} on."


def arithmetic_text(benchmark: PublishedFigure) -> str:
    """Describes whether the printed percentage can be a rounded count of its base. Empty if this cannot be
    computed."""
    if benchmark.unit != "percent" or benchmark.relation != "equal" or not benchmark.n:
        return ""
    printed = Decimal(benchmark.value).quantize(Decimal(1).scaleb(-benchmark.decimals))
    counts = possible_counts(printed, benchmark.n)
    if not counts:
        return f"No count of {benchmark.n} rounds to it, so it was cut, weighted, or counted on another base."
    counts_text = (
        f"{counts[0]} of {benchmark.n} rounds"
        if len(counts) == 1
        else f"{counts[0]} to {counts[-1]} of {benchmark.n} round"
    )
    return f"{counts_text} to it."


def benchmark_value(benchmark: PublishedFigure) -> str:
    return number_text.benchmark(
        float(benchmark.value), benchmark.decimals, benchmark.unit, benchmark.relation
    )


def benchmark_base(benchmark: PublishedFigure) -> str:
    if benchmark.n is None:
        return f"{benchmark.base}; n not published ({benchmark.n_note})"
    smaller = f"; {benchmark.n_smallest:,} in other accounts" if benchmark.n_smallest else ""
    return f"{benchmark.base}, n = {benchmark.n:,}{smaller}"
