"""Heat table: one column for each group, cells shaded by value. It is the accessible form of a heat map."""

from collections.abc import Sequence
from dataclasses import dataclass

from posture.explorer.drawing import Axis, by_axis, is_main
from posture.explorer.table_rows import Line

SHADES = 5


@dataclass(frozen=True)
class HeatCell:
    line: Line
    shade: int


@dataclass(frozen=True)
class HeatTable:
    heading: str
    groups: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell | None, ...]], ...]


def heat_tables(lines: Sequence[Line]) -> list[HeatTable]:
    """Returns one table for each unit, because shades of different units cannot be compared."""
    return [_table(axis, here) for axis, here in by_axis([line for line in lines if is_main(line)])]


def _table(axis: Axis, lines: Sequence[Line]) -> HeatTable:
    groups = tuple(dict.fromkeys(line.group_label for line in lines))
    found: dict[str, dict[str, Line]] = {}
    for line in lines:
        found.setdefault(line.label, {})[line.group_label] = line
    values = [value for line in lines if (value := line.on_axis(line.value)) is not None]
    low, high = axis.range or (min(values, default=0), max(values, default=1))
    return HeatTable(
        str(axis.heading),
        groups,
        tuple(
            (label, tuple(_cell(cells.get(group), low, high) for group in groups))
            for label, cells in found.items()
        ),
    )


def _cell(line: Line | None, low: float, high: float) -> HeatCell | None:
    if line is None or (value := line.on_axis(line.value)) is None:
        return None
    place = (value - low) / (high - low) if high > low else 0
    return HeatCell(line, min(SHADES - 1, max(0, int(place * SHADES))))
