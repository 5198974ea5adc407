"""Selects the cells to withhold for the findings of an audit."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from posture.analysis.disclosure.cohort_sums import families
from posture.analysis.disclosure.content import Content
from posture.analysis.disclosure.linear_constraints.counts import Followed, Terms
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
        follows: Collection[Followed],
        hidden: Collection[CellKey],
        public: Collection[CellKey] = (),
    ) -> set[CellKey]:
        """The least important cells for each group that can be derived. A number is included only if it can still be
        derived after another number is shown as a range. hidden: cells withheld before. public: cells that readers
        know already."""
        found: set[CellKey] = set()
        known = {*hidden, *public}
        gone = set(known)
        tried: Counter[Followed] = Counter()
        for one in follows:
            tried[one] += one.cell is None
            chosen = self._chosen(one, known, gone, tried[one]) if one.cell is None else self._cells_of(one)
            found |= chosen
            gone |= chosen
        return found

    def _chosen(self, one: Followed, known: set[CellKey], gone: set[CellKey], time: int) -> set[CellKey]:
        """Chooses cells for one count. known: what is hidden or public already. gone: with the cells chosen for others.

        Several counts may choose the same absences, so cells chosen for others count as absences here.
        """
        if self.relations.of(one.name).is_membership:
            absences = set() if time > 1 else self._absences(one, known)
            return absences or self._weakest_beside(one, gone, time)
        return self._weakest_beside(one, gone, time - 1) if time > 1 else set()

    def _cells_of(self, followed: Followed) -> set[CellKey]:
        numbers = (number for number, one in enumerate(self.series) if one.key == followed.cell)
        return {CellKey(number, followed.cohort) for number in numbers}

    def _absences(self, followed: Followed, hidden: Collection[CellKey]) -> set[CellKey]:
        """The published cells that only show how many gave no answer, nearest to the group by the sums of
        memberships. Such a cell and its item show how many were asked, and so how many are missing from every other
        item."""
        for near in self._nearer(followed.name, self._beside_memberships):
            numbers = {self._absence_of[place] for place in near if place in self._absence_of}
            keys = (CellKey(number, followed.cohort) for number in numbers)
            found = {key for key in keys if key not in hidden}
            if found:
                return found
        return set()

    def _weakest_beside(self, followed: Followed, hidden: set[CellKey], time: int) -> set[CellKey]:
        """The least important of the published cells of the cohort that are nearest to the count by the sums. From
        the third time on, adds one in the cohorts that add up with it, then all of them, and finally those of the
        cohorts that add up with these."""
        column = self._columns[followed.cohort]
        found = set(self._nearest(followed, hidden, [column])[:1])
        if time >= WIDER_AFTER:
            columns = self._adding_up_with([column])
            if time >= FARTHER_AFTER:
                columns = self._adding_up_with(columns)
            nearest = self._nearest(followed, hidden | found, columns)
            found |= set(nearest if time >= ALL_AFTER else nearest[:1])
        return found

    def _nearest(self, followed: Followed, hidden: set[CellKey], columns: Sequence[int]) -> list[CellKey]:
        """The cells nearest to a count, the least important first; those of all organisations last."""
        for near in self._nearer(followed.name, self._beside):
            numbers = {number for place in near for number in self._tellers.get(place, ())}
            shown = [
                (self.cohorts[column].dimension == ALL, self.series[number].priority, number, column)
                for number in numbers
                for column in columns
                if self._key(number, column) not in hidden
            ]
            if shown:
                return [self._key(number, column) for *_, number, column in sorted(shown)]
        return []

    def _nearer(self, name: str, beside: Mapping[int, set[int]]) -> Iterator[set[int]]:
        """The position of the count, then those that share a sum with it, then those that share a sum with these, and
        so on."""
        reached: set[int] = set()
        near = {self.relations.place(name)}
        while near:
            yield near
            reached |= near
            near = set[int]().union(*(beside.get(place, ()) for place in near)) - reached

    def _key(self, number: int, column: int) -> CellKey:
        return CellKey(number, self.cohorts[column].slug)

    def _adding_up_with(self, columns: Collection[int]) -> list[int]:
        sums = [places for places in self._adding_up if not places.isdisjoint(columns)]
        return sorted(set(columns).union(*sums))

    @cached_property
    def _tellers(self) -> dict[int, set[int]]:
        """The series with a row that shows each count."""
        found: dict[int, set[int]] = defaultdict(set)
        for number, one in enumerate(self.series):
            for key in one.keys:
                for count in self.relations.told_by(key):
                    found[count].add(number)
        return found

    @cached_property
    def _absence_of(self) -> dict[int, int]:
        """The series of each group that has its own series."""
        bases = self.relations.bases
        found = {bases[key]: number for number, one in enumerate(self.series) for key in one.keys}
        return {base: number for base, number in found.items() if self.relations.counts[base].is_group}

    @cached_property
    def _beside(self) -> dict[int, set[int]]:
        """The counts that share a sum or a limit with each count."""
        within = [((count, 1.0), (whole, 1.0)) for count, whole in self.relations.within.items()]
        return _beside([*self._sums, *within, *self.relations.at_most_nothing])

    @cached_property
    def _beside_memberships(self) -> dict[int, set[int]]:
        memberships = {place for place, count in enumerate(self.relations.counts) if count.is_membership}
        return {place: others & memberships for place, others in _beside(self._sums).items()}

    @property
    def _sums(self) -> list[Terms]:
        return [line.terms for line in self.relations.lines]


def _beside(sums: Iterable[Terms]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for terms in sums:
        places = {place for place, _ in terms}
        for place in places:
            found[place] |= places
    return found
