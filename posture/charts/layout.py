"""Shared parts of all charts. A chart is a plain dict for Plotly. Colours are names of CSS variables that the page
resolves, so one chart serves light, dark and print. No WebGL traces, because the content security policy blocks
them."""

import math
from typing import Any

Spec = dict[str, Any]
ROW_PIXELS = 58
LEGEND_LINE_PIXELS = 21
BOTTOM_PIXELS = 44


def rows_layout(
    labels: list[str],
    *,
    x_title: str,
    x_range: list[float],
    suffix: str = "%",
    entries: int,
    row_pixels: int = ROW_PIXELS,
) -> Spec:
    """The layout of one row for each label, the first on top. The label is above its row, so that a chart fits on
    phones. On a phone the legend has two entries on a line."""
    count, top = len(labels), 12 + LEGEND_LINE_PIXELS * math.ceil(entries / 2)
    return {
        "height": top + BOTTOM_PIXELS + row_pixels * count,
        "margin": {"l": 8, "r": 16, "t": top, "b": BOTTOM_PIXELS},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "--ink", "size": 13},
        "hoverlabel": {"bgcolor": "--paper", "bordercolor": "--line", "font": {"color": "--ink"}},
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yanchor": "bottom",
            "yref": "paper",
            "traceorder": "normal",
            "entrywidth": 110,
        },
        "barmode": "stack",
        "dragmode": False,
        "xaxis": {
            "range": x_range,
            "ticksuffix": suffix,
            "gridcolor": "--line",
            "linecolor": "--line",
            "zerolinecolor": "--line-strong",
            "title": {"text": x_title, "font": {"size": 12, "color": "--ink-soft"}},
            "fixedrange": True,
            "tickfont": {"size": 11, "color": "--ink-soft"},
        },
        "yaxis": {
            "range": [count - 0.45, -0.75],
            "visible": False,
            "fixedrange": True,
        },
        "annotations": [_row_label(label, position) for position, label in enumerate(labels)],
    }


def _row_label(label: str, position: int) -> Spec:
    return {
        "text": label,
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": position - 0.28,
        "yanchor": "bottom",
        "showarrow": False,
        "align": "left",
        "bgcolor": "--paper",
        "borderpad": 1,
        "font": {"size": 13, "color": "--ink"},
    }
