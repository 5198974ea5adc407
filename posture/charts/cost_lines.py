"""The lines of two costs over the number of queries, as coordinates of an SVG drawing."""

import math
from dataclasses import dataclass
from fractions import Fraction

from posture.charts.large_numbers import exponent_of, in_words, power_of_ten
from posture.charts.number_text import rounded
from posture.methods.model_cost import BreakEven, ModelOption

STEPS = (1, 2, 5, 10)
MOST_TICKS = 5
FARTHEST_BREAK_EVEN = 20
LINE_HEIGHT = 18


@dataclass(frozen=True)
class Size:
    """Size of the drawing and of its margins in pixels; the text has the same size in each drawing."""

    name: str
    width: int
    height: int
    left: int = 44
    right: int = 82
    top: int = 62
    bottom: int = 50


WIDE, NARROW = Size("wide", 860, 400), Size("narrow", 350, 320)


@dataclass(frozen=True)
class Tick:
    at: str
    text: str


@dataclass(frozen=True)
class CostLine:
    """x1 and y1: cost of training; x2 and y2: cost at the right edge. label: vertical place of the name."""

    x1: str
    y1: str
    x2: str
    y2: str
    label: str


@dataclass(frozen=True)
class Marker:
    """A number of queries: its vertical line, the text above it, and its point where both lines meet."""

    x: str
    y: str
    text: str
    anchor: str


@dataclass(frozen=True)
class CostChart:
    size: Size
    lines: tuple[CostLine, CostLine]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    y_unit: str
    queries: Marker
    break_even: Marker | None

    @property
    def right(self) -> int:
        return self.size.width - self.size.right

    @property
    def bottom(self) -> int:
        return self.size.height - self.size.bottom


def cost_chart(
    options: tuple[ModelOption, ModelOption], meeting: BreakEven, queries: int, size: Size
) -> CostChart:
    """Draws both totals from 0 queries to beyond the given number and the break-even. A break-even of more than 20
    times the given number is outside the drawing."""
    crossing = meeting.queries if meeting.queries and _is_near(meeting.queries, queries) else None
    x_end = _end(options, queries, crossing)
    y_end = max(option.total(x_end) for option in options)
    scale = _Scale(size, x_end, y_end)
    labels = _apart([scale.y(option.total(x_end)) for option in options])
    lines = tuple(
        CostLine(
            scale.text_x(0), scale.text_y(option.total(0)), scale.text_x(x_end), scale.text_y(option.total(x_end)),
            _text(label + 5),
        )
        for option, label in zip(options, labels, strict=True)
    )  # fmt: skip
    exponent = exponent_of(y_end)
    return CostChart(
        size=size,
        lines=(lines[0], lines[1]),
        x_ticks=tuple(Tick(scale.text_x(at), in_words(at)) for at in _ticks(x_end, _most_ticks(size))),
        y_ticks=tuple(Tick(scale.text_y(at), _tick_text(at, exponent)) for at in _ticks(y_end, MOST_TICKS)),
        y_unit=power_of_ten(exponent),
        queries=scale.marker(Fraction(queries), options),
        break_even=scale.marker(crossing, options) if crossing is not None else None,
    )


class _Scale:
    """Converts queries and compute into pixels."""

    def __init__(self, size: Size, x_end: Fraction, y_end: Fraction) -> None:
        self._size, self._x_end, self._y_end = size, x_end, y_end

    def x(self, queries: Fraction | int) -> float:
        width = self._size.width - self._size.left - self._size.right
        return self._size.left + width * float(Fraction(queries) / self._x_end)

    def y(self, compute: Fraction) -> float:
        height = self._size.height - self._size.top - self._size.bottom
        return self._size.height - self._size.bottom - height * float(compute / self._y_end)

    def text_x(self, queries: Fraction | int) -> str:
        return _text(self.x(queries))

    def text_y(self, compute: Fraction) -> str:
        return _text(self.y(compute))

    def marker(self, queries: Fraction, options: tuple[ModelOption, ModelOption]) -> Marker:
        x = self.x(queries)
        anchor = "start" if x < self._size.width / 2 else "end"
        return Marker(_text(x), self.text_y(options[0].total(queries)), in_words(queries), anchor)


def _is_near(crossing: Fraction, queries: int) -> bool:
    return queries == 0 or crossing <= FARTHEST_BREAK_EVEN * queries


def _end(options: tuple[ModelOption, ModelOption], queries: int, crossing: Fraction | None) -> Fraction:
    """Returns the number of queries at the right edge. Without any number to show, both costs of the first option are
    equal in the middle."""
    ends = [Fraction(queries) * Fraction(5, 4), (crossing or Fraction(0)) * Fraction(3, 2)]
    return max(ends) or max(Fraction(1), 2 * Fraction(options[0].training, options[0].per_query))


def _most_ticks(size: Size) -> int:
    return MOST_TICKS if size.width > 500 else 2


def _ticks(end: Fraction, most: int) -> list[Fraction]:
    """Returns 0 and round numbers up to the end, at most the given number of them besides 0."""
    raw = end / most
    unit = Fraction(10) ** math.floor(math.log10(raw)) if raw > 0 else Fraction(1)
    step = next(step * unit for step in (*STEPS, 20) if step * unit >= raw)
    return [number * step for number in range(int(end / step) + 1)]


def _tick_text(at: Fraction, exponent: int) -> str:
    return rounded(float(at / Fraction(10) ** exponent), 1).removesuffix(".0")


def _apart(places: list[float]) -> list[float]:
    """Moves two labels apart where their lines end at almost the same height."""
    first, second = places
    missing = LINE_HEIGHT - abs(first - second)
    if missing <= 0:
        return places
    shift = missing / 2 if first <= second else -missing / 2
    return [first - shift, second + shift]


def _text(pixels: float) -> str:
    return f"{pixels:.1f}"
