"""Short marks beside numbers, after the shorthand of the UK statistical service, with their meaning."""

from django.utils.translation import gettext_lazy as _

from posture.models import Estimate

SMALL_BASE = 30
WIDE = {"share": 0.30, "percent": 30.0, "score": 30.0, "points": 30.0}
ROUNDS_TO_ZERO = 0.005
WITHHELD, UNRELIABLE, LOW, BREAK, NOT_AVAILABLE, NOT_APPLICABLE = "[c]", "[u]", "[low]", "[b]", "[x]", "[z]"
MEANINGS = {
    WITHHELD: _("withheld, so that no organisation can be recognised; never zero"),
    UNRELIABLE: (
        _(
            "low reliability: the base is below 30, the interval is 30 points wide or wider, or more than one in ten of"
            " those who were asked left the item open"
        )
    ),
    LOW: _("above zero, but rounds to zero"),
    BREAK: _("break in the series: the question is not the one of the wave before"),
    NOT_AVAILABLE: _("not available: this release does not have the number"),
    NOT_APPLICABLE: _("not applicable: there is no interval, because there is one answer or all are alike"),
}


def all_marks() -> list[tuple[str, str]]:
    return [(mark, str(meaning)) for mark, meaning in MEANINGS.items()]


def marks_of(estimate: Estimate, *, is_left_open: bool = False) -> tuple[str, ...]:
    """Returns the marks of a published number. `is_left_open`: more than one in ten of those asked left its item
    open."""
    if estimate.value is None or estimate.bound:
        return ()
    marks = []
    if estimate.unit == "share" and 0 < estimate.value < ROUNDS_TO_ZERO:
        marks.append(LOW)
    if _is_unreliable(estimate) or is_left_open:
        marks.append(UNRELIABLE)
    if estimate.method == "t" and estimate.ci_low is None:
        marks.append(NOT_APPLICABLE)
    return tuple(marks)


def _is_unreliable(estimate: Estimate) -> bool:
    if estimate.method in ("count", "possible"):
        return False
    base = estimate.effective_base or estimate.base or 0
    if estimate.ci_low is None or estimate.ci_high is None:
        return base < SMALL_BASE
    return base < SMALL_BASE or estimate.ci_high - estimate.ci_low >= WIDE.get(estimate.unit, float("inf"))
