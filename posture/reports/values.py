"""A released number in the form that pages show."""

from dataclasses import dataclass

from posture.charts import number_text
from posture.charts.dumbbell import Dot
from posture.models import Estimate
from posture.reports.shorthand import NOT_AVAILABLE, marks_of


@dataclass(frozen=True)
class Value:
    """A released number as text, with all marks that must be shown beside it. `address` is its receipt."""

    text: str
    interval: str
    base: int | None
    is_withheld: bool
    dot: Dot | None
    address: str = ""
    effective_base: float | None = None
    marks: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, estimate: Estimate | None, *, is_level: bool = False, name: str = "", is_left_open: bool = False
    ) -> "Value":
        if estimate is None:
            return cls(NOT_AVAILABLE, "", None, False, None)
        if estimate.value is None:
            is_withheld = estimate.status == Estimate.Status.SUPPRESSED
            return cls(number_text.WITHHELD, "", None, is_withheld, None, estimate.get_absolute_url())
        text = number_text.bounded(estimate.value, estimate.unit, estimate.bound, is_level=is_level)
        marks = marks_of(estimate, is_left_open=is_left_open)
        interval = number_text.interval(estimate.ci_low, estimate.ci_high, estimate.unit)
        factor = 100 if estimate.unit == "share" else 1
        low, high = estimate.ci_low, estimate.ci_high
        hover = f"{name}: {text}" + (f" ({interval})" if interval else "") + f", base {estimate.base}"
        dot = Dot(
            factor * estimate.value,
            None if low is None else factor * low,
            None if high is None else factor * high,
            hover,
            estimate.get_absolute_url(),
            estimate.bound,
        )
        return cls(text, interval, estimate.base, False, dot, dot.address, estimate.effective_base, marks)
