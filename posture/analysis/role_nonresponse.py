"""The lowest and highest possible of all organisations that take part, also those without a respondent in the role of
the item. From these limits and the other rows follows how many organisations are in each state without an answer, so
they are published only where each of these counts is 0 or at least k.

Source   METHODS.md, "Bases".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from posture.analysis.bases import HIGHEST, HIGHEST_OF_ALL, LOWEST, LOWEST_OF_ALL, asked_or_without_respondent
from posture.analysis.cells import INDICATOR, PRIORITY, Series
from posture.analysis.quantities import Quantity
from posture.analysis.rows import PUBLISHED, Identity, Row, identity
from posture.analysis.suppression import Protected, bits, is_dominated, withheld
from posture.analysis.wave_data import (
    BLANK,
    NO_RESPONDENT,
    NOT_APPLICABLE,
    ROUTED_OUT,
    Cohort,
    Column,
    Mask,
    WaveData,
)
from posture.analysis.weighted import weighted_row
from posture.analysis.weights import Weighting
from posture.indicators import Indicator
from surveys.cohorts import CROSSED
from surveys.instrument import Questionnaire

OF_ALL = {LOWEST: LOWEST_OF_ALL, HIGHEST: HIGHEST_OF_ALL}
STATES = (NO_RESPONDENT, BLANK, NOT_APPLICABLE, ROUTED_OUT)


@dataclass(frozen=True)
class Limits:
    """The two limits of one indicator in one cohort. `groups`: by variable the organisations whose number follows."""

    subject: str
    cohort: Cohort
    base: Mask
    quantities: tuple[Quantity, ...]
    groups: tuple[tuple[str, Mask], ...]
    is_dominated: bool


def limits_of_all(
    series: Sequence[Series],
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    rows: Sequence[Row],
    *,
    k: int,
    level: float,
    weighting: Weighting | None,
) -> Iterator[Row]:
    """Two rows for each indicator, of all organisations and in each cohort of one dimension. `rows`: the other rows of
    the release; withheld wherever the limits of those who were asked are withheld."""
    published = {identity(row) for row in rows if row.status == PUBLISHED}
    found = list(_limits(series, data, questionnaire, indicators, weighting))
    shown = _shown(found, published, k)
    for place, one in enumerate(found):
        for quantity in one.quantities:
            blank = Row(INDICATOR, one.subject, "", "", one.cohort.slug, "", level)
            row = (
                quantity.row(blank, one.base)
                if weighting is None
                else weighted_row(quantity, blank, one.base, weighting)
            )
            yield row if place in shown else row.suppressed()


def _limits(
    series: Sequence[Series],
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    weighting: Weighting | None,
) -> Iterator[Limits]:
    items = {one.code: questionnaire.item(one.item) for one in indicators}
    for one in series:
        quantities = tuple(
            replace(quantity, statistic=OF_ALL[quantity.statistic])
            for quantity in one.quantities
            if quantity.statistic in OF_ALL
        )
        if not quantities:
            continue
        item = items[one.subject]
        column = data.item(item.code)
        everybody = asked_or_without_respondent(column)
        groups = tuple(_groups(item.code, item.role, column, everybody))
        for cohort in data.cohorts():
            if CROSSED not in cohort.dimension:
                base = everybody & cohort.members
                heavy = weighting is not None and is_dominated(weighting.weights[base])
                yield Limits(one.subject, cohort, base, quantities, groups, heavy)


def _groups(item: str, role: str, column: Column, everybody: Mask) -> Iterator[tuple[str, Mask]]:
    """Organisations without a respondent are the same ones for all items of a role, so they are one variable."""
    yield f"{item} of all", everybody
    for state in STATES:
        yield f"{role if state == NO_RESPONDENT else item} {state}", column.is_in(state)


def _shown(found: Sequence[Limits], published: set[Identity], k: int) -> set[int]:
    """Places of the limits that may be published. Withholding one may bare another, so the rules run until nothing
    changes."""
    shown = {
        place
        for place, one in enumerate(found)
        if (INDICATOR, one.subject, LOWEST, "", one.cohort.slug) in published and not one.is_dominated
    }
    while True:
        cells = list(_cells(found, shown))
        hidden = {
            place for place, _ in (cells[number] for number in withheld([cell for _, cell in cells], k=k))
        }
        if not hidden:
            return shown
        shown -= hidden


def _cells(found: Sequence[Limits], shown: set[int]) -> Iterator[tuple[int, Protected]]:
    """One for each group that has members; a group without any is told as such."""
    subjects = list(dict.fromkeys(one.subject for one in found))
    for place in sorted(shown):
        one = found[place]
        for number, (variable, members) in enumerate(one.groups):
            here: np.ndarray = members & one.cohort.members
            if here.any():
                yield (
                    place,
                    Protected(
                        series=subjects.index(one.subject) * (1 + len(STATES)) + number,
                        cohort=one.cohort.slug,
                        dimension=one.cohort.dimension,
                        priority=PRIORITY[INDICATOR],
                        base=int(here.sum()),
                        exposes=((variable, bits(here)),),
                    ),
                )
