"""Computes the least and the greatest possible value of a number from all rows about one item or pair, by a linear
programme. It finds combinations of rows that no single row shows."""

from collections.abc import Iterable

import numpy as np
from scipy.optimize import linprog

from tests.disclosure.knowledge import Knowledge
from tests.disclosure.system import Functional

SLACK, ROUNDING = 1e-6, 1e-4


class Programme:
    """The rows whose open columns all are about the given subjects. Other columns enter with their known values."""

    def __init__(self, knowledge: Knowledge, subjects: Iterable[str]) -> None:
        self.known = knowledge.narrowed
        is_about = self._columns_about(knowledge, set(subjects))
        is_open = is_about & ~knowledge.determined
        matrix = knowledge.limits.matrix
        is_other_open = (~is_open & ~knowledge.determined).astype(float)
        pattern = matrix.copy()
        pattern.data = np.ones_like(pattern.data)
        rows = np.flatnonzero((pattern @ is_other_open == 0) & (pattern @ is_open.astype(float) > 0))
        fixed = np.where(is_open, 0.0, self.known.low)
        chosen_rows = matrix[rows]
        self.place = np.full(len(is_open), -1)
        self.place[is_open] = np.arange(is_open.sum())
        self.matrix, self.ends = (
            chosen_rows[:, is_open],
            knowledge.limits.ends[rows] - chosen_rows @ fixed + SLACK,
        )
        self.points: list[np.ndarray] = []
        self.bounds = np.column_stack([self.known.low[is_open] - SLACK, self.known.high[is_open] + SLACK])

    @staticmethod
    def _columns_about(knowledge: Knowledge, subjects: set[str]) -> np.ndarray:
        cohorts = len(knowledge.system.cohorts)
        is_about = [
            bool(variable.conditions)
            and all(part[1] in subjects for part in variable.conditions if len(part) > 1)
            for variable in knowledge.system.variables
        ]
        return np.repeat(np.array(is_about, dtype=bool), cohorts)

    def has_one_value(self, functional: Functional) -> bool:
        """Returns whether only one whole number is left for the functional. Feasible points are kept: two of them
        with different values of a functional answer for it without another programme."""
        objective, constant = np.zeros(len(self.bounds)), 0.0
        for column, factor in functional.items():
            if self.place[column] >= 0:
                objective[self.place[column]] += factor
            else:
                constant += factor * self.known.low[column]
        if not objective.any():
            return True
        values = [float(objective @ point) for point in self.points]
        if values and max(values) - min(values) >= 1:
            return False
        for sign in (1.0, -1.0):
            solution = linprog(
                sign * objective, A_ub=self.matrix, b_ub=self.ends, bounds=self.bounds, method="highs"
            )
            if solution.status != 0:
                return False
            self.points.append(solution.x)
            values.append(sign * solution.fun)
            if max(values) - min(values) >= 1:
                return False
        return bool(
            np.floor(max(values) + constant + ROUNDING) - np.ceil(min(values) + constant - ROUNDING) < 1
        )
