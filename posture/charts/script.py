"""A chart as the JSON that a page carries: the one door through which texts enter figures."""

from typing import Any

import orjson

from posture.charts.layout import Spec

ESCAPES = {b"<": b"\\u003C", b">": b"\\u003E", b"&": b"\\u0026"}
LONGEST = 200
TEMPLATES = ("hovertemplate", "texttemplate")
LINKS = "customdata"


def as_json(spec: Spec) -> str:
    """Safe inside a script element. Arrays of numpy may stand for lists; NaN becomes null."""
    text = orjson.dumps(_inert(spec, ""), option=orjson.OPT_SERIALIZE_NUMPY)
    for character, escape in ESCAPES.items():
        text = text.replace(character, escape)
    return text.decode()


def plain(text: str) -> str:
    """Plotly reads a little HTML in its texts, and makes links of some of it; what people wrote has none."""
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _inert(value: Any, key: str) -> Any:
    """Templates are constants of the charts and name no text of anybody. A link leads to a page of ours or nowhere."""
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
