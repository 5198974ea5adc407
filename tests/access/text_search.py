"""Searches for words in responses, in any encoding."""

import base64
import html
import io
import re
import urllib.parse
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from tests.support.response_comparison import complete_content

DEEPEST_ARCHIVE = 3


def content_of(response: Any) -> bytes:
    """Returns the content of a response with headers and cookies."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    return complete_content(response) + f"\n{headers}\n{response.cookies.output()}".encode()


def words_in(content: bytes, words: Iterable[str]) -> set[str]:
    texts = [text.lower() for text in decoded_contents(content)]
    return {word for word in words if any(form in text for form in encoded_forms(word) for text in texts)}


def encoded_forms(word: str) -> Iterator[bytes]:
    """Yields the word as it is, and as part of base64 at each of its three possible offsets."""
    yield word.encode()
    for offset in range(3):
        encoded = base64.b64encode(b"x" * offset + word.encode())
        yield encoded[4 if offset else 0 : -4].lower()


def decoded_contents(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yields the content raw, with escapes of HTML, addresses and JSON undone, and unpacked."""
    yield content
    text = content.decode("utf-8", "replace")
    if "&#" in text:
        yield html.unescape(text).encode()
    if "%" in text:
        yield urllib.parse.unquote_to_bytes(content)
    if "\\u" in text:
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda escape: chr(int(escape[1], 16)), text).encode(
            "utf-8", "replace"
        )
    start = content.find(b"PK\x03\x04")
    if start >= 0 and depth < DEEPEST_ARCHIVE:
        try:
            with zipfile.ZipFile(io.BytesIO(content[start:])) as archive:
                for name in archive.namelist():
                    yield name.encode()
                    yield from decoded_contents(archive.read(name), depth + 1)
        except zipfile.BadZipFile:
            return
