"""Charts of shares of organisations by pair: stacked bars, and single dots on a line."""

from dataclasses import dataclass

from posture.charts.dumbbell import BOUND_SYMBOLS
from posture.charts.layout import Spec, rows_layout


@dataclass(frozen=True)
class ShareSeries:
    name: str
    color: str


@dataclass(frozen=True)
class ShareRow:
    """A row of the chart. values: one for each part, 0-100, None where withheld; texts: the same as text; addresses:
    the receipt of each number; bounds: at_most or at_least, if the value is a bound."""

    label: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    addresses: tuple[str, ...]
    bounds: tuple[str, ...] = ()

    def bound(self, index: int) -> str:
        return self.bounds[index] if self.bounds else ""

    def exact(self, index: int) -> float | None:
        return None if self.bound(index) else self.values[index]

    @property
    def bounded_remainder(self) -> float | None:
        """The sum of the parts that are shown as ranges; None if there are no such parts, or if a part is withheld."""
        if not any(self.bounds) or None in self.values:
            return None
        return 100 - sum(self.exact(index) or 0 for index in range(len(self.values)))

    @property
    def bounded_texts(self) -> str:
        return ", ".join(text for index, text in enumerate(self.texts) if self.bound(index))


def stacked_shares(rows: list[ShareRow], series: list[ShareSeries], *, x_title: str) -> Spec:
    """The chart of stacked shares. A number shown as "at most" or "at least" has no exact length: such parts share
    one piece at the end."""
    traces = [_series_bars(rows, share_series, index) for index, share_series in enumerate(series)]
    if any(row.bounded_remainder is not None for row in rows):
        traces.append(_bounded_remainder(rows, series))
    return {
        "data": traces,
        "layout": rows_layout(
            [row.label for row in rows], x_title=x_title, x_range=[0, 100], suffix=" %", entries=len(traces)
        ),
    }


def _series_bars(rows: list[ShareRow], series: ShareSeries, index: int) -> Spec:
    return _bars(
        series.name,
        series.color,
        values=[row.exact(index) for row in rows],
        texts=[row.texts[index] for row in rows],
        hover=[f"{series.name}: {row.texts[index]}" for row in rows],
        addresses=[row.addresses[index] for row in rows],
    )


def _bounded_remainder(rows: list[ShareRow], series: list[ShareSeries]) -> Spec:
    names = [
        [share_series.name for index, share_series in enumerate(series) if row.bound(index)] for row in rows
    ]
    return _bars(
        "Shown as ranges",
        "--line-strong",
        values=[row.bounded_remainder for row in rows],
        texts=["" for _ in rows],
        hover=[f"{', '.join(named)}: {row.bounded_texts}" for named, row in zip(names, rows, strict=True)],
        addresses=["" for _ in rows],
    )


def _bars(
    name: str,
    color: str,
    *,
    values: list[float | None],
    texts: list[str],
    hover: list[str],
    addresses: list[str],
) -> Spec:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": values,
        "y": list(range(len(values))),
        "width": 0.42,
        "text": [text if (value or 0) >= 7 else "" for value, text in zip(values, texts, strict=True)],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "textfont": {"color": "--on-part", "size": 12},
        "hovertext": list(hover),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": addresses,
        "marker": {"color": color, "line": {"width": 1, "color": "--paper"}},
    }


def dots(rows: list[ShareRow], series: list[ShareSeries], *, x_title: str) -> Spec:
    """The chart with one dot for each part and row that has a value."""
    symbols = ("circle-open", "diamond", "square-open", "triangle-up")
    traces = []
    for index, share_series in enumerate(series):
        rows_with_value = [
            (position, row) for position, row in enumerate(rows) if row.values[index] is not None
        ]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": share_series.name,
                "x": [row.values[index] for _, row in rows_with_value],
                "y": [position for position, _ in rows_with_value],
                "text": [f"{share_series.name}: {row.texts[index]}" for _, row in rows_with_value],
                "hovertemplate": "%{text}<extra></extra>",
                "customdata": [row.addresses[index] for _, row in rows_with_value],
                "marker": {
                    "symbol": [
                        BOUND_SYMBOLS.get(row.bound(index), symbols[index]) for _, row in rows_with_value
                    ],
                    "size": 13,
                    "color": share_series.color,
                    "line": {"width": 3, "color": share_series.color},
                },
            }
        )
    layout = rows_layout(
        [row.label for row in rows], x_title=x_title, x_range=[-2, 102], suffix=" %", entries=len(series)
    )
    return {
        "data": [trace for trace in traces if trace["x"]],
        "layout": layout | {"showlegend": len(series) > 1},
    }
