"""Computes everything that a reader can derive: the values that the equations determine and those that the limits
narrow to one, repeated until nothing is added."""

from functools import cached_property

import numpy as np

from tests.disclosure.attack import Attack
from tests.disclosure.limits import Bounds, Limits
from tests.disclosure.system import Functional, NullSpace

ROUNDS = 4
WHOLE = ("number", "belief", "evidence")
UNBOUNDED = 1e7


class Knowledge:
    def __init__(self, attack: Attack, *, keeps_steps: bool = False) -> None:
        self.attack, self.system = attack, attack.system
        self.narrowed = self._nothing_known(keeps_steps)
        self.limits = Limits(
            self.system.matrix,
            self.system.right,
            self.system.limits.matrix(self.system.columns),
            np.array(self.system.limits.rights),
        )
        self.by_equations = np.zeros(self.system.columns, dtype=bool)
        fixed = self.narrowed.is_fixed
        for number in range(ROUNDS):
            self.free = ~self.narrowed.is_fixed
            self.null = NullSpace(self.system.matrix[:, self.free])
            self._take_determined()
            if number == 0:
                self.of_equations = self.null
                self.by_equations = self.narrowed.is_fixed.copy()
            self.limits.narrow(self.narrowed)
            if not (self.narrowed.is_fixed & ~fixed).any():
                return
            fixed = self.narrowed.is_fixed

    def _nothing_known(self, keeps_steps: bool) -> Bounds:
        """Returns the initial bounds. No sum counts more organisations than took part, a number that is public."""
        columns, cohorts = self.system.columns, len(self.system.cohorts)
        is_whole, high = np.zeros(columns, dtype=bool), np.full(columns, UNBOUNDED)
        for variable, number in self.system.variables.items():
            variable_columns = slice(number * cohorts, (number + 1) * cohorts)
            is_whole[variable_columns] = not variable.weight or variable.weight[0] in WHOLE
            if not variable.weight:
                high[variable_columns] = self.attack.truth.size
        return Bounds(np.zeros(columns), high, is_whole, keeps_steps)

    def _take_determined(self) -> None:
        fixed = ~self.free
        right = self.system.right - self.system.matrix[:, fixed] @ self.narrowed.low[fixed]
        solution = np.zeros(self.system.columns)
        solution[self.free] = self.null.solution(right)
        columns = np.flatnonzero(self.free)[self.null.determined]
        self.narrowed.fix(columns, solution)

    @cached_property
    def determined(self) -> np.ndarray:
        return self.narrowed.is_fixed

    @cached_property
    def place_of_free(self) -> np.ndarray:
        positions = np.full(self.system.columns, -1)
        positions[self.free] = np.arange(self.free.sum())
        return positions

    def determines(self, functional: Functional) -> bool:
        """Returns whether a functional has one value, by equations or because limits leave one value."""
        open_terms = {column: factor for column, factor in functional.items() if not self.determined[column]}
        if not open_terms:
            return True
        low, high = self.narrowed.of(open_terms)
        if high - low < 0.5 and all(self.narrowed.is_whole[column] for column in open_terms):
            return True
        free_terms = {int(self.place_of_free[column]): factor for column, factor in open_terms.items()}
        return -1 not in free_terms and self.null.determines(free_terms)

    def free_vectors(self, column: int) -> np.ndarray:
        """Returns the entries of the null-space vectors for a column; only of a column that is not determined."""
        entries: np.ndarray = self.null.vectors[:, self.place_of_free[column]]
        return entries

    def false_columns(self) -> int:
        """Counts columns whose true value lies outside of the computed bounds: 0 unless the attack is wrong."""
        truth = self.attack.true_columns
        is_outside = (truth < self.narrowed.low - 1e-3) | (truth > self.narrowed.high + 1e-3)
        return int(is_outside.sum())
