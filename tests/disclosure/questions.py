"""The questions that the attack asks of a system: groups of fewer than k organisations and their sums, and numbers
that are withheld or published as ranges. Each finding is confirmed against the answers."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from tests.disclosure.attack import BESIDE_FEW, Attack, ReadRow
from tests.disclosure.knowledge import Knowledge
from tests.disclosure.programme import Programme
from tests.disclosure.published import Row
from tests.disclosure.system import TOLERANCE, Functional, NullSpace, families_of
from tests.disclosure.variables import Variable

BASE, GROUP, SUM = "base below k", "size of a group", "sum of a group"
DIFFERENCE, REST = "difference of two groups", "rest of a dimension"
SILENCE, NOBODY = "how few left an item open", "that nobody answered without substance"
BOUNDED, WITHHELD = "bounded value", "withheld value"
TOO_NARROW = "bounded value too narrow"
MARGIN = 3
# Groups by the kind of an answer, not by the answer: those that a base counts or leaves out. Participation in a
# role is no answer.
KINDS = {
    "gave", "answered", "recorded", "estimated", "not_applicable", "blank", "complete", "alone",
    "belief_only", "evidence_only", "guess_only", "classified", "pattern", "scored", "unscored", "counted", "open",
    "guessed", "answers", "all_answers",
}  # fmt: skip
PARTS_OF_PAIR = {"complete", "alone", "belief_only", "evidence_only", "estimated_half", "unknown_half"}
WITHOUT_SUBSTANCE = {"belief_dont_know", "evidence_dont_know", "no_evidence", "evidence_estimated"}
STATES = {"not_applicable", "blank"}


@dataclass(frozen=True)
class Finding:
    """One finding. size: organisations in the group, from the answers. value: the derived number, which is true."""

    kind: str
    cohort: str
    what: str
    size: int
    value: float
    functional: tuple[tuple[int, float], ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}, {self.cohort}: {self.what} = {self.value:g} (of {self.size} organisations)"


class Questions:
    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge, attack = knowledge, knowledge.attack
        self.attack, self.system, self.k = attack, attack.system, attack.k
        self.determined = knowledge.determined
        self.variables = list(self.system.variables)
        self.published: set[int] = set()
        self.intended: dict[str, set[bytes]] = defaultdict(set)
        self.asked_alone: dict[str, set[bytes]] = defaultdict(set)
        self._note_intended_counts()
        self.structure = NullSpace(attack.system.matrix_of_relations())
        self.always = self.structure.determined

    def _note_intended_counts(self) -> None:
        """Notes the counts that exact rows publish, and the rest of their base: these counts are meant to be
        known."""
        special: dict[tuple[str, str], list[np.ndarray]] = defaultdict(list)
        for read in self.attack.read:
            ratio, cohort = read.target(), read.row.cohort
            if read.meaning.kind == "ratio":
                self.asked_alone[cohort] |= {
                    self._mask(variable, cohort).tobytes()
                    for variable, _ in ratio.terms
                    if not variable.weight
                }
            if read.row.bound or read.row.is_withheld or read.meaning.kind not in ("ratio", "count"):
                continue
            self.published |= set(self.system.functional(ratio.terms, cohort))
            whole = np.logical_or.reduce([self._mask(variable, cohort) for variable, _ in ratio.base])
            for variable, _ in ratio.terms:
                if not variable.weight:
                    self.intended[cohort] |= {self._mask(variable, cohort).tobytes()}
                    self.intended[cohort] |= {(whole & ~self._mask(variable, cohort)).tobytes()}
            if read.row.kind == "item" and read.row.statistic == "share":
                item = self.attack.release.definitions.items[read.row.subject]
                if read.row.option in item.special:
                    special[item.code, cohort].append(self._mask(ratio.main, cohort))
        for (code, cohort), masks in special.items():
            if len(masks) == len(self.attack.release.definitions.items[code].special):
                together = np.logical_or.reduce(masks)
                gave = self._mask(Variable((("gave", code),)), cohort)
                self.intended[cohort] |= {together.tobytes(), (gave & ~together).tobytes()}

    def _is_group(self, variable: Variable) -> bool:
        if any(self._is_answer_to_gate(condition) for condition in variable.conditions):
            return False
        kinds = [
            condition[0] in KINDS or (condition[0] == "state" and condition[2] in STATES)
            for condition in variable.conditions
        ]
        return bool(kinds) and (any(kinds) if variable.weight else all(kinds) or "guessed" in str(variable))

    @staticmethod
    def _left_open(variable: Variable) -> bool:
        """True for organisations that left an item open, or so many items that they have no score."""
        return not variable.weight and all(
            condition[0] == "unscored" or (condition[0] == "state" and condition[2] == "blank")
            for condition in variable.conditions
        )

    @staticmethod
    def _is_answer_to_gate(condition: tuple[str, ...]) -> bool:
        """True for organisations that are routed out, or left out of a score for it. They gave another answer, which
        has a share of its own."""
        is_left_out = condition[0] == "pattern" and set(condition[2:]) == {"left_out"}
        is_out = condition[0] in ("closed", "left_out") or condition[::2] == ("state", "routed_out")
        return is_left_out or is_out

    def _mask(self, variable: Variable, cohort: str) -> np.ndarray:
        inside: np.ndarray = self.attack.vector(Variable(variable.conditions)) > 0
        return inside & self.attack.members(cohort)

    # (a) groups

    def small_bases(self) -> Iterator[Finding]:
        for row in self.attack.below_threshold:
            yield Finding(BASE, row.cohort, str(row), int(row.base or 0), row.base or 0)

    def groups(self) -> Iterator[Finding]:
        """Yields sizes and sums that the equations determine, each group once."""
        yielded: set[tuple[object, ...]] = set()
        for variable in self.variables:
            if not self._is_group(variable):
                continue
            for cohort in self.system.cohorts:
                column = self.system.column(variable, cohort)
                if not self.determined[column] or self.always[column] or column in self.published:
                    continue
                mask = self._mask(variable, cohort)
                size, key = int(mask.sum()), (cohort, variable.weight, mask.tobytes())
                is_intended = not variable.weight and mask.tobytes() in self.intended[cohort]
                if 0 < size < self.k and not is_intended and key not in yielded:
                    yielded.add(key)
                    kind = SUM if variable.weight else SILENCE if self._left_open(variable) else GROUP
                    value = self.attack.true_columns[column]
                    yield Finding(kind, cohort, str(variable), size, value, ((column, 1.0),))

    def differences(self) -> Iterator[Finding]:
        """Yields differences of two groups of one cohort whose sizes are unknown, where one group lies inside the
        other and the difference is known."""
        for cohort in self.system.cohorts:
            alike: dict[tuple[int, int], list[Variable]] = defaultdict(list)
            for variable in self.variables:
                column = self.system.column(variable, cohort)
                if self.determined[column] or variable.weight or not self._is_group(variable):
                    continue
                first, second = np.round(self.knowledge.free_vectors(column) / TOLERANCE / 10).astype(int)
                alike[first, second].append(variable)
            silent = self._silent(cohort)
            for variables in alike.values():
                yield from self._nested(variables, cohort, silent)

    def _nested(self, variables: list[Variable], cohort: str, silent: set[bytes]) -> Iterator[Finding]:
        masks = {variable: self._mask(variable, cohort) for variable in variables}
        sizes: dict[bytes, Variable] = {}
        for variable in variables:
            sizes.setdefault(masks[variable].tobytes(), variable)
        for a, b in combinations(sizes.values(), 2):
            large, small = (a, b) if masks[a].sum() > masks[b].sum() else (b, a)
            rest = masks[large] & ~masks[small]
            size = int(rest.sum())
            is_inside = self._is_inside(large, small) and not (masks[small] & ~masks[large]).any()
            is_known = rest.tobytes() in self.intended[cohort] | self.asked_alone[cohort]
            if 0 < size < self.k and is_inside and not is_known:
                columns = (self.system.column(large, cohort), 1.0), (self.system.column(small, cohort), -1.0)
                kind = SILENCE if rest.tobytes() in silent else DIFFERENCE
                yield Finding(kind, cohort, f"{large} less {small}", size, size, columns)

    def _silent(self, cohort: str) -> set[bytes]:
        """Returns the groups that left something open. A finding about them also holds for a difference with the same
        members."""
        return {
            self._mask(variable, cohort).tobytes() for variable in self.variables if self._left_open(variable)
        }

    def _is_inside(self, large: Variable, small: Variable) -> bool:
        """Returns whether one group lies inside the other for any answers, and not by chance: both are about the same
        item, pair or domain, and they are not two parts of a pair."""
        if {variable.conditions[0][0] for variable in (large, small)} <= PARTS_OF_PAIR:
            return False
        subjects = [
            {condition[1] for condition in variable.conditions if len(condition) > 1}
            for variable in (large, small)
        ]
        for pair in self.attack.release.definitions.pairs:
            for codes in subjects:
                if pair["code"] in codes:
                    codes |= {pair["belief"], pair["evidence"]}
        return bool(subjects[0] & subjects[1])

    def rests(self) -> Iterator[Finding]:
        """Yields the total of those cohorts of a dimension that are not determined."""
        families = [
            family for cohorts in self.attack.release.cohorts_of_each for family in families_of(cohorts)
        ]
        for whole, parts in families:
            for variable in self.variables:
                columns = [self.system.column(variable, part) for part in parts]
                hidden = [place for place, column in enumerate(columns) if not self.determined[column]]
                if not 1 < len(hidden) < len(parts) or not self._is_group(variable):
                    continue
                functional = {columns[place]: 1.0 for place in hidden}
                mask = np.logical_or.reduce([self._mask(variable, parts[place]) for place in hidden])
                if 0 < mask.sum() < self.k and self.knowledge.determines(functional):
                    names = " and ".join(parts[place] for place in hidden) + f" (of {whole})"
                    value = self.attack.true_of(functional)
                    kind = SILENCE if self._left_open(variable) else REST
                    yield Finding(
                        kind, names, str(variable), int(mask.sum()), value, tuple(functional.items())
                    )

    # (b) and (c) single numbers

    def targets(self) -> list[tuple[ReadRow, Functional]]:
        """Returns each number that is withheld or published as a range, once, unless an exact row gives the same
        number."""
        targets: dict[tuple[object, ...], tuple[ReadRow, Functional]] = {}
        for read in self.attack.read:
            if read.meaning.kind != "ratio" or not (read.row.bound or read.row.is_withheld):
                continue
            functional = self.system.functional(read.target().terms, read.row.cohort)
            if self._is_published(read, functional) or self._is_everybody(read, functional):
                continue
            targets.setdefault((bool(read.row.bound), *sorted(functional.items())), (read, functional))
        return list(targets.values())

    def _is_published(self, read: ReadRow, functional: Functional) -> bool:
        """Returns whether another row publishes the number, or publishes all of its options."""
        if functional.keys() <= self.published or all(self.always[column] for column in functional):
            return True
        main = read.target().main
        if len(functional) > 1 or main.conditions[0][0] != "chose":
            return False
        _, code, *options = main.conditions[0]
        parts = [Variable((("chose", code, option),)) for option in options]
        return all(self.system.column(part, read.row.cohort) in self.published for part in parts)

    def _is_everybody(self, read: ReadRow, functional: Functional) -> bool:
        """Returns whether the number is everybody for any answers: a share of all options that have substance."""
        base = self.system.functional(read.target().base, read.row.cohort, -1.0)
        columns = functional.keys() | base.keys()
        difference = {column: functional.get(column, 0.0) + base.get(column, 0.0) for column in columns}
        return self.structure.determines(difference)

    def determined_numbers(self) -> Iterator[Finding]:
        for read, functional in self.targets():
            base = int(self.attack.true_value(read.target().base, read.row.cohort))
            if self._has_open_base(read, base) or self._follows_from_bases(functional):
                continue
            if base and self._is_secret(read, functional, base) and self.knowledge.determines(functional):
                yield self.number(self._kind(read, functional), read, functional, base)
            elif read.row.bound and self._is_too_narrow(read, functional, base):
                yield self.number(TOO_NARROW, read, functional, base)

    def _has_open_base(self, read: ReadRow, size: int) -> bool:
        """A count beside few is exact; its share is not, as long as its base is unknown. The same holds for a count
        whose own share is withheld because of its base."""
        base = self.attack.system.functional(read.target().base, read.row.cohort)
        is_beside = read.row.method.endswith(BESIDE_FEW) or (read.row.is_withheld and size >= self.k)
        return is_beside and not self.knowledge.determines(base)

    def _kind(self, read: ReadRow, functional: Functional) -> str:
        """Returns the kind of a finding. A base beside few that equals the base of all reveals that nobody answered
        without substance."""
        is_base_of_all = read.row.base == self.attack.true_value(read.target().base, read.row.cohort)
        is_nobody = not self.attack.true_of(functional) and self._is_without_substance(read.row)
        if (
            is_nobody
            or self._is_as_without_them(read)
            or (read.row.method.endswith(BESIDE_FEW) and is_base_of_all)
        ):
            return NOBODY
        return BOUNDED if read.row.bound else WITHHELD

    def _is_as_without_them(self, read: ReadRow) -> bool:
        """Returns whether a count that includes an answer without substance equals the published count of the
        others."""
        reduced, cohort = read.meaning.reduced, read.row.cohort
        if reduced is None or not reduced.terms or read.row.kind != "indicator":
            return False
        functional = self.system.functional(reduced.terms, cohort)
        is_same = self.attack.true_of(functional) == self.attack.true_value(
            read.meaning.as_named.terms, cohort
        )
        return is_same and functional.keys() <= self.published

    def _is_without_substance(self, row: Row) -> bool:
        definitions = self.attack.release.definitions
        counts = {row.option} if row.kind == "item" else set[str]()
        item = row.subject
        if row.kind == "indicator":
            indicator = next(
                definition for definition in definitions.indicators if definition["code"] == row.subject
            )
            counts, item = set(indicator.get("counts", ())), indicator["item"]
        is_special = bool(counts) and counts <= set(definitions.items[item].special)
        return is_special or row.statistic in WITHOUT_SUBSTANCE

    def _is_secret(self, read: ReadRow, functional: Functional, size: int) -> bool:
        """Returns whether a withheld number is secret: it is based on fewer than k, or counts nearly nobody or nearly
        everybody."""
        value = self.attack.true_of(functional)
        is_close = not read.target().main.weight and min(value, size - value) <= MARGIN
        return bool(read.row.bound) or size < self.k or is_close

    def _follows_from_bases(self, functional: Functional) -> bool:
        """Returns whether the bases alone determine the number. That nobody lies between two published bases is no
        secret."""
        return self.knowledge.determines(functional) and self._of_bases.determines(functional)

    @cached_property
    def _of_bases(self) -> Knowledge:
        return Knowledge(Attack(self.attack.release, self.attack.truth, self.attack.without, only_bases=True))

    def _is_too_narrow(self, read: ReadRow, functional: Functional, base: int) -> bool:
        """Returns whether a count within three of nobody or everybody cannot be three more or three less."""
        if len(functional) > 1 or read.target().main.weight:
            return False
        low, high = self.knowledge.narrowed.of(functional)
        value, margin = self.attack.true_of(functional), min(MARGIN, base)
        return (value <= MARGIN and high < margin) or (value >= base - MARGIN and low > base - margin)

    def numbers_with_one_value(self) -> Iterator[Finding]:
        """Yields ranges that only several rows together narrow to one value. It uses slow linear programmes."""
        programmes: dict[tuple[str, ...], Programme] = {}
        for read, functional in self.targets():
            if not read.row.bound or self.knowledge.determines(functional):
                continue
            subjects = self._subjects(read)
            if subjects not in programmes:
                programmes[subjects] = Programme(self.knowledge, subjects)
            if programmes[subjects].has_one_value(functional):
                base = int(self.attack.true_value(read.target().base, read.row.cohort))
                yield self.number(BOUNDED, read, functional, base)

    def _subjects(self, read: ReadRow) -> tuple[str, ...]:
        definitions, subject = self.attack.release.definitions, read.row.subject
        for pair in definitions.pairs:
            if pair["code"] == subject:
                return subject, pair["belief"], pair["evidence"]
        return tuple(
            indicator["item"] for indicator in definitions.indicators if indicator["code"] == subject
        ) or (subject,)

    def number(self, kind: str, read: ReadRow, functional: Functional, base: int) -> Finding:
        value = self.attack.true_of(functional)
        if read.row.method.endswith(BESIDE_FEW):
            functional = self.system.functional(read.target().base, read.row.cohort)
        return Finding(kind, read.row.cohort, str(read.row), base, value, tuple(functional.items()))

    def all(self) -> list[Finding]:
        return [
            *self.small_bases(), *self.groups(), *self.differences(), *self.rests(), *self.determined_numbers(),
        ]  # fmt: skip
