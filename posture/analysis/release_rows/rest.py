"""Compares a cohort with all other organisations: the difference of two groups without a common organisation.

Source   METHODS.md, "Against the rest".
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from posture.analysis.answers.wave_data import Cohort, Mask
from posture.analysis.estimates.cells import INDICATOR, PAIR, Series
from posture.analysis.estimates.quantities import Quantity
from posture.analysis.estimates.reasons import Reason
from posture.analysis.estimates.rows import PUBLISHED, Identity, Row, count_members, identity
from posture.analysis.estimates.t_intervals import whole_degrees_of_freedom, with_t
from posture.analysis.estimates.weighted import published_se, published_value
from posture.analysis.estimates.weights import Weighting
from posture.methods.intervals import Interval, newcombe, normal_quantile, wilson_at
from posture.methods.inversion import p_by_inversion
from posture.methods.means import degrees_of_freedom, difference_of_means
from posture.methods.survey import t_quantile
from surveys.instrument.cohorts import ALL, CROSSED

AGAINST_REST = "_vs_rest"
COMPARED = {INDICATOR: ("share", "mean"), PAIR: ("gap",)}
UNITS = {"share": "points", "percent": "points"}


def rest_rows(
    series: list[Series],
    cohorts: list[Cohort],
    rows: list[Row],
    *,
    k: int,
    level: float,
    weighting: Weighting | None,
    cache: dict[tuple[Identity, bool], Row],
) -> Iterator[Row]:
    """The comparisons of indicators and gaps in every cohort of one dimension. A row exists only where the cohort and
    the total are in `rows` with exact value and standard error, so that the rest follows from them anyway. The rest
    must be at least k. made: the rows that were made before, to which new rows are added."""
    exact = {
        identity(row) for row in rows if row.status == PUBLISHED and not row.bound and row.se is not None
    }
    for cell_series in series:
        for quantity in cell_series.quantities:
            if quantity.statistic not in COMPARED.get(cell_series.kind, ()):
                continue
            total = quantity.named(Row(cell_series.kind, cell_series.subject, "", "", ALL, "", level))
            for cohort in cohorts:
                if cohort.dimension == ALL or CROSSED in cohort.dimension:
                    continue
                cohort_row = total.changed(cohort=cohort.slug)
                key = identity(cohort_row), _are_exact(exact, total, cohort_row)
                if key not in cache:
                    cache[key] = _row(cell_series, quantity, cohort, key[1], cohort_row, k, weighting)
                yield cache[key]


def _are_exact(exact: set[Identity], *rows: Row) -> bool:
    return all(identity(row) in exact for row in rows)


def _row(
    series: Series,
    quantity: Quantity,
    cohort: Cohort,
    is_exact: bool,
    blank: Row,
    k: int,
    weighting: Weighting | None,
) -> Row:
    kind = "newcombe" if quantity.kind == "share" else "contrast"
    row = replace(
        blank,
        statistic=f"{blank.statistic}{AGAINST_REST}",
        unit=UNITS.get(blank.unit, blank.unit),
        method=f"{kind}_jackknife" if weighting else kind,
    )
    if not is_exact:
        return row.suppressed(Reason.NOT_IN_BOTH)
    group, rest = series.base & cohort.members, series.base & ~cohort.members
    if count_members(rest) < k:
        return row.suppressed(Reason.COMPLEMENT)
    row = replace(row, base=count_members(series.base))
    return (
        _unweighted(row, quantity, group, rest)
        if weighting is None
        else _weighted(row, quantity, group, rest, weighting)
    )


def _unweighted(row: Row, quantity: Quantity, group: Mask, rest: Mask) -> Row:
    scores = _scores(quantity)
    difference = difference_of_means(np.where(group, scores, np.nan), np.where(rest, scores, np.nan))
    row = replace(row, value=difference.value, se=difference.se)
    if quantity.kind != "share":
        return with_t(row, difference.df)
    shares = [(float(scores[side].mean()) / 100, float(side.sum())) for side in (group, rest)]
    return _with_newcombe(row, shares, lambda level, _: normal_quantile(level))


def _weighted(row: Row, quantity: Quantity, group: Mask, rest: Mask, weighting: Weighting) -> Row:
    scores = _scores(quantity)
    group_mean, rest_mean = (weighting.mean(scores, side) for side in (group, rest))
    replicates = weighting.left_out(scores, group) - weighting.left_out(scores, rest)
    unweighted = float(scores[group].mean() - scores[rest].mean())
    row = replace(
        row,
        value=published_value(group_mean.value - rest_mean.value, row.unit),
        unweighted_value=published_value(unweighted, row.unit),
        se=published_se(weighting.variance(replicates) ** 0.5, row.unit),
    )
    if quantity.kind != "share":
        squares = (replicates - replicates.mean()) ** 2
        return with_t(
            row, whole_degrees_of_freedom(degrees_of_freedom(squares, (group, rest, ~group & ~rest)))
        )
    shares = [
        (min(1.0, max(0.0, weighted_mean.value / 100)), weighted_mean.effective_base)
        for weighted_mean in (group_mean, rest_mean)
    ]
    return _with_newcombe(
        row, shares, lambda level, place: t_quantile(level, (group_mean, rest_mean)[place].base - 1)
    )


def _with_newcombe(
    row: Row, shares: list[tuple[float, float]], quantile: Callable[[float, int], float]
) -> Row:
    (p1, _), (p2, _) = shares

    def interval(level: float) -> Interval:
        first, second = (
            wilson_at(min(base, share * base), base, quantile(level, place))
            for place, (share, base) in enumerate(shares)
        )
        assert first is not None
        assert second is not None
        return newcombe(p1, first, p2, second)

    p_value = p_by_inversion(p1 - p2, interval)
    return replace(row, p_value=p_value).with_interval(interval(row.level).times(100))


def _scores(quantity: Quantity) -> np.ndarray:
    return 100 * quantity.scores if quantity.kind == "share" else quantity.scores
