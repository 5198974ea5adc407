"""The answers of one wave as arrays: the organisations asked, their cohorts, and the state of every item."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from surveys.instrument.cohorts import (
    ALL,
    CROSSED,
    DIMENSIONS,
    NOT_STATED,
    Dimension,
    merged_groups,
    merged_slug,
)

ANSWERED = "answered"
DONT_KNOW = "dont_know"
NO_EVIDENCE = "no_evidence"
NOT_APPLICABLE = "not_applicable"
DECLINED = "declined"
BLANK = "blank"
ROUTED_OUT = "routed_out"
NO_RESPONDENT = "no_respondent"

STATES = (NO_RESPONDENT, BLANK, ROUTED_OUT, NOT_APPLICABLE, ANSWERED, DONT_KNOW, NO_EVIDENCE, DECLINED)
GAVE_AN_ANSWER = (ANSWERED, DONT_KNOW, NO_EVIDENCE, DECLINED)
NOBODY = -1

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


class Entry(NamedTuple):
    """The answer of one organisation to one item."""

    state: str
    number: float
    options: tuple[str, ...]
    basis: str
    informant: int


@dataclass(frozen=True)
class Column:
    """The answers to one item; every array has one entry for each organisation.

    state      uint8, the position in STATES
    number     float, NaN where there is none; one shared array of NaN for all items without numbers (`has_numbers`)
    chosen     uint8[bytes, organisations]: the option at position i is bit i % 8 of byte i // 8
    basis      uint8, 0 where there is none, else 1 + the position in `bases`
    informant  int8, the person who answered, numbered within the organisation; NOBODY where no person answered
    """

    options: tuple[str, ...]
    bases: tuple[str, ...]
    state: np.ndarray
    number: np.ndarray
    chosen: np.ndarray
    basis: np.ndarray
    informant: np.ndarray
    has_numbers: bool

    @classmethod
    def empty(
        cls,
        organizations: int,
        *,
        options: tuple[str, ...] = (),
        bases: tuple[str, ...] = (),
        number: npt.DTypeLike | None = None,
    ) -> Self:
        """A column without any respondent. `number` is the type of numbers, None for an item that has none."""
        no_numbers = np.broadcast_to(np.float32(np.nan), organizations)
        return cls(
            options=options,
            bases=bases,
            state=np.full(organizations, STATES.index(NO_RESPONDENT), dtype=np.uint8),
            number=no_numbers if number is None else np.full(organizations, np.nan, dtype=number),
            chosen=np.zeros((-(-len(options) // 8), organizations), dtype=np.uint8),
            basis=np.zeros(organizations, dtype=np.uint8),
            informant=np.full(organizations, NOBODY, dtype=np.int8),
            has_numbers=number is not None,
        )

    def is_in(self, *states: str) -> Mask:
        return np.isin(np.arange(len(STATES)), [STATES.index(state) for state in states])[self.state]

    @property
    def gave(self) -> Mask:
        return self.is_in(*GAVE_AN_ANSWER)

    @property
    def answered(self) -> Mask:
        return self.is_in(ANSWERED)

    def chose(self, *codes: str) -> Mask:
        """Selects the organisations that chose at least one of these options."""
        bit_masks = np.zeros(len(self.chosen), dtype=np.uint8)
        for position, code in enumerate(self.options):
            if code in codes:
                bit_masks[position // 8] |= 1 << position % 8
        members = np.zeros(len(self.state), dtype=bool)
        for byte in np.flatnonzero(bit_masks):
            members |= (self.chosen[byte] & bit_masks[byte]) != 0
        return members

    def first_chosen(self) -> np.ndarray:
        """int16, the position of the first option that was chosen, -1 where there is none."""
        positions = np.full(len(self.state), -1, dtype=np.int16)
        for position in reversed(range(len(self.options))):
            positions[(self.chosen[position // 8] >> position % 8) & 1 == 1] = position
        return positions

    def rests_on(self, *bases: str) -> Mask:
        is_basis = [False, *(code in bases for code in self.bases)]
        return np.array(is_basis, dtype=bool)[self.basis]

    def entry(self, index: int) -> Entry:
        bits = np.unpackbits(self.chosen[:, index], bitorder="little")
        return Entry(
            state=STATES[self.state[index]],
            number=float(self.number[index]),
            options=tuple(code for code, bit in zip(self.options, bits, strict=False) if bit),
            basis=("", *self.bases)[self.basis[index]],
            informant=int(self.informant[index]),
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays of the column by name; numbers only if the item has any."""
        names = ("state", "chosen", "basis", "informant", *(("number",) if self.has_numbers else ()))
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Cohort:
    slug: str
    dimension: str
    members: Mask


@dataclass(frozen=True)
class WaveData:
    """The answers of one wave.

    units: the key of each organisation, int64, ascending.
    segments: for each cohort dimension uint8, 0 where it is not stated, else 1 + the position of the value. columns:
    by item; an item without a column has no respondent in any organisation.
    crossed: dimensions whose cohorts are crossed with each other, such as "sector+size_band".
    smallest_cohort: cohorts of fewer organisations are merged; 0 merges no values.
    """

    units: np.ndarray
    segments: Mapping[str, np.ndarray]
    columns: Mapping[str, Column]
    crossed: tuple[str, ...] = ()
    smallest_cohort: int = 0

    def item(self, code: str) -> Column:
        column = self.columns.get(code)
        return Column.empty(len(self.units)) if column is None else column

    def categories(self) -> dict[str, list[str]]:
        """The category of each organisation by dimension, "" where it is not stated."""
        return {
            dimension.code: np.array(("", *dimension.codes))[self.segments[dimension.code]].tolist()
            for dimension in DIMENSIONS
        }

    def cohorts(self) -> Iterator[Cohort]:
        """All organisations, then the cohorts of each dimension, then those of the crossed ones."""
        single = list(self._single_cohorts())
        yield from single
        for name in self.crossed:
            first_cohorts, second_cohorts = (
                [cohort for cohort in single if cohort.dimension == code] for code in name.split(CROSSED)
            )
            for a, b in product(first_cohorts, second_cohorts):
                yield Cohort(f"{a.slug}{CROSSED}{b.slug}", name, a.members & b.members)

    def _single_cohorts(self) -> Iterator[Cohort]:
        """All organisations, then every cohort of each dimension that any organisation stated, including empty
        cohorts. A dimension with only one cohort is left out."""
        yield Cohort(ALL, ALL, np.ones(len(self.units), dtype=bool))
        for dimension in DIMENSIONS:
            values = self.segments[dimension.code]
            if not values.any():
                continue
            codes_by_name = {code: position for position, code in enumerate(dimension.codes, start=1)}
            if not values.all():
                codes_by_name[NOT_STATED] = 0
            sizes = {code: int((values == place).sum()) for code, place in codes_by_name.items()}
            groups = merged_groups(dimension, sizes, self.smallest_cohort)
            for group in groups if len(groups) > 1 else ():
                members = np.isin(values, [codes_by_name[code] for code in group])
                yield Cohort(merged_slug(dimension, group), dimension.code, members)


def segment_codes(dimension: Dimension, values: Iterable[str]) -> np.ndarray:
    """Converts values of a cohort dimension ("" when not stated) to the codes that WaveData holds."""
    positions = {code: position for position, code in enumerate(("", *dimension.codes))}
    return np.array([positions[value] for value in values], dtype=np.uint8)
