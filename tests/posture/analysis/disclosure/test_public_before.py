"""Tests numbers that readers know from a withdrawn release: each is published unchanged or withheld, and counts as
known."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.analysis.answers.wave_data import WaveData
from posture.analysis.disclosure.content import content_of
from posture.analysis.disclosure.public_before import PublicBefore
from posture.analysis.estimates.rows import PUBLISHED, Identity, Row, identity, is_exact_count
from posture.analysis.release_rows.estimates import Estimates
from tests.posture.analysis.generated_waves import five_pairs, generated_wave
from tests.posture.analysis.small_waves import choice, wave

K = 5


def rows_of(data: WaveData, public: PublicBefore) -> dict[Identity, Row]:
    content = content_of(data, five_pairs(), ())
    return {identity(row): row for row in Estimates(content, k=K, public=public).rows()}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.integers(10, 60), st.floats(0, 1), st.floats(0, 1))
def test_a_cut_more_changes_no_number_and_shows_none_that_was_withheld(
    seed: int, organizations: int, silence: float, agreement: float
) -> None:
    data = replace(generated_wave(seed, organizations, silence, agreement), smallest_cohort=K)
    before = rows_of(data, PublicBefore())
    after = rows_of(replace(data, crossed=("sector+region",)), PublicBefore.of(before.values()))
    for name, row in before.items():
        if after[name].status == PUBLISHED:
            assert (row.status, row.base, row.bound) == (PUBLISHED, after[name].base, after[name].bound), name
            assert row.value == pytest.approx(after[name].value), name


def options_of_thirty() -> tuple[WaveData, str, list[str]]:
    """All of 30 choose one of three options: 17, 11 and 2 of them."""
    item = next(
        item
        for item in five_pairs().items
        if item.type == "single" and sum(option.is_substantive for option in item.options) >= 3
    )
    codes = [option.code for option in item.options if option.is_substantive][:3]
    chosen = [codes[0]] * 17 + [codes[1]] * 11 + [codes[2]] * 2
    lines = [choice(unit, item.code, code, basis="exported") for unit, code in enumerate(chosen)]
    return wave(30, lines), item.code, codes


def test_what_was_exact_is_known_and_another_number_is_told_as_a_range() -> None:
    """Two of 30 must not be published exactly, so one of the two others must not either. Once a reader has one of
    them exactly, it is always the other one that is not."""
    data, item, codes = options_of_thirty()
    names = [("item", item, "share", code, "all") for code in codes]
    unconstrained = rows_of(data, PublicBefore())
    exact = [name for name in names[:2] if is_exact_count(unconstrained[name])]
    (bounded_option,) = (name for name in names[:2] if name not in exact)
    (exact_option,) = exact
    swapped = {
        bounded_option: unconstrained[exact_option].changed(
            option=bounded_option[3], value=17 / 30 if bounded_option == names[0] else 11 / 30
        ),
        exact_option: unconstrained[bounded_option].changed(option=exact_option[3]),
    }
    before = PublicBefore.of((unconstrained | swapped).values())
    after = rows_of(data, before)
    assert not is_exact_count(after[exact_option])
    assert not is_exact_count(after[names[2]])
    assert after[bounded_option].status != PUBLISHED or is_exact_count(after[bounded_option])


def test_the_most_exact_of_several_releases_is_what_is_known() -> None:
    data, item, codes = options_of_thirty()
    exact = rows_of(data, PublicBefore())["item", item, "share", codes[0], "all"].changed(
        status=PUBLISHED, bound="", base=30, value=17 / 30, method="wilson"
    )
    bounded, withheld = exact.changed(bound="at_least", value=0.5), exact.suppressed(None)
    for rows in ((exact, bounded, withheld), (withheld, bounded, exact)):
        assert PublicBefore.of(rows).together_with([withheld]) == [exact]
    assert PublicBefore.of([exact]).without_differences([bounded])[0].status != PUBLISHED
    assert PublicBefore.of([exact]).without_differences([exact]) == [exact]
