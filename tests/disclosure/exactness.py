"""Confirms a floating-point result in fractions: a combination of rows that gives a functional, and its value."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

MOST_DENOMINATOR = 1_000_000
Terms = Mapping[int, float]


def exact_value(functional: Terms, rows: Sequence[Terms], rights: Sequence[float]) -> Fraction | None:
    """Returns the value of the functional, by elimination; None where it is no combination of the rows."""
    wanted, value = _exactly(functional), Fraction(0)
    pivots: list[tuple[int, dict[int, Fraction], Fraction]] = []
    for row, right in zip(rows, rights, strict=True):
        terms, total = _exactly(row), _fraction(right)
        for column, other, known in pivots:
            total -= _subtract(terms, other, column) * known
        if terms:
            column = next(iter(terms))
            factor = terms[column]
            pivots.append((column, {place: one / factor for place, one in terms.items()}, total / factor))
    for column, other, known in pivots:
        value += _subtract(wanted, other, column) * known
    return value if not wanted else None


def _subtract(terms: dict[int, Fraction], other: Mapping[int, Fraction], column: int) -> Fraction:
    """Subtracts the multiple of `other` that removes the column from the terms, and returns the factor."""
    factor = terms.get(column, Fraction(0))
    if factor:
        for place, one in other.items():
            rest = terms.get(place, Fraction(0)) - factor * one
            if rest:
                terms[place] = rest
            else:
                terms.pop(place, None)
    return factor


def _exactly(terms: Terms) -> dict[int, Fraction]:
    return {place: _fraction(factor) for place, factor in terms.items() if factor}


def _fraction(number: float) -> Fraction:
    return Fraction(number).limit_denominator(MOST_DENOMINATOR)
