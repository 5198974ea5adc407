"""Texts of comparisons, types and states for readers."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.charts import number_text
from posture.methods.possible import possible_counts
from posture.models import Comparison, PublishedFigure

TYPES = {
    "over": lazy("Over-confident"),
    "aligned": lazy("Aligned"),
    "under": lazy("Under-confident"),
    "no_evidence": lazy("No evidence"),
}
NO_DIRECTION_TYPES = TYPES | {"over": lazy("Belief higher"), "under": lazy("Belief lower")}
SHORT_VERDICTS = {
    "higher": lazy("Higher than published"),
    "lower": lazy("Lower than published"),
    "about_the_same": lazy("About the same"),
    "no_clear_difference": lazy("No clear difference"),
    "not_clear_together": lazy("Not clear together"),
    "withheld": lazy("Ours is withheld"),
    "told_as_range": lazy("Ours is a range"),
    "not_like_for_like": lazy("Not like for like"),
    "reproduced": lazy("Reproduced from the answers"),
    "reproduced_cut": lazy("Reproduced, cut not rounded"),
    "not_reproduced": lazy("Not reproduced"),
    "much_nonresponse": lazy("Too many left open"),
    "small_base": lazy("Base too small"),
    "spread_unknown": lazy("Published spread unknown"),
}
CLOSENESS = {"same_data": lazy("same answers"), "close": lazy("close"), "loose": lazy("loose")}


def verdict_text(comparison: Comparison) -> str:
    """Describes a comparison with a published figure."""
    match comparison.outcome:
        case "withheld":
            return _("Our figure is withheld, so nothing is compared.")
        case "told_as_range":
            return _("Our figure is shown as a range, and the published one may lie on either side.")
        case "not_like_for_like":
            return _("Not like for like: no verdict.")
        case "reproduced":
            return _("The printed figure follows from the answers.")
        case "reproduced_cut":
            return _("{difference}: the printed figure was cut, not rounded.").format(
                difference=_difference(comparison)
            )
        case "not_reproduced":
            return _("{difference}: the printed figure does not follow from the answers.").format(
                difference=_difference(comparison)
            )
        case "much_nonresponse":
            return _("No verdict: more than 30 % of those who were asked left the item open.")
        case "small_base":
            return _("Our base is too small, or our interval too wide, for a verdict.")
        case "not_clear_together":
            return _("Not clear once all comparisons of this page are taken together.")
        case "spread_unknown":
            return _("No verdict: the spread behind the published mean is not known.")
    flips = (
        " " + _("The verdict would change if all who gave no substantive answer had answered one way.")
        if comparison.flips
        else ""
    )
    return _difference_verdict_text(comparison) + flips


def _difference(comparison: Comparison) -> str:
    value = 100 * (comparison.difference or 0)
    return _("Difference {number} points").format(
        number=f"{'+' if value > 0 else ''}{number_text.rounded(value, 1)}"
    )


def _difference_verdict_text(comparison: Comparison) -> str:
    text = {
        "higher": _("Higher than published"),
        "lower": _("Lower than published"),
        "about_the_same": _("About the same (within 10 points)"),
        "no_clear_difference": _("No clear difference"),
    }[comparison.outcome]
    if comparison.by_less_than_margin:
        text += _(", by less than 10 points")
    if comparison.base_is_known:
        return f"{text}."
    if comparison.outcome in ("higher", "lower"):
        if comparison.tipping_base is None:
            return _("{text}, but no size of the publisher's base would make that certain.").format(text=text)
        return _("{text}, if at least {base} were asked; the base is not published.").format(
            text=text, base=comparison.tipping_base
        )
    return _("{text}, for any base; the base is not published.").format(text=text)


def detectable_difference_text(below: float | None, above: float | None) -> str:
    """Describes the smallest differences, as shares, that a base would probably show; None: no difference would."""
    differences = [
        f"{number_text.rounded(100 * abs(difference))} points {direction}"
        for difference, direction in ((below, "below"), (above, "above"))
        if difference is not None
    ]
    if not differences:
        return _("With this base, no difference would be detected.")
    return _(
        "With this base, a true difference is detected four times out of five from {differences} on."
    ).format(differences=_(" or ").join(differences))


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
