"""The variables of the attack: sums over organisations, named by conditions on their answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

Condition = tuple[str, ...]


class Variable(NamedTuple):
    """The number of organisations that meet all conditions; with a weight, the sum of that number over them.

    conditions: such as ("gave", "INV-R1") or ("chose", "INC-R1", "no"). weight: () or such as ("number",
    "INV-R1")."""

    conditions: tuple[Condition, ...]
    weight: Condition = ()

    def __str__(self) -> str:
        description = " & ".join(" ".join(condition) for condition in self.conditions) or "everybody"
        return f"sum of {' '.join(self.weight)} over {description}" if self.weight else description

    def having(self, *more: Condition) -> "Variable":
        return Variable((*self.conditions, *more), self.weight)


def count(*conditions: Condition) -> Variable:
    return Variable(tuple(conditions))


def total(weight: Condition, *conditions: Condition) -> Variable:
    return Variable(tuple(conditions), weight)


Terms = tuple[tuple[Variable, float], ...]


@dataclass(frozen=True)
class Relation:
    """A relation: the terms add up to 0, or to at most 0 where `is_equality` is false, in each cohort and for any
    answers."""

    name: str
    terms: Terms
    is_equality: bool = True


def equal(name: str, whole: Iterable[Variable], parts: Iterable[Variable]) -> Relation:
    """Returns the relation that the sums of both sides are equal."""
    return Relation(
        name, (*((variable, 1.0) for variable in whole), *((variable, -1.0) for variable in parts))
    )


def at_most(name: str, small: Variable, large: Variable, times: float = 1.0) -> Relation:
    return Relation(name, ((small, 1.0), (large, -times)), is_equality=False)
