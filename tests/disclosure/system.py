"""Builds one sparse system of linear equations and inequalities from all relations and all published rows of a
release. The columns are sums over the organisations of one cohort."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from surveys.instrument.cohorts import ALL, CROSSED
from tests.disclosure.variables import Relation, Terms, Variable

TOLERANCE = 1e-6
DAMPING = 1e-9
ROW = "row: "
Functional = dict[int, float]


@dataclass
class Rows:
    """Sparse rows with a right-hand side and the reason for each."""

    reasons: list[str] = field(default_factory=list)
    rights: list[float] = field(default_factory=list)
    terms: list[Functional] = field(default_factory=list)

    def add(self, reason: str, terms: Functional, right: float) -> None:
        self.reasons.append(reason)
        self.terms.append(terms)
        self.rights.append(right)

    def matrix(self, columns: int) -> sparse.csr_matrix:
        lengths = [len(row) for row in self.terms]
        rows = np.repeat(np.arange(len(self.terms)), lengths)
        places = np.fromiter(
            (place for row in self.terms for place in row), dtype=np.int64, count=sum(lengths)
        )
        factors = np.fromiter(
            (f for row in self.terms for f in row.values()), dtype=float, count=sum(lengths)
        )
        return sparse.csr_matrix((factors, (rows, places)), shape=(len(self.terms), columns))


class System:
    """The system. Equations are rows = right, limits are rows <= right; every column is at least 0."""

    def __init__(self, cohorts: Sequence[str]) -> None:
        self.cohorts = list(cohorts)
        self.place_of_cohort = {cohort: place for place, cohort in enumerate(self.cohorts)}
        self.variables: dict[Variable, int] = {}
        self.equations, self.limits = Rows(), Rows()

    def column(self, variable: Variable, cohort: str) -> int:
        number = self.variables.setdefault(variable, len(self.variables))
        return number * len(self.cohorts) + self.place_of_cohort[cohort]

    @property
    def columns(self) -> int:
        return len(self.variables) * len(self.cohorts)

    def functional(self, terms: Terms, cohort: str, multiplier: float = 1.0) -> Functional:
        factors: Functional = {}
        for variable, factor in terms:
            column = self.column(variable, cohort)
            factors[column] = factors.get(column, 0.0) + factor * multiplier
        return {column: factor for column, factor in factors.items() if factor}

    def relate(self, relations: Iterable[Relation]) -> None:
        """Adds the same relation for each cohort."""
        for relation in relations:
            rows = self.equations if relation.is_equality else self.limits
            for cohort in self.cohorts:
                rows.add(f"{relation.name} [{cohort}]", self.functional(relation.terms, cohort), 0.0)

    def add_families(self, cohorts: Sequence[str]) -> None:
        """Adds equations by which a cohort is the sum of its parts, for every variable. cohorts: those of one
        release."""
        families = list(families_of(cohorts))
        for variable in list(self.variables):
            for whole, parts in families:
                terms = {self.column(variable, whole): 1.0} | {
                    self.column(variable, part): -1.0 for part in parts
                }
                self.equations.add(f"cohorts of {whole}: {variable}", terms, 0.0)

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        return self.equations.matrix(self.columns)

    def matrix_of_relations(self) -> sparse.csr_matrix:
        """Returns the equations that hold for any published rows."""
        is_relation = [not reason.startswith(ROW) for reason in self.equations.reasons]
        return self.matrix[np.flatnonzero(is_relation)]

    @cached_property
    def right(self) -> np.ndarray:
        return np.array(self.equations.rights)


def families_of(cohorts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yields each cohort that another dimension divides, with its parts."""
    known_cohorts = set(cohorts)
    divided: dict[tuple[str, str], list[str]] = {}
    for cohort in cohorts:
        parts = cohort.split(CROSSED) if cohort != ALL else []
        for place, part in enumerate(parts):
            rest = CROSSED.join(category for other, category in enumerate(parts) if other != place) or ALL
            by = CROSSED.join(category.partition(":")[0] for category in parts)
            divided.setdefault((rest, f"{by} {part.partition(':')[0]}"), []).append(cohort)
    for (whole, _), parts_of_whole in divided.items():
        if whole in known_cohorts:
            yield whole, parts_of_whole


class NullSpace:
    """Finds the linear functionals that the equations determine. It uses two random vectors x with A x = 0: a
    functional is determined if and only if it is 0 on them, except for a coincidence of probability 0."""

    def __init__(self, matrix: sparse.csr_matrix, *, seed: int = 1) -> None:
        self.matrix = matrix
        rows, columns = matrix.shape
        corner = sparse.identity(rows) * -DAMPING
        whole = sparse.bmat([[sparse.identity(columns), matrix.T], [matrix, corner]], format="csc")
        self.factors = splu(whole, permc_spec="COLAMD", options={"SymmetricMode": False})
        random = np.random.default_rng(seed)
        self.vectors = np.array([self._without_rows(random.normal(size=columns)) for _ in range(2)])

    def _without_rows(self, vector: np.ndarray) -> np.ndarray:
        """Returns the part of the vector that is orthogonal to all rows."""
        rows, columns = self.matrix.shape
        for _ in range(3):
            vector = self.factors.solve(np.concatenate([vector, np.zeros(rows)]))[:columns]
        return vector

    @cached_property
    def determined(self) -> np.ndarray:
        return np.abs(self.vectors).max(axis=0) < TOLERANCE

    def determines(self, functional: Functional) -> bool:
        places = np.fromiter(functional, dtype=np.int64)
        factors = np.fromiter(functional.values(), dtype=float)
        return bool(
            np.abs(self.vectors[:, places] @ factors).max() < TOLERANCE * max(1.0, np.abs(factors).max())
        )

    def solution(self, right: np.ndarray) -> np.ndarray:
        """Returns the shortest solution; its determined entries are those of every solution."""
        columns = self.matrix.shape[1]
        solution = np.zeros(columns)
        for _ in range(3):
            rest = right - self.matrix @ solution
            solution += self.factors.solve(np.concatenate([np.zeros(columns), rest]))[:columns]
        return solution

    def weights_of_rows(self, functional: Functional) -> np.ndarray:
        """Returns one combination of rows that gives the functional."""
        rows, columns = self.matrix.shape
        wanted = np.zeros(columns)
        wanted[list(functional)] = list(functional.values())
        return self.factors.solve(np.concatenate([wanted, np.zeros(rows)]))[columns:]
