"""The chart of answers on a scale as bars that diverge from its middle; other answers are shown separately.

Source   Heiberger and Robbins (2014) on diverging stacked bars."""

from dataclasses import dataclass

from posture.charts.layout import Spec, rows_layout

OTHER_ANSWERS_START = 112
OTHER_ANSWERS_END = 150
LOW_TONES = ("--scale-low-2", "--scale-low-1")
HIGH_TONES = ("--scale-high-1", "--scale-high-2")


@dataclass(frozen=True)
class ScaleRow:
    """A row of the chart. scale_values: percent of each answer on the scale, first to last; other_values: percent of
    each other answer. None: the base is empty. side_text: text at the right end, such as the base."""

    label: str
    scale_values: tuple[float | None, ...]
    other_values: tuple[float | None, ...]
    side_text: str


def diverging(
    rows: list[ScaleRow], *, scale_labels: list[str], other_labels: list[str], x_title: str
) -> Spec:
    """The specification of the chart. The middle line divides the middle answer of an odd scale. The first answers
    are on the right."""
    traces: list[Spec] = []
    half_count = len(scale_labels) // 2
    first_labels, last_labels = scale_labels[:half_count], scale_labels[half_count + len(scale_labels) % 2 :]
    middle_label = scale_labels[half_count] if len(scale_labels) % 2 else None
    if middle_label is not None:
        traces += _middle(rows, middle_label, half_count)
    for index, name in enumerate(reversed(first_labels)):
        position = half_count - 1 - index
        traces.append(_bar(rows, name, position, 1, _tone(HIGH_TONES, index, len(first_labels))))
    for index, name in enumerate(last_labels):
        position = half_count + len(scale_labels) % 2 + index
        traces.append(
            _bar(rows, name, position, -1, _tone(LOW_TONES, len(last_labels) - 1 - index, len(last_labels)))
        )
    traces += [_other_answer_bars(rows, name, index) for index, name in enumerate(other_labels)]
    layout = rows_layout(
        [f"{row.label}   {row.side_text}" for row in rows],
        x_title=x_title,
        x_range=[-100, OTHER_ANSWERS_END if other_labels else 100],
        suffix="",
        entries=len(scale_labels) + len(other_labels),
    )
    ticks = [-100, -50, 0, 50, 100]
    layout["xaxis"] |= {"tickvals": ticks, "ticktext": [f"{abs(tick)} %" for tick in ticks]}
    layout |= {"barmode": "relative", "legend": layout["legend"] | {"entrywidth": 230}}
    return {"data": traces, "layout": layout}


def _tone(tones: tuple[str, ...], index: int, count: int) -> str:
    """The colour of an answer, stronger with the distance from the middle."""
    return tones[min(len(tones) - 1, index * len(tones) // max(1, count))]


def _middle(rows: list[ScaleRow], name: str, position: int) -> list[Spec]:
    bars = [_bar(rows, name, position, sign, "--gap", share=0.5) for sign in (1, -1)]
    return [bars[0], bars[1] | {"showlegend": False}]


def _bar(rows: list[ScaleRow], name: str, position: int, sign: int, color: str, *, share: float = 1) -> Spec:
    values_by_row = [(row_number, row.scale_values[position]) for row_number, row in enumerate(rows)]
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "legendgroup": f"place-{position}",
        "legendrank": position,
        "x": [None if value is None else sign * share * value for _, value in values_by_row],
        "y": [row_number for row_number, _ in values_by_row],
        "width": 0.42,
        "customdata": [value for _, value in values_by_row],
        "hovertemplate": "%{fullData.name}: %{customdata:.0f} %<extra></extra>",
        "marker": {"color": color, "line": {"width": 1, "color": "--paper"}},
    }


def _other_answer_bars(rows: list[ScaleRow], name: str, index: int) -> Spec:
    values = [row.other_values[index] for row in rows]
    starts = [sum(value or 0 for value in row.other_values[:index]) for row in rows]
    scale = (OTHER_ANSWERS_END - OTHER_ANSWERS_START) / 100
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "legendrank": 1000 + index,
        "base": [OTHER_ANSWERS_START + scale * start for start in starts],
        "x": [None if value is None else scale * value for value in values],
        "y": list(range(len(rows))),
        "width": 0.42,
        "customdata": values,
        "hovertemplate": "%{fullData.name}: %{customdata:.0f} %<extra></extra>",
        "marker": {
            "color": "--no-evidence",
            "opacity": 1 - 0.35 * index,
            "line": {"width": 1, "color": "--paper"},
        },
    }
