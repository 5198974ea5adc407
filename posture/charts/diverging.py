"""The chart of answers on a scale as bars that diverge from its middle; other answers are shown separately.

Source   Heiberger and Robbins (2014) on diverging stacked bars."""

from dataclasses import dataclass

from posture.charts.layout import Spec, rows_layout

APART_AT = 112
APART_END = 150
LOW_TONES = ("--scale-low-2", "--scale-low-1")
HIGH_TONES = ("--scale-high-1", "--scale-high-2")


@dataclass(frozen=True)
class ScaleRow:
    """A row of the chart. places: percent of each answer on the scale, first to last; apart: percent of each other
    answer. None: the base is empty. beside: text at the right end, such as the base."""

    label: str
    places: tuple[float | None, ...]
    apart: tuple[float | None, ...]
    beside: str


def diverging(rows: list[ScaleRow], *, places: list[str], apart: list[str], x_title: str) -> Spec:
    """The specification of the chart. The middle line divides the middle answer of an odd scale. The first answers
    are on the right."""
    traces: list[Spec] = []
    half = len(places) // 2
    right, left = places[:half], places[half + len(places) % 2 :]
    middle = places[half] if len(places) % 2 else None
    if middle is not None:
        traces += _middle(rows, middle, half)
    for index, name in enumerate(reversed(right)):
        place = half - 1 - index
        traces.append(_bar(rows, name, place, 1, _tone(HIGH_TONES, index, len(right))))
    for index, name in enumerate(left):
        place = half + len(places) % 2 + index
        traces.append(_bar(rows, name, place, -1, _tone(LOW_TONES, len(left) - 1 - index, len(left))))
    traces += [_apart(rows, name, index) for index, name in enumerate(apart)]
    layout = rows_layout(
        [f"{row.label}   {row.beside}" for row in rows],
        x_title=x_title,
        x_range=[-100, APART_END if apart else 100],
        suffix="",
        entries=len(places) + len(apart),
    )
    ticks = [-100, -50, 0, 50, 100]
    layout["xaxis"] |= {"tickvals": ticks, "ticktext": [f"{abs(tick)} %" for tick in ticks]}
    layout |= {"barmode": "relative", "legend": layout["legend"] | {"entrywidth": 230}}
    return {"data": traces, "layout": layout}


def _tone(tones: tuple[str, ...], index: int, count: int) -> str:
    """The colour of an answer, stronger with the distance from the middle."""
    return tones[min(len(tones) - 1, index * len(tones) // max(1, count))]


def _middle(rows: list[ScaleRow], name: str, place: int) -> list[Spec]:
    halves = [_bar(rows, name, place, sign, "--gap", share=0.5) for sign in (1, -1)]
    return [halves[0], halves[1] | {"showlegend": False}]


def _bar(rows: list[ScaleRow], name: str, place: int, sign: int, color: str, *, share: float = 1) -> Spec:
    found = [(at, row.places[place]) for at, row in enumerate(rows)]
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "legendgroup": f"place-{place}",
        "legendrank": place,
        "x": [None if value is None else sign * share * value for _, value in found],
        "y": [at for at, _ in found],
        "width": 0.42,
        "customdata": [value for _, value in found],
        "hovertemplate": "%{fullData.name}: %{customdata:.0f} %<extra></extra>",
        "marker": {"color": color, "line": {"width": 1, "color": "--paper"}},
    }


def _apart(rows: list[ScaleRow], name: str, index: int) -> Spec:
    values = [row.apart[index] for row in rows]
    before = [sum(value or 0 for value in row.apart[:index]) for row in rows]
    scale = (APART_END - APART_AT) / 100
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "legendrank": 1000 + index,
        "base": [APART_AT + scale * start for start in before],
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
