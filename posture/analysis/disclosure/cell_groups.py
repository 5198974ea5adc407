"""The published cells about one variable as distinct sets of organisations, for the search of an audit. The sets are
divided into atoms once, and each search uses the atoms."""

from collections.abc import Iterator, Sequence

import numpy as np

from posture.analysis.disclosure.atoms import Atoms
from posture.analysis.disclosure.row_space import small_groups
from posture.analysis.disclosure.suppression import dimension_sets


class CellGroups:
    """The distinct sets of organisations of cells.

    numbers  for each cell the number of its set; sets are numbered by their first cells
    firsts   for each set the position of its first cell
    """

    def __init__(self, cells: Sequence[np.ndarray]) -> None:
        """cells: one boolean array for each, over the same organisations."""
        number_of: dict[bytes, int] = {}
        self.numbers = [
            number_of.setdefault(np.packbits(members).tobytes(), len(number_of)) for members in cells
        ]
        self.firsts = np.unique(self.numbers, return_index=True)[1].tolist()
        matrix = np.array([cells[place] for place in self.firsts])
        atoms = Atoms.of(matrix)
        self._patterns, self._atom_sizes = matrix[:, atoms.firsts], atoms.sizes()

    def common(self) -> np.ndarray:
        """The number of organisations in both of two sets: int64[sets, sets]."""
        patterns = self._patterns.astype(float)
        return np.asarray((patterns * self._atom_sizes) @ patterns.T).astype(np.int64)

    def combinations(self, dimensions: Sequence[str], k: int) -> Iterator[tuple[int, list[int]]]:
        """The small groups that can be derived: the number of organisations, and the positions of the cells that are
        combined. Of several cells of a set this is the last.

        dimensions  of the cohort of each cell
        """
        for searched in dimension_sets(dimensions):
            last_of_set = {
                number: place
                for place, (number, dimension) in enumerate(zip(self.numbers, dimensions, strict=True))
                if dimension in searched
            }
            places = list(last_of_set.values())
            for group in small_groups(self._patterns[list(last_of_set)], k, self._atom_sizes):
                yield int(self._atom_sizes[group.members].sum()), [places[cell] for cell in group.cells]
