"""Tests cohorts of one dimension and of two crossed ones."""

from dataclasses import replace

import numpy as np

from surveys.instrument.cohorts import cohort_label
from tests.posture.analysis.small_waves import number, wave

SECTORS = ["retail", "retail", "energy", "energy", ""]
SIZES = ["1-49", "50-249", "1-49", "1-49", "1-49"]
CROSSED = "sector+size_band"


def test_crossed_cohorts_hold_who_is_in_both() -> None:
    lines = [number(unit, "COUNT", 1) for unit in range(5)]
    data = replace(wave(5, lines, sector=SECTORS, size_band=SIZES), crossed=(CROSSED,))

    crossed = {cohort.slug: cohort for cohort in data.cohorts() if cohort.dimension == CROSSED}

    assert crossed["sector:energy+size_band:1-49"].members.tolist() == [False, False, True, True, False]
    assert crossed["sector:not-stated+size_band:1-49"].members.tolist() == [False] * 4 + [True]
    assert np.sum([cohort.members for cohort in crossed.values()], axis=0).tolist() == [1] * 5


def test_without_a_cut_no_dimensions_are_crossed() -> None:
    data = wave(5, [number(0, "COUNT", 1)], sector=SECTORS, size_band=SIZES)
    assert not [cohort for cohort in data.cohorts() if "+" in cohort.slug]


def test_the_label_of_a_crossed_cohort_names_both() -> None:
    assert cohort_label("sector:energy+size_band:1-49") == "Energy or utilities, 1 to 49 people"
    assert cohort_label("sector:not-stated+region:europe") == "Sector not stated, Europe"
