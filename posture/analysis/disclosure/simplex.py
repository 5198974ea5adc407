"""Solves a linear programme for several directions in turn."""

import highspy
import numpy as np
from scipy import sparse

DUAL, PRIMAL = 1, 4
# If a direction has more unknowns, a start at the last solution takes longer than a new start with presolve.
WIDE = 300


class Simplex:
    """A linear programme: lower <= rows @ x <= upper, and bounds[:, 0] <= x <= bounds[:, 1]. The solver keeps its
    last solution, which is feasible for every direction, so the next solution takes a few steps."""

    def __init__(
        self, rows: sparse.csr_matrix, lower: np.ndarray, upper: np.ndarray, bounds: np.ndarray
    ) -> None:
        self.columns = np.arange(len(bounds), dtype=np.int32)
        self.solver = _Silent()
        self.solver.silent()
        # Threads of the solver would not survive the fork of a worker.
        self.solver.setOptionValue("threads", 1)
        self.solver.passModel(_model(rows, lower, upper, bounds))

    def least(self, direction: np.ndarray) -> np.ndarray:
        """The solution that is smallest in this direction: float[columns].

        Raises  ArithmeticError when there is no solution.
        """
        self.solver.changeColsCost(len(self.columns), self.columns, direction)
        is_wide = np.count_nonzero(direction) > WIDE
        if is_wide or not self._continues():
            self._restart()
        return np.array(self.solver.getSolution().col_value)

    def _continues(self) -> bool:
        self.solver.setOptionValue("simplex_strategy", PRIMAL)
        self.solver.run()
        return bool(self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def _restart(self) -> None:
        self.solver.clearSolver()
        self.solver.setOptionValue("simplex_strategy", DUAL)
        self.solver.run()
        status = self.solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            status_text = self.solver.modelStatusToString(status)
            raise ArithmeticError(f"The published rows contradict each other: {status_text}")


class _Silent(highspy.Highs):
    """HiGHS without callbacks, because it prints a banner on the console when these are enabled, before it can be
    silenced."""

    def enableCallbacks(self) -> None:
        pass


def _model(
    rows: sparse.csr_matrix, lower: np.ndarray, upper: np.ndarray, bounds: np.ndarray
) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = rows.shape
    model.col_cost_ = np.zeros(len(bounds))
    model.col_lower_, model.col_upper_ = bounds[:, 0].copy(), bounds[:, 1].copy()
    model.row_lower_, model.row_upper_ = lower, upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = rows.indptr, rows.indices
    model.a_matrix_.value_ = rows.data
    return model
