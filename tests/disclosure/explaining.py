"""Lists the published rows and relations behind a finding, in words."""

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from tests.disclosure.exactness import exact_value
from tests.disclosure.knowledge import Knowledge
from tests.disclosure.questions import Finding
from tests.disclosure.system import Functional

SMALL = 1e-7
MOST_STEPS = 24


def explanation_of(finding: Finding, knowledge: Knowledge) -> list[str]:
    functional = dict(finding.functional)
    if not functional:
        return []
    if all(knowledge.by_equations[column] for column in functional):
        return list(by_equations(functional, knowledge))
    return [line for column in functional for line in by_limits(column, knowledge)][:MOST_STEPS]


def by_equations(functional: Functional, knowledge: Knowledge) -> Iterator[str]:
    """Yields the rows with their weights, and the value that follows from them in fractions."""
    equations = knowledge.system.equations
    weights = smallest_combination(functional, knowledge)
    for row, weight in weights.items():
        yield f"{weight:+.3g} x {equations.reasons[row]} = {equations.rights[row]:g}"
    value = exact_value(
        functional, [equations.terms[row] for row in weights], [equations.rights[row] for row in weights]
    )
    yield f"in fractions: {value}"


def smallest_combination(functional: Functional, knowledge: Knowledge) -> dict[int, float]:
    """Returns the combination of rows with the smallest sum of weights, the largest first; empty where the solver
    fails."""
    system = knowledge.system
    weights = knowledge.of_equations.weights_of_rows(functional)
    rows = np.flatnonzero(np.abs(weights) > SMALL)
    transposed = system.matrix[rows].T.tocsr()
    target = np.zeros(system.columns)
    target[list(functional)] = list(functional.values())
    is_used = np.diff(transposed.indptr) > 0
    transposed, target = transposed[is_used], target[is_used]
    both_signs = sparse.hstack([transposed, -transposed]).tocsr()
    solution = linprog(np.ones(2 * len(rows)), A_eq=both_signs, b_eq=target, bounds=(0, None), method="highs")
    if solution.status != 0:
        return {}
    factors = solution.x[: len(rows)] - solution.x[len(rows) :]
    return {
        int(rows[position]): float(factors[position])
        for position in np.argsort(-np.abs(factors))
        if abs(factors[position]) > SMALL
    }


def by_limits(column: int, knowledge: Knowledge) -> Iterator[str]:
    """Yields the rows that moved both ends, which is possible only if the knowledge keeps its steps."""
    system = knowledge.system
    names = list(system.variables)
    reasons = [*system.equations.reasons * 2, *system.limits.reasons]
    for end_of_column in ("low", "high"):
        for level, moved_column, end, step in knowledge.limits.chain(
            knowledge.narrowed, column, end_of_column
        ):
            number, cohort = divmod(moved_column, len(system.cohorts))
            name = f"{names[number]} [{system.cohorts[cohort]}]"
            yield f"{'  ' * level}{name}: {end} {step.before:g} to {step.after:g} by {reasons[step.row]}"
