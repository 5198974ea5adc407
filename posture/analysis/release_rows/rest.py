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
from posture.analysis.estimates.rows import PUBLISHED, Identity, Row, how_many, identity
from posture.analysis.estimates.t_intervals import whole, with_t
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
    made: dict[tuple[Identity, bool], Row],
) -> Iterator[Row]:
    """The comparisons of indicators and gaps in every cohort of one dimension. A row exists only where the cohort and
    the total are in `rows` with exact value and standard error, so that the rest follows from them anyway. The rest
    must be at least k. made: the rows that were made before, to which new rows are added."""
    exact = {
        identity(row) for row in rows if row.status == PUBLISHED and not row.bound and row.se is not None
    }
    for one in series:
        for quantity in one.quantities:
            if quantity.statistic not in COMPARED.get(one.kind, ()):
                continue
            total = quantity.named(Row(one.kind, one.subject, "", "", ALL, "", level))
            for cohort in cohorts:
                if cohort.dimension == ALL or CROSSED in cohort.dimension:
                    continue
                here = total.changed(cohort=cohort.slug)
                key = identity(here), _are_exact(exact, total, here)
                if key not in made:
                    made[key] = _row(one, quantity, cohort, key[1], here, k, weighting)
                yield made[key]


def _are_exact(exact: set[Identity], *rows: Row) -> bool:
    return all(identity(row) in exact for row in rows)


def _row(
    one: Series,
    quantity: Quantity,
    cohort: Cohort,
    is_exact: bool,
    here: Row,
    k: int,
    weighting: Weighting | None,
) -> Row:
    kind = "newcombe" if quantity.kind == "share" else "contrast"
    row = replace(
        here,
        statistic=f"{here.statistic}{AGAINST_REST}",
        unit=UNITS.get(here.unit, here.unit),
        method=f"{kind}_jackknife" if weighting else kind,
    )
    if not is_exact:
        return row.suppressed(Reason.NOT_IN_BOTH)
    group, rest = one.base & cohort.members, one.base & ~cohort.members
    if how_many(rest) < k:
        return row.suppressed(Reason.COMPLEMENT)
    row = replace(row, base=how_many(one.base))
    return (
        _unweighted(row, quantity, group, rest)
        if weighting is None
        else _weighted(row, quantity, group, rest, weighting)
    )


def _unweighted(row: Row, quantity: Quantity, group: Mask, rest: Mask) -> Row:
    scores = _scores(quantity)
    found = difference_of_means(np.where(group, scores, np.nan), np.where(rest, scores, np.nan))
    row = replace(row, value=found.value, se=found.se)
    if quantity.kind != "share":
        return with_t(row, found.df)
    shares = [(float(scores[side].mean()) / 100, float(side.sum())) for side in (group, rest)]
    return _with_newcombe(row, shares, lambda level, _: normal_quantile(level))


def _weighted(row: Row, quantity: Quantity, group: Mask, rest: Mask, weighting: Weighting) -> Row:
    scores = _scores(quantity)
    ours, theirs = (weighting.mean(scores, side) for side in (group, rest))
    apart = weighting.left_out(scores, group) - weighting.left_out(scores, rest)
    plain = float(scores[group].mean() - scores[rest].mean())
    row = replace(
        row,
        value=published_value(ours.value - theirs.value, row.unit),
        unweighted_value=published_value(plain, row.unit),
        se=published_se(weighting.variance(apart) ** 0.5, row.unit),
    )
    if quantity.kind != "share":
        squares = (apart - apart.mean()) ** 2
        return with_t(row, whole(degrees_of_freedom(squares, (group, rest, ~group & ~rest))))
    shares = [(min(1.0, max(0.0, found.value / 100)), found.effective_base) for found in (ours, theirs)]
    return _with_newcombe(row, shares, lambda level, place: t_quantile(level, (ours, theirs)[place].base - 1))


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
