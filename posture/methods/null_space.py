"""Which unknowns of a homogeneous linear system are the same in all of its solutions."""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

DAMPING = 1e-9
STILL = 1e-5
DRAWS = 2
SEED = 7


def with_unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(norms, 1e-12)) @ matrix


def factorized(matrix: sparse.csr_matrix) -> SuperLU:
    """Of the matrix times its transpose, slightly damped, because equations may repeat each other."""
    return splu((matrix @ matrix.T + DAMPING * sparse.identity(matrix.shape[0])).tocsc())


def still(matrix: sparse.csr_matrix, factors: SuperLU) -> np.ndarray:
    """bool[columns]: whether no solution of matrix @ x = 0 moves the unknown.

    matrix   sparse[equations, unknowns] with rows of length 1; a row of zeros says nothing
    Method   Random vectors are projected on the solutions. Two that both leave an unknown in its place do so by chance
             with probability zero.
    """
    draws = np.random.default_rng(SEED).standard_normal((matrix.shape[1], DRAWS))
    moved = draws - matrix.T @ factors.solve(matrix @ draws)
    return np.asarray((np.abs(moved) < STILL).all(axis=1))
