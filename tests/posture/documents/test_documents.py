"""Tests that page, picture, PDF, slides and workbook of a report say the same, and that texts stay texts."""

import re
import time
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from io import BytesIO
from zipfile import ZipFile

import pytest
from defusedxml.ElementTree import fromstring
from django.test import Client

from posture.documents import phrases
from posture.documents.canvas import Canvas
from posture.documents.making import FORMATS
from posture.documents.pictures import PICTURES
from posture.documents.text_width import BOLD, FONTS, REGULAR, width_of, wrapped
from posture.documents.typesetting import png_of
from posture.models import Release
from posture.models.number_address import absolute_address
from posture.reports.citations import citation
from posture.reports.gap import GapReport, gap_report
from posture.reports.pairs import TYPE_NAMES
from posture.reports.values import Value
from tests.posture.documents import reading
from tests.posture.documents.reading import squeezed

pytestmark = pytest.mark.django_db

SLUG = "ai-agent-security-2026-spring-r1"
HOSTILE = (
    '#read("/etc/passwd") $x^2$ *bold* _x_ [link] @ref',
    "=1+1",
    '=HYPERLINK("https://evil.example","Sign in")',
    "+cmd|' /C calc'!A0",
    "abc \u202etxt.exe",
    "https://evil.example/",
    "</text><script>alert(1)</script>&amp;",
    "\\#set page(fill: red)",
    "x" * 200,
)


@pytest.fixture
def report(demo_of_60: None, db: None) -> GapReport:
    release = Release.objects.select_related("wave__questionnaire", "follows").get(slug=SLUG)
    found = gap_report(release)
    assert found is not None
    return found


@pytest.fixture
def hostile(report: GapReport) -> GapReport:
    """The report with hostile labels and a hostile title."""
    views = [
        replace(view, pair=view.pair.model_copy(update={"label": HOSTILE[place % len(HOSTILE)]}))
        for place, view in enumerate(report.pairs)
    ]
    indicators = [
        replace(row, label=HOSTILE[place % len(HOSTILE)]) for place, row in enumerate(report.indicators)
    ]
    report.release.title = HOSTILE[0]
    return replace(report, pairs=views, indicators=indicators)


def told(values: Iterable[Value]) -> dict[str, str]:
    """Returns the texts of numbers by the absolute_address addresses of their receipts."""
    return {absolute_address(value.address): phrases.number_words(value) for value in values if value.address}


def gaps_of(report: GapReport) -> dict[str, str]:
    rows = [row for panel in report.panels for row in panel.rows]
    return told(value for row in rows for value in (row.belief, row.evidence, row.gap))


def types_of(report: GapReport) -> dict[str, str]:
    return told(row.view.types[part] for row in report.type_rows for part in TYPE_NAMES)


def figures_of(report: GapReport) -> dict[str, str]:
    return told(row.value for row in report.indicators)


def numbers_of(report: GapReport) -> dict[str, str]:
    return gaps_of(report) | types_of(report) | figures_of(report)


def page_numbers() -> dict[str, str]:
    """Returns the texts of numbers on the pages by the absolute_address addresses of their receipts."""
    found = {}
    for page in ("gaps", "profile", "published"):
        content = Client().get(f"/releases/{SLUG}/{page}/").content.decode()
        for address, text in re.findall(r'data-receipt="([^"]+)"[^>]*>(.*?)</a>', content, re.DOTALL):
            found[absolute_address(unescape(address))] = unescape(re.sub("<[^>]+>", "", text)).strip()
    return found


def without_marks(text: str) -> str:
    return re.sub(r"( \[(u|low|b|x|z)\])+$", "", text)


def test_the_pages_show_the_same_numbers(report: GapReport) -> None:
    on_pages, numbers = page_numbers(), numbers_of(report)
    assert len(numbers) > 60
    assert {address: on_pages.get(address) for address in numbers} == {
        address: without_marks(text) for address, text in numbers.items()
    }


def test_the_workbook_shows_the_same_numbers(report: GapReport) -> None:
    receipts = reading.sheet_receipts(FORMATS["xlsx"](report))
    numbers = numbers_of(report)
    shown = {address: receipts.get(address, "").removesuffix(" (not clear)") for address in numbers}
    assert shown == numbers


def test_the_workbook_has_the_values_behind_the_texts(report: GapReport) -> None:
    rows = reading.sheet_cells(FORMATS["xlsx"](report))["Gaps"]
    row = report.panels[0].rows[0]
    cells = next(cells for cells in rows if cells[0].value == row.view.pair.label)
    assert row.belief.dot is not None
    assert cells[6].value == pytest.approx(row.belief.dot.value)


def test_the_pdf_shows_the_same_numbers(report: GapReport) -> None:
    content = FORMATS["pdf"](report)
    text, links = squeezed(reading.pdf_text(content)), reading.pdf_links(content)
    assert set(numbers_of(report)) <= links
    for panel in report.panels:
        for row in panel.rows:
            assert squeezed(row.view.pair.label) in text
    assert all(squeezed(number) in text for number in numbers_of(report).values())


