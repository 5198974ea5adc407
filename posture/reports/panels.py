"""The pairs of a report as rows of charts. Pairs that share an axis are in one panel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from posture.charts.dumbbell import Dot, DumbbellRow
from posture.charts.strips import PERCENT, Axis, Share, Strip, dumbbell_strip, stacked_strip
from posture.reports.pairs import ORGANIZATIONS, TYPE_NAMES, PairView
from posture.reports.values import Value
from surveys.instrument.questionnaire_definition import Item

AGENTS, DURATIONS = "agents", "bands"
HEADINGS = {
    AGENTS: _("Shares of agents, models, actions or spend"),
    ORGANIZATIONS: _("Shares of organisations"),
    DURATIONS: _("Time"),
}


@dataclass(frozen=True)
class PairRow:
    """A pair as a row. belief, evidence: of time, the median durations. gap: of time, the share of organisations whose
    executive believes in a shorter time than is on record."""

    view: PairView
    strip: Strip
    belief: Value
    evidence: Value
    gap: Value


@dataclass(frozen=True)
class Panel:
    key: str
    heading: str
    axis: Axis
    rows: tuple[PairRow, ...]


@dataclass(frozen=True)
class TypeRow:
    """The distribution of the organisations of a pair. ranges: the parts that are shown as ranges, as text."""

    view: PairView
    strip: Strip
    ranges: tuple[tuple[str, Value], ...]


def panels(pairs: Sequence[PairView]) -> list[Panel]:
    """Returns the panels of the pairs whose gap is published, in their order."""
    shown = {
        key: [view for view in pairs if view.axis == key and not view.gap.is_withheld] for key in HEADINGS
    }
    return [_panel(key, views) for key, views in shown.items() if views]


def _panel(key: str, views: list[PairView]) -> Panel:
    return Panel(key, str(HEADINGS[key]), axis_of(views[0]), tuple(pair_row(view) for view in views))


def axis_of(view: PairView) -> Axis:
    return duration_axis(view.belief_item) if view.axis == DURATIONS else PERCENT


def pair_row(view: PairView) -> PairRow:
    return _duration_row(view, axis_of(view)) if view.axis == DURATIONS else _share_row(view)


def _share_row(view: PairView) -> PairRow:
    marks = tuple(published.mark for published in view.marks)
    row = DumbbellRow(view.pair.label, view.belief.dot, view.evidence.dot, marks)
    return PairRow(view, dumbbell_strip(row, PERCENT), view.belief, view.evidence, view.gap)


def _duration_row(view: PairView, axis: Axis) -> PairRow:
    belief, evidence = view.typical
    row = DumbbellRow(view.pair.label, belief.dot, evidence.dot)
    return PairRow(view, dumbbell_strip(row, axis), belief, evidence, view.over)


def duration_axis(item: Item) -> Axis:
    """Returns the axis of the durations that an item offers, with the first and the last as texts."""
    options = [option for option in item.options if option.band is not None]
    ends = (options[0], options[-1])
    ticks = tuple((float(option.band or 0), option.label if option in ends else "") for option in options)
    return Axis(ticks[0][0], ticks[-1][0], ticks)


def type_rows(pairs: Iterable[PairView]) -> list[TypeRow]:
    """Returns the rows of the pairs of which at least one type is published."""
    return [_type_row(view) for view in pairs if any(not view.types[part].is_withheld for part in TYPE_NAMES)]


def _type_row(view: PairView) -> TypeRow:
    shares = [_share(part, view.types[part]) for part in TYPE_NAMES]
    ranges = tuple((part, view.types[part]) for part in TYPE_NAMES if _bound(view.types[part].dot))
    return TypeRow(view, stacked_strip(shares), ranges)


def _share(part: str, value: Value) -> Share:
    return Share(part, value.dot.value if value.dot else None, _bound(value.dot), value.text)


def _bound(dot: Dot | None) -> str:
    return dot.bound if dot is not None else ""


def dont_know_strip(view: PairView) -> Strip:
    return dumbbell_strip(
        DumbbellRow(view.pair.label, view.belief_dont_know.dot, view.evidence_dont_know.dot), PERCENT
    )
