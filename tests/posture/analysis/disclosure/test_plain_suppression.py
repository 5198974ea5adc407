"""Tests the fast search for withheld cells against the plain rules, on organisations and on groups of them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.analysis.answers.wave_data import WaveData
from posture.analysis.disclosure.atoms import Atoms
from posture.analysis.disclosure.protected_cells import protected_cells
from posture.analysis.disclosure.suppression import Protected, bits, withheld
from posture.analysis.estimates.cells import series_of
from surveys.instrument.cohorts import ALL, CROSSED
from tests.posture.analysis.disclosure.plain_suppression import organizations, withheld_plainly
from tests.posture.analysis.disclosure.test_membership import answers
from tests.posture.analysis.small_waves import small

K = 5
DIMENSIONS = ("sector", "region")


@st.composite
def releases(draw: st.DrawFn) -> tuple[list[Protected], np.ndarray]:
    """Generates cells on groups of organisations with their sizes: two variables whose bases overlap in every way,
    two dimensions and, sometimes, both crossed; cells about two variables at once, of three priorities."""
    groups = draw(st.integers(1, 24))
    sizes = np.array(draw(st.lists(st.integers(1, 4), min_size=groups, max_size=groups)))
    subsets = st.lists(st.integers(0, 3).map(bool), min_size=groups, max_size=groups).map(np.array)
    labels = {
        name: np.array(draw(st.lists(st.integers(0, 2), min_size=groups, max_size=groups)))
        for name in DIMENSIONS
    }
    if draw(st.booleans()):
        labels[CROSSED.join(DIMENSIONS)] = 3 * labels[DIMENSIONS[0]] + labels[DIMENSIONS[1]]
    cohorts = [(ALL, np.ones(groups, dtype=bool))]
    cohorts += [
        (name, values == value) for name, values in labels.items() for value in sorted(set(values.tolist()))
    ]
    bases = draw(st.lists(subsets, min_size=1, max_size=3))
    cells = []
    for series in range(draw(st.integers(1, 4))):
        exposed = [
            (draw(st.sampled_from("xy")), draw(st.sampled_from(bases)))
            for _ in range(draw(st.integers(1, 2)))
        ]
        priority = draw(st.integers(1, 3))
        for dimension, members in cohorts:
            exposes = tuple((variable, bits(base & members)) for variable, base in exposed)
            base = int(sizes[exposed[0][1] & members].sum())
            cells.append(Protected(series, dimension, dimension, priority, base, exposes))
    return cells, sizes


def one_by_one(cells: list[Protected], sizes: np.ndarray) -> list[Protected]:
    """Returns the same cells with a bit for each organisation."""
    group_of = np.repeat(np.arange(len(sizes)), sizes)
    width = 8 * -(-len(sizes) // 8)

    def spread(members: int) -> int:
        return bits(np.isin(group_of, [width - 1 - place for place in organizations(members)]))

    return [
        replace(cell, exposes=tuple((name, spread(members)) for name, members in cell.exposes))
        for cell in cells
    ]


@given(releases())
@settings(max_examples=150, deadline=None)
def test_the_search_gives_what_the_plain_rules_give(release: tuple[list[Protected], np.ndarray]) -> None:
    cells, sizes = release
    listed = one_by_one(cells, sizes)
    expected = withheld_plainly(listed, k=K)
    assert withheld(listed, k=K) == expected
    assert withheld(cells, k=K, sizes={"x": sizes, "y": sizes}) == expected


@pytest.mark.parametrize("crossed", [(), ("sector+region",)])
def test_the_cells_of_a_wave_are_those_of_its_organizations(crossed: tuple[str, ...]) -> None:
    data: WaveData = replace(answers(), crossed=crossed)
    series, cohorts = list(series_of(data, small(), ())), list(data.cohorts())
    protected = protected_cells(series, cohorts)
    expected = [
        (
            int((cell_series.base & cohort.members).sum()),
            [int((exposure.members & cohort.members).sum()) for exposure in cell_series.exposes],
        )
        for cell_series in series
        for cohort in cohorts
    ]
    assert [(cell.base, sizes_of(cell, protected.sizes)) for cell in protected.cells] == expected
    listed = [
        replace(
            cell,
            exposes=tuple(
                (exposure.variable, bits(exposure.members & cohort.members))
                for exposure in cell_series.exposes
            ),
        )
        for cell, (cell_series, cohort) in zip(
            protected.cells,
            ((cell_series, cohort) for cell_series in series for cohort in cohorts),
            strict=True,
        )
    ]
    hidden = withheld(protected.cells, k=K, sizes=protected.sizes)
    assert 0 < len(hidden) < len(listed)
    assert hidden == withheld_plainly(listed, k=K)


def sizes_of(cell: Protected, sizes: dict[str, np.ndarray]) -> list[int]:
    cell_sizes = []
    for variable, members in cell.exposes:
        width = 8 * -(-len(sizes[variable]) // 8)
        cell_sizes.append(sum(int(sizes[variable][width - 1 - place]) for place in organizations(members)))
    return cell_sizes


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    rows, columns = draw(st.integers(0, 30)), draw(st.integers(0, 40))
    cells = draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))
    return np.array(cells, dtype=bool).reshape(rows, columns)[:, draw(st.permutations(range(columns)))]


@given(matrices(), st.integers(1, 4))
def test_atoms_are_the_columns_that_are_alike(sets: np.ndarray, rows: int) -> None:
    """Against numpy's search for the distinct columns of a matrix."""
    for wanted in (sets, sets[:rows]):
        for atoms in (Atoms.of(wanted), Atoms.whole(wanted.shape[1]).divided_by(wanted)):
            if wanted.size:
                columns, numbers, sizes = np.unique(wanted, axis=1, return_inverse=True, return_counts=True)
                assert atoms.number_of.tolist() == numbers.ravel().tolist()
                assert atoms.sizes().tolist() == sizes.tolist()
                assert (wanted[:, atoms.firsts] == columns).all()
            assert atoms.count == len({tuple(column) for column in wanted.T.tolist()})
