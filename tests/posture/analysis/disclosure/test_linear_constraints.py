"""Tests the sums that rules and audit are based on, with randomly drawn answers."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.analysis.answers.scoring import scores_of
from posture.analysis.answers.wave_data import WaveData
from posture.analysis.disclosure.content import Content, content_of
from posture.analysis.disclosure.linear_constraints.counts import Count, Derivation, Equation, Key, Relations
from posture.analysis.estimates.rows import Row, rounded_outwards
from posture.analysis.release_rows.estimates import Estimates
from posture.stored_definitions import catalogue
from tests.posture.analysis.generated_waves import five_pairs, generated_wave

K = 5
# Of a generated wave: the seed, the number of organisations, their silence and their agreement.
ANSWERS = st.integers(0, 10**6), st.integers(1, 60), st.floats(0, 1), st.floats(0, 1)


def content(data: WaveData) -> Content:
    questionnaire = five_pairs()
    codes = {item.code for item in questionnaire.items}
    indicators = tuple(
        indicator for indicator in catalogue.indicators_of(questionnaire.slug) if indicator.item in codes
    )
    file = catalogue.score_file(questionnaire.slug)
    assert file is not None
    domains = tuple(domain for domain in file.domains if {item.item for item in domain.items} <= codes)
    assert domains
    scores = scores_of(file.model_copy(update={"domains": domains}), questionnaire, data)
    return content_of(data, questionnaire, indicators, scores)


def relations(data: WaveData) -> Relations:
    return content(data).relations


def terms(equation: Equation, of: Relations) -> list[tuple[Count, float]]:
    return [(of.counts[place], factor) for place, factor in equation.terms]


@settings(max_examples=25, deadline=None)
@given(*ANSWERS)
def test_every_sum_holds_for_every_organization(
    seed: int, organizations: int, silence: float, agreement: float
) -> None:
    wave_relations = relations(generated_wave(seed, organizations, silence, agreement))
    for equation in wave_relations.equations:
        total = sum(factor * count.scores for count, factor in terms(equation, wave_relations))
        assert np.abs(total).max() < 1e-6, [
            (count.name, factor) for count, factor in terms(equation, wave_relations)
        ]


@settings(max_examples=25, deadline=None)
@given(*ANSWERS)
def test_what_is_at_most_nothing_is_so_for_every_organization(
    seed: int, organizations: int, silence: float, agreement: float
) -> None:
    wave_relations = relations(generated_wave(seed, organizations, silence, agreement))
    for limit in wave_relations.at_most_zero:
        total = sum(factor * wave_relations.counts[place].scores for place, factor in limit)
        assert total.max() < 1e-6, [(wave_relations.counts[place].name, factor) for place, factor in limit]
    for place, whole in wave_relations.within.items():
        count, members = wave_relations.counts[place], wave_relations.counts[whole].scores
        assert (count.scores <= count.top * members + 1e-6).all(), count.name


@settings(max_examples=25, deadline=None)
@given(*ANSWERS)
def test_every_count_lies_between_its_ends(
    seed: int, organizations: int, silence: float, agreement: float
) -> None:
    for count in relations(generated_wave(seed, organizations, silence, agreement)).counts:
        least = -count.top if count.is_difference else 0.0
        assert (count.scores >= least - 1e-9).all(), count.name
        assert (count.scores <= count.top + 1e-9).all(), count.name
        assert not count.scores[~count.base].any(), count.name


@pytest.mark.parametrize(
    "name",
    ["INC-R5 estimated without INC-C2", "IAM-R1 unknown without IAM-C1", "everybody", "INC-R5 asked"],
)
def test_what_a_reader_may_reckon_with_stands_in_a_sum(name: str) -> None:
    wave_relations = relations(generated_wave(1, 40, 0.5, 0.2))
    place = wave_relations.place(name)
    assert any(place == other for equation in wave_relations.equations for other, _ in equation.terms)


@settings(max_examples=8, deadline=None)
@given(*ANSWERS)
def test_every_limit_is_the_sum_that_the_audit_takes_it_for(
    seed: int, organizations: int, silence: float, agreement: float
) -> None:
    wave_content = content(generated_wave(seed, organizations, silence, agreement))
    counts, ends = wave_content.relations.counts, wave_content.relations.ends
    for row in published(Estimates(wave_content, k=K).rows()):
        if key_of(row) in ends:
            terms, whole = ends[key_of(row)]
            members = next(cohort.members for cohort in wave_content.cohorts if cohort.slug == row.cohort)
            total = sum(factor * counts[place].scores[members].sum() for place, factor in terms)
            assert row.value == rounded_outwards(row, total / counts[whole].scores[members].sum()), row


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 60), st.floats(0, 1), st.randoms())
def test_a_row_that_only_follows_is_told_beside_all_that_it_follows_from(
    seed: int, organizations: int, silence: float, random: Random
) -> None:
    """For any findings of an audit, and so for anything that is withheld because of them."""
    wave_content = content(generated_wave(seed, organizations, silence, 0.5))
    memberships = [count.name for count in wave_content.relations.counts if count.is_membership]
    slugs = [cohort.slug for cohort in wave_content.cohorts]
    derivations = [Derivation(random.choice(memberships), random.choice(slugs)) for _ in range(4)] * 3
    rows = published(Estimates(wave_content, k=K).rows(derivations))
    exact = {(wave_content.relations.rows[key_of(row)].count, row.cohort) for row in rows if not row.bound}
    left_out = {(wave_content.relations.rows[key_of(row)].left_out, row.cohort) for row in rows}
    for row in rows:
        row_counts = wave_content.relations.rows[key_of(row)]
        missing = {(place, row.cohort) for place in row_counts.follows_from} - exact - left_out
        assert not missing, (row, [wave_content.relations.counts[place or 0].name for place, _ in missing])


def published(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.status == "published" and not row.statistic.endswith("_vs_rest")]


def key_of(row: Row) -> Key:
    return row.subject_kind, row.subject, row.statistic, row.option
