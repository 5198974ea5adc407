"""Runs the typesetter with the fonts of the repository only, and without a clock or a network."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from posture.documents.text_width import FONTS

TEMPLATES = Path(__file__).parent / "typst"
PICTURE = b"""#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg")
"""
PIXELS_PER_INCH = 144


def png_of(svg: str) -> bytes:
    """Returns the picture in twice its size in pixels, for screens with a high resolution."""
    found = typst.compile(
        PICTURE,
        format="png",
        ppi=PIXELS_PER_INCH,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"svg": svg},
    )
    return bytes(found)  # type: ignore[arg-type]


def pdf_of(template: str, data: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """Returns the PDF of a template, tagged after PDF/UA-1. data: all texts of the file."""
    found = typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        format="pdf",
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards="ua-1",
        timestamp=int(made_at.timestamp()),
    )
    return bytes(found)  # type: ignore[arg-type]
