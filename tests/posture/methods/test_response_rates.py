"""Tests response rates by the formulas of AAPOR's Standard Definitions, against sums by hand."""

import pytest
from pytest import approx

from posture.methods.response_rates import InvitationOutcomes, participation_rate, rr1, rr2, rr3

# I = 60, P = 8, R + NC + O = 12, UH + UO = 20.
OUTCOMES = InvitationOutcomes(complete=60, partial=8, not_returned=12, never_opened=20)


def test_the_formulas() -> None:
    """RR1 = I / (I + P + R + NC + O + UH + UO), RR2 = (I + P) / the same, RR3 = I / (... + e(UH + UO))."""
    assert (rr1(OUTCOMES), rr2(OUTCOMES)) == (approx(60 / 100), approx(68 / 100))
    assert rr3(OUTCOMES, eligible=0.5) == approx(60 / (60 + 8 + 12 + 0.5 * 20))
    assert participation_rate(OUTCOMES) == approx(68 / 100)


def test_rr3_lies_between_nobody_and_everybody_eligible() -> None:
    assert rr3(OUTCOMES, eligible=1) == rr1(OUTCOMES)
    assert rr3(OUTCOMES, eligible=0) == approx(60 / 80)


def test_nobody_invited_has_no_rate() -> None:
    nobody = InvitationOutcomes(0, 0, 0, 0)
    assert [rr1(nobody), rr2(nobody), rr3(nobody, eligible=1), participation_rate(nobody)] == [None] * 4


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        InvitationOutcomes(1, -1, 0, 0)
    with pytest.raises(ValueError, match="share"):
        rr3(OUTCOMES, eligible=1.2)
