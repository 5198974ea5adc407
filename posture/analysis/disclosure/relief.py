"""Selects the cells to withhold for the findings of an audit."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from posture.analysis.disclosure.cohort_sums import families
from posture.analysis.disclosure.content import Content
from posture.analysis.disclosure.linear_constraints.counts import Derivation, Terms
from posture.analysis.disclosure.suppression import CellKey
from surveys.instrument.cohorts import ALL

WIDER_AFTER, ALL_AFTER, FARTHER_AFTER = 3, 6, 9


class Relief:
    def __init__(self, content: Content) -> None:
        self.relations, self.series, self.cohorts = content.relations, content.series, content.cohorts
        self._columns = {cohort.slug: column for column, cohort in enumerate(self.cohorts)}
        self._adding_up = [{whole, *parts} for whole, parts in families(self.cohorts)]

    def cells(
        self,
        derivations: Collection[Derivation],
        hidden: Collection[CellKey],
        public: Collection[CellKey] = (),
    ) -> set[CellKey]:
        """The least important cells for each group that can be derived. A number is included only if it can still be
        derived after another number is shown as a range. hidden: cells withheld before. public: cells that readers
        know already."""
        to_withhold: set[CellKey] = set()
        hidden_or_public = {*hidden, *public}
        unavailable = set(hidden_or_public)
        tried: Counter[Derivation] = Counter()
        for derivation in derivations:
            tried[derivation] += derivation.cell is None
            chosen = (
                self._chosen(derivation, hidden_or_public, unavailable, tried[derivation])
                if derivation.cell is None
                else self._cells_of(derivation)
            )
            to_withhold |= chosen
            unavailable |= chosen
        return to_withhold

    def _chosen(
        self, derivation: Derivation, hidden_or_public: set[CellKey], unavailable: set[CellKey], attempt: int
    ) -> set[CellKey]:
        """Chooses cells for one count. hidden_or_public: what is hidden or public already. unavailable: with the cells
        chosen for others.

        Several counts may choose the same absences, so cells chosen for others count as absences here.
        """
        if self.relations.of(derivation.name).is_membership:
            absences = set() if attempt > 1 else self._absences(derivation, hidden_or_public)
            return absences or self._weakest_beside(derivation, unavailable, attempt)
        return self._weakest_beside(derivation, unavailable, attempt - 1) if attempt > 1 else set()

    def _cells_of(self, derivation: Derivation) -> set[CellKey]:
        numbers = (
            number for number, cell_series in enumerate(self.series) if cell_series.key == derivation.cell
        )
        return {CellKey(number, derivation.cohort) for number in numbers}

    def _absences(self, derivation: Derivation, hidden: Collection[CellKey]) -> set[CellKey]:
        """The published cells that only show how many gave no answer, nearest to the group by the sums of
        memberships. Such a cell and its item show how many were asked, and so how many are missing from every other
        item."""
        for counts_at_distance in self._nearer(derivation.name, self._beside_memberships):
            numbers = {self._absence_of[place] for place in counts_at_distance if place in self._absence_of}
            keys = (CellKey(number, derivation.cohort) for number in numbers)
            to_withhold = {key for key in keys if key not in hidden}
            if to_withhold:
                return to_withhold
        return set()

    def _weakest_beside(self, derivation: Derivation, hidden: set[CellKey], attempt: int) -> set[CellKey]:
        """The least important of the published cells of the cohort that are nearest to the count by the sums. From
        the third time on, adds one in the cohorts that add up with it, then all of them, and finally those of the
        cohorts that add up with these."""
        column = self._columns[derivation.cohort]
        to_withhold = set(self._nearest(derivation, hidden, [column])[:1])
        if attempt >= WIDER_AFTER:
            columns = self._adding_up_with([column])
            if attempt >= FARTHER_AFTER:
                columns = self._adding_up_with(columns)
            nearest = self._nearest(derivation, hidden | to_withhold, columns)
            to_withhold |= set(nearest if attempt >= ALL_AFTER else nearest[:1])
        return to_withhold

    def _nearest(self, derivation: Derivation, hidden: set[CellKey], columns: Sequence[int]) -> list[CellKey]:
        """The cells nearest to a count, the least important first; those of all organisations last."""
        for counts_at_distance in self._nearer(derivation.name, self._beside):
            numbers = {
                number for place in counts_at_distance for number in self._series_showing.get(place, ())
            }
            candidates = [
                (self.cohorts[column].dimension == ALL, self.series[number].priority, number, column)
                for number in numbers
                for column in columns
                if self._key(number, column) not in hidden
            ]
            if candidates:
                return [self._key(number, column) for *_, number, column in sorted(candidates)]
        return []

    def _nearer(self, name: str, neighbours: Mapping[int, set[int]]) -> Iterator[set[int]]:
        """The position of the count, then those that share a sum with it, then those that share a sum with these, and
        so on."""
        reached: set[int] = set()
        counts_at_distance = {self.relations.place(name)}
        while counts_at_distance:
            yield counts_at_distance
            reached |= counts_at_distance
            counts_at_distance = (
                set[int]().union(*(neighbours.get(place, ()) for place in counts_at_distance)) - reached
            )

    def _key(self, number: int, column: int) -> CellKey:
        return CellKey(number, self.cohorts[column].slug)

    def _adding_up_with(self, columns: Collection[int]) -> list[int]:
        sums = [places for places in self._adding_up if not places.isdisjoint(columns)]
        return sorted(set(columns).union(*sums))

    @cached_property
    def _series_showing(self) -> dict[int, set[int]]:
        """The series with a row that shows each count."""
        series_of_count: dict[int, set[int]] = defaultdict(set)
        for number, cell_series in enumerate(self.series):
            for key in cell_series.keys:
                for count in self.relations.counts_of_row(key):
                    series_of_count[count].add(number)
        return series_of_count

    @cached_property
    def _absence_of(self) -> dict[int, int]:
        """The series of each group that has its own series."""
        bases = self.relations.bases
        series_of_base = {
            bases[key]: number for number, cell_series in enumerate(self.series) for key in cell_series.keys
        }
        return {
            base: number for base, number in series_of_base.items() if self.relations.counts[base].is_group
        }

    @cached_property
    def _beside(self) -> dict[int, set[int]]:
        """The counts that share a sum or a limit with each count."""
        within = [((count, 1.0), (whole, 1.0)) for count, whole in self.relations.within.items()]
        return _beside([*self._sums, *within, *self.relations.at_most_zero])

    @cached_property
    def _beside_memberships(self) -> dict[int, set[int]]:
        memberships = {place for place, count in enumerate(self.relations.counts) if count.is_membership}
        return {place: others & memberships for place, others in _beside(self._sums).items()}

    @property
    def _sums(self) -> list[Terms]:
        return [equation.terms for equation in self.relations.equations]


def _beside(sums: Iterable[Terms]) -> dict[int, set[int]]:
    neighbours: dict[int, set[int]] = defaultdict(set)
    for terms in sums:
        places = {place for place, _ in terms}
        for place in places:
            neighbours[place] |= places
    return neighbours
