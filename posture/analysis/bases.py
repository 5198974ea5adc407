"""Who is in the base of an item and who is not: how many did not know, were not asked or left it open, and how far
those could move a share at most. Counted in organisations; weights change none of the counts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from posture.analysis.quantities import Quantity
from posture.analysis.wave_data import (
    BLANK,
    DECLINED,
    DONT_KNOW,
    NO_EVIDENCE,
    NOT_APPLICABLE,
    ROUTED_OUT,
    Column,
    Mask,
)
from surveys.instrument import Item

COUNTED = (DONT_KNOW, NO_EVIDENCE, DECLINED, NOT_APPLICABLE, ROUTED_OUT, BLANK)
MEANT_BY_AN_OPTION = (DONT_KNOW, NO_EVIDENCE, DECLINED, NOT_APPLICABLE)
NONRESPONSE, LOWEST, HIGHEST = "nonresponse", "lowest_possible", "highest_possible"
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
    """How many organisations are in each state without a substantive answer that the item has."""
    meanings = {option.meaning for option in item.options}
    for state in COUNTED:
        if state in MEANT_BY_AN_OPTION and state not in meanings:
            continue
        if state == ROUTED_OUT and item.ask_if is None:
            continue
        members = column.is_in(state)
        yield Part(members, Quantity("count", state, "", "count", members.astype(float)))


def nonresponse(column: Column) -> Part:
    left_open = column.is_in(BLANK).astype(float)
    return Part(asked(column), Quantity("band", NONRESPONSE, "", "share", left_open))


def possible(column: Column, values: np.ndarray, unit: str, highest: float) -> tuple[Quantity, Quantity]:
    """Over everybody asked: all who gave no substantive answer at one end of the scale, and all at the other.

    Source   Manski (1995).
    """
    known = column.answered & ~np.isnan(values)
    low, high = np.where(known, values, 0.0), np.where(known, values, highest)
    return Quantity("lowest", LOWEST, "", unit, low), Quantity("highest", HIGHEST, "", unit, high)
