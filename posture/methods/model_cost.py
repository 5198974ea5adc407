"""Compute that a language model takes for its training and for its queries, and the break-even of two options."""

from dataclasses import dataclass
from fractions import Fraction

TRAINING = 6
FORWARD = 2


@dataclass(frozen=True)
class ModelOption:
    """A model and its use. All are whole numbers: parameters, training tokens, samples per query, tokens per sample.

    Floating-point operations: training 6ND, query 2Nkt.

    Source   Roberts et al. (2026), arXiv:2604.01411, for 6ND and 2Nk; the factors for tokens and queries are ours.
    """

    parameters: int
    training_tokens: int
    samples: int
    tokens: int

    @property
    def training(self) -> int:
        return TRAINING * self.parameters * self.training_tokens

    @property
    def per_query(self) -> int:
        return FORWARD * self.parameters * self.samples * self.tokens

    @property
    def tokens_per_parameter(self) -> Fraction:
        return Fraction(self.training_tokens, self.parameters)

    def total(self, queries: int | Fraction) -> Fraction:
        return Fraction(self.training) + Fraction(self.per_query) * queries


@dataclass(frozen=True)
class BreakEven:
    """Which of two options, 0 or 1, takes less compute.

    queries  number of queries at which both take the same, None if there is no such number, or if all are
    before   option that takes less below it, None if both take the same there
    after    option that takes less above it, None if both take the same there
    """

    queries: Fraction | None
    before: int | None
    after: int | None


def break_even(first: ModelOption, second: ModelOption) -> BreakEven:
    """Compares two options over all numbers of queries from 0. Exact, because all inputs are whole numbers."""
    training, per_query = first.training - second.training, first.per_query - second.per_query
    cheaper_to_train, cheaper_per_query = _smaller(training), _smaller(per_query)
    if cheaper_per_query is None:
        return BreakEven(None, cheaper_to_train, cheaper_to_train)
    if cheaper_to_train is None:
        return BreakEven(Fraction(0), None, cheaper_per_query)
    if cheaper_to_train == cheaper_per_query:
        return BreakEven(None, cheaper_to_train, cheaper_to_train)
    return BreakEven(Fraction(-training, per_query), cheaper_to_train, cheaper_per_query)


def _smaller(difference: int) -> int | None:
    """Returns which of two numbers is smaller, given the first minus the second; None if they are equal."""
    return None if difference == 0 else 0 if difference < 0 else 1
