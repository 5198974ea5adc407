"""Stacked shares of organisations by pair, and single dots on a line."""

from dataclasses import dataclass

from posture.charts.layout import Spec, escaped, rows_layout


@dataclass(frozen=True)
class Part:
    name: str
    color: str


@dataclass(frozen=True)
class ShareRow:
    """values: one for each part, 0-100, None where withheld; texts: the same as words; addresses: where each is
    accounted for."""

    label: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    addresses: tuple[str, ...]


def stacked_shares(rows: list[ShareRow], parts: list[Part], *, x_title: str) -> Spec:
    traces = []
    for index, part in enumerate(parts):
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": part.name,
                "x": [row.values[index] for row in rows],
                "y": list(range(len(rows))),
                "width": 0.42,
                "text": [escaped(row.texts[index]) if (row.values[index] or 0) >= 7 else "" for row in rows],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "constraintext": "none",
                "textfont": {"color": "--on-part", "size": 12},
                "hovertext": [escaped(f"{part.name}: {row.texts[index]}") for row in rows],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "customdata": [row.addresses[index] for row in rows],
                "marker": {
                    "color": part.color,
                    "line": {"width": 1, "color": "--paper"},
                },
            }
        )
    return {
        "data": traces,
        "layout": rows_layout(
            [row.label for row in rows], x_title=x_title, x_range=[0, 100], suffix=" %", entries=len(parts)
        ),
    }


def dots(rows: list[ShareRow], parts: list[Part], *, x_title: str) -> Spec:
    """One dot for each part and row, where there is a value."""
    symbols = ("circle-open", "diamond", "square-open", "triangle-up")
    traces = []
    for index, part in enumerate(parts):
        found = [(place, row) for place, row in enumerate(rows) if row.values[index] is not None]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": part.name,
                "x": [row.values[index] for _, row in found],
                "y": [place for place, _ in found],
                "text": [escaped(f"{part.name}: {row.texts[index]}") for _, row in found],
                "hovertemplate": "%{text}<extra></extra>",
                "customdata": [row.addresses[index] for _, row in found],
                "marker": {
                    "symbol": symbols[index],
                    "size": 13,
                    "color": part.color,
                    "line": {"width": 3, "color": part.color},
                },
            }
        )
    layout = rows_layout(
        [row.label for row in rows], x_title=x_title, x_range=[-2, 102], suffix=" %", entries=len(parts)
    )
    return {
        "data": [trace for trace in traces if trace["x"]],
        "layout": layout | {"showlegend": len(parts) > 1},
    }
