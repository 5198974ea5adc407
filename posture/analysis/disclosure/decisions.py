"""Decides how each row of a release is shown: the numbers that it is computed from, and how exactly they may be
known."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from posture.analysis.answers.wave_data import Cohort, Mask
from posture.analysis.disclosure.cohort_sums import families
from posture.analysis.disclosure.linear_constraints.counts import Derivation, Key, Relations, RowCounts
from posture.analysis.disclosure.public_before import NO_EARLIER_ROWS, PublicBefore
from posture.analysis.disclosure.ranges import Release, Settled
from posture.analysis.disclosure.sums_of_numbers import CLOSE, EXACT, UNPUBLISHED, Exactness, Number, Sum
from posture.analysis.disclosure.suppression import CellKey
from posture.analysis.disclosure.tallies import Tallies
from posture.analysis.disclosure.unknowns import Unknowns
from posture.analysis.estimates.cells import PRIORITY, Series
from posture.analysis.estimates.reasons import Reason
from surveys.instrument.cohorts import ALL

SMALLEST_SHARE_BASE = 2 * CLOSE + 1
LEFT_OUT_COST = 4
# The number of organisations of a cohort that take part is not published, so it limits no base.
OPEN_END = 10**9


class RowDecision(NamedTuple):
    """The decision about a row in one cohort. `without`: the organisations left out of its base; then `number` counts
    none of them, and is None where the row counts no other organisations. `left_out`: the possible numbers of these.
    `sides`: over and under of a difference. `reason`: why it is not shown exactly."""

    exactness: Exactness
    number: Number | None = None
    whole: Number | None = None
    without: Mask | None = None
    left_out: Number | None = None
    sides: tuple[Number, Number] | None = None
    offset: float = 0.0
    reason: Reason | None = None

    @property
    def has_inexact_sides(self) -> bool:
        return self.sides is not None and any(side.exactness != Exactness.EXACT for side in self.sides)


class Decisions:
    """The decisions for all rows and cohorts. They are made together, because a cohort follows from the others and
    the total."""

    def __init__(
        self,
        relations: Relations,
        series: Sequence[Series],
        cohorts: Sequence[Cohort],
        tallies: Tallies,
        sums_within: Sequence[Sequence[Sum]],
        hidden: Mapping[CellKey, Reason],
        derivations: Collection[Derivation] = (),
        settled: Settled | None = None,
        public: PublicBefore = NO_EARLIER_ROWS,
    ) -> None:
        self.relations = relations
        self.sums_within = sums_within
        self.cohorts = list(cohorts)
        self.unknowns = Unknowns(cohorts)
        self.columns = self.unknowns.columns
        self.hidden = hidden
        self.series = {key: number for number, cell_series in enumerate(series) for key in cell_series.keys}
        self.visible = _visible(series, self.columns, tallies.bases, hidden)
        if public.rows:
            self.visible = {
                key: visible_in & public.visible(key, cohorts) for key, visible_in in self.visible.items()
            }
        self._hide_implied_rows()
        self.numbers = self._numbers(self._published_counts(), tallies)
        self._start_from(public)
        closed, open_ended = self._within()
        self.release = Release(self.numbers, [*closed, *self._across()], open_ended, settled)
        self.release.settle()
        self.release.know_bases(self._are_published())
        self.release.settle()
        derivations_of_numbers = [
            derivation
            for derivation in derivations
            if derivation.cell is None and not relations.of(derivation.name).is_membership
        ]
        before = [number.exactness for number in self.numbers]
        if derivations_of_numbers:
            self.release.protect(
                self.unknowns.place(relations.place(derivation.name), derivation.cohort)
                for derivation in derivations_of_numbers
            )
        self.by_audit = {
            id(number)
            for number, exactness_before in zip(self.numbers, before, strict=True)
            if number.exactness != exactness_before
        }

    def _start_from(self, public: PublicBefore) -> None:
        for (count, column), exactness in public.exactness(self.relations, self.cohorts).items():
            number = self.numbers[self.unknowns.place_at(count, column)]
            if exactness == Exactness.EXACT:
                number.exactness, number.is_public = exactness, True
            elif number.exactness == Exactness.EXACT and not number.is_fixed:
                number.exactness = Exactness.CAPPED if number.is_low or number.is_high else exactness

    def _hide_implied_rows(self) -> None:
        """Hides limits and medians whose sources are hidden. A limit or a median reveals nothing beyond the rows that
        it follows from; if one of these is hidden, it would reveal the difference."""
        visible_counts: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(len(self.cohorts), dtype=bool))
        for key, visible in self.visible.items():
            for place in (self.relations.rows[key].count, self.relations.rows[key].left_out):
                if place is not None:
                    visible_counts[place] |= visible
        for key, visible in self.visible.items():
            follows_from = self.relations.rows[key].follows_from
            if follows_from:
                self.visible[key] = np.logical_and.reduce(
                    [visible, *(visible_counts[source] for source in follows_from)]
                )

    def decision(self, key: Key, cohort: str) -> RowDecision:
        if not self.visible[key][self.columns[cohort]]:
            return RowDecision(Exactness.WITHHELD, reason=self._why_hidden(key, cohort))
        row_counts = self.relations.rows[key]
        needed = row_counts.required_counts
        if needed and any(
            self.numbers[self.unknowns.place(count, cohort)].exactness != EXACT for count in needed
        ):
            return RowDecision(Exactness.WITHHELD, reason=Reason.NEEDS)
        left_out = self._number(row_counts.left_out, cohort)
        if left_out is not None and left_out.exactness != Exactness.EXACT:
            return self._without(row_counts, left_out, cohort)
        number = self._number(row_counts.count, cohort)
        if number is None:
            return RowDecision(Exactness.EXACT)
        sides, reason = self._sides(row_counts, cohort), self._why(number)
        return RowDecision(
            number.exactness, number, number, sides=sides, offset=row_counts.offset, reason=reason
        )

    def _are_published(self) -> np.ndarray:
        """Whether each number is shown; numbers that are not bases of rows count as shown. Of two bases, that of all
        who answered and that of the substantive answers, a row shows one."""
        counts = self.numbers[: self.unknowns.place_at(len(self.relations.counts), 0)]
        exactness = np.array([number.exactness for number in counts]).reshape(-1, len(self.cohorts))
        is_published = np.ones_like(exactness, dtype=bool)
        for key in self.relations.bases:
            is_published[[self.relations.bases[key], self.relations.published_base(key)]] = False
        for key, visible in self.visible.items():
            row_counts = self.relations.rows[key]
            is_row_published = visible & (exactness[list(row_counts.required_counts)] == Exactness.EXACT).all(
                axis=0
            )
            if row_counts.count is not None:
                is_row_published &= exactness[row_counts.count] != Exactness.WITHHELD
            is_of_all = np.ones_like(is_row_published)
            if row_counts.left_out is not None:
                is_of_all = exactness[row_counts.left_out] == Exactness.EXACT
            is_published[self.relations.bases[key]] |= is_row_published & is_of_all
            is_published[self.relations.published_base(key)] |= is_row_published & ~is_of_all
        rest = np.ones(len(self.numbers) - is_published.size, dtype=bool)
        return np.concatenate([is_published.ravel(), rest])

    def _why_hidden(self, key: Key, cohort: str) -> Reason:
        """Why a number is hidden. The base of a share may reach the threshold and still be too small for a share."""
        is_implied = bool(self.relations.rows[key].follows_from)
        return self.hidden.get(
            CellKey(self.series[key], cohort), Reason.NEEDS if is_implied else Reason.THRESHOLD
        )

    def _why(self, number: Number) -> Reason | None:
        if number.exactness == Exactness.EXACT:
            return None
        if id(number) in self.by_audit:
            return Reason.AUDIT_NUMBERS
        return Reason.EXTREMES if number.exactness == Exactness.CAPPED else Reason.FOLLOWS

    def _without(self, row_counts: RowCounts, left_out: Number, cohort: str) -> RowDecision:
        number, whole = self._number(row_counts.core, cohort), self._number(row_counts.count, cohort)
        mask = self.relations.counts[row_counts.left_out or 0].scores > 0
        exactness = (
            Exactness.EXACT if whole is None else whole.exactness if number is whole else Exactness.RANGED
        )
        if Exactness.WITHHELD in (left_out.exactness, exactness) or (
            whole is not None and whole.exactness == Exactness.WITHHELD
        ):
            exactness = Exactness.WITHHELD
        reason = (whole and self._why(whole)) or self._why(left_out)
        if exactness == Exactness.EXACT and whole is not None:
            reason = Reason.BESIDE_FEW
        return RowDecision(exactness, number, whole, mask, left_out, reason=reason)

    def _sides(self, row_counts: RowCounts, cohort: str) -> tuple[Number, Number] | None:
        if row_counts.sides is None:
            return None
        over, under = (self._number(place, cohort) for place in row_counts.sides)
        assert over is not None
        assert under is not None
        return over, under

    def _number(self, count: int | None, cohort: str) -> Number | None:
        return None if count is None else self.numbers[self.unknowns.place(count, cohort)]

    def _published_counts(self) -> np.ndarray:
        """Whether each count is published in each cohort: by a row of its own, as the part that a base leaves out, or
        as a part of a base or an end."""
        published_counts = np.zeros((len(self.relations.counts), len(self.cohorts)), dtype=bool)
        for key, visible in self.visible.items():
            row_counts = self.relations.rows[key]
            if row_counts.count is not None:
                published_counts[row_counts.count] |= visible
            if row_counts.left_out is not None:
                published_counts[row_counts.left_out] |= visible
            for needed in row_counts.required_counts:
                published_counts[needed] |= visible
            published_counts[self.relations.published_base(key)] |= visible
        return published_counts

    def _numbers(self, published_counts: np.ndarray, tallies: Tallies) -> list[Number]:
        costs, numbers = self._costs(), []
        columns = (published_counts, tallies.values, tallies.sizes, tallies.scoring, tallies.short)
        for place, (count, cost, *of_count) in enumerate(
            zip(self.relations.counts, costs, *(column.tolist() for column in columns), strict=True)
        ):
            is_any = self._may_be_any_number(place)
            for cohort, is_published, value, organizations, scoring, short in zip(
                self.cohorts, *of_count, strict=True
            ):
                size = OPEN_END if is_any else organizations
                numbers.append(
                    Number(
                        value=value,
                        base=size,
                        top=count.top,
                        exactness=Exactness.EXACT if is_published else Exactness.UNPUBLISHED,
                        scoring=scoring,
                        short=short,
                        is_guarded=count.is_sensitive,
                        is_difference=count.is_difference,
                        is_fixed=count.is_base or count.is_group,
                        is_of_all=cohort.dimension == ALL,
                        cost=(cost, -size),
                    )
                )
        return numbers

    def _costs(self) -> list[int]:
        """The cost of showing each number as a range: items are chosen before indicators, and these before pairs."""
        costs = [0] * len(self.relations.counts)
        for (kind, *_), row_counts in self.relations.rows.items():
            if row_counts.count is not None:
                costs[row_counts.count] = max(costs[row_counts.count], PRIORITY[kind])
            if row_counts.left_out is not None:
                costs[row_counts.left_out] = LEFT_OUT_COST
        for row_counts in self.relations.rows.values():
            for place in row_counts.required_counts:
                costs[place] = max(costs[place], LEFT_OUT_COST)
        return costs

    def _within(self) -> tuple[list[Sum], list[Sum]]:
        """The sums within each cohort. A group that no row shows may have any size; sums with such a group are the
        second list."""
        is_open = [self._is_open(count) for count in range(len(self.relations.counts))]
        closed: list[Sum] = []
        open_ended: list[Sum] = []
        for equation, of_equation in zip(self.relations.equations, self.sums_within, strict=True):
            (open_ended if any(is_open[place] for place, _ in equation.terms) else closed).extend(of_equation)
        return closed, open_ended

    def _may_be_any_number(self, count: int) -> bool:
        """Whether a count may have any value. The number that left something open is not published. The answers of
        these organisations are limited by their number."""
        return self.relations.counts[count].is_membership and count not in self.relations.within

    def _is_open(self, count: int) -> bool:
        return self._may_be_any_number(count) and not any(
            self.numbers[self.unknowns.place_at(count, column)].exactness == Exactness.EXACT
            for column in range(len(self.cohorts))
        )

    def _across(self) -> Iterator[Sum]:
        """The sums across cohorts: a cohort is the sum of its parts by each dimension. The hidden parts count as one
        part."""
        for whole, parts in families(self.cohorts):
            for count in range(len(self.relations.counts)):
                first = self.unknowns.place_at(count, 0)
                everybody, places = first + whole, [first + part for part in parts]
                hidden = [place for place in places if self.numbers[place].exactness == UNPUBLISHED]
                is_ever_published = (
                    len(hidden) < len(places) or self.numbers[everybody].exactness != UNPUBLISHED
                )
                if is_ever_published and hidden:
                    places = [place for place in places if place not in hidden]
                    places += self._together(hidden)
                yield Sum((everybody, *places), (-1, *[1] * len(places)), 0.0)

    def _together(self, hidden: list[int]) -> list[int]:
        parts = [self.numbers[place] for place in hidden]
        base = sum(part.base for part in parts)
        if not base:
            return []
        first = parts[0]
        self.numbers.append(
            Number(
                value=sum(part.value for part in parts),
                base=base,
                top=first.top,
                exactness=first.exactness,
                scoring=sum(part.scoring for part in parts),
                short=sum(part.short for part in parts),
                is_guarded=first.is_guarded,
                is_difference=first.is_difference,
                is_of_all=first.is_of_all,
                is_fixed=first.is_fixed,
                is_public=first.is_public,
                cost=first.cost,
            )
        )
        return [len(self.numbers) - 1]


def sums_within(relations: Relations, cohorts: Sequence[Cohort]) -> list[list[Sum]]:
    """The sums of each equation, one in each cohort."""
    unknowns, sums_of_equations = Unknowns(cohorts), []
    for equation in relations.equations:
        counts, signs = zip(*equation.terms, strict=True)
        places = (
            tuple(unknowns.place_at(count, column) for count in counts)
            for column in range(len(unknowns.cohorts))
        )
        sums_of_equations.append([Sum(sum_places, signs, 0.0) for sum_places in places])
    return sums_of_equations


def _visible(
    series: Sequence[Series], columns: Mapping[str, int], bases: np.ndarray, hidden: Collection[CellKey]
) -> dict[Key, np.ndarray]:
    """The cohorts in which each row is not withheld because of its organisations."""
    is_shown = np.ones(bases.shape, dtype=bool)
    for number, cohort in hidden:
        is_shown[number, columns[cohort]] = False
    visible = {}
    for cell_series, is_shown_in, has_enough in zip(
        series, is_shown, bases >= SMALLEST_SHARE_BASE, strict=True
    ):
        for quantity in cell_series.quantities:
            key = (cell_series.kind, cell_series.subject, quantity.statistic, quantity.option)
            visible[key] = is_shown_in & has_enough if quantity.kind in ("share", "paired") else is_shown_in
    return visible
