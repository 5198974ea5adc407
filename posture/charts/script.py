"""Converts a chart to the JSON that a page contains. All texts of charts pass through here."""

from typing import Any

import orjson

from posture.charts.layout import Spec

ESCAPES = {b"<": b"\\u003C", b">": b"\\u003E", b"&": b"\\u0026"}
MAX_TEXT_LENGTH = 200
TEMPLATES = ("hovertemplate", "texttemplate")
LINK_KEY = "customdata"


def as_json(spec: Spec) -> str:
    """JSON that is safe inside a script element. Arrays of numpy are allowed as lists; NaN becomes null."""
    text = orjson.dumps(_escaped(spec, ""), option=orjson.OPT_SERIALIZE_NUMPY)
    for character, escape in ESCAPES.items():
        text = text.replace(character, escape)
    return text.decode()


def escaped_text(text: str) -> str:
    """Escapes text: Plotly interprets some HTML in its texts and makes links of some of it; text of people must have
    none."""
    text = text if len(text) <= MAX_TEXT_LENGTH else f"{text[: MAX_TEXT_LENGTH - 1]}…"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped(value: Any, key: str) -> Any:
    """Escapes the texts of a value. Templates are constants of the charts and contain no text of people. A link may
    only lead to a page of this site."""
    if isinstance(value, str):
        if key in TEMPLATES:
            return value
        return local_path(value) if key == LINK_KEY else escaped_text(value)
    if isinstance(value, dict):
        return {name: _escaped(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [item if type(item) is float else _escaped(item, key) for item in value]
    return value


def local_path(address: str) -> str:
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else ""
