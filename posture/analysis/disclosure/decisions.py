"""Decides how each row of a release is shown: the numbers that it is computed from, and how exactly they may be
known."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from posture.analysis.answers.wave_data import Cohort, Mask
from posture.analysis.disclosure.cohort_sums import families
from posture.analysis.disclosure.linear_constraints.counts import Followed, Key, Relations, Shown
from posture.analysis.disclosure.public_before import NOTHING, PublicBefore
from posture.analysis.disclosure.ranges import Release, Settled
from posture.analysis.disclosure.sums_of_numbers import CLOSE, EXACTLY, UNSEEN, Number, Sum, Told
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


class Telling(NamedTuple):
    """The decision about a row in one cohort. `without`: the organisations left out of its base; then `number` counts
    none of them, and is None where the row counts no other organisations. `left_out`: the possible numbers of these.
    `sides`: over and under of a difference. `reason`: why it is not shown exactly."""

    told: Told
    number: Number | None = None
    whole: Number | None = None
    without: Mask | None = None
    left_out: Number | None = None
    sides: tuple[Number, Number] | None = None
    offset: float = 0.0
    reason: Reason | None = None

    @property
    def is_vague_inside(self) -> bool:
        return self.sides is not None and any(side.told != Told.EXACTLY for side in self.sides)


class Tellings:
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
        follows: Collection[Followed] = (),
        settled: Settled | None = None,
        public: PublicBefore = NOTHING,
    ) -> None:
        self.relations = relations
        self.sums_within = sums_within
        self.cohorts = list(cohorts)
        self.unknowns = Unknowns(cohorts)
        self.columns = self.unknowns.columns
        self.hidden = hidden
        self.series = {key: number for number, one in enumerate(series) for key in one.keys}
        self.visible = _visible(series, self.columns, tallies.bases, hidden)
        if public.rows:
            self.visible = {key: shown & public.visible(key, cohorts) for key, shown in self.visible.items()}
        self._hide_what_only_follows()
        self.numbers = self._numbers(self._seen(), tallies)
        self._start_from(public)
        closed, open_ended = self._within()
        self.release = Release(self.numbers, [*closed, *self._across()], open_ended, settled)
        self.release.settle()
        self.release.know_bases(self._are_told())
        self.release.settle()
        values = [one for one in follows if one.cell is None and not relations.of(one.name).is_membership]
        before = [number.told for number in self.numbers]
        if values:
            self.release.relieve(self.unknowns.place(relations.place(one.name), one.cohort) for one in values)
        self.by_audit = {
            id(number) for number, told in zip(self.numbers, before, strict=True) if number.told != told
        }

    def _start_from(self, public: PublicBefore) -> None:
        for (count, column), told in public.told(self.relations, self.cohorts).items():
            number = self.numbers[self.unknowns.place_at(count, column)]
            if told == Told.EXACTLY:
                number.told, number.is_public = told, True
            elif number.told == Told.EXACTLY and not number.is_fixed:
                number.told = Told.CAPPED if number.is_low or number.is_high else told

    def _hide_what_only_follows(self) -> None:
        """Hides limits and medians whose sources are hidden. A limit or a median reveals nothing beyond the rows that
        it follows from; if one of these is hidden, it would reveal the difference."""
        shown: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(len(self.cohorts), dtype=bool))
        for key, visible in self.visible.items():
            for place in (self.relations.rows[key].count, self.relations.rows[key].left_out):
                if place is not None:
                    shown[place] |= visible
        for key, visible in self.visible.items():
            follows_from = self.relations.rows[key].follows_from
            if follows_from:
                self.visible[key] = np.logical_and.reduce([visible, *(shown[one] for one in follows_from)])

    def telling(self, key: Key, cohort: str) -> Telling:
        if not self.visible[key][self.columns[cohort]]:
            return Telling(Told.WITHHELD, reason=self._why_hidden(key, cohort))
        shown = self.relations.rows[key]
        needed = shown.exact_beside
        if needed and any(self.numbers[self.unknowns.place(one, cohort)].told != EXACTLY for one in needed):
            return Telling(Told.WITHHELD, reason=Reason.NEEDS)
        left_out = self._number(shown.left_out, cohort)
        if left_out is not None and left_out.told != Told.EXACTLY:
            return self._without(shown, left_out, cohort)
        number = self._number(shown.count, cohort)
        if number is None:
            return Telling(Told.EXACTLY)
        sides, reason = self._sides(shown, cohort), self._why(number)
        return Telling(number.told, number, number, sides=sides, offset=shown.offset, reason=reason)

    def _are_told(self) -> np.ndarray:
        """Whether each number is shown; numbers that are not bases of rows count as shown. Of two bases, that of all
        who answered and that of the substantive answers, a row shows one."""
        counts = self.numbers[: self.unknowns.place_at(len(self.relations.counts), 0)]
        told = np.array([number.told for number in counts]).reshape(-1, len(self.cohorts))
        found = np.ones_like(told, dtype=bool)
        for key in self.relations.bases:
            found[[self.relations.bases[key], self.relations.told_base(key)]] = False
        for key, visible in self.visible.items():
            shown = self.relations.rows[key]
            is_told = visible & (told[list(shown.exact_beside)] == Told.EXACTLY).all(axis=0)
            if shown.count is not None:
                is_told &= told[shown.count] != Told.WITHHELD
            is_of_all = np.ones_like(is_told)
            if shown.left_out is not None:
                is_of_all = told[shown.left_out] == Told.EXACTLY
            found[self.relations.bases[key]] |= is_told & is_of_all
            found[self.relations.told_base(key)] |= is_told & ~is_of_all
        rest = np.ones(len(self.numbers) - found.size, dtype=bool)
        return np.concatenate([found.ravel(), rest])

    def _why_hidden(self, key: Key, cohort: str) -> Reason:
        """Why a number is hidden. The base of a share may reach the threshold and still be too small for a share."""
        follows = bool(self.relations.rows[key].follows_from)
        return self.hidden.get(
            CellKey(self.series[key], cohort), Reason.NEEDS if follows else Reason.THRESHOLD
        )

    def _why(self, number: Number) -> Reason | None:
        if number.told == Told.EXACTLY:
            return None
        if id(number) in self.by_audit:
            return Reason.AUDIT_NUMBERS
        return Reason.EXTREMES if number.told == Told.CAPPED else Reason.FOLLOWS

    def _without(self, shown: Shown, left_out: Number, cohort: str) -> Telling:
        number, whole = self._number(shown.core, cohort), self._number(shown.count, cohort)
        mask = self.relations.counts[shown.left_out or 0].scores > 0
        told = Told.EXACTLY if whole is None else whole.told if number is whole else Told.RANGED
        if Told.WITHHELD in (left_out.told, told) or (whole is not None and whole.told == Told.WITHHELD):
            told = Told.WITHHELD
        reason = (whole and self._why(whole)) or self._why(left_out)
        if told == Told.EXACTLY and whole is not None:
            reason = Reason.BESIDE_FEW
        return Telling(told, number, whole, mask, left_out, reason=reason)

    def _sides(self, shown: Shown, cohort: str) -> tuple[Number, Number] | None:
        if shown.sides is None:
            return None
        over, under = (self._number(place, cohort) for place in shown.sides)
        assert over is not None
        assert under is not None
        return over, under

    def _number(self, count: int | None, cohort: str) -> Number | None:
        return None if count is None else self.numbers[self.unknowns.place(count, cohort)]

    def _seen(self) -> np.ndarray:
        """Whether each count is published in each cohort: by a row of its own, as the part that a base leaves out, or
        as a part of a base or an end."""
        found = np.zeros((len(self.relations.counts), len(self.cohorts)), dtype=bool)
        for key, visible in self.visible.items():
            shown = self.relations.rows[key]
            if shown.count is not None:
                found[shown.count] |= visible
            if shown.left_out is not None:
                found[shown.left_out] |= visible
            for needed in shown.exact_beside:
                found[needed] |= visible
            found[self.relations.told_base(key)] |= visible
        return found

    def _numbers(self, seen: np.ndarray, tallies: Tallies) -> list[Number]:
        costs, found = self._costs(), []
        columns = (seen, tallies.values, tallies.sizes, tallies.scoring, tallies.short)
        for place, (count, cost, *of_count) in enumerate(
            zip(self.relations.counts, costs, *(each.tolist() for each in columns), strict=True)
        ):
            is_any = self._may_be_any_number(place)
            for cohort, is_seen, value, organizations, scoring, short in zip(
                self.cohorts, *of_count, strict=True
            ):
                size = OPEN_END if is_any else organizations
                found.append(
                    Number(
                        value=value,
                        base=size,
                        top=count.top,
                        told=Told.EXACTLY if is_seen else Told.UNSEEN,
                        scoring=scoring,
                        short=short,
                        is_guarded=count.is_sensitive,
                        is_difference=count.is_difference,
                        is_fixed=count.is_base or count.is_group,
                        is_of_all=cohort.dimension == ALL,
                        cost=(cost, -size),
                    )
                )
        return found

    def _costs(self) -> list[int]:
        """The cost of showing each number as a range: items are chosen before indicators, and these before pairs."""
        found = [0] * len(self.relations.counts)
        for (kind, *_), shown in self.relations.rows.items():
            if shown.count is not None:
                found[shown.count] = max(found[shown.count], PRIORITY[kind])
            if shown.left_out is not None:
                found[shown.left_out] = LEFT_OUT_COST
        for shown in self.relations.rows.values():
            for place in shown.exact_beside:
                found[place] = max(found[place], LEFT_OUT_COST)
        return found

    def _within(self) -> tuple[list[Sum], list[Sum]]:
        """The sums within each cohort. A group that no row shows may have any size; sums with such a group are the
        second list."""
        is_open = [self._is_open(count) for count in range(len(self.relations.counts))]
        closed: list[Sum] = []
        open_ended: list[Sum] = []
        for line, of_line in zip(self.relations.lines, self.sums_within, strict=True):
            (open_ended if any(is_open[place] for place, _ in line.terms) else closed).extend(of_line)
        return closed, open_ended

    def _may_be_any_number(self, count: int) -> bool:
        """Whether a count may have any value. The number that left something open is not published. The answers of
        these organisations are limited by their number."""
        return self.relations.counts[count].is_membership and count not in self.relations.within

    def _is_open(self, count: int) -> bool:
        return self._may_be_any_number(count) and not any(
            self.numbers[self.unknowns.place_at(count, column)].told == Told.EXACTLY
            for column in range(len(self.cohorts))
        )

    def _across(self) -> Iterator[Sum]:
        """The sums across cohorts: a cohort is the sum of its parts by each dimension. The hidden parts count as one
        part."""
        for whole, parts in families(self.cohorts):
            for count in range(len(self.relations.counts)):
                first = self.unknowns.place_at(count, 0)
                everybody, places = first + whole, [first + part for part in parts]
                hidden = [place for place in places if self.numbers[place].told == UNSEEN]
                is_ever_seen = len(hidden) < len(places) or self.numbers[everybody].told != UNSEEN
                if is_ever_seen and hidden:
                    places = [place for place in places if place not in hidden]
                    places += self._together(hidden)
                yield Sum((everybody, *places), (-1, *[1] * len(places)), 0.0)

    def _together(self, hidden: list[int]) -> list[int]:
        parts = [self.numbers[place] for place in hidden]
        base = sum(one.base for one in parts)
        if not base:
            return []
        first = parts[0]
        self.numbers.append(
            Number(
                value=sum(one.value for one in parts),
                base=base,
                top=first.top,
                told=first.told,
                scoring=sum(one.scoring for one in parts),
                short=sum(one.short for one in parts),
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
    """The sums of each line, one in each cohort."""
    unknowns, found = Unknowns(cohorts), []
    for line in relations.lines:
        counts, signs = zip(*line.terms, strict=True)
        places = (
            tuple(unknowns.place_at(one, column) for one in counts) for column in range(len(unknowns.cohorts))
        )
        found.append([Sum(those, signs, 0.0) for those in places])
    return found


def _visible(
    series: Sequence[Series], columns: Mapping[str, int], bases: np.ndarray, hidden: Collection[CellKey]
) -> dict[Key, np.ndarray]:
    """The cohorts in which each row is not withheld because of its organisations."""
    is_shown = np.ones(bases.shape, dtype=bool)
    for number, cohort in hidden:
        is_shown[number, columns[cohort]] = False
    found = {}
    for one, shown, enough in zip(series, is_shown, bases >= SMALLEST_SHARE_BASE, strict=True):
        for quantity in one.quantities:
            key = (one.kind, one.subject, quantity.statistic, quantity.option)
            found[key] = shown & enough if quantity.kind in ("share", "paired") else shown
    return found
