"""Searches for words in responses, in any encoding."""

import base64
import html
import io
import re
import urllib.parse
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from tests.support.response_comparison import whole_content

DEEPEST = 3


def content_of(answer: Any) -> bytes:
    """Returns the content of a response with headers and cookies."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.items())
    return whole_content(answer) + f"\n{headers}\n{answer.cookies.output()}".encode()


def found(content: bytes, words: Iterable[str]) -> set[str]:
    texts = [text.lower() for text in readings(content)]
    return {word for word in words if any(form in text for form in forms(word) for text in texts)}


def forms(word: str) -> Iterator[bytes]:
    """Yields the word as it is, and as part of base64 at each of its three possible offsets."""
    yield word.encode()
    for shift in range(3):
        inside = base64.b64encode(b"x" * shift + word.encode())
        yield inside[4 if shift else 0 : -4].lower()


def readings(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yields the content raw, with escapes of HTML, addresses and JSON undone, and unpacked."""
    yield content
    text = content.decode("utf-8", "replace")
    if "&#" in text:
        yield html.unescape(text).encode()
    if "%" in text:
        yield urllib.parse.unquote_to_bytes(content)
    if "\\u" in text:
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda one: chr(int(one[1], 16)), text).encode(
            "utf-8", "replace"
        )
    start = content.find(b"PK\x03\x04")
    if start >= 0 and depth < DEEPEST:
        try:
            with zipfile.ZipFile(io.BytesIO(content[start:])) as archive:
                for name in archive.namelist():
                    yield name.encode()
                    yield from readings(archive.read(name), depth + 1)
        except zipfile.BadZipFile:
            return
