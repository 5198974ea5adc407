"""Defines the quantities of a cell as data: the same definition serves one wave, two waves, and any cut of them."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from posture.analysis.estimates.rows import (
    Row,
    band_row,
    count_row,
    mean_row,
    median_row,
    paired_share_row,
    possible_row,
    share_row,
)
from posture.methods.signed_rank import signed_rank_p
from posture.methods.survey import t_p_value

Kind = Literal["share", "mean", "paired", "count", "band", "lowest", "highest", "median"]
PERCENT_SCALE = (0.0, 100.0)
POINT_SCALE = (-100.0, 100.0)
MEDIAN = "_median"
DECIMALS_OF_P, SMALLEST_P = 3, 0.001


@dataclass(frozen=True)
class Quantity:
    """One number of a cell. `values` has one entry for each organisation; only those of the base are used.

    share   values are 1 for organisations that count and 0 for others; the number is between 0 and 1
    mean    values in `unit`, cut at the ends of the scale `within`
    paired  share of 1 in `values` minus share of 1 in `second`, in points
    count   the number of organisations in the base
    band    share of 1 in `values`, shown only as a band
    median  of whole bands in `values`; of a difference with the p-value of the signed-rank test
    lowest, highest   mean of `values`, shown in whole percents, rounded outwards
            of both, the published base is the organisations of the base that are in `second`
    """

    kind: Kind
    statistic: str
    option: str
    unit: str
    values: np.ndarray
    second: np.ndarray | None = None
    within: tuple[float, float] | None = None

    @property
    def scores(self) -> np.ndarray:
        """One value for each organisation whose mean is the number, in its unit."""
        return (
            self.values if self.kind != "paired" or self.second is None else 100 * (self.values - self.second)
        )

    @property
    def is_difference(self) -> bool:
        """Whether the number is a difference, so that zero means no difference."""
        return self.statistic.removesuffix(MEDIAN).endswith("gap")

    def row(self, blank: Row, base: np.ndarray) -> Row:
        """The row of the number without weights."""
        named = self.named(blank)
        if self.kind == "count":
            return count_row(named, base)
        if self.kind == "band":
            assert self.second is not None
            return band_row(named, self.values, base, published_base=self.second)
        if self.kind in ("lowest", "highest"):
            assert self.second is not None
            return possible_row(named, self.values, base, published_base=self.second)
        if self.kind == "median":
            return self._median(named, base)
        if self.kind == "share":
            return share_row(named, self.values == 1, base)
        if self.second is not None:
            return paired_share_row(named, self.values, self.second, base)
        row = mean_row(named, self.values, base, within=self.within)
        if not self.is_difference or not row.se or row.value is None or row.base is None:
            return row
        return replace(row, p_value=t_p_value(row.value / row.se, row.base - 1))

    def _median(self, named: Row, base: np.ndarray) -> Row:
        """The row of a median. The p-value has three decimals: a more precise one would reveal the ranks."""
        row = median_row(named, self.values, base)
        if not self.is_difference or row.value is None:
            return row
        p_value = max(SMALLEST_P, round(signed_rank_p(self.values[base]), DECIMALS_OF_P))
        return replace(row, method="signed_rank", p_value=p_value)

    def named(self, blank: Row) -> Row:
        return blank.changed(statistic=self.statistic, option=self.option, unit=self.unit)


def share(statistic: str, hits: np.ndarray, option: str = "") -> Quantity:
    return Quantity("share", statistic, option, "share", hits.astype(float))


def mean(
    statistic: str, values: np.ndarray, unit: str, *, within: tuple[float, float] | None = None
) -> Quantity:
    return Quantity("mean", statistic, "", unit, values, within=within)


def median(statistic: str, values: np.ndarray, unit: str) -> Quantity:
    """The median of the number of which `statistic` is the mean."""
    return Quantity("median", f"{statistic}{MEDIAN}", "", unit, values)


def paired(statistic: str, first: np.ndarray, second: np.ndarray) -> Quantity:
    return Quantity("paired", statistic, "", "points", first, second, POINT_SCALE)
