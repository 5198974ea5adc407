"""Computes every publishable number from the answers of a wave, with suppression applied."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property

from posture.analysis.answers.scoring import Score
from posture.analysis.answers.wave_data import Cohort, WaveData
from posture.analysis.disclosure.bounds import protected_row
from posture.analysis.disclosure.cohort_sizes import without_revealing_sizes
from posture.analysis.disclosure.content import Content, content_of
from posture.analysis.disclosure.decisions import Decisions, RowDecision, sums_within
from posture.analysis.disclosure.linear_constraints.counts import Derivation
from posture.analysis.disclosure.protected_cells import protected_cells
from posture.analysis.disclosure.public_before import NO_EARLIER_ROWS, PublicBefore
from posture.analysis.disclosure.ranges import Settled
from posture.analysis.disclosure.relief import Relief
from posture.analysis.disclosure.sums_of_numbers import Sum
from posture.analysis.disclosure.suppression import CellKey, Search
from posture.analysis.estimates.cells import Series
from posture.analysis.estimates.reasons import Reason
from posture.analysis.estimates.rows import Identity, Row
from posture.analysis.estimates.weights import Weighting
from posture.analysis.release_rows.rest import rest_rows
from posture.definitions.indicators import Indicator
from posture.methods.intervals import LEVEL
from surveys.instrument.questionnaire_definition import Questionnaire

Progress = Callable[[int, str], None]
# Each report is a transaction.
REPORTS = 10


def ignore_progress(percent: int, stage: str) -> None:
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
    derivations: Collection[Derivation] = (),
    progress: Progress = ignore_progress,
) -> list[Row]:
    """One row per subject, statistic, option and cohort; withheld rows have no number. `weighting` None: every
    organisation counts once. `derivations`: the numbers that the audit derived from rows made without it. For each of
    them one more number is withheld or shown as a range.

    Missing  organisations without the answers that a number needs are outside its base; a base of 0 is withheld.
    Raises   ValueError for k below 5.
    Source   METHODS.md.
    """
    progress(5, "Counting answers")
    content = content_of(data, questionnaire, indicators, scores)
    return Estimates(content, k=k, level=level, weighting=weighting).rows(derivations, progress=progress)


class Estimates:
    """Computes the rows of a release again for each finding of an audit; unchanged parts are computed once."""

    def __init__(
        self,
        content: Content,
        *,
        k: int,
        level: float = LEVEL,
        weighting: Weighting | None = None,
        public: PublicBefore = NO_EARLIER_ROWS,
    ) -> None:
        self.content, self.k, self.level, self.weighting = content, k, level, weighting
        self._public = public
        self._relief = Relief(content)
        self._settled: Settled = {}
        self._against_rest: dict[tuple[Identity, bool], Row] = {}
        self._protected_rows: dict[Identity, tuple[tuple[object, ...], Row]] = {}

    def rows(
        self, derivations: Collection[Derivation] = (), *, progress: Progress = ignore_progress
    ) -> list[Row]:
        relations, series, cohorts = self.content.relations, self.content.series, self.content.cohorts
        progress(10, "Deciding what must be withheld")
        hidden = self._search.reasons_by_cell()
        weakest = self._relief.cells(derivations, hidden, self._public_cells)
        if weakest:
            hidden = self._search.without(weakest, Reason.AUDIT_GROUPS).reasons_by_cell()
        progress(15, "Deciding what is told as a range")
        decisions = Decisions(
            relations,
            series,
            cohorts,
            self.content.tallies,
            self._sums_within,
            hidden,
            derivations,
            self._settled,
            self._public,
        )
        rows: list[Row] = []
        cells_per_report = max(200, len(series) * len(cohorts) // REPORTS + 1)
        for number, (cell_series, cohort) in enumerate(
            (cell_series, cohort) for cell_series in series for cohort in cohorts
        ):
            if number % cells_per_report == 0:
                progress(20 + 70 * number // (len(series) * len(cohorts)), "Estimating")
            rows += self._rows_of_cell(cell_series, cohort, decisions)
        rows = without_revealing_sizes(rows, cohorts, k=self.k)
        rest_cache = self._against_rest
        rows += rest_rows(
            series, cohorts, rows, k=self.k, level=self.level, weighting=self.weighting, cache=rest_cache
        )
        return self._public.without_differences(rows)

    @cached_property
    def _public_cells(self) -> set[CellKey]:
        return self._public.cells(self.content.series, self.content.cohorts)

    @cached_property
    def _sums_within(self) -> list[list[Sum]]:
        return sums_within(self.content.relations, self.content.cohorts)

    @cached_property
    def _search(self) -> Search:
        protected = protected_cells(self.content.series, self.content.cohorts, self.weighting)
        return Search(protected.cells, self.k, protected.sizes)

    def _rows_of_cell(self, series: Series, cohort: Cohort, decisions: Decisions) -> Iterator[Row]:
        for quantity in series.quantities:
            key = (*series.key, quantity.statistic, quantity.option)
            decision = decisions.decision(key, cohort.slug)
            decision_parts, cached = _decision_parts(decision), self._protected_rows.get((*key, cohort.slug))
            if cached is None or cached[0] != decision_parts:
                blank, base = series.blank(cohort, self.level), series.base & cohort.members
                row = protected_row(quantity, blank, base, decision, k=self.k, weighting=self.weighting)
                cached = self._protected_rows[*key, cohort.slug] = decision_parts, row
            yield cached[1]


def _decision_parts(decision: RowDecision) -> tuple[object, ...]:
    """The parts of a disclosure decision that may differ in the same row."""
    numbers = (decision.number, decision.whole, decision.left_out, *(decision.sides or ()))
    ends = tuple(
        None if number is None else (number.exactness, number.low, number.high) for number in numbers
    )
    return decision.exactness, decision.reason, decision.without is None, ends
