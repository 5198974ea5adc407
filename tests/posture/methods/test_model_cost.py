"""Tests the compute of models and the break-even: settings computed by hand, laws and boundaries."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from posture.methods.model_cost import BreakEven, ModelOption, break_even

SIZES = st.integers(1, 10**6)
OPTIONS = st.builds(ModelOption, SIZES, SIZES, st.integers(1, 100), st.integers(1, 1000))
QUERIES = st.integers(0, 10**9)


def test_a_large_model_against_a_small_one_that_is_trained_for_longer() -> None:
    """
    Training   6 x 7e10 x 1.4e12 = 5.88e23      6 x 8e9 x 1.5e13 = 7.20e23
    Query      2 x 7e10 x 1 x 500 = 7.0e13      2 x 8e9 x 4 x 500 = 3.2e13
    Equal at   (7.20e23 - 5.88e23) / (7.0e13 - 3.2e13) = 1.32e23 / 3.8e13 = 66e9 / 19 = 3.4737e9 queries
    At 1e10    5.88e23 + 7.0e23 = 1.288e24      7.20e23 + 3.2e23 = 1.04e24
    """
    large = ModelOption(70 * 10**9, 14 * 10**11, 1, 500)
    small = ModelOption(8 * 10**9, 15 * 10**12, 4, 500)
    assert (large.training, small.training) == (588 * 10**21, 720 * 10**21)
    assert (large.per_query, small.per_query) == (70 * 10**12, 32 * 10**12)
    assert break_even(large, small) == BreakEven(Fraction(66 * 10**9, 19), before=0, after=1)
    assert large.total(10**10) == 1288 * 10**21
    assert small.total(10**10) == 1040 * 10**21


def test_the_sizes_of_the_paper() -> None:
    """37 million parameters with 27 samples and 455 million with 2, at about 2.56e19 operations of training.

    Training   6 x 37e6 x 1.15e11 = 2.5530e19     6 x 455e6 x 9.4e9 = 2.5662e19
    Query      2 x 37e6 x 27 x 1 = 1.998e9        2 x 455e6 x 2 x 1 = 1.820e9
    Equal at   (2.5662e19 - 2.5530e19) / (1.998e9 - 1.820e9) = 1.32e17 / 1.78e8 = 7.416e8 queries
    Tokens per parameter   1.15e11 / 37e6 = 3,108  9.4e9 / 455e6 = 20.7
    """
    small = ModelOption(37 * 10**6, 115 * 10**9, 27, 1)
    large = ModelOption(455 * 10**6, 94 * 10**8, 2, 1)
    assert (small.training, large.training) == (25530 * 10**15, 25662 * 10**15)
    assert (small.per_query, large.per_query) == (1998 * 10**6, 1820 * 10**6)
    assert break_even(small, large) == BreakEven(Fraction(132 * 10**15, 178 * 10**6), before=0, after=1)
    assert round(small.tokens_per_parameter) == 3108
    assert round(float(large.tokens_per_parameter), 1) == 20.7


def test_small_numbers() -> None:
    """
    Training   6 x 10 x 100 = 6000      6 x 5 x 300 = 9000
    Query      2 x 10 x 1 x 2 = 40      2 x 5 x 1 x 2 = 20
    Equal at   (9000 - 6000) / (40 - 20) = 150 queries: 6000 + 150 x 40 = 12000, 9000 + 150 x 20 = 12000
    """
    first, second = ModelOption(10, 100, 1, 2), ModelOption(5, 300, 1, 2)
    assert break_even(first, second) == BreakEven(Fraction(150), before=0, after=1)
    assert break_even(second, first) == BreakEven(Fraction(150), before=1, after=0)
    assert first.total(150) == second.total(150) == 12000


def test_without_queries_only_the_training_counts() -> None:
    option = ModelOption(10, 100, 3, 2)
    assert option.total(0) == option.training == 6000


def test_equal_costs_have_no_break_even() -> None:
    """The second option has half the parameters, twice the tokens and twice the samples."""
    assert break_even(ModelOption(10, 100, 1, 2), ModelOption(5, 200, 2, 2)) == BreakEven(None, None, None)


def test_a_dominated_option_has_no_break_even() -> None:
    cheap, dear = ModelOption(10, 100, 1, 2), ModelOption(20, 100, 1, 2)
    assert break_even(cheap, dear) == BreakEven(None, 0, 0)
    assert break_even(dear, cheap) == BreakEven(None, 1, 1)


def test_equal_queries_leave_the_difference_of_the_training() -> None:
    assert break_even(ModelOption(10, 200, 1, 2), ModelOption(10, 100, 1, 2)) == BreakEven(None, 1, 1)


def test_equal_training_breaks_even_at_no_query() -> None:
    assert break_even(ModelOption(10, 100, 2, 2), ModelOption(10, 100, 1, 2)) == BreakEven(
        Fraction(0), None, 1
    )


@given(OPTIONS, OPTIONS, QUERIES, QUERIES)
def test_more_queries_favour_the_option_with_the_lower_cost_per_query(
    first: ModelOption, second: ModelOption, queries: int, more: int
) -> None:
    low, high = sorted((first, second), key=lambda option: option.per_query)
    before = low.total(queries) - high.total(queries)
    after = low.total(queries + more) - high.total(queries + more)
    assert after <= before


@given(OPTIONS, OPTIONS)
def test_the_break_even_separates_the_options(first: ModelOption, second: ModelOption) -> None:
    found = break_even(first, second)
    options = (first, second)
    far = 10**15
    if found.queries is not None:
        assert first.total(found.queries) == second.total(found.queries)
        far = int(found.queries) + 1
    for queries, less in ((0, found.before), (far, found.after)):
        totals = [option.total(queries) for option in options]
        if less is None:
            assert totals[0] == totals[1]
        else:
            assert totals[less] < totals[1 - less]


@given(OPTIONS, OPTIONS)
def test_the_order_of_the_options_does_not_matter(first: ModelOption, second: ModelOption) -> None:
    one, other = break_even(first, second), break_even(second, first)
    swapped = {None: None, 0: 1, 1: 0}
    assert other == BreakEven(one.queries, swapped[one.before], swapped[one.after])
