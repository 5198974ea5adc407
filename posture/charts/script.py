"""Converts a chart to the JSON that a page contains. All texts of charts pass through here."""

from typing import Any

import orjson

from posture.charts.layout import Spec

ESCAPES = {b"<": b"\\u003C", b">": b"\\u003E", b"&": b"\\u0026"}
LONGEST = 200
TEMPLATES = ("hovertemplate", "texttemplate")
LINKS = "customdata"


def as_json(spec: Spec) -> str:
    """JSON that is safe inside a script element. Arrays of numpy are allowed as lists; NaN becomes null."""
    text = orjson.dumps(_inert(spec, ""), option=orjson.OPT_SERIALIZE_NUMPY)
    for character, escape in ESCAPES.items():
        text = text.replace(character, escape)
    return text.decode()


def plain(text: str) -> str:
    """Escapes text: Plotly interprets some HTML in its texts and makes links of some of it; text of people must have
    none."""
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _inert(value: Any, key: str) -> Any:
    """Escapes the texts of a value. Templates are constants of the charts and contain no text of people. A link may
    only lead to a page of this site."""
    if isinstance(value, str):
        if key in TEMPLATES:
            return value
        return own_path(value) if key == LINKS else plain(value)
    if isinstance(value, dict):
        return {name: _inert(one, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [one if type(one) is float else _inert(one, key) for one in value]
    return value


def own_path(address: str) -> str:
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else ""
