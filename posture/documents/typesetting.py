"""Runs the typesetter with the fonts of the repository only, and without a clock or a network."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from posture.documents.text_width import FONTS
from posture.models.number_address import absolute_address
from posture.reports.sentences import Sentence

TEMPLATES = Path(__file__).parent / "typst"
PIXELS_PER_INCH = 144


@cache
def _fonts() -> typst.Fonts:
    """Returns the fonts of the repository, and those inside the typesetter for letters that they lack."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])


def png_of(svg: str) -> bytes:
    """Returns the picture with one and a half times its pixels, for screens with a high resolution."""
    return typst.compile(
        TEMPLATES / "picture.typ",
        root=TEMPLATES,
        format="png",
        ppi=PIXELS_PER_INCH,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"svg": svg},
    )


def pdf_of(template: str, data: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """Returns the PDF of a template, tagged after PDF/UA-1. data: all texts of the file."""
    return typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        format="pdf",
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards="ua-1",
        timestamp=int(made_at.timestamp()),
    )


def parts_of(found: Sentence, *, page: str = "") -> list[dict[str, str]]:
    """Returns a sentence as data for a template, with the addresses of its numbers. page: the address of the page of
    which some of them are a part."""
    return [{"text": part.text, "address": _address(part.address, page)} for part in found.parts]


def _address(address: str, page: str) -> str:
    if address.startswith("#"):
        return f"{page}{address}"
    return absolute_address(address) if address else ""
