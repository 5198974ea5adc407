"""A wave's answers in, every publishable number out, with suppression already applied."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product

from posture.analysis.bounds import told_row
from posture.analysis.capping import Telling, Tellings
from posture.analysis.cells import Series
from posture.analysis.cohort_sizes import without_revealing_sizes
from posture.analysis.cohort_sums import families
from posture.analysis.content import Content, content_of
from posture.analysis.protected_cells import protected_cells
from posture.analysis.ranges import Settled
from posture.analysis.reasons import Reason
from posture.analysis.relations.counts import Followed, Relations
from posture.analysis.rest import rest_rows
from posture.analysis.rows import Identity, Row
from posture.analysis.scoring import Score
from posture.analysis.suppression import Search
from posture.analysis.wave_data import Cohort, WaveData
from posture.analysis.weights import Weighting
from posture.indicators import Indicator
from posture.methods.intervals import LEVEL
from surveys.cohorts import ALL
from surveys.instrument import Questionnaire

WIDER_AFTER, ALL_AFTER = 3, 6

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
    follows: Collection[Followed] = (),
    progress: Progress = silent,
) -> list[Row]:
    """One row per subject, statistic, option and cohort, withheld rows without any number. `weighting` None: every
    organisation counts once. `follows`: what the audit found in rows that were made without it; one number more for
    each is withheld or told as a range.

    Missing  organisations without the answers that a number needs are outside its base; a base of 0 is withheld.
    Raises   ValueError for k below 5.
    Source   METHODS.md.
    """
    progress(5, "Counting answers")
    content = content_of(data, questionnaire, indicators, scores)
    return Estimates(content, k=k, level=level, weighting=weighting).rows(follows, progress=progress)


class Estimates:
    """Makes the rows of a release, as often as an audit finds something in them; what does not change is made once."""

    def __init__(
        self, content: Content, *, k: int, level: float = LEVEL, weighting: Weighting | None = None
    ) -> None:
        self.content, self.k, self.level, self.weighting = content, k, level, weighting
        self._settled: Settled = {}
        self._told: dict[Identity, tuple[tuple[object, ...], Row]] = {}

    def rows(self, follows: Collection[Followed] = (), *, progress: Progress = silent) -> list[Row]:
        relations, series, cohorts = self.content.relations, self.content.series, self.content.cohorts
        progress(10, "Deciding what must be withheld")
        hidden = self._search.reasons
        weakest = _weakest(follows, relations, series, cohorts, hidden)
        if weakest:
            hidden = self._search.without(weakest, Reason.AUDIT_GROUPS).reasons
        progress(15, "Deciding what is told as a range")
        tellings = Tellings(relations, series, cohorts, hidden, follows, self._settled)
        rows: list[Row] = []
        for number, (one, cohort) in enumerate((one, cohort) for one in series for cohort in cohorts):
            if number % 200 == 0:
                progress(20 + 70 * number // (len(series) * len(cohorts)), "Estimating")
            rows += self._rows_of_cell(one, cohort, tellings)
        rows = without_revealing_sizes(rows, cohorts, k=self.k)
        rows += list(rest_rows(series, cohorts, rows, k=self.k, level=self.level, weighting=self.weighting))
        return rows

    @cached_property
    def _search(self) -> Search:
        protected = protected_cells(self.content.series, self.content.cohorts, self.weighting)
        return Search(protected.cells, self.k, protected.sizes)

    def _rows_of_cell(self, one: Series, cohort: Cohort, tellings: Tellings) -> Iterator[Row]:
        for quantity in one.quantities:
            key = (*one.key, quantity.statistic, quantity.option)
            telling = tellings.telling(key, cohort.slug)
            said, before = _said(telling), self._told.get((*key, cohort.slug))
            if before is None or before[0] != said:
                blank, base = one.blank(cohort, self.level), one.base & cohort.members
                row = told_row(quantity, blank, base, telling, k=self.k, weighting=self.weighting)
                before = self._told[*key, cohort.slug] = said, row
            yield before[1]


def _said(telling: Telling) -> tuple[object, ...]:
    """All of a telling that may be another one in the same row."""
    numbers = (telling.number, telling.whole, telling.left_out, *(telling.sides or ()))
    ends = tuple(None if one is None else (one.told, one.low, one.high) for one in numbers)
    return telling.told, telling.reason, telling.without is None, ends


def _weakest(
    follows: Collection[Followed],
    relations: Relations,
    series: Sequence[Series],
    cohorts: Sequence[Cohort],
    hidden: Mapping[int, Reason],
) -> set[int]:
    """For each group that follows, the cells that would be missed least; for a number only where it still follows
    after another one is told as a range."""
    found: set[int] = set()
    tried: Counter[Followed] = Counter()
    for one in follows:
        if one.cell is not None:
            found |= _cells(one, series, cohorts)
            continue
        tried[one] += 1
        gone = hidden.keys() | found
        if relations.of(one.name).is_membership:
            absences = set() if tried[one] > 1 else _absences(one, relations, series, cohorts, hidden)
            found |= absences or _weakest_beside(one, relations, series, cohorts, gone, tried[one])
        elif tried[one] > 1:
            found |= _weakest_beside(one, relations, series, cohorts, gone, tried[one] - 1)
    return found


def _column(followed: Followed, cohorts: Sequence[Cohort]) -> int:
    return next(place for place, cohort in enumerate(cohorts) if cohort.slug == followed.cohort)


def _cells(followed: Followed, series: Sequence[Series], cohorts: Sequence[Cohort]) -> set[int]:
    column = _column(followed, cohorts)
    return {number * len(cohorts) + column for number, one in enumerate(series) if one.key == followed.cell}


def _absences(
    followed: Followed,
    relations: Relations,
    series: Sequence[Series],
    cohorts: Sequence[Cohort],
    hidden: Collection[int],
) -> set[int]:
    """The published cells that only say how many gave no answer, nearest to the group by the sums of memberships. One
    of these and its item tell how many were asked in all, and so how many are missing from every other item."""
    column = _column(followed, cohorts)
    cells = {
        relations.bases[key]: number * len(cohorts) + column
        for number, one in enumerate(series)
        for key in one.keys
        if relations.counts[relations.bases[key]].is_group
    }
    for near in relations.nearer(followed.name, only_memberships=True):
        found = {cells[place] for place in near if place in cells} - set(hidden)
        if found:
            return found
    return set()


def _weakest_beside(
    followed: Followed,
    relations: Relations,
    series: Sequence[Series],
    cohorts: Sequence[Cohort],
    hidden: set[int],
    time: int,
) -> set[int]:
    """The published cell that would be missed least, of those nearest to the count by the sums, in its cohort; from the
    third time on another one in the cohorts that add up with it, and in the end all of them."""
    column = _column(followed, cohorts)
    found = set(_nearest(followed, relations, series, cohorts, hidden, [column])[:1])
    if time >= WIDER_AFTER:
        wider = _adding_up_with(column, cohorts)
        nearest = _nearest(followed, relations, series, cohorts, hidden | found, wider)
        found |= set(nearest if time >= ALL_AFTER else nearest[:1])
    return found


def _nearest(
    followed: Followed,
    relations: Relations,
    series: Sequence[Series],
    cohorts: Sequence[Cohort],
    hidden: set[int],
    columns: Sequence[int],
) -> list[int]:
    """The cell that would be missed least first; those of all organisations last."""
    cells: dict[int, set[tuple[bool, int, int]]] = defaultdict(set)
    for (number, one), column in product(enumerate(series), columns):
        position = number * len(cohorts) + column
        is_of_all = cohorts[column].dimension == ALL
        for key in one.keys if position not in hidden else ():
            for count in relations.told_by(key):
                cells[count].add((is_of_all, one.priority, position))
    for near in relations.nearer(followed.name):
        shown = set[tuple[bool, int, int]]().union(*(cells[place] for place in near if place in cells))
        if shown:
            return [position for *_, position in sorted(shown)]
    return []


def _adding_up_with(column: int, cohorts: Sequence[Cohort]) -> list[int]:
    sums = [{whole, *parts} for whole, parts in families(cohorts)]
    return sorted(set().union(*(places for places in sums if column in places)) or {column})
