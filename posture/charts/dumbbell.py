"""The chart of belief and evidence of each pair, joined by their gap, with benchmarks as marks."""

from dataclasses import dataclass

from posture.charts.layout import Spec, rows_layout

BOUND_SYMBOLS = {"at_most": "arrow-bar-left", "at_least": "arrow-bar-right"}


@dataclass(frozen=True)
class Dot:
    """One value with its interval, on the axis of the chart. `bound`: at_most or at_least, if the value is a bound."""

    value: float
    low: float | None
    high: float | None
    text: str
    address: str = ""
    bound: str = ""


@dataclass(frozen=True)
class BenchmarkMark:
    value: float
    text: str
    is_close: bool
    address: str = ""


@dataclass(frozen=True)
class DumbbellRow:
    label: str
    belief: Dot | None
    evidence: Dot | None
    marks: tuple[BenchmarkMark, ...] = ()
    own_belief: Dot | None = None
    own_evidence: Dot | None = None


def dumbbell(
    rows: list[DumbbellRow], *, x_title: str, x_range: tuple[float, float] = (0, 100), suffix: str = " %"
) -> Spec:
    has_own = any(row.own_belief or row.own_evidence for row in rows)
    traces = [
        _gap_lines(rows),
        _dots(rows, "belief", "Belief", "circle-open", "--belief", 13),
        _dots(rows, "evidence", "Evidence", "diamond-open" if has_own else "diamond", "--evidence", 12),
    ]
    if has_own:
        traces += [
            _dots(rows, "own_belief", "Your belief", "circle", "--belief", 13),
            _dots(rows, "own_evidence", "Your evidence", "diamond", "--evidence", 13),
        ]
    traces += [_marks(rows, True, "Published, close"), _marks(rows, False, "Published, loose")]
    traces = [trace for trace in traces if trace["x"]]
    span = x_range[1] - x_range[0]
    layout = rows_layout(
        [row.label for row in rows],
        x_title=x_title,
        x_range=[x_range[0] - 0.02 * span, x_range[1] + 0.02 * span],
        suffix=suffix,
        entries=len(traces),
    )
    return {"data": traces, "layout": layout}


def _gap_lines(rows: list[DumbbellRow]) -> Spec:
    """Lines between two exact values. If one is "at most" or "at least", the length of a line would have no
    meaning."""
    x: list[float | None] = []
    y: list[float | None] = []
    for position, row in enumerate(rows):
        if row.belief and row.evidence and not (row.belief.bound or row.evidence.bound):
            x += [row.belief.value, row.evidence.value, None]
            y += [position, position, None]
    line = {"color": "--gap", "width": 5}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": line,
        "name": "Gap",
        "hoverinfo": "skip",
    }


def _dots(rows: list[DumbbellRow], attribute: str, name: str, symbol: str, color: str, size: int) -> Spec:
    dots = [
        (position, getattr(row, attribute)) for position, row in enumerate(rows) if getattr(row, attribute)
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [dot.value for _, dot in dots],
        "y": [position for position, _ in dots],
        "text": [dot.text for _, dot in dots],
        "customdata": [dot.address for _, dot in dots],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "symbol": [BOUND_SYMBOLS.get(dot.bound, symbol) for _, dot in dots],
            "size": size,
            "color": color,
            "line": {"width": 3, "color": color},
        },
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [dot.high - dot.value if dot.high is not None else 0 for _, dot in dots],
            "arrayminus": [dot.value - dot.low if dot.low is not None else 0 for _, dot in dots],
            "color": color,
            "thickness": 1.5,
            "width": 0,
        },
    }


def _marks(rows: list[DumbbellRow], is_close: bool, name: str) -> Spec:
    row_marks = [
        (position, mark)
        for position, row in enumerate(rows)
        for mark in row.marks
        if mark.is_close is is_close
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [mark.value for _, mark in row_marks],
        "y": [position for position, _ in row_marks],
        "text": [mark.text for _, mark in row_marks],
        "customdata": [mark.address for _, mark in row_marks],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "symbol": "line-ns" if is_close else "line-ns-open",
            "size": 20 if is_close else 13,
            "color": "--published",
            "line": {"width": 3 if is_close else 1.5, "color": "--published"},
        },
    }
