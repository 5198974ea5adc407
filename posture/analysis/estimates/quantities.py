"""What is worked out of a cell, as data: the same definition serves one wave, two waves, and any cut of them."""

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
    """One number of a cell. `values` has one entry for each organisation; only those of the base are looked at.

    share   values are 1 for who counts and 0 for who does not; the number is between 0 and 1
    mean    values in `unit`, cut at the ends of the scale `within`
    paired  share of 1 in `values` minus share of 1 in `second`, in points
    count   how many organisations the base has
    band    share of 1 in `values`, told only as a band
    median  of whole bands in `values`; of a difference with the p-value of the signed-rank test
    lowest, highest   mean of `values`, told in whole percents, rounded outwards
            of both, the base that is told is those of the base who are in `second`
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
        """Zero means: no difference."""
        return self.statistic.removesuffix(MEDIAN).endswith("gap")

    def row(self, blank: Row, base: np.ndarray) -> Row:
        """Every organisation counts once."""
        named = self.named(blank)
        if self.kind == "count":
            return count_row(named, base)
        if self.kind == "band":
            assert self.second is not None
            return band_row(named, self.values, base, told=self.second)
        if self.kind in ("lowest", "highest"):
            assert self.second is not None
            return possible_row(named, self.values, base, told=self.second)
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
        """The p-value to three decimals: a finer one would tell the ranks."""
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
    """Of the number that `statistic` is the mean of."""
    return Quantity("median", f"{statistic}{MEDIAN}", "", unit, values)


def paired(statistic: str, first: np.ndarray, second: np.ndarray) -> Quantity:
    return Quantity("paired", statistic, "", "points", first, second, POINT_SCALE)
