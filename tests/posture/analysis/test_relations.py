"""The sums that rules and audit stand on, tried on answers drawn at random."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture import catalogue
from posture.analysis.relations import relations_of
from posture.analysis.relations.counts import Count, Line, Relations
from posture.analysis.scoring import scores_of
from posture.analysis.wave_data import WaveData
from tests.posture.analysis.generated_waves import five_pairs, generated_wave


def relations(data: WaveData) -> Relations:
    questionnaire = five_pairs()
    known = {item.code for item in questionnaire.items}
    indicators = tuple(one for one in catalogue.indicators_of(questionnaire.slug) if one.item in known)
    file = catalogue.score_file(questionnaire.slug)
    assert file is not None
    domains = tuple(domain for domain in file.domains if {one.item for one in domain.items} <= known)
    assert domains
    scores = scores_of(file.model_copy(update={"domains": domains}), questionnaire, data)
    return relations_of(data, questionnaire, indicators, scores)


def terms(line: Line, of: Relations) -> list[tuple[Count, float]]:
    return [(of.counts[place], factor) for place, factor in line.terms]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.floats(0, 1), st.floats(0, 1))
def test_every_sum_holds_for_every_organization(
    seed: int, organizations: int, silence: float, agreement: float
) -> None:
    made = relations(generated_wave(seed, organizations, silence, agreement))
    for line in made.lines:
        total = sum(factor * count.scores for count, factor in terms(line, made))
        assert np.abs(total).max() < 1e-6, [(count.name, factor) for count, factor in terms(line, made)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.floats(0, 1), st.floats(0, 1))
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
    made = relations(generated_wave(1, 40, 0.5, 0.2))
    place = made.place(name)
    assert any(place == other for line in made.lines for other, _ in line.terms)
