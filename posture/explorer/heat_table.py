"""Heat table: one column for each group, cells shaded by value. It is the accessible form of a heat map."""

from collections.abc import Sequence
from dataclasses import dataclass

from posture.explorer.drawing import Axis, is_main_number, rows_by_axis
from posture.explorer.table_rows import TableRow

SHADES = 5


@dataclass(frozen=True)
class HeatCell:
    row: TableRow
    shade: int


@dataclass(frozen=True)
class HeatTable:
    heading: str
    groups: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell | None, ...]], ...]


def heat_tables(rows: Sequence[TableRow]) -> list[HeatTable]:
    """Returns one table for each unit, because shades of different units cannot be compared."""
    return [
        _table(axis, axis_rows)
        for axis, axis_rows in rows_by_axis([row for row in rows if is_main_number(row)])
    ]


def _table(axis: Axis, rows: Sequence[TableRow]) -> HeatTable:
    groups = tuple(dict.fromkeys(row.group_label for row in rows))
    rows_by_label: dict[str, dict[str, TableRow]] = {}
    for row in rows:
        rows_by_label.setdefault(row.label, {})[row.group_label] = row
    values = [value for row in rows if (value := row.on_axis(row.value)) is not None]
    low, high = axis.range or (min(values, default=0), max(values, default=1))
    return HeatTable(
        str(axis.heading),
        groups,
        tuple(
            (label, tuple(_cell(cells.get(group), low, high) for group in groups))
            for label, cells in rows_by_label.items()
        ),
    )


def _cell(row: TableRow | None, low: float, high: float) -> HeatCell | None:
    if row is None or (value := row.on_axis(row.value)) is None:
        return None
    position = (value - low) / (high - low) if high > low else 0
    return HeatCell(row, min(SHADES - 1, max(0, int(position * SHADES))))
