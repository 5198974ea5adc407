"""The row of one published number, and functions that compute it from organisations."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Any

import numpy as np

from posture.analysis.estimates.reasons import Reason
from posture.methods.intervals import Interval, mcnemar_midp, mean_t, share_se, tango, wilson
from posture.methods.signed_rank import median_band

BANDS = (Fraction(1, 10), Fraction(3, 10))
PUBLISHED, SUPPRESSED = "published", "suppressed"
# Ending of the method of a row that is a bound only because its base includes a few hidden organisations. For the
# other organisations, value and base give the count exactly.
BESIDE_FEW = "_beside_few"
NUMBERS = (
    "base",
    "weighted_base",
    "effective_base",
    "design_effect",
    "value",
    "unweighted_value",
    "se",
    "ci_low",
    "ci_high",
    "p_value",
)

Identity = tuple[str, str, str, str, str]


def identity(row: Any) -> Identity:
    """The columns that identify a number of a release, stored or unstored."""
    return row.subject_kind, row.subject, row.statistic, row.option, row.cohort


def is_exact_count(row: Any) -> bool:
    """Whether the count behind a published number, stored or unstored, is known exactly."""
    return row.status == PUBLISHED and (not row.bound or row.method.endswith(BESIDE_FEW))


@dataclass(frozen=True)
class Row:
    """The columns of an estimate. Shares are 0-1, means of percentages 0-100, gaps in points or bands.

    reason  why it is not shown exactly, None where it is; never a column, and equal rows may differ in it
    """

    subject_kind: str
    subject: str
    statistic: str
    option: str
    cohort: str
    unit: str
    level: float
    base: int | None = None
    weighted_base: float | None = None
    effective_base: float | None = None
    design_effect: float | None = None
    value: float | None = None
    unweighted_value: float | None = None
    bound: str = ""
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    method: str = ""
    status: str = PUBLISHED
    reason: Reason | None = field(default=None, compare=False)

    def changed(self, **columns: Any) -> "Row":
        """Does the same as `dataclasses.replace`, which takes ten times as long: a release makes some hundred
        thousand rows."""
        row = object.__new__(Row)
        row.__dict__.update(self.__dict__, **columns)
        return row

    def suppressed(self, reason: Reason | None) -> "Row":
        """The row without any number that could reveal something. The method stays, because it does not depend on the
        answers. A row that is suppressed already keeps its reason."""
        first_reason = self.reason if self.status == SUPPRESSED else reason
        return self.changed(status=SUPPRESSED, bound="", reason=first_reason, **dict.fromkeys(NUMBERS))

    def with_interval(self, interval: Interval | None) -> "Row":
        if interval is None:
            return self
        return self.changed(ci_low=interval.low, ci_high=interval.high)

    def as_columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = tuple(field.name for field in fields(Row) if field.name != "reason")


def share_row(blank: Row, hits: np.ndarray, base: np.ndarray) -> Row:
    """Share of the organisations in `base` that are in `hits`; base 0 gives a row without a value."""
    n, x = count_members(base), count_members(hits & base)
    row = blank.changed(unit="share", method="wilson", base=n)
    if n == 0:
        return row
    return row.changed(value=x / n, se=share_se(x / n, n)).with_interval(wilson(x, n, level=blank.level))


def mean_row(blank: Row, values: np.ndarray, base: np.ndarray, *, within: tuple[float, float] | None) -> Row:
    """Mean of the values in `base`; the interval is cut at the ends of the scale if there are any."""
    estimate = mean_t(_numbers(values[base]), level=blank.level)
    row = replace(blank, method="t", base=estimate.base, value=estimate.mean, se=estimate.se)
    interval = estimate.interval.within(*within) if estimate.interval and within else estimate.interval
    return row.with_interval(interval)


def paired_share_row(blank: Row, first: np.ndarray, second: np.ndarray, base: np.ndarray) -> Row:
    """Share of yes in `first` minus share of yes in `second`, for the same organisations, in points."""
    a, b = first[base] == 1, second[base] == 1
    n, only_first, only_second = count_members(base), count_members(a & ~b), count_members(b & ~a)
    row = replace(blank, unit="points", method="tango", base=n)
    if n == 0:
        return row
    difference = (only_first - only_second) / n
    variance = max(0.0, (only_first + only_second) / n - difference**2) / n
    interval = tango(count_members(a & b), only_first, only_second, count_members(~a & ~b), level=blank.level)
    p_value = mcnemar_midp(only_first, only_second)
    row = replace(row, value=100 * difference, se=100 * math.sqrt(variance), p_value=p_value)
    return row.with_interval(interval.times(100) if interval else None)


def count_row(blank: Row, base: np.ndarray) -> Row:
    """The number of organisations. A count of 0 is withheld like every count below k."""
    n = count_members(base)
    return replace(blank, method="count", base=n, value=float(n))


def band_row(blank: Row, hits: np.ndarray, base: np.ndarray, *, published_base: np.ndarray) -> Row:
    """The share of 1 in `hits`, shown as the band that contains it: up to the first limit, or beyond a limit."""
    n = count_members(base)
    row = replace(blank, method="band", base=count_members(base & published_base))
    if n == 0:
        return row
    share = Fraction(int(hits[base].sum()), n)
    return banded(row, share, share)


def banded(row: Row, low: Fraction, high: Fraction) -> Row:
    """The narrowest band that contains every share from `low` to `high`; withheld where there is none."""
    beyond = [limit for limit in BANDS if low > limit]
    if beyond:
        return replace(row, value=float(beyond[-1]), bound="at_least", reason=Reason.BAND)
    if high <= BANDS[0]:
        return replace(row, value=float(BANDS[0]), bound="at_most", reason=Reason.BAND)
    return row.suppressed(Reason.FOLLOWS)


def median_row(blank: Row, values: np.ndarray, base: np.ndarray) -> Row:
    """The median of whole bands, the lower of the two middle bands."""
    row = replace(blank, method="median", base=count_members(base))
    return replace(row, value=median_band(values[base])) if base.any() else row


def possible_row(blank: Row, values: np.ndarray, base: np.ndarray, *, published_base: np.ndarray) -> Row:
    """Mean of the values in the base, in whole percents: the lowest possible rounded down, the highest up."""
    row = replace(blank, method="possible", base=count_members(base & published_base))
    return replace(row, value=rounded_outwards(row, float(values[base].mean()))) if base.any() else row


def rounded_outwards(row: Row, value: float) -> float:
    per_percent = 100 if row.unit == "share" else 1
    percent = value * per_percent
    is_lowest = row.statistic.startswith("lowest_possible")
    rounded = math.floor(percent + 1e-9) if is_lowest else math.ceil(percent - 1e-9)
    return rounded / per_percent


def count_members(members: np.ndarray) -> int:
    """Counts the true entries of a boolean array. `sum` is slower, because it converts them to numbers first."""
    return int(np.count_nonzero(members))


def _numbers(values: np.ndarray) -> Iterable[float]:
    return [float(value) for value in values]
