"""The native charts of the slides: a dumbbell chart of pairs, and stacked bars of types.

A chart lies on an empty column of a table, so that each mark stands in the row of its pair and its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from pptx.chart.chart import Chart
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_MARKER_STYLE
from pptx.enum.dml import MSO_PATTERN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.slide import Slide
from pptx.util import Pt

from posture.charts.dumbbell import Dot
from posture.documents.canvas import BELIEF, EVIDENCE, HATCH, LINE, NO_EVIDENCE, PAPER, UNDER
from posture.reports.pairs import TYPE_NAMES
from posture.reports.panels import TypeRow
from posture.reports.wording import TYPES

COLORS = {"over": BELIEF, "aligned": EVIDENCE, "under": UNDER, "no_evidence": NO_EVIDENCE}
SIDE = 0.04
"""Share of the width that stays free at both sides, for marks at 0 and 100 percent."""


@dataclass(frozen=True)
class Place:
    """Where a chart stands on the slide, in units of the file."""

    left: int
    top: int
    width: int
    height: int


Ends = tuple[Dot | None, Dot | None]


def dumbbell_chart(slide: Slide, rows: Sequence[Ends], place: Place, *, alt: str) -> None:
    """Draws belief and evidence as points, and each gap as a line between blank points of one series. rows: belief
    and evidence of each row."""
    data: Any = XyChartData()  # type: ignore[no-untyped-call]
    places = range(len(rows), 0, -1)
    gaps = data.add_series(_("Gap"))
    for row, y in zip(rows, places, strict=True):
        for x in _ends(row):
            gaps.add_data_point(x, y)
        gaps.add_data_point(None, None)
    for name, values in (
        (_("Belief"), [belief for belief, _evidence in rows]),
        (_("Evidence"), [evidence for _belief, evidence in rows]),
    ):
        points = data.add_series(name)
        for value, y in zip(values, places, strict=True):
            points.add_data_point(value.value if value else None, y)
    chart = _added(slide, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data, place, alt)
    _blank_points(chart)
    line, belief, evidence = chart.plots[0].series
    _line(line)
    _marker(belief, XL_MARKER_STYLE.CIRCLE, BELIEF)
    _marker(evidence, XL_MARKER_STYLE.DIAMOND, EVIDENCE)
    across, down = chart.category_axis, chart.value_axis
    across.minimum_scale, across.maximum_scale, across.major_unit = 0, 100, 25
    down.minimum_scale, down.maximum_scale = 0.5, len(rows) + 0.5
    across.has_major_gridlines, down.has_major_gridlines = True, False
    across.major_gridlines.format.line.color.rgb = color_of(LINE)
    across.visible = down.visible = False


def type_chart(slide: Slide, rows: Sequence[TypeRow], place: Place, *, alt: str) -> None:
    """Draws stacked bars. Types that are ranges share one hatched bar; a withheld type leaves its bar open."""
    widths = [{segment.kind: segment.width for segment in row.strip.segments} for row in rows]
    data: Any = CategoryChartData(number_format="0")  # type: ignore[no-untyped-call]
    data.categories = [row.view.pair.label for row in rows]
    for part in TYPE_NAMES:
        data.add_series(str(TYPES[part]), [width.get(part) for width in widths])
    data.add_series(_("Shown as ranges"), [width.get("range") for width in widths])
    chart = _added(slide, XL_CHART_TYPE.BAR_STACKED, data, place, alt)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 60, 100
    for part, series in zip((*TYPE_NAMES, ""), plot.series, strict=True):
        _fill(series, part)
    chart.category_axis.reverse_order = True
    axis = chart.value_axis
    axis.minimum_scale, axis.maximum_scale, axis.has_major_gridlines = 0, 100, False
    axis.visible = chart.category_axis.visible = False


def color_of(color: str) -> RGBColor:
    found: RGBColor = RGBColor.from_string(color.removeprefix("#").upper())  # type: ignore[no-untyped-call]
    return found


def _ends(row: Ends) -> tuple[float | None, float | None]:
    """Returns the ends of the line of a gap. No line is drawn to a bound, because its length would mean nothing."""
    belief, evidence = row
    if belief is None or evidence is None or belief.bound or evidence.bound:
        return None, None
    return belief.value, evidence.value


def _added(slide: Slide, kind: Any, data: Any, place: Place, alt: str) -> Chart:
    frame: Any = slide.shapes.add_chart(kind, place.left, place.top, place.width, place.height, data)  # type: ignore[arg-type]
    frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)
    chart: Chart = frame.chart
    chart.has_title = chart.has_legend = False
    _fill_the_place(chart)
    return chart


def _fill_the_place(chart: Chart) -> None:
    """Lets the plot fill the chart, so that its rows are those of the table below it."""
    layout = parse_xml(
        f'<c:layout {nsdecls("c")}><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/>'
        f'<c:yMode val="edge"/><c:x val="{SIDE}"/><c:y val="0"/><c:w val="{1 - 2 * SIDE}"/><c:h val="1"/>'
        "</c:manualLayout></c:layout>"
    )
    area = chart._chartSpace.chart.plotArea
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    area.insert(0, layout)


def _blank_points(chart: Chart) -> None:
    """Removes the values that are None, so that the points are blank, and breaks lines at blank points."""
    for point in list(chart._chartSpace.iter(qn("c:pt"))):
        if point.findtext(qn("c:v")) in ("None", "", None):
            point.getparent().remove(point)
    blanks = chart._chartSpace.chart.find(qn("c:dispBlanksAs"))
    if blanks is not None:
        blanks.set("val", "gap")


def _line(series: Any) -> None:
    series.marker.style = XL_MARKER_STYLE.NONE
    series.format.line.color.rgb = color_of(HATCH)
    series.format.line.width = Pt(3)
    series.smooth = False


def _marker(series: Any, style: Any, color: str) -> None:
    series.format.line.fill.background()
    series.marker.style, series.marker.size = style, 10
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = color_of(color)
    series.marker.format.line.color.rgb = color_of(color)


def _fill(series: Any, part: str) -> None:
    if part:
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = color_of(COLORS[part])
        return
    series.format.fill.patterned()
    series.format.fill.pattern = MSO_PATTERN.WIDE_UPWARD_DIAGONAL
    series.format.fill.fore_color.rgb, series.format.fill.back_color.rgb = color_of(HATCH), color_of(PAPER)
