"""Tests every number of a cut against counting the rows one by one, and against pandas."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.cuts import Cut, cut
from posture.analysis.cubes.frame import Frame
from posture.analysis.cubes.selection import Group, Query
from posture.methods.survey import EstimationRefused
from tests.posture.analysis.cubes.frames import (
    AMOUNTS,
    YES_NO,
    frame_of,
    is_close,
    numbers,
    rows_in,
    unweighted,
    weighted,
)

INCIDENT, VISIBLE, POLICY = (measure.key for measure in YES_NO)
MONITORED, AGENTS = (measure.key for measure in AMOUNTS)
QUERIES = (
    Query(),
    Query(breaks=((), ("sector",), ("region",), ("sector", "region"), ("region", "sector"))),
    Query(breaks=(("sector",),), segments={"region": ["south"]}),
    Query(
        breaks=(("sector",), ("sector", "region")), segments={"sector": ["energy", ""], "region": ["north"]}
    ),
    Query(breaks=(("region",),), answers={INCIDENT: [0]}),
    Query(
        breaks=((), ("sector", "region")),
        segments={"sector": ["retail"]},
        answers={VISIBLE: [1], POLICY: [0, 1]},
    ),
    Query(breaks=(("sector",),), answers={MONITORED: [12.5, 40.0]}),
    Query(breaks=((INCIDENT,), ("sector",), (VISIBLE, "sector"), ("region", POLICY), (INCIDENT, POLICY))),
    Query(breaks=((INCIDENT,),), answers={INCIDENT: [1]}),
    Query(breaks=(("region",),), measures=(VISIBLE, AGENTS)),
    Query(breaks=(("region",), (VISIBLE,)), measures=(MONITORED,), answers={INCIDENT: [1]}),
    Query(breaks=(("region",),), segments={"sector": []}),
)


def check_against_counting(frame: Frame, query: Query, result: Cut) -> None:
    places = [
        [frame_measure.key for frame_measure in frame.measures].index(measure.key)
        for measure in result.measures
    ]
    for is_weighted in (False, True):
        for group, measure, number in numbers(result, is_weighted=is_weighted):
            members = rows_in(frame, query, result.groups[group].dimensions, result.groups[group].codes)
            expected = (
                weighted(frame, places[measure], members)
                if is_weighted
                else unweighted(frame, places[measure], members)
            )
            assert is_close(number, expected, 1e-12), (
                result.groups[group],
                result.measures[measure],
                is_weighted,
            )


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(0, 40),
    seed=st.integers(0, 10**6),
    query=st.sampled_from(QUERIES),
    is_weighted=st.booleans(),
    missing=st.sampled_from([0.0, 0.2, 0.9]),
)
def test_a_cut_is_what_counting_the_rows_gives(
    rows: int, seed: int, query: Query, is_weighted: bool, missing: float
) -> None:
    frame = frame_of(rows, seed, weighted=is_weighted, missing=missing)
    check_against_counting(frame, query, cut(Cube.build(frame), query, k=5))


@pytest.mark.parametrize("query", QUERIES)
def test_with_parts_that_came_later_and_from_the_disk(query: Query, tmp_path: Path) -> None:
    frame = frame_of(90, seed=3)
    cube = Cube.build(frame.with_rows(slice(0, 60)))
    cube.save(tmp_path)
    for part in (slice(60, 61), slice(61, 90)):
        cube = Cube.load(tmp_path).append(frame.with_rows(part))
        cube.save(tmp_path)
    loaded = Cube.load(tmp_path)
    assert len(loaded.parts) == 3
    check_against_counting(frame, query, cut(loaded, query, k=5))


def test_smaller_tables_give_what_the_largest_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = frame_of(400, seed=8, waves=2)
    query = Query(breaks=((), ("sector",), ("region", "wave")), segments={"sector": ["energy", "retail"]})
    plain = cut(Cube.build(frame), query, k=5)
    monkeypatch.setattr("posture.analysis.cubes.tables.FEW_CELLS", 0)
    monkeypatch.setattr("posture.analysis.cubes.tables.SHARE_FOR_SMALLER", 10)
    cube = Cube.build(frame)
    assert sorted(map(sorted, (table.dimensions for table in cube.parts[0].tables))) == [
        [], [0], [0, 1], [0, 1, 2], [0, 2], [1], [1, 2], [2],
    ]  # fmt: skip
    result = cut(cube, query, k=5)
    np.testing.assert_array_equal(result.base, plain.base)
    np.testing.assert_allclose(result.weighted, plain.weighted, rtol=1e-12)


def test_against_pandas() -> None:
    frame = frame_of(5000, seed=5)
    table = (
        pd.DataFrame(frame.binary, columns=[measure.key for measure in YES_NO])
        .astype(float)
        .replace(-1, np.nan)
    )
    table[[MONITORED, AGENTS]] = frame.numeric.astype(float)
    for place, dimension in enumerate(frame.dimensions):
        table[dimension.code] = np.array(dimension.codes)[frame.segments[:, place]]
    south = table[table["region"] == "south"]
    result = cut(Cube.build(frame), Query(breaks=(("sector",),), segments={"region": ["south"]}), k=5)
    order = [result.groups.index(group) for group in result.groups if group.dimensions]
    keys = [measure.key for measure in result.measures]
    codes = [result.groups[place].codes[0] for place in order]
    grouped = south.groupby("sector")[keys]
    np.testing.assert_array_equal(result.base[order], grouped.count().loc[codes])
    np.testing.assert_allclose(result.unweighted.value[order], grouped.mean().loc[codes], rtol=1e-12)
    np.testing.assert_allclose(
        result.unweighted.se[order, 3:], grouped.sem().loc[codes, keys[3:]], rtol=1e-12
    )
    weights = pd.Series(frame.weights, table.index)
    for group, code in zip(order, codes, strict=True):
        rows = south[south["sector"] == code]
        means = [np.average(rows[key].dropna(), weights=weights[rows[key].dropna().index]) for key in keys]
        np.testing.assert_allclose(result.weighted.value[group], means, rtol=1e-12)


def test_an_empty_group_has_no_number_and_base_zero() -> None:
    result = cut(Cube.build(frame_of(30, seed=1)), Query((("region",),), {"region": ["north"]}), k=5)
    south = next(place for place, group in enumerate(result.groups) if group.codes == ("south",))
    assert (result.base[south] == 0).all()
    assert not result.releasable[south].any()
    for figures in (result.unweighted, result.weighted):
        assert np.isnan(np.array(figures)[:, south]).all()


def test_each_wave_is_counted_by_itself() -> None:
    frame = frame_of(80, seed=2, waves=2)
    cube = Cube.build(frame)
    for place, wave in enumerate(("first", "second")):
        is_in = frame.segments[:, 2] == place
        query = Query(breaks=(("sector",),), segments={"wave": [wave]})
        check_against_counting(frame, query, cut(cube, query, k=5))
        by_wave = cut(cube, Query(breaks=(("wave",),)), k=5)
        group = [group.codes for group in by_wave.groups].index((wave,))
        expected = weighted(frame, 0, is_in)
        assert by_wave.weighted.se[group, 0] == pytest.approx(expected.se, rel=1e-12)


def test_an_organisation_in_two_waves_counts_in_one_only() -> None:
    frame = frame_of(40, seed=4, waves=2)
    frame = replace(frame, organizations=np.arange(40) // 2, segments=frame.segments.copy())
    frame.segments[:, 2] = np.arange(40) % 2
    cube = Cube.build(frame)
    with pytest.raises(EstimationRefused, match="choose a wave, or break by wave"):
        cut(cube, Query(breaks=(("sector",),)), k=5)
    query = Query(breaks=(("sector",),), segments={"wave": ["first"]})
    first = cut(cube, query, k=5)
    check_against_counting(frame, query, first)
    by_wave_and_sector = cut(cube, Query(breaks=(("wave",), ("wave", "sector"))), k=5)
    assert {group.dimensions for group in by_wave_and_sector.groups} == {("wave",), ("wave", "sector")}, (
        "and no total"
    )
    for sector in ("energy", "retail", ""):
        place = by_wave_and_sector.groups.index(Group(("wave", "sector"), ("first", sector)))
        alone = first.groups.index(Group(("sector",), (sector,)))
        np.testing.assert_array_equal(
            np.array(by_wave_and_sector.weighted)[:, place], np.array(first.weighted)[:, alone]
        )


@pytest.mark.parametrize(
    "query",
    [
        Query(breaks=(("colour",),)),
        Query(segments={"sector": ["space"]}),
        Query(answers={"item|nothing|mean|": [1]}),
        Query(measures=("item|nothing|mean|",)),
        Query(breaks=((MONITORED,),)),
    ],
)
def test_what_the_frame_does_not_have(query: Query) -> None:
    with pytest.raises(KeyError):
        cut(Cube.build(frame_of(10, seed=1)), query, k=5)


def test_a_break_has_two_different_dimensions_at_most() -> None:
    for dimensions in (("sector", "region", "wave"), ("sector", "sector")):
        with pytest.raises(ValueError, match="up to 2 different dimensions"):
            cut(Cube.build(frame_of(10, seed=1)), Query((dimensions,)), k=5)
