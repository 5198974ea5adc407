"""A canvas that writes SVG: shapes and texts in pixels, with the font inside the file."""

import base64
import re
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256

from django.utils.html import escape

from posture.documents.text_width import FAMILY, FONTS, wrapped

INK, SOFT, LINE, PAPER = "#16202e", "#566072", "#d9dde3", "#ffffff"
BELIEF, EVIDENCE, GAP = "#b45f06", "#0b7a6e", "#d9d2c4"
UNDER, NO_EVIDENCE, HATCH, DIFFERS = "#566072", "#c3c9d2", "#8a93a1", "#5b3c9e"
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
HATCHING = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<path d="M0 0v6" stroke="{HATCH}" stroke-width="3"/></pattern></defs>'
)


@dataclass
class Canvas:
    width: float
    parts: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 13,
        color: str = INK,
        bold: bool = False,
        anchor: str = "start",
    ) -> None:
        """Writes one line. y: its baseline. anchor: start, middle or end."""
        weight = ' font-weight="700"' if bold else ""
        self.parts.append(
            f'<text x="{_number(x)}" y="{_number(y)}" font-size="{_number(size)}" fill="{color}"'
            f' text-anchor="{anchor}"{weight}>{_escaped(text)}</text>'
        )

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        *,
        width: float,
        size: float = 13,
        color: str = INK,
        bold: bool = False,
        anchor: str = "start",
        lines: int = 2,
        middle: bool = False,
    ) -> float:
        """Writes a text in lines. y: the first baseline; with `middle`, the middle of all lines. Returns the baseline
        of the line after the last."""
        height = round(size * 1.3, 1)
        rows = wrapped(text, size, width, lines=lines, bold=bold)
        if middle:
            y += size * 0.36 - height * (len(rows) - 1) / 2
        for place, line in enumerate(rows):
            self.text(x, y + place * height, line, size=size, color=color, bold=bold, anchor=anchor)
        return y + len(rows) * height

    def line(self, x1: float, y1: float, x2: float, y2: float, *, color: str, width: float = 1) -> None:
        self.parts.append(
            f'<line x1="{_number(x1)}" y1="{_number(y1)}" x2="{_number(x2)}" y2="{_number(y2)}"'
            f' stroke="{color}" stroke-width="{_number(width)}"/>'
        )

    def rectangle(self, x: float, y: float, width: float, height: float, *, fill: str) -> None:
        self.parts.append(
            f'<rect x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"'
            f' fill="{fill}"/>'
        )

    def outline(self, x: float, y: float, width: float, height: float) -> None:
        """Draws the border of a bar, which shows where a withheld part is missing."""
        self.parts.append(
            f'<rect x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"'
            f' fill="none" stroke="{LINE}"/>'
        )

    def symbol(self, shape: str, x: float, y: float, *, color: str) -> None:
        """Draws a symbol: ring, open-ring, circle, diamond, hollow (a diamond), tick, arrow-left or arrow-right."""
        stroke = f'stroke="{color}" stroke-width="2.5"'
        paper = f'fill="{PAPER}" {stroke}'
        fills = {"ring": paper, "hollow": paper, "open-ring": f'fill="none" {stroke}'}
        fill = fills.get(shape, f'fill="{color}"')
        self.parts.append(
            f'<path transform="translate({_number(x)} {_number(y)})" d="{SHAPES[shape]}" {fill}/>'
        )

    def svg(self, height: float, *, title: str, description: str) -> str:
        """Returns the file. title, description: for screen readers."""
        size = f"{_number(self.width)} {_number(height)}"
        width, tall = size.split(" ")
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{width}" height="{tall}"'
                f' role="img" aria-labelledby="title description" font-family="{FAMILY}, sans-serif">',
                f'<title id="title">{_escaped(title)}</title>',
                f'<desc id="description">{_escaped(description)}</desc>',
                f"<style>{style()}</style>",
                HATCHING,
                f'<rect width="{width}" height="{tall}" fill="{PAPER}"/>',
                *self.parts,
                "</svg>",
                "",
            ]
        )


SHAPES = {
    "ring": "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0Z",
    "open-ring": "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0Z",
    "circle": "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0Z",
    "diamond": "M0 -7 7 0 0 7 -7 0Z",
    "hollow": "M0 -6.5 6.5 0 0 6.5 -6.5 0Z",
    "tick": "M-1.25 -9h2.5v18h-2.5z",
    "arrow-left": "M-8 0 2 -6v12z M5 -6h2v12h-2z",
    "arrow-right": "M8 0 -2 -6v12z M-7 -6h2v12h-2z",
}


@cache
def style() -> str:
    """Returns the style sheet that brings the font. It has the letters of Western European languages."""
    faces = []
    for name, weight in (("Regular", 400), ("Bold", 700)):
        encoded = base64.b64encode((FONTS / f"Inter-{name}-latin.woff2").read_bytes()).decode()
        faces.append(
            f"@font-face{{font-family:{FAMILY};font-weight:{weight};"
            f"src:url(data:font/woff2;base64,{encoded}) format('woff2')}}"
        )
    return "".join(faces) + "text{font-feature-settings:'tnum'}"


STYLE_HASH = base64.b64encode(sha256(style().encode()).digest()).decode()
"""With it, a policy allows the style sheet of the pictures and no other."""


def _escaped(text: str) -> str:
    return escape(NOT_IN_XML.sub("\ufffd", text))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
