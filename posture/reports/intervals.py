"""Alternative intervals of a released share, for readers whose standards require one of them. They are computed from
released numbers."""

from django.utils.translation import gettext as _

from posture.charts import number_text
from posture.methods.intervals import Interval
from posture.methods.proportions import agresti_coull, clopper_pearson, jeffreys
from posture.methods.shares import logit_interval
from posture.methods.survey import t_quantile
from posture.models import Estimate

NamedInterval = tuple[str, str]


def other_intervals(estimate: Estimate) -> list[NamedInterval]:
    """Returns names and intervals. Empty for a number that is not a share, has no interval of its own, is withheld or
    is shown as a range."""
    if not estimate.method.startswith("wilson"):
        return []
    if estimate.unit != "share" or estimate.value is None or not estimate.base or estimate.bound:
        return []
    intervals = _weighted(estimate) if estimate.weighted_base else _unweighted(estimate)
    return [
        (name, f"{number_text.interval(interval.low, interval.high, 'share')}{number_text.THIN}%")
        for name, interval in intervals
        if interval
    ]


def _unweighted(estimate: Estimate) -> list[tuple[str, Interval | None]]:
    """Uses the effective base if the release has a finite-population correction."""
    base, level = estimate.effective_base or estimate.base or 0, estimate.level
    count = (estimate.value or 0) * base if estimate.effective_base else round((estimate.value or 0) * base)
    return [
        (_("Clopper and Pearson, wider than its level says"), clopper_pearson(count, base, level=level)),
        (_("Agresti and Coull"), agresti_coull(count, base, level=level)),
        ("Jeffreys", jeffreys(count, base, level=level)),
    ]


def _weighted(estimate: Estimate) -> list[tuple[str, Interval | None]]:
    """Every organisation is one cluster, so both intervals have base minus one degrees of freedom."""
    share, effective, base = estimate.value or 0.0, estimate.effective_base or 0.0, estimate.base or 0
    intervals: list[tuple[str, Interval | None]] = [
        (
            _("Korn and Graubard, wider than its level says"),
            clopper_pearson(share * effective, effective, level=estimate.level),
        )
    ]
    if estimate.se and 0 < share < 1 and base > 1:
        quantile = t_quantile(estimate.level, base - 1)
        intervals.append(("Logit", logit_interval(share, estimate.se, quantile)))
    return intervals