def test_the_slides_show_the_same_numbers(report: GapReport) -> None:
    content = FORMATS["pptx"](report)
    notes, text = reading.slide_notes(content), squeezed("\n".join(reading.slide_texts(content)))
    addresses = set(reading.ADDRESS.findall(notes))
    assert set(numbers_of(report)) <= addresses
    assert all(squeezed(number) in text for number in numbers_of(report).values())
    assert all(squeezed(str(found)) in squeezed(notes) for found in report.finding.details)


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_show_the_same_numbers(report: GapReport, name: str) -> None:
    texts = [squeezed(element.text or "") for element in fromstring(PICTURES[name](report)).iter()]
    numbers = gaps_of(report) if name == "gaps" else types_of(report)
    joined = "".join(texts)
    assert all(squeezed(number) in joined for number in numbers.values())
    assert squeezed(citation(report, name)) in joined


def test_each_file_says_that_the_data_is_synthetic(report: GapReport) -> None:
    warning = squeezed(phrases.synthetic(report))
    pages = reading.pdf_text(FORMATS["pdf"](report)).count("Synthetic organisations")
    assert pages >= len(reading.PdfReader(BytesIO(FORMATS["pdf"](report))).pages)
    assert all(warning in squeezed(text) for text in reading.slide_texts(FORMATS["pptx"](report)))
    assert warning in squeezed(PICTURES["gaps"](report))


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_report_makes_the_same_bytes(report: GapReport, form: str) -> None:
    first = FORMATS[form](report)
    time.sleep(1.1)
    assert FORMATS[form](report) == first


def test_the_pdf_is_tagged_and_has_the_fonts_of_the_repository(report: GapReport) -> None:
    content = FORMATS["pdf"](report)
    tags = reading.pdf_tags(content)
    assert tags.count("H1") == 1
    assert tags.count("Figure") == 2
    assert tags.count("Table") >= 5
    assert tags.count("TH") >= 25
    assert reading.pdf_fonts(content) == {"Inter-Regular-Identity-H", "Inter-Bold-Identity-H"}
    assert 6 <= len(reading.PdfReader(BytesIO(content)).pages) <= 10


def test_each_font_has_its_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text("utf-8")
    assert {REGULAR.name, BOLD.name} == {path.name for path in FONTS.glob("*.otf")}


def test_charts_of_slides_are_native_and_described(report: GapReport) -> None:
    charts = reading.slide_charts(FORMATS["pptx"](report))
    assert {chart.chart_type.name for chart, _alt in charts} == {"XY_SCATTER", "BAR_STACKED"}
    assert all("The table has the numbers" in alt for _chart, alt in charts)
    assert all(chart.part.chart_workbook.xlsx_part is not None for chart, _alt in charts)
    assert all("errBars" not in chart._chartSpace.xml for chart, _alt in charts)


def test_a_line_of_a_gap_ends_at_blank_points(report: GapReport) -> None:
    chart = reading.slide_charts(FORMATS["pptx"](report))[0][0]
    xml = chart._chartSpace.xml
    assert "None" not in xml
    assert 'dispBlanksAs val="gap"' in xml


def test_hostile_texts_stay_texts_in_the_pdf(hostile: GapReport) -> None:
    text = squeezed(reading.pdf_text(FORMATS["pdf"](hostile)))
    assert "root:x:" not in text
    assert squeezed(HOSTILE[0]) in text
    assert squeezed(HOSTILE[7]) in text


def test_hostile_texts_stay_texts_in_the_workbook(hostile: GapReport) -> None:
    content = FORMATS["xlsx"](hostile)
    cells = [cell for rows in reading.sheet_cells(content).values() for row in rows for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert {HOSTILE[1], HOSTILE[2]} <= {cell.value for cell in cells}


def test_hostile_texts_stay_texts_on_slides(hostile: GapReport) -> None:
    content = FORMATS["pptx"](hostile)
    text = "\n".join(reading.slide_texts(content))
    assert HOSTILE[0] in text
    assert HOSTILE[1] in text
    with ZipFile(BytesIO(content)) as archive:
        links = [
            name
            for name in archive.namelist()
            if name.endswith(".rels") and b'TargetMode="External"' in archive.read(name)
        ]
    assert links == []


@pytest.mark.parametrize("name", PICTURES)
def test_hostile_texts_stay_texts_in_pictures(hostile: GapReport, name: str) -> None:
    picture = PICTURES[name](hostile)
    elements = {element.tag.partition("}")[2] for element in fromstring(picture).iter()}
    assert "script" not in elements
    assert png_of(picture).startswith(b"\x89PNG")


def test_a_cohort_without_gaps_has_files_that_say_so(report: GapReport) -> None:
    release = report.release
    cohorts = [choice for group in report.cohorts for choice in group.choices if not choice.has_gaps]
    found = gap_report(release, cohort=cohorts[0].slug)
    assert found is not None
    for form, write in FORMATS.items():
        content = write(found)
        assert content
        if form == "pdf":
            assert found.finding.headline in reading.pdf_text(content)
    assert found.finding.headline in PICTURES["gaps"](found)


def test_lines_break_at_spaces_and_long_words_inside() -> None:
    lines = wrapped("a label with several words", 13, 80, lines=3)
    assert all(width_of(line, 13) <= 80 for line in lines)
    assert " ".join(lines) == "a label with several words"
    assert wrapped("x" * 200, 13, 80)[-1].endswith("…")


def test_a_text_that_xml_forbids_is_replaced() -> None:
    canvas = Canvas(100)
    canvas.text(0, 10, "a\x00b\x1b<c>")
    svg = canvas.svg(20, title="t", description="d")
    assert fromstring(svg).findtext("{http://www.w3.org/2000/svg}text") == "a\ufffdb\ufffd<c>"
