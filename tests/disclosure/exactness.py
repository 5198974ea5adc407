"""Confirms a floating-point result in fractions: a combination of rows that gives a functional, and its value."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

MOST_DENOMINATOR = 1_000_000
Terms = Mapping[int, float]


def exact_value(functional: Terms, rows: Sequence[Terms], rights: Sequence[float]) -> Fraction | None:
    """Returns the value of the functional, by elimination; None where it is no combination of the rows."""
    remaining, value = _exactly(functional), Fraction(0)
    pivots: list[tuple[int, dict[int, Fraction], Fraction]] = []
    for row, right in zip(rows, rights, strict=True):
        terms, total = _exactly(row), _fraction(right)
        for column, pivot_terms, pivot_value in pivots:
            total -= _subtract(terms, pivot_terms, column) * pivot_value
        if terms:
            column = next(iter(terms))
            factor = terms[column]
            pivots.append(
                (
                    column,
                    {place: coefficient / factor for place, coefficient in terms.items()},
                    total / factor,
                )
            )
    for column, pivot_terms, pivot_value in pivots:
        value += _subtract(remaining, pivot_terms, column) * pivot_value
    return value if not remaining else None


def _subtract(terms: dict[int, Fraction], pivot_terms: Mapping[int, Fraction], column: int) -> Fraction:
    """Subtracts the multiple of `other` that removes the column from the terms, and returns the factor."""
    factor = terms.get(column, Fraction(0))
    if factor:
        for place, coefficient in pivot_terms.items():
            difference = terms.get(place, Fraction(0)) - factor * coefficient
            if difference:
                terms[place] = difference
            else:
                terms.pop(place, None)
    return factor


def _exactly(terms: Terms) -> dict[int, Fraction]:
    return {place: _fraction(factor) for place, factor in terms.items() if factor}


def _fraction(number: float) -> Fraction:
    return Fraction(number).limit_denominator(MOST_DENOMINATOR)
