"""Who is in the base of an item and who is not: how many were not asked or left it open, and how far silence
could move a number at most. Counted in organisations; weights change none of the counts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from posture.analysis.answers.wave_data import BLANK, NOT_APPLICABLE, ROUTED_OUT, Column, Mask
from posture.analysis.estimates.quantities import Quantity
from surveys.instrument.questionnaire_definition import Item

COUNTED = (NOT_APPLICABLE, ROUTED_OUT, BLANK)
NONRESPONSE, LOWEST, HIGHEST = "nonresponse", "lowest_possible", "highest_possible"
LOWEST_OF_ALL, HIGHEST_OF_ALL = "lowest_possible_of_all", "highest_possible_of_all"
WITH_DONT_KNOW, WITHOUT_DONT_KNOW = "share_with_dont_know", "share_without_dont_know"


@dataclass(frozen=True)
class Part:
    """A cell of its own: the organisations it rests on, and what is worked out of them."""

    base: Mask
    quantity: Quantity


def asked(column: Column) -> Mask:
    """Who saw the item and had something to say to it: the base of what was left open."""
    return column.gave | column.is_in(BLANK)


def absences(item: Item, column: Column) -> Iterator[Part]:
    """How many organisations are in each state without an answer that the item has. "Don't know" and "no evidence"
    are answers and have shares."""
    meanings = {option.meaning for option in item.options}
    has = {NOT_APPLICABLE: NOT_APPLICABLE in meanings, ROUTED_OUT: item.ask_if is not None, BLANK: True}
    for state in COUNTED:
        if has[state]:
            members = column.is_in(state)
            yield Part(members, Quantity("count", state, "", "count", members.astype(float)))


def nonresponse(column: Column) -> Part:
    """The base that is told is that of the answers: with the number of those asked, what was left open would follow."""
    left_open = column.is_in(BLANK).astype(float)
    return Part(asked(column), Quantity("band", NONRESPONSE, "", "share", left_open, column.gave))


def possible(column: Column, values: np.ndarray, unit: str, highest: float) -> tuple[Quantity, Quantity]:
    """Over everybody who answered: all whose answer was not substantive at one end of the scale, and all at the other.
    The base that is told is that of the substantive answers. Those who left it open are not among them: their number
    would follow from the limits. The limits of all organisations hold for them too.

    Source   Manski (1995).
    """
    known = column.answered & ~np.isnan(values)
    low, high = np.where(known, values, 0.0), np.where(known, values, highest)
    return Quantity("lowest", LOWEST, "", unit, low, known), Quantity(
        "highest", HIGHEST, "", unit, high, known
    )


def possible_of_all(
    column: Column, values: np.ndarray, unit: str, highest: float
) -> tuple[Quantity, Quantity]:
    """Over all organisations that take part, also those without a respondent in the role of the item, and those that
    were not asked or to which it does not apply. So the limits hold whoever of these the item would have applied to.
    The base that is told is that of the substantive answers."""
    low, high = possible(column, values, unit, highest)
    return replace(low, statistic=LOWEST_OF_ALL), replace(high, statistic=HIGHEST_OF_ALL)
