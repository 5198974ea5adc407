"""Tests a frame against the cells of a release: every number of every cohort, computed from the same answers in both
ways."""

from random import Random

import numpy as np
from pytest import approx

from posture.analysis.answers.wave_data import DONT_KNOW, NO_EVIDENCE, ROUTED_OUT, WaveData
from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.cuts import cut
from posture.analysis.cubes.measures import MEASURED, WaveAnswers, empty_wave, frame_of_waves
from posture.analysis.cubes.selection import Query
from posture.analysis.estimates.cells import series_of
from posture.definitions.indicators import Indicator
from surveys.instrument.cohorts import ALL
from tests.posture.analysis.small_waves import Line, choice, number, small, special, wave

QUESTIONNAIRE = small()
INDICATORS = (
    Indicator(code="any-incident", item="I-R", label="Incident", statistic="share", counts=("yes",)),
    Indicator(code="all-agents", item="A-R", label="All", statistic="share_at", threshold=100),
    Indicator(
        code="few-agents", item="A-R", label="Few", statistic="share_below", threshold=50, dont_know="in_base"
    ),
    Indicator(code="mean-inventory", item="A-R", label="Mean", statistic="mean"),
)
UNITS = 60


def lines(random: Random) -> list[Line]:
    answer_lines = []
    for unit in range(UNITS):
        for item, informant in (("COUNT", 1), ("A-C", 0), ("A-R", random.choice([0, 1]))):
            if random.random() < 0.8:
                answer_lines.append(number(unit, item, random.choice([0, 30, 50, 100]), informant=informant))
            elif random.random() < 0.8:
                state = random.choice([DONT_KNOW, NO_EVIDENCE, ROUTED_OUT])
                answer_lines.append(special(unit, item, state, informant=informant))
        for item, informant in (("I-C", 0), ("I-R", 1)):
            if random.random() < 0.9:
                answer_lines.append(choice(unit, item, random.choice(["yes", "no"]), informant=informant))
        answer_lines.append(choice(unit, "KEYS", *random.sample(["shared", "own", "other"], 2), informant=1))
    return answer_lines


def answers(seed: int) -> WaveData:
    random = Random(seed)
    sectors = [random.choice(["", "healthcare", "retail"]) for _ in range(UNITS)]
    return wave(UNITS, lines(random), sector=sectors)


def test_every_number_of_every_cohort_is_the_one_of_the_release() -> None:
    data = answers(1)
    cube = Cube.build(frame_of_waves([WaveAnswers("spring", data, QUESTIONNAIRE, INDICATORS)]))
    result = cut(cube, Query(breaks=((), ("sector",))), k=5)
    groups = {":".join((*group.dimensions, *group.codes)): place for place, group in enumerate(result.groups)}
    places = {measure.key: place for place, measure in enumerate(result.measures)}
    compared = 0
    for series in series_of(data, QUESTIONNAIRE, INDICATORS):
        for cohort in data.cohorts():
            slug = {ALL: "", "sector:not-stated": "sector:"}.get(cohort.slug, cohort.slug)
            for quantity in series.quantities:
                row = quantity.row(series.blank(cohort, 0.95), series.base & cohort.members)
                if quantity.kind not in MEASURED:
                    continue
                measure = places["|".join((row.subject_kind, row.subject, row.statistic, row.option))]
                at = groups[slug], measure
                assert result.base[at] == row.base
                numbers = result.unweighted.value[at], result.unweighted.low[at], result.unweighted.high[at]
                expected = [row.value, row.ci_low, row.ci_high]
                assert numbers == approx(np.array(expected, dtype=float), nan_ok=True, rel=1e-5), row
                compared += row.base != 0
    assert compared > 100


def test_waves_are_told_apart_and_a_wave_without_answers_has_its_measures() -> None:
    data = answers(2)
    two_waves = [
        WaveAnswers("spring", data, QUESTIONNAIRE, INDICATORS),
        WaveAnswers("autumn", empty_wave(), QUESTIONNAIRE, INDICATORS),
    ]
    frame = frame_of_waves(two_waves)
    assert frame.dimensions[-1].codes == ("spring", "autumn")
    assert len(frame) == UNITS
    assert set(frame.segments[:, -1]) == {0}
    assert frame_of_waves(two_waves[1:]).measures == frame.measures


def test_what_a_wave_did_not_ask_is_in_no_base_there() -> None:
    without = QUESTIONNAIRE.model_copy(
        update={"items": tuple(item for item in QUESTIONNAIRE.items if item.code != "KEYS")}
    )
    frame = frame_of_waves(
        [
            WaveAnswers("spring", answers(3), without, ()),
            WaveAnswers("autumn", answers(4), QUESTIONNAIRE, ()),
        ]
    )
    keys = [place for place, measure in enumerate(frame.yes_no) if measure.subject == "KEYS"]
    assert len(keys) == 5
    assert (frame.binary[:UNITS, keys] == -1).all()
    assert (frame.binary[UNITS:, keys] >= 0).all()
