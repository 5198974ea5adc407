"""Reads the files of a report with other programs than those that wrote them."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from pptx import Presentation
from pypdf import PdfReader

ADDRESS = re.compile(r"https?://[^\s<>\"]+")


def squeezed(text: str) -> str:
    """Returns the text without spaces, because line breaks of files differ."""
    return re.sub(r"[\s\u202f\u00a0]+", "", text)


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def pdf_links(content: bytes) -> set[str]:
    """Returns the addresses of all links."""
    notes = [
        note.get_object() for page in PdfReader(BytesIO(content)).pages for note in page.get("/Annots") or ()
    ]
    return {str(note["/A"]["/URI"]) for note in notes if "/A" in note}


def pdf_fonts(content: bytes) -> set[str]:
    """Returns the names of the fonts without the prefix of their subset."""
    found: set[str] = set()
    for page in PdfReader(BytesIO(content)).pages:
        fonts: Any = page["/Resources"].get("/Font", {})
        found |= {str(font.get_object()["/BaseFont"]).partition("+")[2] for font in fonts.values()}
    return found


def pdf_tags(content: bytes) -> list[str]:
    """Returns the types of all structure elements in their order."""
    root: Any = PdfReader(BytesIO(content)).trailer["/Root"]
    return list(_tags(root["/StructTreeRoot"]))


def _tags(element: Any) -> Iterator[str]:
    found = element.get_object()
    if isinstance(found, list):
        for one in found:
            yield from _tags(one)
    elif hasattr(found, "get"):
        if found.get("/S"):
            yield str(found["/S"]).lstrip("/")
        if found.get("/K") is not None:
            yield from _tags(found["/K"])


def sheet_cells(content: bytes) -> dict[str, list[list[Any]]]:
    """Returns the cells of each sheet as rows."""
    book = load_workbook(BytesIO(content))
    return {sheet.title: [list(row) for row in sheet.iter_rows()] for sheet in book.worksheets}


def sheet_receipts(content: bytes) -> dict[str, str]:
    """Returns the texts of numbers by the addresses beside them."""
    found: dict[str, str] = {}
    for rows in sheet_cells(content).values():
        headings: list[str] = []
        for row in rows:
            texts = [str(cell.value or "") for cell in row]
            if any(text.endswith(", address") for text in texts):
                headings = texts
                continue
            for heading, text in zip(headings, texts, strict=False):
                if heading.endswith(", address") and ADDRESS.match(text):
                    found[text] = texts[headings.index(heading.removesuffix(", address"))]
    return found


def slide_texts(content: bytes) -> list[str]:
    """Returns the text of each slide with its tables."""
    return ["\n".join(_shape_texts(slide)) for slide in Presentation(BytesIO(content)).slides]


def _shape_texts(slide: Any) -> Iterator[str]:
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield shape.text_frame.text
        if shape.has_table:
            yield from (cell.text for row in shape.table.rows for cell in row.cells)


def slide_notes(content: bytes) -> str:
    slides = Presentation(BytesIO(content)).slides
    return "\n".join(slide.notes_slide.notes_text_frame.text for slide in slides if slide.has_notes_slide)


def slide_charts(content: bytes) -> list[tuple[Any, str]]:
    """Returns the charts with their alternative texts."""
    return [
        (shape.chart, shape._element.nvGraphicFramePr.cNvPr.get("descr", ""))
        for slide in Presentation(BytesIO(content)).slides
        for shape in slide.shapes
        if shape.has_chart
    ]
