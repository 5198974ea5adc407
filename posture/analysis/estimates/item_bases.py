"""Counts the organisations inside and outside the base of an item: not asked, left open, and the lowest and highest
possible value without their answers. All counts are of organisations; weights do not change them."""

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
class AdditionalCell:
    """A separate cell: the organisations that it is based on, and the quantities computed from them."""

    base: Mask
    quantity: Quantity


def asked(column: Column) -> Mask:
    """The organisations that were asked the item and to which it applies: the base of the share left open."""
    return column.gave | column.is_in(BLANK)


def absences(item: Item, column: Column) -> Iterator[AdditionalCell]:
    """The organisations in each state without an answer that the item has. "Don't know" and "no evidence" are answers
    and have shares."""
    meanings = {option.meaning for option in item.options}
    may_occur = {NOT_APPLICABLE: NOT_APPLICABLE in meanings, ROUTED_OUT: item.ask_if is not None, BLANK: True}
    for state in COUNTED:
        if may_occur[state]:
            members = column.is_in(state)
            yield AdditionalCell(members, Quantity("count", state, "", "count", members.astype(float)))


def nonresponse(column: Column) -> AdditionalCell:
    """The share that left the item open. The published base is that of the answers: with the number of organisations
    asked, the number that left it open would follow."""
    left_open = column.is_in(BLANK).astype(float)
    return AdditionalCell(asked(column), Quantity("band", NONRESPONSE, "", "share", left_open, column.gave))


def possible(column: Column, values: np.ndarray, unit: str, highest: float) -> tuple[Quantity, Quantity]:
    """The lowest and highest possible value among all who answered. All answers that are not substantive are at one
    end of the scale, or at the other.
    The published base is that of the substantive answers. Organisations that left the item open are not included,
    because their number would follow from the limits. The limits of all organisations include them.

    Source   Manski (1995).
    """
    is_known = column.answered & ~np.isnan(values)
    low, high = np.where(is_known, values, 0.0), np.where(is_known, values, highest)
    return Quantity("lowest", LOWEST, "", unit, low, is_known), Quantity(
        "highest", HIGHEST, "", unit, high, is_known
    )


def possible_of_all(
    column: Column, values: np.ndarray, unit: str, highest: float
) -> tuple[Quantity, Quantity]:
    """The lowest and highest possible value among all organisations that take part. These include organisations
    without a respondent in the role of the item, and those that were not asked or to which it does not apply. So the
    limits hold for any subset of these to which the item might have applied. The published base is that of the
    substantive answers."""
    low, high = possible(column, values, unit, highest)
    return replace(low, statistic=LOWEST_OF_ALL), replace(high, statistic=HIGHEST_OF_ALL)
