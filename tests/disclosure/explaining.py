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


def explanation(finding: Finding, knowledge: Knowledge) -> list[str]:
    functional = dict(finding.functional)
    if not functional:
        return []
    if all(knowledge.by_equations[column] for column in functional):
        return list(by_equations(functional, knowledge))
    return [line for column in functional for line in by_limits(column, knowledge)][:MOST_STEPS]


def by_equations(functional: Functional, knowledge: Knowledge) -> Iterator[str]:
    """Yields the rows with their weights, and the value that follows from them in fractions."""
    equations = knowledge.system.equations
    chosen = combination(functional, knowledge)
    for row, weight in chosen.items():
        yield f"{weight:+.3g} x {equations.reasons[row]} = {equations.rights[row]:g}"
    value = exact_value(
        functional, [equations.terms[row] for row in chosen], [equations.rights[row] for row in chosen]
    )
    yield f"in fractions: {value}"


def combination(functional: Functional, knowledge: Knowledge) -> dict[int, float]:
    """Returns the combination of rows with the smallest sum of weights, the largest first; empty where the solver
    fails."""
    system = knowledge.system
    weights = knowledge.of_equations.weights_of_rows(functional)
    rows = np.flatnonzero(np.abs(weights) > SMALL)
    part = system.matrix[rows].T.tocsr()
    wanted = np.zeros(system.columns)
    wanted[list(functional)] = list(functional.values())
    inside = np.diff(part.indptr) > 0
    part, wanted = part[inside], wanted[inside]
    both = sparse.hstack([part, -part]).tocsr()
    found = linprog(np.ones(2 * len(rows)), A_eq=both, b_eq=wanted, bounds=(0, None), method="highs")
    if found.status != 0:
        return {}
    chosen = found.x[: len(rows)] - found.x[len(rows) :]
    return {
        int(rows[place]): float(chosen[place])
        for place in np.argsort(-np.abs(chosen))
        if abs(chosen[place]) > SMALL
    }


def by_limits(column: int, knowledge: Knowledge) -> Iterator[str]:
    """Yields the rows that moved both ends, which is possible only if the knowledge keeps its steps."""
    system = knowledge.system
    names = list(system.variables)
    reasons = [*system.equations.reasons * 2, *system.limits.reasons]
    for side in ("low", "high"):
        for level, moved, end, step in knowledge.limits.chain(knowledge.narrowed, column, side):
            name = f"{names[moved // len(system.cohorts)]} [{system.cohorts[moved % len(system.cohorts)]}]"
            yield f"{'  ' * level}{name}: {end} {step.before:g} to {step.after:g} by {reasons[step.row]}"
