"""A chart as the JSON that a page carries."""

import orjson

from posture.charts.layout import Spec

ESCAPES = {b"<": b"\\u003C", b">": b"\\u003E", b"&": b"\\u0026"}


def as_json(spec: Spec) -> str:
    """Safe inside a script element. Arrays of numpy may stand for lists; NaN becomes null."""
    text = orjson.dumps(spec, option=orjson.OPT_SERIALIZE_NUMPY)
    for character, escape in ESCAPES.items():
        text = text.replace(character, escape)
    return text.decode()
