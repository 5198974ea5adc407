"""Finds the unknowns of a homogeneous linear system that have the same value in all of its solutions."""

from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import SuperLU, lsmr, splu

DAMPING = 1e-9
ZERO_TOLERANCE = 1e-9
UNCHANGED = 1e-5
DRAWS = 2
PROJECTIONS = 50
# With fewer equations a factorization takes less time than the steps, which may not converge.
MANY_EQUATIONS = 10_000
STEPS = 150
LSMR_TOLERANCE = 1e-12
SEED = 7


def zero_in_all_solutions(matrix: sparse.csr_matrix) -> np.ndarray:
    """Whether each unknown has one value in all solutions of matrix @ x = 0, which is then 0: bool[unknowns].

    matrix   sparse[equations, unknowns]; a row of zeros has no effect
    """
    core, column_of = _reduced(matrix)
    is_zero = column_of < 0
    if core.shape[0]:
        is_constant = constant_unknowns(with_unit_rows(core))
        is_zero[~is_zero] = is_constant[column_of[~is_zero]]
    return is_zero


def _reduced(matrix: sparse.csr_matrix) -> tuple[sparse.csr_matrix, np.ndarray]:
    """The system without the unknowns that an equation makes 0, and with those that an equation makes equal as one.
    Also int[unknowns], the column of each unknown in it, -1 for those that are 0. Most equations between cohorts have
    only this effect, and a factorization of all equations takes hundreds of times as long."""
    core, column_of = _without_zeros(matrix), np.arange(matrix.shape[1])
    while True:
        lengths = np.diff(core.indptr)
        zero_columns = core.indices[core.indptr[:-1][lengths == 1]]
        if len(zero_columns):
            is_left = np.ones(core.shape[1], dtype=bool)
            is_left[zero_columns] = False
            new_column = np.where(is_left, np.cumsum(is_left) - 1, -1)
            core = core[:, is_left]
        else:
            starts = core.indptr[:-1][lengths == 2]
            starts = starts[np.abs(core.data[starts] + core.data[starts + 1]) < ZERO_TOLERANCE]
            if not len(starts):
                return core, column_of
            core, new_column = _merged(core, core.indices[starts], core.indices[starts + 1])
        core = _without_zeros(core)
        column_of = np.where(column_of < 0, -1, new_column[column_of])


def _merged(
    matrix: sparse.csr_matrix, first: np.ndarray, second: np.ndarray
) -> tuple[sparse.csr_matrix, np.ndarray]:
    """The matrix with the columns `first` and `second` merged in pairs, and the new column of each."""
    columns = matrix.shape[1]
    pairs = sparse.coo_matrix((np.ones(len(first)), (first, second)), shape=(columns, columns))
    groups, group_of = connected_components(pairs, directed=False)
    membership = (np.ones(columns), (np.arange(columns), group_of))
    return matrix @ sparse.csr_matrix(membership, shape=(columns, groups)), group_of


def _without_zeros(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    reduced = matrix.tocsr(copy=True)
    reduced.data[np.abs(reduced.data) < ZERO_TOLERANCE] = 0.0
    reduced.eliminate_zeros()
    return reduced[np.flatnonzero(np.diff(reduced.indptr))]


def with_unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(norms, 1e-12)) @ matrix


def factorized(matrix: sparse.csr_matrix) -> SuperLU:
    """Factorizes the matrix times its transpose, slightly damped, because equations may repeat each other."""
    return _symmetric(matrix @ matrix.T + DAMPING * sparse.identity(matrix.shape[0]))


def _symmetric(matrix: sparse.spmatrix) -> SuperLU:
    options = {"SymmetricMode": True}
    return splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)


def constant_unknowns(matrix: sparse.csr_matrix) -> np.ndarray:
    """Whether the unknown is the same in all solutions of matrix @ x = 0: bool[columns].

    matrix   sparse[equations, unknowns] with rows of length 1; a row of zeros has no effect
    Method   Random vectors are projected on the solutions. If two vectors both leave an unknown unchanged, this is
             chance with probability zero. The projection uses a factorization. For many equations it uses least
             squares, whose steps cost as much as the matrix has entries. If a few steps do not converge, it uses a
             factorization. The second vector is projected only if the first leaves an unknown unchanged.
    Source   Fong and Saunders (2011), LSMR.
    """
    draws = np.random.default_rng(SEED).standard_normal((matrix.shape[1], DRAWS))
    is_constant = np.ones(matrix.shape[1], dtype=bool)
    steps = _LsmrProjection(matrix) if matrix.shape[0] >= MANY_EQUATIONS else None
    factors = _FactorizedProjection(matrix)
    for draw in draws.T:
        if is_constant.any():
            projection = steps.projected(draw) if steps else None
            is_constant &= np.abs(factors.projected(draw) if projection is None else projection) < UNCHANGED
    return is_constant


class _LsmrProjection:
    """Projects a vector on the solutions of matrix @ x = 0 by LSMR, in units in which all unknowns have the same
    weight; None if the steps do not reach a solution."""

    def __init__(self, matrix: sparse.csr_matrix) -> None:
        norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel())
        self.matrix = matrix @ sparse.diags(1 / np.maximum(norms, 1e-12))
        self.transposed = self.matrix.T.tocsr()

    def projected(self, vector: np.ndarray) -> np.ndarray | None:
        explained = lsmr(self.transposed, vector, atol=LSMR_TOLERANCE, btol=0.0, conlim=0.0, maxiter=STEPS)[0]
        moved = vector - self.transposed @ explained
        is_solution = np.abs(self.matrix @ moved).max(initial=0.0) < UNCHANGED / 10_000
        return moved if is_solution else None


class _FactorizedProjection:
    """Projects a vector by a factorization of the matrix and its transpose side by side, slightly damped because
    equations may repeat each other. The product of the two fills up where many equations share an unknown. A second
    projection removes the error of the damping."""

    def __init__(self, matrix: sparse.csr_matrix) -> None:
        self.matrix = matrix

    @cached_property
    def _solver(self) -> SuperLU:
        equations, unknowns = self.matrix.shape
        blocks = [
            [sparse.identity(unknowns), self.matrix.T],
            [self.matrix, -DAMPING * sparse.identity(equations)],
        ]
        return _symmetric(sparse.bmat(blocks))

    def projected(self, vector: np.ndarray) -> np.ndarray:
        moved, unknowns = vector, len(vector)
        for _ in range(PROJECTIONS):
            step = self._solver.solve(np.concatenate([np.zeros(unknowns), self.matrix @ moved]))[:unknowns]
            moved = moved - step
            if np.abs(step).max(initial=0.0) < UNCHANGED / 10:
                break
        return np.asarray(moved)
