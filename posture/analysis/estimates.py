"""A wave's answers in, every publishable number out, with suppression already applied."""

from collections.abc import Callable, Iterator, Sequence

from posture.analysis.bounds import told_row
from posture.analysis.capping import Tellings
from posture.analysis.cells import PRIORITY, Series, series_of
from posture.analysis.cohort_sizes import without_revealing_sizes
from posture.analysis.relations import relations_of
from posture.analysis.rest import rest_rows
from posture.analysis.rows import Row
from posture.analysis.scoring import Score
from posture.analysis.suppression import Protected, bits, is_dominated, withheld
from posture.analysis.wave_data import Cohort, WaveData
from posture.analysis.weights import Weighting
from posture.indicators import Indicator
from posture.methods.intervals import LEVEL
from surveys.instrument import Questionnaire

Progress = Callable[[int, str], None]


def silent(percent: int, stage: str) -> None:
    return None


def estimates(
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    *,
    k: int,
    level: float = LEVEL,
    weighting: Weighting | None = None,
    scores: Sequence[Score] = (),
    progress: Progress = silent,
) -> list[Row]:
    """One row per subject, statistic, option and cohort, withheld rows without any number. `weighting` None: every
    organisation counts once.

    Missing  organisations without the answers that a number needs are outside its base; a base of 0 is withheld.
    Raises   ValueError for k below 5.
    Source   METHODS.md.
    """
    series = list(series_of(data, questionnaire, indicators, scores))
    cohorts = list(data.cohorts())
    progress(10, "Deciding what must be withheld")
    hidden = withheld(list(protected_cells(series, cohorts, weighting)), k=k)
    progress(15, "Deciding what is told as a range")
    tellings = Tellings(relations_of(data, questionnaire, indicators, scores), series, cohorts, hidden)
    rows: list[Row] = []
    for number, (one, cohort) in enumerate((one, cohort) for one in series for cohort in cohorts):
        if number % 200 == 0:
            progress(20 + 70 * number // (len(series) * len(cohorts)), "Estimating")
        blank, base = one.blank(cohort, level), one.base & cohort.members
        for quantity in one.quantities:
            telling = tellings.telling((*one.key, quantity.statistic, quantity.option), cohort.slug)
            rows.append(told_row(quantity, blank, base, telling, k=k, weighting=weighting))
    rows = without_revealing_sizes(rows, cohorts, k=k)
    rows += list(rest_rows(series, cohorts, rows, k=k, level=level, weighting=weighting))
    return rows


def protected_cells(
    series: list[Series], cohorts: list[Cohort], weighting: Weighting | None = None
) -> Iterator[Protected]:
    """In the order in which `estimates` makes its rows: every cohort of the first series, then of the second."""
    for number, one in enumerate(series):
        for cohort in cohorts:
            base = one.base & cohort.members
            yield Protected(
                series=number,
                cohort=cohort.slug,
                dimension=cohort.dimension,
                priority=PRIORITY[one.kind],
                base=int(base.sum()),
                exposes=tuple((e.variable, bits(e.members & cohort.members)) for e in one.exposes),
                is_dominated=weighting is not None and is_dominated(weighting.weights[base]),
            )
