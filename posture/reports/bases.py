"""The organisations inside and outside the base of a number, and the effect of that choice on the number."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.estimates.item_bases import (
    COUNTED,
    HIGHEST,
    HIGHEST_OF_ALL,
    LOWEST,
    LOWEST_OF_ALL,
    NONRESPONSE,
    WITH_DONT_KNOW,
    WITHOUT_DONT_KNOW,
)
from posture.models import Estimate
from posture.releases.queries import EstimateTable
from posture.reports.values import Value
from surveys.instrument.questionnaire_definition import Item

STATE_LABELS = {
    "not_applicable": lazy("Does not apply"),
    "routed_out": lazy("Not asked"),
    "blank": lazy("Left open"),
}
WITHOUT_SUBSTANCE = ("dont_know", "no_evidence", "declined")
NOTABLE_DIFFERENCE = 0.03
NOTABLE_NONRESPONSE, MUCH_NONRESPONSE = 0.1, 0.3


@dataclass(frozen=True)
class StateRow:
    label: str
    value: Value


@dataclass(frozen=True)
class ItemBases:
    """Of one item: how many organisations are in each state, and a sentence if many left it open."""

    item: str
    rows: tuple[StateRow, ...]
    left_open_text: str


@dataclass(frozen=True)
class OtherBase:
    """A share with "don't know" counted the other way, if the difference is notable."""

    label: str
    value: Value


def item_bases(item: Item, table: EstimateTable) -> ItemBases:
    """Returns answers without substance as shares of all answers, and the other states as counts."""
    shares = [
        (
            _("{label}, of those who answered").format(label=option.label),
            table.row("item", item.code, "share", option.code),
        )
        for option in item.options
        if option.meaning in WITHOUT_SUBSTANCE
    ]
    counts = [(str(STATE_LABELS[state]), table.row("item", item.code, state)) for state in COUNTED]
    stored_rows = [(label, row) for label, row in (*shares, *counts) if row is not None]
    state_rows = tuple(StateRow(label, Value.of(row)) for label, row in stored_rows)
    return ItemBases(item.code, state_rows, left_open_text(table.row("item", item.code, NONRESPONSE)))


def left_open_text(row: Estimate | None) -> str:
    if row is None or row.bound != "at_least" or row.value is None:
        return ""
    if row.value >= MUCH_NONRESPONSE:
        return _("More than 30 % of those who were asked left this open: no verdict rests on it.")
    return _("More than 10 % of those who were asked left this open.")


def is_left_open(table: EstimateTable, item: str) -> bool:
    return bool(left_open_text(table.row("item", item, NONRESPONSE)))


def other_base(code: str, table: EstimateTable) -> OtherBase | None:
    indicator_row = table.row("indicator", code, "share")
    for statistic, label in (
        (WITH_DONT_KNOW, _("With “don't know” in the base")),
        (WITHOUT_DONT_KNOW, _("Without “don't know” in the base")),
    ):
        row = table.row("indicator", code, statistic)
        if row is None or indicator_row is None or row.value is None or indicator_row.value is None:
            continue
        if abs(row.value - indicator_row.value) > NOTABLE_DIFFERENCE:
            return OtherBase(label, Value.of(row))
    return None


def possible_values(code: str, table: EstimateTable) -> tuple[Value, Value] | None:
    """Returns the lowest and highest possible value among those who answered; None if they are withheld or not in the
    release."""
    values = _value_pair(code, table, LOWEST, HIGHEST)
    return None if values is None or any(value.is_withheld for value in values) else values


def possible_values_of_all(code: str, table: EstimateTable) -> tuple[Value, Value] | None:
    """Returns the same among all organisations that take part, also those without a respondent in the role; withheld
    ones as [c]."""
    return _value_pair(code, table, LOWEST_OF_ALL, HIGHEST_OF_ALL)


def _value_pair(code: str, table: EstimateTable, *names: str) -> tuple[Value, Value] | None:
    rows = [table.row("indicator", code, name) for name in names]
    if any(row is None for row in rows):
        return None
    low, high = (Value.of(row) for row in rows)
    return low, high
