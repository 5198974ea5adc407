"""Tests the correction for the size of the frame, against R 4.2.2 with survey 4.1-1: svymean, svyby and svycontrast
of the sample `apisrs` of that package, 200 of 6,194 schools, and of a made-up sample of 20 of 25."""

import math

import pytest
from pytest import approx

from posture.methods.finite_population import corrected_se, effective_base, wilson_on
from posture.methods.intervals import mean_t, normal_quantile, share_se, wilson_at
from posture.methods.survey import t_quantile

SCHOOLS, SAMPLED = 6194, 200
Z = normal_quantile(0.95)


def test_the_standard_error_of_a_mean_is_that_of_r() -> None:
    """svymean(~api00): standard deviation 132.97527928, standard error 9.24972203928, without frame 9.40277217088."""
    plain = 132.97527928 / math.sqrt(SAMPLED)
    assert plain == approx(9.40277217088)
    assert corrected_se(plain, SAMPLED / SCHOOLS) == approx(9.24972203928)


@pytest.mark.parametrize(
    ("plain", "corrected"),
    [(11.3787365551, 11.1935233972), (22.2894529895, 21.9266446973), (22.1872608896, 21.8261159913)],
)
def test_a_part_of_the_sample_has_the_sampling_fraction_of_the_whole(plain: float, corrected: float) -> None:
    """svyby(~api00, ~stype): elementary, high and middle schools."""
    assert corrected_se(plain, SAMPLED / SCHOOLS) == approx(corrected)


def test_so_has_a_difference_of_two_parts() -> None:
    """svycontrast of elementary schools against the others."""
    assert corrected_se(19.7814830582, SAMPLED / SCHOOLS) == approx(19.4594973151)


def test_most_of_a_small_frame() -> None:
    """20 of 25: svymean 48.65, standard error 2.83665388498, confint(df = 19) 42.7128151847 to 54.5871848153."""
    values = [3, 7, 12, 18, 22, 25, 31, 38, 44, 47, 52, 58, 61, 66, 70, 73, 79, 84, 88, 95]
    found = mean_t(values)
    assert found.se is not None
    se = corrected_se(found.se, 20 / 25)
    assert (found.mean, se) == (approx(48.65), approx(2.83665388498))
    assert 48.65 - t_quantile(0.95, 19) * se == approx(42.7128151847)


def test_the_standard_error_of_a_share() -> None:
    """svymean(~awards): 124 of 200, standard error 0.0338480671298, which estimates the spread with n - 1 and N."""
    base = effective_base(SAMPLED, SAMPLED / SCHOOLS)
    se = math.sqrt(0.62 * 0.38 / base)
    assert se * math.sqrt(SAMPLED / (SAMPLED - 1) * (SCHOOLS - 1) / SCHOOLS) == approx(0.0338480671298)


def test_the_effective_base_is_cochrans() -> None:
    """By hand: 91 of 120, 91 * 119 / 29; and the share's standard error times the root of 29 / 119."""
    base = effective_base(91, 91 / 120)
    assert base == approx(91 * 119 / 29)
    assert math.sqrt(0.25 / base) == approx(share_se(0.5, 91) * math.sqrt(29 / 119))


def test_a_frame_that_answered_as_a_whole_leaves_nothing_uncertain() -> None:
    assert corrected_se(3.5, 1) == 0
    assert effective_base(120, 1) == math.inf
    assert (wilson_on(0.25, math.inf, Z).low, wilson_on(0.25, math.inf, Z).high) == (0.25, 0.25)


def test_a_frame_without_end_changes_nothing() -> None:
    assert effective_base(91, 1e-9) == approx(91, rel=1e-6)
    found, plain = wilson_on(0.4, 91, Z), wilson_at(0.4 * 91, 91, Z)
    assert plain is not None
    assert (found.low, found.high) == (plain.low, plain.high)


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, math.nan])
def test_a_fraction_that_is_none_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="fraction"):
        corrected_se(1, fraction)
    with pytest.raises(ValueError, match="fraction"):
        effective_base(20, fraction)
